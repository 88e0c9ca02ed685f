//! Looks for the C libraries that can't be built from source with a C compiler alone. Their tests are left out where the
//! library is absent, and that is said aloud.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for (name, package, cfg) in [("c-ares", "libcares", "has_cares"), ("GIO", "gio-2.0", "has_gio")] {
        println!("cargo::rustc-check-cfg=cfg({cfg})");
        match pkg_config::Config::new().cargo_metadata(false).probe(package) {
            Ok(library) => {
                println!("cargo::rustc-cfg={cfg}");
                for path in library.link_paths {
                    println!("cargo::rustc-link-search=native={}", path.display());
                }
            }
            // After installing it, this script has to run again: hence the second half.
            Err(_) => println!(
                "cargo::warning=the tests of {name} are SKIPPED: pkg-config does not know `{package}`. After installing \
                 it: touch {}/build.rs",
                env!("CARGO_MANIFEST_DIR")
            ),
        }
    }
}
