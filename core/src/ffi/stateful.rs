//! A C object with the state that its callbacks share, in the order in which both must end.
use super::shared::Shared;
use std::ops::Deref;

/// A C object and the state that all of its callbacks [share](Shared), which outlives it.
///
/// The object is a type that ends itself when it is dropped. It goes first, so that callbacks inside of its end still find the state; then
/// the state goes, and with it what waits in a [`Keyed`](super::Keyed) or an [`Outlet`](super::Outlet) of it hears the end.
///
/// # What happens when
///
/// - it is **dropped**: as above; a panic that was not resumed by then is dropped.
/// - a callback is **called twice**, **never called**, or **panics**: see [`Shared`](Shared#what-happens-when).
///
/// It derefs to the state; [`raw`](Stateful::raw) is the object, and [`during`](Stateful::during) a call on it that may call back.
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use std::sync::atomic::{AtomicI32, Ordering};
/// use uncallback::ffi::{Last, Stateful};
/// type Callback = Option<unsafe extern "C" fn(c_int, *mut c_void)>;
/// /// An object of a library, with the user data of all of its callbacks.
/// struct Session { data: *mut c_void, on_data: Callback }
/// impl Session {
///     fn receive(&self, n: c_int) {
///         // SAFETY: the data is that of the callback.
///         self.on_data.into_iter().for_each(|on_data| unsafe { on_data(n, self.data) });
///     }
/// }
///
/// let session = Stateful::new(AtomicI32::new(0), |state| {
///     // SAFETY: the user data of the session is `state`.
///     let on_data = unsafe { state.callback(Last, |sum, (n,)| _ = sum.fetch_add(n, Ordering::Relaxed), || ()) };
///     Session { data: state.data(), on_data }
/// });
/// session.during(|raw| raw.receive(40));
/// session.during(|raw| raw.receive(2));
/// assert_eq!(session.load(Ordering::Relaxed), 42);
/// ```
///
/// A client whose operations have ids, and to whom messages come:
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use uncallback::ffi::{First, Keyed, Outlet, Stateful};
/// use uncallback::stream::mpsc;
/// type OnAck = Option<unsafe extern "C" fn(data: *mut c_void, id: c_int)>;
/// type OnMessage = Option<unsafe extern "C" fn(data: *mut c_void, number: c_int)>;
/// # struct Raw { data: *mut c_void, on_ack: OnAck, on_message: OnMessage }
/// # fn client_new(data: *mut c_void) -> *mut Raw { Box::into_raw(Box::new(Raw { data, on_ack: None, on_message: None })) }
/// # unsafe extern "C" fn client_on_ack(raw: *mut Raw, cb: OnAck) { unsafe { (*raw).on_ack = cb } }
/// # unsafe extern "C" fn client_on_message(raw: *mut Raw, cb: OnMessage) { unsafe { (*raw).on_message = cb } }
/// # unsafe fn client_publish(raw: *mut Raw, number: c_int) -> c_int {
/// #     if number < 0 { return -1 }
/// #     let Raw { data, on_ack, on_message } = unsafe { &*raw };
/// #     unsafe { on_message.unwrap()(*data, number); on_ack.unwrap()(*data, 7) };
/// #     7
/// # }
/// # unsafe fn client_free(raw: *mut Raw) { drop(unsafe { Box::from_raw(raw) }) }
/// /// The C object, which is freed when it is dropped.
/// struct Object(*mut Raw);
/// impl Drop for Object {
///     fn drop(&mut self) {
///         // SAFETY: the object is alive, and this is its end.
///         unsafe { client_free(self.0) };
///     }
/// }
///
/// struct Client(Stateful<Object, State>);
/// #[derive(Default)]
/// struct State { acks: Keyed<c_int, ()>, messages: Outlet<c_int> }
///
/// impl Client {
///     fn new() -> Self {
///         // SAFETY: the user data of the object is `state`; the callbacks get numbers.
///         Self(Stateful::new(State::default(), |state| unsafe {
///             let raw = client_new(state.data());
///             let callbacks = state.callbacks(raw, First, || ());
///             callbacks.on(client_on_ack, |state, (id,)| state.acks.finish(id, ()));
///             callbacks.on(client_on_message, |state, (number,)| state.messages.emit_with(|| number));
///             Object(raw)
///         }))
///     }
///     async fn publish(&self, number: c_int) -> Result<(), c_int> {
///         // SAFETY: the object is alive.
///         let id = || match unsafe { client_publish(self.0.raw().0, number) } {
///             id @ 0.. => Ok(id),
///             code => Err(code),
///         };
///         self.0.acks.start(id)?.await.map_err(|_gone| 0)
///     }
/// }
///
/// # uncallback::__private::block_on(async {
/// let client = Client::new();
/// let mut messages = client.0.messages.connect(mpsc::unbounded());
/// assert_eq!(client.publish(42).await, Ok(()));
/// assert_eq!(client.publish(-42).await, Err(-1));
/// drop(client);
/// assert_eq!(messages.next().await, Some(42));
/// assert_eq!(messages.next().await, None);
/// # });
/// ```
#[derive(Debug)]
pub struct Stateful<R, S> {
    // Dropped in this order.
    raw: R,
    state: Shared<S>,
}

impl<R, S: Send + Sync + 'static> Stateful<R, S> {
    /// Puts state where C can point to it, and has `make` make the object that does so and set its callbacks.
    ///
    /// See the example of [`Stateful`].
    pub fn new(state: S, make: impl FnOnce(&Shared<S>) -> R) -> Self {
        let state = Shared::new(state);
        Self { raw: make(&state), state }
    }

    /// The object.
    ///
    /// ```
    /// let object = uncallback::ffi::Stateful::new("what its callbacks share", |_state| 7);
    /// assert_eq!(*object.raw(), 7);
    /// ```
    pub fn raw(&self) -> &R {
        &self.raw
    }

    /// Makes a C call on the object in which callbacks may come, and resumes the first panic of theirs afterwards.
    ///
    /// # Panics
    ///
    /// With that panic.
    ///
    /// See the example of [`Stateful`], and that of [`Shared::during`].
    pub fn during<T>(&self, call: impl FnOnce(&R) -> T) -> T {
        self.state.during(|| call(&self.raw))
    }
}

impl<R, S> Deref for Stateful<R, S> {
    type Target = S;
    fn deref(&self) -> &S {
        &self.state
    }
}
