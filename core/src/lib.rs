//! Callback APIs as futures and streams.
#![cfg_attr(not(feature = "std"), no_std)]
extern crate alloc;

mod sync;

#[cfg(feature = "macros")]
pub use uncallback_macros::uncallback;
