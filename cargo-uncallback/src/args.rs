//! The command line.
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Shows callback functions as async functions, as a diff.
#[derive(Debug, Parser)]
#[command(
    name = "cargo-uncallback",
    bin_name = "cargo uncallback",
    version,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true,
    after_help = "\
The diff goes to standard output, everything else to standard error; no file is ever changed. To take a diff over:

    cargo uncallback src/load.rs | git apply

A diff says what the rules of this tool can know. It does not say that the result compiles: callers of a converted
function must be changed with it, so run `cargo check` behind it.

Not there yet: finding the files of a workspace by itself, `--write`, `review` and `check`.

Exit codes: 0 done, 2 wrong usage, 3 a file could not be parsed, 101 a bug of this tool."
)]
pub(crate) struct Args {
    /// Rust files; `-` reads standard input and writes the new text to standard output.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Say nothing but errors.
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Also list the callback functions that are left alone, and why.
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Colour the output.
    #[arg(long, value_name = "WHEN", global = true)]
    pub(crate) color: Option<Color>,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Explain a code such as UC07: what it means, the smallest example, how to change the code.
    Explain {
        /// The code.
        code: String,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Default for Color {
    /// What cargo was told, if cargo was told anything.
    fn default() -> Self {
        let told = std::env::var("CARGO_TERM_COLOR").ok();
        told.and_then(|told| Color::from_str(&told, true).ok()).unwrap_or(Color::Auto)
    }
}

impl Color {
    /// Makes all output follow. `NO_COLOR` is looked at where nothing was asked for.
    pub(crate) fn apply(self) {
        let choice = match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// Cargo calls `cargo-uncallback uncallback ..`; a person may leave the word out.
pub(crate) fn without_subcommand(mut args: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut all: Vec<OsString> = args.next().into_iter().collect();
    let first = args.next();
    all.extend(first.filter(|first| first != "uncallback"));
    all.extend(args);
    all
}
