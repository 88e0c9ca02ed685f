//! Module `ffi` against a C library that calls back at every moment, including the wrong ones.
mod cancel;
mod oneshot;
mod probe;
mod shapes;
