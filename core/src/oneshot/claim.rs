//! What a generated callback holds: a completer that the first call claims.
//!
//! An API may take its callback as `FnOnce`, `FnMut` or `Fn`, and the macros can't see which. So the callback takes its
//! completer through `&self`: it is an `Fn`, hence all three. Later calls find nothing; their values are dropped and
//! counted, because a panic would hit the API, which is not prepared for one.

use alloc::sync::Arc;
use core::cell::Cell;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::sync::atomic::AtomicUsize as Counter;

use super::completer::Completer;
use super::link::Reach;
use super::threads::Threads;
use crate::sync::UnsafeCell;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::watch::Origin;

static IGNORED: Counter = Counter::new(0);

/// How many callbacks were called again after they had completed their call, in this process so far.
///
/// The first call wins; the values of later ones are dropped. If this number grows, an API calls back more than once
/// for what was treated as one call: `events!` may be what is wanted.
///
/// ```
/// # fn fetch(mut then: impl FnMut(u8)) { then(1); then(2); }
/// # uncallback::__private::block_on(async {
/// let before = uncallback::ignored_calls();
/// assert_eq!(uncallback::call!(fetch(_)).await, 1);
/// assert_eq!(uncallback::ignored_calls() - before, 1);
/// # });
/// ```
pub fn ignored_calls() -> usize {
    // ORDERING: a statistic.
    IGNORED.load(Ordering::Relaxed)
}

#[cold]
pub(crate) fn count_ignored() {
    // ORDERING: a statistic.
    IGNORED.fetch_add(1, Ordering::Relaxed);
}

#[cold]
fn called_again(origin: Origin) {
    count_ignored();
    origin.called_again();
}

/// For callbacks that one thread at a time calls. `Send` but not `Sync`.
pub struct Claim<T, L: Reach = Threads> {
    done: Cell<Option<Completer<T, L>>>,
    origin: Origin,
}

impl<T, L: Reach> UnwindSafe for Claim<T, L> {}
impl<T, L: Reach> RefUnwindSafe for Claim<T, L> {}

impl<T, L: Reach> Claim<T, L> {
    /// Holds a completer for the first call.
    #[inline]
    pub fn new(done: Completer<T, L>) -> Self {
        let origin = done.mark().origin();
        Claim { done: Cell::new(Some(done)), origin }
    }

    /// Completes, if this is the first call.
    #[inline]
    pub fn complete(&self, value: T) {
        match self.done.take() {
            Some(done) => done.complete(value),
            None => called_again(self.origin),
        }
    }

    /// Completes with what `make` returns or panics with. A later call does not run `make`.
    #[inline]
    pub fn complete_with(&self, make: impl FnOnce() -> T) {
        match self.done.take() {
            Some(done) => done.complete_with(make),
            None => called_again(self.origin),
        }
    }
}

/// For callbacks that several threads may call at the same time.
pub struct SyncClaim<T, L: Reach = Threads> {
    claimed: AtomicBool,
    done: UnsafeCell<Option<Completer<T, L>>>,
    origin: Origin,
}

// SAFETY: `claimed` lets exactly one caller through to the completer, which itself may be sent.
unsafe impl<T: Send> Sync for SyncClaim<T, Threads> {}
impl<T, L: Reach> UnwindSafe for SyncClaim<T, L> {}
impl<T, L: Reach> RefUnwindSafe for SyncClaim<T, L> {}

impl<T, L: Reach> SyncClaim<T, L> {
    /// Holds a completer for the first call.
    #[inline]
    pub fn new(done: Completer<T, L>) -> Self {
        let origin = done.mark().origin();
        SyncClaim { claimed: AtomicBool::new(false), done: UnsafeCell::new(Some(done)), origin }
    }

    fn take(&self) -> Option<Completer<T, L>> {
        // ORDERING: only exclusion is needed: the completer was there before the claim was shared.
        if self.claimed.swap(true, Ordering::Relaxed) {
            return None;
        }
        // SAFETY: the swap lets one caller through; the destructor has `&mut self`.
        self.done.with_mut(|done| unsafe { (*done).take() })
    }

    /// Completes, if this is the first call.
    #[inline]
    pub fn complete(&self, value: T) {
        match self.take() {
            Some(done) => done.complete(value),
            None => called_again(self.origin),
        }
    }

    /// Completes with what `make` returns or panics with. A later call does not run `make`.
    #[inline]
    pub fn complete_with(&self, make: impl FnOnce() -> T) {
        match self.take() {
            Some(done) => done.complete_with(make),
            None => called_again(self.origin),
        }
    }
}

/// The completer of a pair of callbacks, of which one is called.
type Either<A, E, L> = Arc<SyncClaim<Result<A, E>, L>>;

/// The claim of the callback that is called on success.
pub struct OkClaim<A, E, L: Reach = Threads>(Either<A, E, L>);

/// The claim of the callback that is called on failure.
pub struct ErrClaim<A, E, L: Reach = Threads>(Either<A, E, L>);

/// One completer for two callbacks. It is lost when both of them were dropped uncalled.
pub fn pair<A, E, L: Reach>(done: Completer<Result<A, E>, L>) -> (OkClaim<A, E, L>, ErrClaim<A, E, L>) {
    let claim = Arc::new(SyncClaim::new(done));
    (OkClaim(claim.clone()), ErrClaim(claim))
}

impl<A, E, L: Reach> OkClaim<A, E, L> {
    /// Completes, if this is the first call.
    #[inline]
    pub fn complete(&self, value: A) {
        self.0.complete(Ok(value));
    }

    /// Completes with what `make` returns or panics with, if this is the first call.
    #[inline]
    pub fn complete_with(&self, make: impl FnOnce() -> A) {
        self.0.complete_with(|| Ok(make()));
    }
}

impl<A, E, L: Reach> ErrClaim<A, E, L> {
    /// Completes, if this is the first call.
    #[inline]
    pub fn complete(&self, error: E) {
        self.0.complete(Err(error));
    }

    /// Completes with what `make` returns or panics with, if this is the first call.
    #[inline]
    pub fn complete_with(&self, make: impl FnOnce() -> E) {
        self.0.complete_with(|| Err(make()));
    }
}
