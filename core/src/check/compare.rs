//! All runs of two versions, and the first difference.
use alloc::vec::Vec;
use core::fmt::Debug;
use core::future::Future;

use super::orders::Orders;
use super::report::Report;
use super::run::{self, Run};
use super::stage::{self, Event};

/// One argument of the versions, for the report.
#[derive(Debug, Clone, Copy)]
pub struct Input {
    /// The parameter.
    pub name: &'static str,
    /// The expression that it comes from.
    pub from: &'static str,
    /// Which of the values of the expression it is, if it has several.
    pub number: Option<usize>,
}

/// Runs both versions under every order of completion, and panics if they differ.
///
/// The callback version records its answer by itself; what the other one returns is recorded here.
#[track_caller]
pub fn compare<T, F>(name: &str, inputs: &[Input], callback: impl Fn(), direct: impl Fn() -> F)
where
    T: Debug,
    F: Future<Output = T>,
{
    let mut orders = Orders::new();
    loop {
        let mut both = |stop_after| {
            let expected = run::of_callback(&callback, &mut orders, stop_after);
            let got = run::of_future(&direct, |answer| stage::answered(answer), &mut orders, stop_after);
            if !are_the_same(&expected, &got) {
                panic!("{}", Report { name, inputs, stop_after, callback: &expected, direct: &got });
            }
            expected
        };
        let whole = both(None);
        assert!(whole.answers > 0, "{}", silent(name));
        for stop_after in 0..whole.widths.len() {
            both(Some(stop_after));
        }
        if !orders.advance(&whole.widths) {
            return;
        }
    }
}

/// The effects of each turn in their order, and its drops in any order.
fn are_the_same(one: &Run, other: &Run) -> bool {
    one.turns.len() == other.turns.len()
        && one.turns.iter().zip(&other.turns).all(|(one, other)| in_order(one) == in_order(other))
}

/// The effects of a turn, and behind them its drops, sorted.
pub(super) fn in_order(turn: &[Event]) -> Vec<&str> {
    let mut effects = Vec::new();
    let mut drops = Vec::new();
    for event in turn {
        match event {
            Event::Effect(text) => effects.push(text.as_str()),
            Event::Drop(text) => drops.push(text.as_str()),
        }
    }
    drops.sort_unstable();
    effects.append(&mut drops);
    effects
}

fn silent(name: &str) -> alloc::string::String {
    alloc::format!(
        "{name} has not answered when nothing was pending any more\n\
         help: a check has to know of every operation: let it come from a double that calls `check::later`"
    )
}
