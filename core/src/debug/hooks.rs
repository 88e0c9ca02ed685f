//! What the adapters tell this module. Called through `watch`.

use core::{
    cell::Cell,
    panic::Location,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};
use std::time::Instant;

use super::{
    backtrace,
    registry::{Entry, StreamEntry, calls, streams},
    report::{self, Report},
};
use crate::oneshot::states::Outcome;

/// The number of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id(usize);

impl Id {
    pub(crate) fn next() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        // ORDERING: only the number has to be its own.
        Id(NEXT.fetch_add(1, Relaxed))
    }
}

pub(crate) fn made(id: Id, place: &'static Location<'static>, value: &'static str) {
    let entry =
        Entry { place, value, made: Instant::now(), awaited: None, future_gone: false, reported: false };
    calls().insert(id.0, entry);
}

pub(crate) fn waits(id: Id) {
    let here = AWAITED.try_with(Cell::get).ok().flatten();
    if let Some(entry) = calls().get_mut(&id.0) {
        entry.awaited = here.or(entry.awaited);
    }
}

pub(crate) fn given_up(id: Id) {
    if let Some(entry) = calls().get_mut(&id.0) {
        entry.future_gone = true;
    }
}

/// Where the call was made, while it is under way.
pub(crate) fn place(id: Id) -> Option<&'static Location<'static>> {
    calls().get(&id.0).map(|entry| entry.place)
}

pub(crate) fn stream_opened(id: Id, place: &'static Location<'static>, event: &'static str) {
    let entry = StreamEntry { place, event, opened: Instant::now(), waiting: 0, lost: 0, source_gone: false };
    streams().insert(id.0, entry);
}

/// Something has happened to a stream. `change` is ours, and short.
pub(crate) fn stream_changed(id: Id, change: impl FnOnce(&mut StreamEntry)) {
    if let Some(entry) = streams().get_mut(&id.0) {
        change(entry);
    }
}

pub(crate) fn stream_dropped(id: Id) {
    streams().remove(&id.0);
}

/// A callback that was dropped without being called.
pub(crate) struct Loss {
    entry: Entry,
    panicked: bool,
}

/// Takes the call off the list.
pub(crate) fn finished(id: Id, outcome: Outcome) -> Option<Loss> {
    let entry = calls().remove(&id.0)?;
    let panicked = match outcome {
        Outcome::Value | Outcome::Panic => return None,
        Outcome::Lost => false,
        Outcome::LostInPanic => true,
    };
    Some(Loss { entry, panicked })
}

pub(crate) fn report_loss(loss: Loss) {
    if report::is_heard() {
        let Loss { entry, panicked } = loss;
        report::send(&Report::Lost {
            made: entry.place,
            awaited: entry.awaited,
            dropped: backtrace::users_place(),
            callback_panicked: panicked,
        });
    }
}

pub(crate) fn report_second_call(made: &'static Location<'static>) {
    if report::is_heard() {
        report::send(&Report::CalledAgain { made, called: backtrace::users_place_outside(made) });
    }
}

/// Runs `step`, and reports it if it took longer than was asked for.
pub(crate) fn measured<R>(id: Id, step: impl FnOnce() -> R) -> R {
    let Some(limit) = report::blocking_limit() else { return step() };
    let made = place(id);
    let begun = Instant::now();
    let result = step();
    let took = begun.elapsed();
    if let (Some(made), true) = (made, took >= limit) {
        report::send(&Report::Blocked { made, called: backtrace::users_place_outside(made), took });
    }
    result
}

std::thread_local! {
    static AWAITED: Cell<Option<&'static Location<'static>>> = const { Cell::new(None) };
}

/// The place of an `.await`, as long as its future is polled.
pub(crate) struct AwaitPlace {
    outer: Option<&'static Location<'static>>,
}

impl AwaitPlace {
    pub(crate) fn enter(place: &'static Location<'static>) -> Self {
        // A thread that is ending has no such place any more; calls may still be polled there.
        let outer = AWAITED.try_with(|awaited| awaited.replace(Some(place))).ok().flatten();
        AwaitPlace { outer }
    }
}

impl Drop for AwaitPlace {
    fn drop(&mut self) {
        // As above.
        let _ = AWAITED.try_with(|awaited| awaited.set(self.outer));
    }
}
