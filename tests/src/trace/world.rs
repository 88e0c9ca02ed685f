//! What is recorded, and the thread's record of it.

use std::cell::{Cell, RefCell};
use std::fmt;

/// One visible thing that a program did.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Event {
    /// An operation was started, with this argument.
    Start(u32, i64),
    /// A number was shown to the outside.
    Emit(i64),
    /// A text was shown to the outside.
    Say(String),
    /// A tracer was used while it was alive.
    Touch(u32),
    /// A tracer was dropped.
    Drop(u32),
    /// The function delivered its result (in `Debug` form).
    Done(String),
    /// The program panicked.
    Panic(String),
}

impl Event {
    /// Whether this is a drop, of which only the set per turn counts.
    pub fn is_drop(&self) -> bool {
        matches!(self, Event::Drop(_))
    }
}

/// Everything that one run did, with the turn in which it happened.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trace(pub Vec<(u32, Event)>);

impl Trace {
    /// Effects and operation starts, in order.
    fn effects(&self) -> Vec<&(u32, Event)> {
        self.0.iter().filter(|(_, event)| !event.is_drop()).collect()
    }

    /// The drops of each turn, as a sorted list.
    fn drops(&self) -> Vec<&(u32, Event)> {
        let mut drops: Vec<_> = self.0.iter().filter(|(_, event)| event.is_drop()).collect();
        drops.sort();
        drops
    }

    /// Whether both traces show the same behaviour.
    pub fn same(&self, other: &Trace) -> bool {
        self.effects() == other.effects() && self.drops() == other.drops()
    }

    /// Whether both traces show the same effects in the same order, in whatever turns.
    pub fn same_sequence(&self, other: &Trace) -> bool {
        let effects =
            |trace: &Trace| trace.effects().into_iter().map(|(_, event)| event.clone()).collect::<Vec<_>>();
        effects(self) == effects(other)
    }

    /// How many results were delivered.
    pub fn results(&self) -> usize {
        self.0.iter().filter(|(_, event)| matches!(event, Event::Done(_))).count()
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut current = None;
        for (turn, event) in &self.0 {
            if current != Some(turn) {
                if current.is_some() {
                    writeln!(f)?;
                }
                write!(f, "    turn {turn}:")?;
                current = Some(turn);
            }
            write!(f, " {event:?}")?;
        }
        Ok(())
    }
}

thread_local! {
    static TRACE: RefCell<Vec<(u32, Event)>> = const { RefCell::new(Vec::new()) };
    static TURN: Cell<u32> = const { Cell::new(0) };
}

pub(super) fn record(event: Event) {
    let turn = TURN.get();
    // A tracer may outlive the thread's record when a test ends by a panic.
    let _ = TRACE.try_with(|trace| trace.borrow_mut().push((turn, event)));
}

pub(super) fn next_turn() {
    TURN.set(TURN.get() + 1);
}

/// Forgets everything and starts with turn 0.
pub(super) fn reset() {
    TURN.set(0);
    TRACE.with_borrow_mut(Vec::clear);
}

pub(super) fn take_trace() -> Trace {
    Trace(TRACE.take())
}

/// Shows a number to the outside.
pub fn emit(value: i64) {
    record(Event::Emit(value));
}

/// Shows a text to the outside; programs call it with `format!`, whose captured names no rewriter may lose.
pub fn say(text: String) {
    record(Event::Say(text));
}

/// Records when it is dropped: shows in which turn a local, a capture or a temporary dies.
#[derive(Debug)]
pub struct Tracer(pub u32);

impl Drop for Tracer {
    fn drop(&mut self) {
        record(Event::Drop(self.0));
    }
}

/// Uses a tracer.
pub fn touch(tracer: &Tracer) {
    record(Event::Touch(tracer.0));
}

/// A value that is read through a tracer: `peek(&Tracer(7), x)` makes a temporary with a destructor.
pub fn peek(tracer: &Tracer, value: i64) -> i64 {
    record(Event::Touch(tracer.0));
    value
}
