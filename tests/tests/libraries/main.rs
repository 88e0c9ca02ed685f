//! Real C libraries behind `uncallback::ffi`, built from source, each against a real file or server of this process.
mod curl;
mod sqlite;
