//! Real C libraries behind `uncallback::ffi`, built from source with a C compiler, each against a real file or a real server of
//! the test's own process. The tests are in `tests/`, one file for each library.
//!
//! A package of its own, because the compile-error tests of the neighbouring one build all that their package depends on once more,
//! and these libraries take a minute.
