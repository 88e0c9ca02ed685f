//! Random callback programs that have a direct-style equivalent.
//!
//! A program is a module of callback functions, the last of which is `run(x, done)`. It is grown so that it is well typed
//! and keeps the side conditions of the rewriter's rules: on every path exactly one completion, nothing visible after it
//! in its turn, values captured where Rust allows it. So the generator itself says that the rewriter must accept the
//! program, and running it says what the converted version has to do.
//!
//! Names come from very small pools. Nearly every program shadows, captures, and assigns the same few names in several
//! segments, which is where a rewriter that renames, reorders or forgets to copy goes wrong.

mod broken;
mod code;
mod dress;
mod ends;
mod fallible;
mod first_wins;
mod functions;
mod grower;
mod repeated;
mod round_trip;
mod scope;
mod several;
mod statements;

pub use broken::{BREAKS, Break, MARK};
pub use code::Code;
pub use round_trip::RoundTrip;

use grower::Grower;

/// A random program.
#[derive(Clone, Debug)]
pub struct Program {
    /// Which random program this is.
    pub seed: u64,
    /// Its functions.
    pub functions: Vec<Code>,
    /// Whether the functions call each other (or themselves in a position that needs the whole group).
    pub together: bool,
    /// What is called: `run`, or the method of that name.
    pub entry: &'static str,
    /// The shape of its completion, if it is not a plain one: a function of [`shapes`](crate::shapes).
    pub shape: Option<&'static str>,
    /// Whether `run` takes a tracer as its first parameter.
    pub takes_tracer: bool,
    /// Whether no scrutinee has a temporary with a destructor, which only the careful style looks after.
    pub readable: bool,
}

impl Program {
    /// The program of a seed. `size` is about the depth of nesting.
    pub fn new(seed: u64, size: u32) -> Self {
        let program = functions::program(Grower::new(seed), seed, size);
        match seed % 8 {
            3 | 6 => dress::as_pair(program),
            5 => dress::as_methods(program),
            _ => program,
        }
    }

    /// Its functions as source text, without a module round them.
    pub fn source(&self) -> String {
        let mut text = String::new();
        for function in &self.functions {
            function.print(0, &mut text);
        }
        text
    }

    /// The source text of each function alone.
    pub fn function_sources(&self) -> impl Iterator<Item = String> + '_ {
        self.functions.iter().map(|function| {
            let mut text = String::new();
            function.print(0, &mut text);
            text
        })
    }
}
