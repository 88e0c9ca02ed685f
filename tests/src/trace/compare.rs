//! All runs of a pair of versions.

use super::Done;
use super::run::{Polls, Run, run_callback, run_direct};
use super::schedule::Explorer;
use super::world::Trace;
use std::fmt::{self, Debug};
use std::ops::Range;
use std::pin::Pin;

/// A boxed future that stays on its thread.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

/// How much was compared without finding a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Runs to the end.
    pub runs: usize,
    /// Runs that were given up before the end.
    pub cancelled_runs: usize,
}

/// The first run in which the versions differ.
#[derive(Debug)]
pub struct Difference {
    /// The input of the program.
    pub input: i64,
    /// Which pending operation was delivered, delivery by delivery.
    pub schedule: Vec<usize>,
    /// After how many deliveries the caller gave up.
    pub cancelled_after: Option<usize>,
    /// What the callback version did.
    pub callback: Trace,
    /// What the direct version did.
    pub direct: Trace,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "input {}, deliveries {:?}", self.input, self.schedule)?;
        if let Some(after) = self.cancelled_after {
            write!(f, ", given up after {after} of them")?;
        }
        write!(f, "\n  callback version\n{}\n  direct version\n{}", self.callback, self.direct)
    }
}

/// Compares two versions on the inputs 0 to 4.
///
/// # Errors
///
/// The first run in which they differ.
pub fn compare<T: Debug + 'static>(
    callback: impl Fn(i64, Done<T>),
    direct: impl Fn(i64) -> Boxed<T>,
) -> Result<Agreement, Box<Difference>> {
    compare_inputs(0..5, 2_000, callback, direct)
}

/// Compares two versions on the given inputs, each under at most `schedules` orders of completion, and for each order
/// also when the caller gives up after each number of deliveries.
///
/// # Errors
///
/// The first run in which they differ.
pub fn compare_inputs<T: Debug + 'static>(
    inputs: Range<i64>,
    schedules: usize,
    callback: impl Fn(i64, Done<T>),
    direct: impl Fn(i64) -> Boxed<T>,
) -> Result<Agreement, Box<Difference>> {
    let mut agreement = Agreement::default();
    for input in inputs {
        let mut explorer = Explorer::new(schedules, input.unsigned_abs());
        while let Some(schedule) = explorer.current() {
            let both = |stop_after| -> Result<Run, Box<Difference>> {
                let expected = run_callback(|done| callback(input, done), schedule, stop_after);
                let got = run_direct(|| direct(input), schedule, Polls::AfterEach, stop_after);
                let answered = stop_after.is_some() || expected.trace.results() == 1;
                if answered && expected.trace.same(&got.trace) {
                    return Ok(expected);
                }
                Err(Box::new(Difference {
                    input,
                    schedule: expected.chosen,
                    cancelled_after: stop_after,
                    callback: expected.trace,
                    direct: got.trace,
                }))
            };
            let widths = both(None)?.widths;
            agreement.runs += 1;
            for stop_after in 0..widths.len() {
                both(Some(stop_after))?;
                agreement.cancelled_runs += 1;
            }
            explorer.advance(&widths);
        }
    }
    Ok(agreement)
}

/// Compares two versions when all operations that are pending at once complete between two polls.
///
/// Only the sequence of effects counts here: the direct version can have them no earlier than at its next poll. The
/// programs must start all their operations in their first turn.
///
/// # Errors
///
/// The first run in which they differ.
pub fn compare_bursts<T: Debug + 'static>(
    callback: impl Fn(i64, Done<T>),
    direct: impl Fn(i64) -> Boxed<T>,
) -> Result<Agreement, Box<Difference>> {
    let mut agreement = Agreement::default();
    for input in 0..5_i64 {
        let mut explorer = Explorer::new(2_000, input.unsigned_abs());
        while let Some(schedule) = explorer.current() {
            let expected = run_callback(|done| callback(input, done), schedule, None);
            let got = run_direct(|| direct(input), schedule, Polls::AfterAll, None);
            if !expected.trace.same_sequence(&got.trace) {
                return Err(Box::new(Difference {
                    input,
                    schedule: expected.chosen,
                    cancelled_after: None,
                    callback: expected.trace,
                    direct: got.trace,
                }));
            }
            agreement.runs += 1;
            explorer.advance(&expected.widths);
        }
    }
    Ok(agreement)
}
