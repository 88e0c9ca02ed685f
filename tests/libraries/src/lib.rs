//! Real C libraries behind `uncallback::ffi`, each against a real file or a real server of the test's own process. The tests
//! are in `tests/`, one folder for each library: glue with the adapters, glue by hand, and the cases that both must pass.
//! `docs/glue.md` compares them.
//!
//! A package of its own, because the compile-error tests of the neighbouring one build all that their package depends on once more,
//! and these libraries take a minute.
