//! A C callback that comes again and again: a subscription is a stream, and unregisters when it is dropped.
use super::cfn::{CFn, Handler, UserData};
use super::custody::{self, ByKey, Custody, Place, report_stray};
use super::guard::{drop_quietly, quietly};
use super::outcome::{CallbackError, IntoStarted, Started};
use super::owner::Enrolled;
use crate::stream::{Events, events, mpsc};
use std::any::Any;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::panic::Location;

/// A stream of what a C callback brings; made by [`subscribe`] and [`list`](super::list()).
///
/// What happens when it is dropped, or the callback is never called, or panics: see [`subscribe`].
///
/// ```
/// use core::ffi::c_void;
/// use uncallback::ffi::{self, First, Subscription};
/// use uncallback::stream::mpsc;
/// type Callback = extern "C" fn(*mut c_void, u8);
/// # fn on_change(cb: Callback, data: *mut c_void) { cb(data, 7) }
/// # fn forget_me(_: ()) {}
/// /// What a wrapper of the library hands out: the event, what `start` returns, and what unregisters.
/// type Changes = Subscription<u8, (), fn(())>;
///
/// // SAFETY: `on_change` calls back with numbers.
/// let mut changes: Changes = unsafe {
///     ffi::subscribe(First, mpsc::latest(), |cb: Callback, data| on_change(cb, data), forget_me as fn(()), |(n,)| n)
/// }?;
/// assert_eq!(changes.drain(|n| assert_eq!(n, 7)), 1);
/// # Ok::<(), ffi::CallbackError>(())
/// ```
pub type Subscription<T, H, G> = Events<mpsc::Receiver<T>, Registration<H, G>>;

/// Subscribes to a C callback: `start` registers it, `on` makes an event of each call, `unregister` ends it.
///
/// `policy` says what happens to events that come faster than they are taken: see [`stream`](crate::stream).
///
/// C gets a key, in every build: a subscription is called from threads of C's own, and a call that was on its way when
/// it ended must find nothing.
///
/// # What happens when
///
/// - the stream is **dropped**: `unregister` runs, once. That may be anywhere, also inside the callback (in a waker that runs
///   there, for instance): the closure lives until the running calls are over. Calls that come later are counted as
///   [`Stray`](super::Stray)s.
/// - the callback is called again and again, on several threads at once: each call is an event; what does not fit goes as the
///   policy says.
/// - the callback is **never called**: the stream waits. It ends when its [owner](Events::owned_by) closes, if it has one.
/// - `on` **panics**: the stream ends, and the panic resumes in its consumer, after the events before it.
///
/// # Errors
///
/// [`Refused`](CallbackError::Refused) if `start` says so; `on` is dropped.
///
/// # Safety
///
/// The caller promises, and a reviewer checks against the C documentation:
///
/// 1. C calls the function pointer with this user data at `at` and with the argument types of `F`.
/// 2. `on` reads through its arguments only what C allows, and copies what it keeps.
/// 3. `unregister` may be called on any thread on which the stream may be dropped, and the C object is still there then, or the
///    stream is [owned](Events::owned_by) by it. If that may be inside the callback, C allows it.
///
/// # Cancel safety
///
/// Dropping the stream unregisters and drops the events that wait. Dropping a [`next`](Events::next) loses nothing.
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use uncallback::ffi::{self, First, Started};
/// use uncallback::stream::mpsc;
/// unsafe extern "C" fn on_change(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void) { cb(data, 1); cb(data, 2) }
/// unsafe extern "C" fn forget_me() {}
///
/// # uncallback::__private::block_on(async {
/// // SAFETY: `on_change` calls back with numbers.
/// let mut changes = unsafe {
///     ffi::subscribe(
///         First,
///         mpsc::unbounded(),
///         |cb, data| on_change(cb, data),
///         |()| forget_me(),
///         |(value,)| value,
///     )
/// }?;
/// assert_eq!(changes.next().await, Some(1));
/// assert_eq!(changes.next().await, Some(2));
/// # Ok::<(), ffi::CallbackError>(()) }).unwrap();
/// ```
#[track_caller]
pub unsafe fn subscribe<P, F, H, Said, S, G, O, T>(
    at: P,
    policy: mpsc::Policy,
    start: S,
    unregister: G,
    on: O,
) -> Result<Subscription<T, H, G>, CallbackError>
where
    F: CFn<P, Ret = (), Data: UserData>,
    S: FnOnce(F, F::Data) -> Said,
    Said: IntoStarted<Handle = H>,
    G: FnOnce(H),
    O: Fn(F::Args) -> T + Send + Sync + 'static,
    T: Send + 'static,
{
    let _ = at;
    let record = |emitter| Source { emitter, on };
    register(policy, record, unregister, |made| {
        start(F::trampoline::<Emit<O, T>>(), F::Data::from_token(made.token)).into_started()
    })
}

/// Opens a stream, gives C a record that feeds it, and starts. `start` may note what else belongs to the registration.
#[track_caller]
pub(super) fn register<T, H, G: FnOnce(H), R>(
    policy: mpsc::Policy,
    record: impl FnOnce(mpsc::Emitter<T>) -> R,
    unregister: G,
    start: impl FnOnce(&mut Registration<H, G>) -> Started<H>,
) -> Result<Subscription<T, H, G>, CallbackError> {
    let place = Location::caller();
    let mut refused = None;
    let stream = events(policy, |emitter| {
        let (mut registration, _) = Registration::of(record(emitter), place);
        match start(&mut registration) {
            Started::Pending(handle) => registration.ending = Some((handle, unregister)),
            Started::Refused(code) => refused = Some(CallbackError::Refused(code)),
        }
        registration
    });
    refused.map_or(Ok(stream), Err)
}

/// Frees a record that nobody can enter any more.
///
/// # Safety
///
/// The record is a box of this type, and the caller's.
pub(super) unsafe fn free<R>(record: *mut ()) {
    // SAFETY: by contract.
    drop_quietly(unsafe { Box::from_raw(record.cast::<R>()) });
}

/// What a subscription does when it is dropped: unregisters, and frees the record once no call is running.
///
/// # What happens when
///
/// - it is **dropped**, with its stream: see [`subscribe`]. If unregistering **panics**, the panic leaves that drop, and C's
///   calls find nothing from then on all the same.
///
/// ```
/// use uncallback::ffi::{Registration, Subscription};
/// use uncallback::stream::{Events, mpsc};
/// /// The two are the same.
/// fn written_out(stream: Subscription<u8, (), fn(())>) -> Events<mpsc::Receiver<u8>, Registration<(), fn(())>> {
///     stream
/// }
/// # let _ = written_out;
/// ```
pub struct Registration<H, G: FnOnce(H)> {
    pub(super) token: *mut (),
    pub(super) free: unsafe fn(*mut ()),
    /// `None` if C has refused.
    pub(super) ending: Option<(H, G)>,
    /// Given back when C has been told to forget it.
    pub(super) borrowed: Option<Borrowed>,
    /// If it belongs to an object: when that is closed, nobody unregisters.
    pub(super) enrolled: Option<Enrolled>,
    /// C lets go of the record itself; when it has, there is nothing to unregister.
    pub(super) destroyed_by_c: bool,
}

/// A function that was lent to the subscription.
pub(super) type Borrowed = Box<dyn Any + Send + Sync>;

// SAFETY: the token is a key, and the record behind it was demanded to be `Send`.
unsafe impl<H: Send, G: Send + FnOnce(H)> Send for Registration<H, G> {}
// SAFETY: a shared registration can't do anything.
unsafe impl<H: Sync, G: Sync + FnOnce(H)> Sync for Registration<H, G> {}

impl<H, G: FnOnce(H)> Registration<H, G> {
    /// Files a record under a key, which C is told of next; what ends it is not known before that. The record lives as long
    /// as the registration, or longer.
    pub(super) fn of<R>(record: R, place: Place) -> (Self, *const R) {
        let record = Box::into_raw(Box::new(record));
        let token = ByKey::deposit(record.cast(), place);
        (
            Self {
                token,
                free: free::<R>,
                ending: None,
                borrowed: None,
                enrolled: None,
                destroyed_by_c: false,
            },
            record,
        )
    }

    /// Whether there is something to unregister, and from.
    fn is_there(&self) -> bool {
        let live = || {
            // SAFETY: the function was made for the type of the record.
            custody::enter(self.token, |_| (), |record| unsafe { (self.free)(record) }).is_some()
        };
        self.enrolled.as_ref().is_none_or(Enrolled::is_open) && (!self.destroyed_by_c || live())
    }

    /// The same registration, with everything that ends it in a box.
    pub(super) fn boxed<'a>(mut self) -> Registration<(), Box<dyn FnOnce(()) + Send + Sync + 'a>>
    where
        H: Send + Sync + 'a,
        G: Send + Sync + 'a,
    {
        let ending = self.ending.take().map(|(handle, unregister)| {
            let unregister: Box<dyn FnOnce(()) + Send + Sync + 'a> = Box::new(move |()| unregister(handle));
            ((), unregister)
        });
        let (borrowed, enrolled) = (self.borrowed.take(), self.enrolled.take());
        let this = ManuallyDrop::new(self);
        Registration {
            token: this.token,
            free: this.free,
            ending,
            borrowed,
            enrolled,
            destroyed_by_c: this.destroyed_by_c,
        }
    }
}

impl<H, G: FnOnce(H)> Drop for Registration<H, G> {
    fn drop(&mut self) {
        /// Frees the record also if `unregister` panics: C's key leads nowhere then.
        struct Retire(*mut (), unsafe fn(*mut ()));
        impl Drop for Retire {
            fn drop(&mut self) {
                if let Some(record) = custody::retire(self.0) {
                    // SAFETY: retired, nobody is using it, and the function was made for its type.
                    unsafe { (self.1)(record) };
                }
            }
        }
        let _retire = Retire(self.token, self.free);
        let ending = self.ending.take();
        if let Some((handle, unregister)) = ending.filter(|_| self.is_there()) {
            unregister(handle);
        }
    }
}

impl<H, G: FnOnce(H)> std::fmt::Debug for Registration<H, G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registration").field("registered", &self.ending.is_some()).finish_non_exhaustive()
    }
}

pub(super) struct Source<O, T> {
    pub(super) emitter: mpsc::Emitter<T>,
    pub(super) on: O,
}

pub(super) struct Emit<O, T>(PhantomData<(O, T)>);

// SAFETY: the closure is caught by the emitter; wakers and unwanted values are guarded.
unsafe impl<Args, O, T> Handler<Args, ()> for Emit<O, T>
where
    O: Fn(Args) -> T,
{
    unsafe fn call(token: *mut (), args: Args) {
        let call = |record: *mut ()| {
            // SAFETY: entered: the record lives until we leave, and is shared, as its parts allow.
            let source = unsafe { &*record.cast::<Source<O, T>>() };
            quietly(|| source.emitter.emit_with(|| (source.on)(args)));
        };
        // SAFETY: the last user of a retired record owns it, and it is of this type.
        if custody::enter(token, call, |record| unsafe { free::<Source<O, T>>(record) }).is_none() {
            report_stray(token);
        }
    }
}
