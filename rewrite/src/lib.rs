//! The rewriting engine: callback style in, direct style out.
