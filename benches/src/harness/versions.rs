//! Which version of a peer was measured.

/// The packages of the workspace's lock file, which is what was built.
pub struct Versions(&'static str);

impl Versions {
    /// Reads the lock file that this program was built from.
    pub fn locked() -> Self {
        Self(include_str!("../../../Cargo.lock"))
    }

    /// The newest locked version of a package.
    pub fn of(&self, package: &str) -> Option<&'static str> {
        let name = format!("name = \"{package}\"");
        let mut lines = self.0.lines();
        let mut found = None;
        // Packages are sorted by name, then by version: of several, the last is the newest.
        while let Some(line) = lines.next() {
            if line == name {
                found = lines.next().and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_several_locked_versions_is_found() {
        let versions = Versions(
            "[[package]]\nname = \"a\"\nversion = \"0.2.0\"\n\n[[package]]\nname = \"a\"\nversion = \"1.0.1\"\n\n\
             [[package]]\nname = \"ab\"\nversion = \"3.0.0\"\n",
        );
        assert_eq!(versions.of("a"), Some("1.0.1"));
        assert_eq!(versions.of("b"), None);
    }

    #[test]
    fn the_base_of_most_tables_has_a_locked_version() {
        assert!(Versions::locked().of("tokio").is_some());
    }
}
