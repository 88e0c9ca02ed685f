//! What the program prints, for a terminal or for a reader that may go away.

use std::fmt::Display;
use std::io::{self, Write};

/// Prints a line. Where nobody reads on, as behind `| head`, the program ends: there is nothing left to show.
pub(crate) fn line(text: impl Display) {
    match writeln!(io::stdout(), "{text}") {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            eprintln!("three-urls: cannot print: {error}");
            std::process::exit(1);
        }
    }
}
