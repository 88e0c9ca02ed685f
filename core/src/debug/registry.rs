//! The lists of calls under way and of open streams.

use alloc::collections::BTreeMap;
use core::panic::Location;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// A call whose callback has neither been called nor dropped.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) place: &'static Location<'static>,
    pub(super) value: &'static str,
    pub(super) made: Instant,
    /// The `.await` that waits for it, if one does.
    pub(super) awaited: Option<&'static Location<'static>>,
    pub(super) future_gone: bool,
    /// It was reported as slow.
    pub(super) reported: bool,
}

/// A stream of events that was not dropped.
#[derive(Clone, Copy)]
pub(crate) struct StreamEntry {
    pub(super) place: &'static Location<'static>,
    pub(super) event: &'static str,
    pub(super) opened: Instant,
    /// Below zero for the moment in which an event is taken before its push was noted.
    pub(crate) waiting: isize,
    pub(crate) lost: u64,
    pub(crate) source_gone: bool,
}

static STREAMS: Mutex<BTreeMap<usize, StreamEntry>> = Mutex::new(BTreeMap::new());

/// The streams, by number. Nothing of a user runs while the list is locked, and no other lock is taken.
pub(super) fn streams() -> MutexGuard<'static, BTreeMap<usize, StreamEntry>> {
    STREAMS.lock().unwrap_or_else(PoisonError::into_inner)
}

static CALLS: Mutex<BTreeMap<usize, Entry>> = Mutex::new(BTreeMap::new());

/// The list, by number. Nothing of a user runs while it is locked.
pub(super) fn calls() -> MutexGuard<'static, BTreeMap<usize, Entry>> {
    CALLS.lock().unwrap_or_else(PoisonError::into_inner)
}
