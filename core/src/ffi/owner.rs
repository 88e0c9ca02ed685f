//! The objects of C that operations belong to: what is outstanding when they go, fails.
use super::guard::quietly;
use crate::sync::{Mutex, MutexGuard};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, Weak};

/// The operations that a C object (a channel, a connection) still holds.
///
/// A library that drops callbacks when the object is destroyed, without calling them, can't be seen doing so. The owner
/// keeps a list instead, and [`close`](Owner::close) fails what is left on it: operations hear
/// [`NeverCalled`](super::CallbackError::NeverCalled), streams end, and user data is freed.
///
/// The order at the end is fixed: stop the pump, [`seal`](Owner::seal), destroy the C object, `close`, free what the object's callbacks share.
/// An [`Object`](super::Object) keeps to it by itself.
///
/// # What happens when
///
/// - it is **dropped** without being closed: what is outstanding waits for its callback, as if it had no owner; what would
///   start later is refused with [`Closed`](super::CallbackError::Closed). Streams and hooks do not unregister any more.
/// - it is closed **twice**: the second time finds nothing.
/// - a callback is **never called**: its operation fails, or its stream ends, when the owner is closed.
/// - C calls back after that: a counted [`Stray`](super::Stray), because owned operations go by key.
///
/// ```
/// use uncallback::ffi::{self, CallbackError, First, Owner, Started};
/// use core::ffi::{c_int, c_void};
/// /// A library that forgets its callbacks.
/// unsafe extern "C" fn start(_cb: extern "C" fn(*mut c_void, c_int), _data: *mut c_void) {}
///
/// let owner = Owner::new();
/// // SAFETY: the function never calls back.
/// let pending = unsafe {
///     ffi::oneshot(First, |cb, data| start(cb, data), |(status,)| status)
/// }.owned_by(&owner).start();
/// // SAFETY: the library holds the user data nowhere any more.
/// unsafe { owner.close() };
/// # uncallback::__private::block_on(async {
/// assert!(matches!(pending.await, Err(CallbackError::NeverCalled(_))));
/// # });
/// ```
#[derive(Debug)]
pub struct Owner {
    book: Arc<Book>,
}

/// The list. Operations know it weakly: they don't keep the object alive.
#[derive(Debug, Default)]
struct Book {
    open: Mutex<Ledger>,
}

#[derive(Debug, Default)]
struct Ledger {
    closed: bool,
    next_id: u64,
    /// In the order of their starts, which is the order in which they fail.
    held: BTreeMap<u64, Held>,
}

/// What C has of one operation, and how to let go of it.
enum Held {
    /// A record.
    Record { token: *mut (), let_go: unsafe fn(*mut ()) },
    /// A stream out of what the object's callbacks share.
    Stream(Box<dyn FnOnce() + Send>),
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Held::Record { .. } => "Record",
            Held::Stream(_) => "Stream",
        })
    }
}

// SAFETY: the token is a name for what C holds; `close` uses it, on a thread of which its caller promises that it may. The rest
// is `Send`.
unsafe impl Send for Held {}

impl Owner {
    /// An owner that holds nothing yet.
    ///
    /// ```
    /// assert_eq!(uncallback::ffi::Owner::new().outstanding(), 0);
    /// ```
    pub fn new() -> Self {
        Self { book: Arc::default() }
    }

    /// How many operations and streams C still holds.
    ///
    /// See the example of [`Oneshot::owned_by`](super::Oneshot::owned_by).
    pub fn outstanding(&self) -> usize {
        self.book.lock().held.len()
    }

    /// Says that the C object is about to be destroyed.
    ///
    /// From now on nothing more starts: [`Closed`](super::CallbackError::Closed). And streams and hooks that are dropped do not unregister any more,
    /// because that would use the object; the C destroy function may well run code that drops them.
    ///
    /// ```
    /// use uncallback::ffi::Owner;
    /// let owner = Owner::new();
    /// owner.seal();
    /// // here the object is destroyed
    /// // SAFETY: the object is gone.
    /// unsafe { owner.close() };
    /// ```
    pub fn seal(&self) {
        self.book.lock().closed = true;
    }

    /// Something that knows whether the object may still be used, for code that may run later than that: cancelling, for instance.
    ///
    /// ```
    /// use core::ffi::{c_int, c_void};
    /// use uncallback::ffi::{self, Cancel, First, Object, Started};
    /// # unsafe extern "C" fn later(_: c_int, _cb: extern "C" fn(*mut c_void, u8), _d: *mut c_void) -> c_int { 3 }
    /// # unsafe extern "C" fn remove(_object: c_int, _id: c_int) { unreachable!("the object is gone") }
    /// # unsafe extern "C" fn destroy(_: c_int) {}
    /// // SAFETY: 7 is an object, and nobody else destroys it.
    /// let object = unsafe { Object::new(7, |raw| destroy(raw)) };
    /// let (raw, presence) = (object.raw(), object.operations().presence());
    /// // SAFETY: `later` calls back at most once, and not after `remove`; the object is there when that is called.
    /// let pending = unsafe {
    ///     ffi::oneshot(First, |cb, data| Started::nonneg_ok(later(raw, cb, data)), |(n,)| n).cancel_with(move |id| {
    ///         if !presence.is_there() {
    ///             return Cancel::TooLate;
    ///         }
    ///         remove(raw, *id);
    ///         Cancel::Silenced
    ///     })
    /// }
    /// .owned_by(object.operations())
    /// .start();
    /// drop(object);
    /// drop(pending); // does not call `remove`
    /// ```
    pub fn presence(&self) -> Presence {
        Presence { book: Arc::downgrade(&self.book) }
    }

    /// Fails what is outstanding with [`NeverCalled`](super::CallbackError::NeverCalled) and frees it, and ends streams after the events that
    /// they have; refuses what would start later with [`Closed`](super::CallbackError::Closed).
    ///
    /// # Safety
    ///
    /// The caller promises, and a reviewer checks against the C documentation:
    ///
    /// 1. C has let go of the user data of all operations of this owner: typically because the object's destroy function has
    ///    returned.
    /// 2. If an operation is [`Local`](super::Local), this is its thread.
    ///
    /// See the example of [`Owner`].
    pub unsafe fn close(&self) {
        let held = {
            let mut ledger = self.book.lock();
            ledger.closed = true;
            std::mem::take(&mut ledger.held)
        };
        // Awaiters wake here, and may do anything: no lock is held.
        for held in held.into_values() {
            match held {
                // SAFETY: both were entered together. C has let go, and what has called back is not on the list any more.
                Held::Record { token, let_go } => unsafe { let_go(token) },
                Held::Stream(end) => {
                    quietly(end);
                }
            }
        }
    }
}

/// Knows whether a C object may still be used: it is not being destroyed, and its [`Owner`] is there. Made by [`Owner::presence`].
///
/// ```
/// use uncallback::ffi::{Owner, Presence};
/// let owner = Owner::new();
/// let presence: Presence = owner.presence();
/// assert!(presence.is_there());
/// owner.seal();
/// assert!(!presence.is_there());
/// ```
#[derive(Clone, Debug)]
pub struct Presence {
    book: Weak<Book>,
}

impl Presence {
    /// Whether the object may still be used.
    ///
    /// See the example of [`Owner::presence`].
    pub fn is_there(&self) -> bool {
        self.book.upgrade().is_some_and(|book| !book.lock().closed)
    }
}

impl Default for Owner {
    fn default() -> Self {
        Self::new()
    }
}

impl Book {
    fn lock(&self) -> MutexGuard<'_, Ledger> {
        // No user code runs under the lock, so poison means nothing.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The entry of one operation in its owner's book: struck out when it is dropped, with the record or the stream.
///
/// See the example of [`Oneshot::owned_by`](super::Oneshot::owned_by).
#[derive(Debug)]
pub struct Enrolled {
    book: Weak<Book>,
    id: u64,
}

impl Enrolled {
    /// Reserves a line in the book.
    pub(super) fn new(owner: &Owner) -> Self {
        let mut ledger = owner.book.lock();
        ledger.next_id += 1;
        Self { book: Arc::downgrade(&owner.book), id: ledger.next_id }
    }

    /// The line, to be filled in once the record is in the table.
    pub(super) fn line(&self) -> Line {
        Line { book: self.book.clone(), id: self.id }
    }

    /// Whether the object may still be used. An owner that is dropped without a word has none.
    pub(super) fn is_open(&self) -> bool {
        Presence { book: self.book.clone() }.is_there()
    }
}

impl Drop for Enrolled {
    fn drop(&mut self) {
        if let Some(book) = self.book.upgrade() {
            let held = book.lock().held.remove(&self.id);
            // Outside of the lock: it may be the last to hold what a stream shares.
            drop(held);
        }
    }
}

/// A line of an owner's book.
#[derive(Debug)]
pub(super) struct Line {
    book: Weak<Book>,
    id: u64,
}

impl Line {
    /// Whether the operation may start.
    pub(super) fn is_open(&self) -> bool {
        self.book.upgrade().is_some_and(|book| !book.lock().closed)
    }

    /// Enters the operation: closing the owner calls `let_go` with `token`.
    pub(super) fn fill(self, token: *mut (), let_go: unsafe fn(*mut ())) {
        if let Some(book) = self.book.upgrade() {
            book.lock().held.insert(self.id, Held::Record { token, let_go });
        }
    }

    /// Enters a stream: closing the owner calls `end`. If it is closed already, that is now.
    pub(super) fn fill_with(self, end: impl FnOnce() + Send + 'static) {
        let book = self.book.upgrade();
        if let Some(mut ledger) = book.as_ref().map(|book| book.lock()).filter(|ledger| !ledger.closed) {
            ledger.held.insert(self.id, Held::Stream(Box::new(end)));
            return;
        }
        quietly(end);
    }
}
