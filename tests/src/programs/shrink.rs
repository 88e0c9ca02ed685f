//! Makes a program that shows a difference smaller.

use crate::generate::{Code, Program};

/// Drops statements and unwraps blocks as long as `still_shows_it` holds, in at most `tries` attempts.
pub fn shrink(
    program: &Program,
    mut tries: usize,
    mut still_shows_it: impl FnMut(&Program) -> bool,
) -> Program {
    let mut smallest = program.clone();
    'smaller: loop {
        for functions in Code::smaller(&smallest.functions) {
            if tries == 0 {
                return smallest;
            }
            tries -= 1;
            let candidate = Program { functions, ..smallest.clone() };
            if still_shows_it(&candidate) {
                smallest = candidate;
                continue 'smaller;
            }
        }
        return smallest;
    }
}
