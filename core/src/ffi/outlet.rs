//! Events of an object-wide callback as a stream that comes and goes: the messages of a client, the log of a library.
use super::owner::Enrolled;
use crate::stream::{Events, events, mpsc};
use crate::sync::{Mutex, MutexGuard};
use std::sync::{Arc, PoisonError, Weak};

/// A place in the state of a C object where a stream can be plugged in.
///
/// User data of an object is fixed before anyone asks for a stream, and stays when the stream has gone. So the object's callback
/// writes to an outlet, which is part of what its callbacks [share](super::Shared), and [`connect`](Outlet::connect) gives a stream of what
/// comes from then on. Clones are handles to the same outlet.
///
/// # What happens when
///
/// - a stream is **dropped**, or none was connected yet: events are dropped and counted as [`unheard`](Outlet::unheard). The
///   outlet stays, and can be connected again.
/// - it is connected **twice**: the new stream gets the events from then on; the old one ends after those that it has.
/// - events **never** come: the stream waits. It ends when it is replaced, when its [owner](Events::owned_by) closes, and with
///   the last handle to the outlet, which it does not keep.
/// - what makes an event **panics**: the stream ends, and the panic resumes in its consumer, after the events before it.
///
/// ```
/// use uncallback::ffi::Outlet;
/// use uncallback::stream::mpsc;
/// let messages = Outlet::new();
/// messages.emit_with(|| "nobody listens");
/// let mut stream = messages.connect(mpsc::unbounded());
/// messages.emit_with(|| "hello");
/// # uncallback::__private::block_on(async {
/// assert_eq!(stream.next().await, Some("hello"));
/// # });
/// assert_eq!(messages.unheard(), 1);
/// ```
pub struct Outlet<T> {
    socket: Arc<Mutex<Socket<T>>>,
}

struct Socket<T> {
    emitter: Option<mpsc::Emitter<T>>,
    /// Which of the streams in turn is plugged in.
    number: u64,
    unheard: u64,
}

impl<T> Outlet<T> {
    /// An outlet with nothing plugged in.
    ///
    /// See the example of [`Outlet`].
    pub fn new() -> Self {
        Self { socket: Arc::new(Mutex::new(Socket { emitter: None, number: 0, unheard: 0 })) }
    }

    /// Hands an event to the stream, if there is one; a panic of `make` resumes in its consumer. Returns whether there was one.
    ///
    /// No lock is held while `make` and wakers run.
    ///
    /// See the example of [`Outlet`].
    pub fn emit_with(&self, make: impl FnOnce() -> T) -> bool {
        let emitter = {
            let mut socket = lock(&self.socket);
            socket.unheard += u64::from(socket.emitter.is_none());
            socket.emitter.clone()
        };
        emitter.is_some_and(|emitter| {
            emitter.emit_with(make);
            true
        })
    }

    /// A stream of the events from now on. A stream that was connected before ends after the events that it has.
    ///
    /// See the example of [`Outlet`].
    pub fn connect(&self, policy: mpsc::Policy) -> Events<mpsc::Receiver<T>, Plug<T>> {
        events(policy, |emitter| {
            let mut socket = lock(&self.socket);
            socket.number += 1;
            let outlet = WeakOutlet(Arc::downgrade(&self.socket));
            let plug = Plug { outlet, number: socket.number, enrolled: None };
            let before = socket.emitter.replace(emitter);
            drop(socket);
            // Its consumer wakes here.
            drop(before);
            plug
        })
    }

    /// How many events came while no stream was connected.
    ///
    /// See the example of [`Outlet`].
    pub fn unheard(&self) -> u64 {
        lock(&self.socket).unheard
    }
}

fn lock<T>(socket: &Mutex<Socket<T>>) -> MutexGuard<'_, Socket<T>> {
    // No user code runs under the lock.
    socket.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> Default for Outlet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Clone for Outlet<T> {
    fn clone(&self) -> Self {
        Self { socket: self.socket.clone() }
    }
}

impl<T> AsRef<Outlet<T>> for Outlet<T> {
    fn as_ref(&self) -> &Outlet<T> {
        self
    }
}

impl<T> std::fmt::Debug for Outlet<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outlet")
            .field("connected", &lock(&self.socket).emitter.is_some())
            .finish_non_exhaustive()
    }
}

/// Keeps a stream connected to its [`Outlet`]; dropped with the stream.
///
/// What happens when it is dropped, or events never come: see [`Outlet`](Outlet#what-happens-when).
///
/// ```
/// use uncallback::ffi::{Outlet, Plug};
/// use uncallback::stream::{Events, mpsc};
/// /// What a client of the library hands out.
/// struct Messages { stream: Events<mpsc::Receiver<u8>, Plug<u8>> }
///
/// let outlet = Outlet::new();
/// let messages = Messages { stream: outlet.connect(mpsc::latest()) };
/// assert!(outlet.emit_with(|| 7));
/// drop(messages.stream);
/// assert!(!outlet.emit_with(|| 8));
/// ```
#[derive(Debug)]
pub struct Plug<T> {
    pub(super) outlet: WeakOutlet<T>,
    pub(super) number: u64,
    /// If the stream belongs to an object.
    pub(super) enrolled: Option<Enrolled>,
}

impl<T> Plug<T> {
    /// Whether the object of the stream may still be used, for instance to unset its callback: it is not being destroyed, as far as the
    /// [`Owner`](super::Owner) of the stream knows. A stream without an owner does not know.
    ///
    /// ```
    /// use uncallback::ffi::{Outlet, Owner};
    /// use uncallback::stream::mpsc;
    /// let (owner, messages) = (Owner::new(), Outlet::<u8>::new());
    /// let stream = messages.connect(mpsc::unbounded()).owned_by(&owner);
    /// assert!(stream.handle().object_is_there());
    /// owner.seal();
    /// assert!(!stream.handle().object_is_there());
    /// ```
    pub fn object_is_there(&self) -> bool {
        self.enrolled.as_ref().is_none_or(Enrolled::is_open)
    }
}

/// An outlet that its stream does not keep, because the stream ends with it.
#[derive(Debug)]
pub(super) struct WeakOutlet<T>(Weak<Mutex<Socket<T>>>);

impl<T> WeakOutlet<T> {
    /// Ends the stream of this number, if it is still connected.
    pub(super) fn disconnect(&self, number: u64) {
        let Some(socket) = self.0.upgrade() else { return };
        let mut socket = lock(&socket);
        let mine = socket.number == number;
        let emitter = if mine { socket.emitter.take() } else { None };
        drop(socket);
        // Its consumer wakes here.
        drop(emitter);
    }
}

impl<T> Clone for WeakOutlet<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Drop for Plug<T> {
    fn drop(&mut self) {
        self.outlet.disconnect(self.number);
    }
}
