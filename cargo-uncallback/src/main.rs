//! `cargo uncallback`: takes callback code to async/await.
//!
//! Files, terminal and exit codes are handled here; what is converted, and how, is decided by `uncallback-rewrite`.
mod args;
mod diff;
mod explain;
mod files;
mod report;

use std::process::ExitCode;

use args::{Args, Command};
use clap::Parser;

/// What a run ended with, as the exit code says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// All files were read.
    Done = 0,
    /// Something was asked for that does not exist.
    Usage = 2,
    /// A file is not Rust that can be parsed.
    Unreadable = 3,
}

/// The exit code for a bug of ours, as a panicking program has it.
const INTERNAL_ERROR: u8 = 101;

/// Enough for callbacks that are nested a thousand deep: the parser and the engine recurse.
const STACK: usize = 256 << 20;

fn main() -> ExitCode {
    let worker = std::thread::Builder::new().name("main".to_owned()).stack_size(STACK).spawn(run);
    match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(outcome)) => ExitCode::from(outcome as u8),
        Ok(Err(_)) => {
            report::internal_error(
                "this is a bug of cargo-uncallback; no file was changed, please report it",
            );
            ExitCode::from(INTERNAL_ERROR)
        }
        Err(error) => {
            report::internal_error(&format!("cannot start a thread: {error}"));
            ExitCode::from(INTERNAL_ERROR)
        }
    }
}

fn run() -> Outcome {
    let args = Args::parse_from(args::without_subcommand(std::env::args_os()));
    args.color.unwrap_or_default().apply();
    match &args.command {
        Some(Command::Explain { code }) => explain::explain(code),
        None => files::rewrite_all(&args),
    }
}
