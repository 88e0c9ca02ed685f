//! What is going to be written.
pub mod out;
