//! The list of calls under way.

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

static CALLS: Mutex<BTreeMap<usize, Entry>> = Mutex::new(BTreeMap::new());

/// The list, by number. Nothing of a user runs while it is locked.
pub(super) fn calls() -> MutexGuard<'static, BTreeMap<usize, Entry>> {
    CALLS.lock().unwrap_or_else(PoisonError::into_inner)
}
