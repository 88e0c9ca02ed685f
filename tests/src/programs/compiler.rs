//! The compiler, with the crates of this workspace at hand.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles files that use `uncallback` and `uncallback_tests`.
#[derive(Debug)]
pub struct Compiler {
    externs: Vec<String>,
    dependencies: PathBuf,
    folder: PathBuf,
}

impl Compiler {
    /// Asks cargo for the built libraries. `name` is the folder for the sources and executables to come.
    ///
    /// # Panics
    ///
    /// If cargo fails, because no test that needs the libraries can go on.
    pub fn new(name: &str) -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["build", "--offline", "--lib", "--message-format=json", "--manifest-path"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
            .output()
            .expect("cargo can be started");
        let messages = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "cargo build: {}", String::from_utf8_lossy(&output.stderr));
        let libraries: Vec<PathBuf> = messages.lines().filter_map(library).collect();
        let externs = libraries
            .iter()
            .filter_map(|path| {
                let file = path.file_name()?.to_str()?;
                let name = file.strip_prefix("lib")?.split(['-', '.']).next()?;
                Some(format!("{name}={}", path.display()))
            })
            .collect();
        let built =
            libraries.last().and_then(|path| path.parent()).expect("cargo names the libraries it built");
        let folder = built.join("programs").join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("the target folder can be written");
        Compiler { externs, dependencies: built.join("deps"), folder }
    }

    /// Where sources and executables go.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Compiles `source` to the executable `target`.
    ///
    /// # Errors
    ///
    /// The compiler's errors, one line each with its place.
    pub fn compile(&self, source: &Path, target: &Path) -> Result<(), String> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let mut command = Command::new(rustc);
        command.args(["--edition=2024", "--error-format=short", "--cap-lints=allow"]);
        command.args(["-Copt-level=0", "-Cdebuginfo=0", "-Coverflow-checks=off"]);
        command.arg("-L").arg(format!("dependency={}", self.dependencies.display()));
        for library in &self.externs {
            command.args(["--extern", library]);
        }
        let output = command.arg("-o").arg(target).arg(source).output().expect("rustc can be started");
        match output.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }
}

/// The library of a crate of the workspace, if this message of cargo tells that it was built.
fn library(message: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    let name = message["target"]["name"].as_str()?;
    if message["reason"] != "compiler-artifact" || !["uncallback", "uncallback_tests"].contains(&name) {
        return None;
    }
    let files = message["filenames"].as_array()?;
    let files = files.iter().filter_map(|file| file.as_str());
    files.filter(|file| file.ends_with(".rlib")).map(PathBuf::from).next()
}
