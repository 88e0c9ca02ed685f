//! The crates that people bridge callbacks with, each in its best documented use.

pub mod callback_future;
pub mod cb_fut;
pub mod hand_written;
pub mod oneshot;
pub mod stream;
