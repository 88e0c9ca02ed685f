//! What a version prints: shown at once, and kept so that the versions can be compared.

use std::fmt::Display;
use std::sync::{Arc, Mutex};

use crate::terminal;

/// The lines that one version has printed so far. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Transcript {
    lines: Arc<Mutex<Vec<String>>>,
}

impl Transcript {
    /// Prints one line and remembers it.
    pub(crate) fn line(&self, line: impl Display) {
        let line = line.to_string();
        // Printed under the lock, so that the terminal shows the order that is remembered.
        let mut lines = self.lines.lock().unwrap();
        terminal::line(&line);
        lines.push(line);
    }

    /// Whether both hold the same lines. The order is left out: the network decides it anew in every run.
    pub(crate) fn same_lines(&self, other: &Transcript) -> bool {
        self.sorted() == other.sorted()
    }

    fn sorted(&self) -> Vec<String> {
        let mut lines = self.lines.lock().unwrap().clone();
        lines.sort_unstable();
        lines
    }
}
