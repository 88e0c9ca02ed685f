//! Compiles the C library that the tests of `uncallback::ffi` adapt.

fn main() {
    let parts = ["loop.c", "once.c", "many.c", "bare.c", "host.c"].map(|part| format!("c/{part}"));
    for part in parts.iter().map(String::as_str).chain(["c/fixture.h", "c/loop.h"]) {
        println!("cargo::rerun-if-changed={part}");
    }
    cc::Build::new().files(parts).include("c").flag_if_supported("-pthread").compile("uncallback_fixture");
}
