//! What the test doubles of a check talk to: the record of a run, and its pending operations.
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt::Debug;

/// What a run shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// Its place among the others of its turn counts.
    Effect(String),
    /// Only its turn counts.
    Drop(String),
}

impl Event {
    pub(super) fn text(&self) -> &str {
        match self {
            Event::Effect(text) | Event::Drop(text) => text,
        }
    }
}

/// An operation that was started and has not completed.
pub(super) struct Pending {
    pub(super) what: String,
    pub(super) deliver: Box<dyn FnOnce()>,
}

/// A run that is under way on this thread.
#[derive(Default)]
struct Stage {
    turns: Vec<Vec<Event>>,
    pending: Vec<Pending>,
    answers: usize,
}

std::thread_local! {
    static STAGE: RefCell<Option<Stage>> = const { RefCell::new(None) };
}

/// What was left when a run ended.
pub(super) struct Left {
    pub(super) turns: Vec<Vec<Event>>,
    pub(super) answers: usize,
}

/// Begins a run, in its first turn.
pub(super) fn open() {
    let before = STAGE.replace(Some(Stage { turns: [Vec::new()].into(), ..Stage::default() }));
    // Its destructors may record something, which belongs to neither run.
    drop(before);
}

/// Ends a run. Operations that are still pending are dropped as a part of it.
pub(super) fn close() -> Left {
    abandon();
    let stage = STAGE.take().unwrap_or_default();
    Left { turns: stage.turns, answers: stage.answers }
}

/// Drops what is pending, and what that starts while it is dropped.
pub(super) fn abandon() {
    loop {
        let pending = with(|stage| core::mem::take(&mut stage.pending)).unwrap_or_default();
        if pending.is_empty() {
            return;
        }
        drop(pending);
    }
}

pub(super) fn next_turn() {
    with(|stage| stage.turns.push(Vec::new()));
}

pub(super) fn record(event: Event) {
    with(|stage| {
        if let Some(turn) = stage.turns.last_mut() {
            turn.push(event);
        }
    });
}

/// Adds a pending operation; false if no run is under way.
pub(super) fn enqueue(what: String, deliver: Box<dyn FnOnce()>) -> bool {
    let mut pending = Some(Pending { what, deliver });
    with(|stage| stage.pending.extend(pending.take()));
    pending.is_none()
}

pub(super) fn pending() -> usize {
    with(|stage| stage.pending.len()).unwrap_or(0)
}

/// Takes a pending operation out, to be delivered by the caller.
pub(super) fn take(index: usize) -> Pending {
    with(|stage| stage.pending.remove(index)).expect("a run is under way while it delivers")
}

/// Does something with the run, which must not run code of the user's.
fn with<R>(f: impl FnOnce(&mut Stage) -> R) -> Option<R> {
    // A value that is watched may outlive the thread's record.
    STAGE.try_with(|stage| stage.borrow_mut().as_mut().map(f)).ok().flatten()
}

fn record_answer(text: String) {
    with(|stage| stage.answers += 1);
    record(Event::Effect(format!("answers {text}")));
}

/// Records the answer of a completion.
pub fn answered(answer: &dyn Debug) {
    record_answer(format!("{answer:?}"));
}

/// Records the answer of a completion for success.
pub fn answered_ok(value: &dyn Debug) {
    record_answer(format!("Ok({value:?})"));
}

/// Records the answer of a completion for failure.
pub fn answered_err(error: &dyn Debug) {
    record_answer(format!("Err({error:?})"));
}

/// Records the answer of a completion that gets an error, or none.
pub fn answered_error_or_not<E: Debug>(error: &Option<E>) {
    match error {
        Some(error) => answered_err(error),
        None => answered_ok(&()),
    }
}

/// Records the answer of a completion that gets an error or a value.
pub fn answered_one_of_both<E: Debug, T: Debug>(error: &Option<E>, value: &Option<T>) {
    match (error, value) {
        (Some(error), None) => answered_err(error),
        (None, Some(value)) => answered_ok(value),
        both => answered(&both),
    }
}
