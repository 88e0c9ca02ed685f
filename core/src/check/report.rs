//! What is said of two versions that differ: the order of deliveries, and what each of them did, side by side.
use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use super::compare::{Input, in_order};
use super::run::Run;

pub(super) struct Report<'r> {
    pub(super) name: &'r str,
    pub(super) inputs: &'r [Input],
    pub(super) stop_after: Option<usize>,
    pub(super) callback: &'r Run,
    pub(super) direct: &'r Run,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} and its async version differ", self.name)?;
        for Input { name, from, number } in self.inputs {
            match number {
                Some(number) => writeln!(f, "  {name}: value {number} of `{from}`")?,
                None => writeln!(f, "  {name}: `{from}`")?,
            }
        }
        self.deliveries(f)?;
        self.turns(f)
    }
}

impl Report<'_> {
    fn deliveries(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The version that ran for longer has met all of them.
        let longer = core::cmp::max_by_key(self.callback, self.direct, |run| run.delivered.len());
        match &longer.delivered[..] {
            [] => write!(f, "  nothing was delivered")?,
            delivered => write!(f, "  delivered: {}", delivered.join(", "))?,
        }
        match self.stop_after {
            Some(_) => writeln!(f, "; then the caller lost interest"),
            None => writeln!(f),
        }
    }

    /// Both versions in two columns; a mark stands where they begin to differ.
    fn turns(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEADS: [&str; 2] = ["callbacks", "async"];
        let widest = self.callback.turns.iter().flatten().map(|event| event.text().chars().count());
        let width = widest.chain([HEADS[0].len()]).max().unwrap_or(0);
        writeln!(f, "  turn | {:width$} | {}", HEADS[0], HEADS[1])?;
        let mut differed = false;
        for turn in 0..self.callback.turns.len().max(self.direct.turns.len()) {
            let [left, right] = [self.callback, self.direct]
                .map(|run| run.turns.get(turn).map_or_else(Vec::new, |turn| in_order(turn)));
            for line in 0..left.len().max(right.len()).max(1) {
                let (left, right) = (left.get(line), right.get(line));
                let begins = left != right && !differed;
                differed |= begins;
                let mark = if begins { '>' } else { ' ' };
                let number = if line == 0 { format!("{turn:4}") } else { " ".repeat(4) };
                let (left, right) = (left.copied().unwrap_or_default(), right.copied().unwrap_or_default());
                let row = format!("{mark} {number} | {left:width$} | {right}");
                writeln!(f, "{}", row.trim_end())?;
            }
        }
        Ok(())
    }
}
