//! What the example programs share: a web server of their own, so that they have something real to talk to.

pub mod server;
