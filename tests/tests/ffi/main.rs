//! Module `ffi` against a C library that calls back at every moment, including the wrong ones.
mod at_once;
mod cancel;
mod destroyed;
mod every_adapter;
mod fears;
mod lent;
mod loop_thread;
mod objects;
mod oneshot;
mod owned;
mod probe;
mod pump;
mod questions;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod realtime;
mod setters;
mod shapes;
mod stateful;
mod streams;
