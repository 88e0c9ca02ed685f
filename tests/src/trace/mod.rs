//! Runs a callback version and a direct version side by side and tells whether they do the same.
//!
//! A *turn* is everything that runs between two deliveries of a completion. While a program runs, each visible thing
//! it does is recorded together with its turn. Two versions agree when, for every input, every order in which the
//! pending operations may complete, and every point at which the caller may give up, each turn has
//!
//! - the same **sequence** of effects and of operations started,
//! - the same **set** of dropped values (captured variables drop in unspecified order, so only the set is an obligation),
//!
//! and the result is delivered in the same turn with the same value.
//!
//! [`compare`] does all of this for one pair of functions. The parts are: [`record`](self::emit) what happened
//! (`world`), the [operations](ops) that programs call, [`Schedule`]s, and the two runners.

mod compare;
pub mod ops;
mod run;
mod schedule;
mod world;

pub use compare::{Agreement, Boxed, Difference, compare, compare_bursts, compare_inputs};
pub use run::{Polls, Run, run_callback, run_direct};
pub use schedule::{Explorer, Schedule};
pub use world::{Event, Trace, Tracer, emit, peek, say, touch};

/// A boxed completion, the shape in which most programs of these tests declare theirs.
pub type Done<T> = Box<dyn FnOnce(T)>;
