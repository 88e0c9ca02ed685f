//! The variants of the one-shot under one interface, so that the contract is written once.

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use uncallback::__private::{Hint, call_at};
use uncallback::{Completer, Lost, PinnedCompleter, Reach, Slot, local, pinned};

pub type Fut<T> = Pin<Box<dyn Future<Output = T>>>;
pub type Checked<T> = Fut<Result<T, Lost>>;

/// The callback's side.
pub trait Done<T>: 'static {
    fn complete(self, value: T);
    fn complete_with(self, make: impl FnOnce() -> T);
}

impl<T: 'static, L: Reach + 'static> Done<T> for Completer<T, L> {
    fn complete(self, value: T) {
        self.complete(value);
    }
    fn complete_with(self, make: impl FnOnce() -> T) {
        self.complete_with(make);
    }
}

impl<T: 'static> Done<T> for PinnedCompleter<T> {
    fn complete(self, value: T) {
        self.complete(value);
    }
    fn complete_with(self, make: impl FnOnce() -> T) {
        self.complete_with(make);
    }
}

/// A variant.
pub trait Family: 'static {
    /// The waker is cloned before the call is made.
    const STORES_EARLY: bool = false;

    /// The waker of a callback that fires inside the call is kept for the next call.
    const KEEPS_WAKER: bool = false;

    type Done<T: 'static>: Done<T>;

    /// What the callback runs of the awaiter's (its waker, what it no longer wants) is kept from panicking into the API.
    const GUARDS_THE_API: bool = false;

    fn checked<T: 'static>(api: impl FnOnce(Self::Done<T>) + 'static) -> Checked<T>;

    /// What the API call returns is the handle that the future keeps.
    fn begin<T: 'static, H: 'static>(api: impl FnOnce(Self::Done<T>) -> H + 'static) -> Fut<T>;

    /// A call whose callback is kept for later.
    fn kept<T: 'static>() -> (Fut<T>, Kept<Self::Done<T>>) {
        let kept = Kept(Rc::default());
        let to = kept.clone();
        (Self::begin(move |done| to.put(done)), kept)
    }

    fn kept_checked<T: 'static>() -> (Checked<T>, Kept<Self::Done<T>>) {
        let kept = Kept(Rc::default());
        let to = kept.clone();
        (Self::checked(move |done| to.put(done)), kept)
    }
}

/// Where the API keeps the callback. Empty until a lazy call is polled.
pub struct Kept<D>(Rc<RefCell<Option<D>>>);

impl<D> Clone for Kept<D> {
    fn clone(&self) -> Self {
        Kept(self.0.clone())
    }
}

impl<D> Kept<D> {
    pub fn put(&self, done: D) {
        *self.0.borrow_mut() = Some(done);
    }

    pub fn get(&self) -> Option<D> {
        self.0.borrow_mut().take()
    }

    #[track_caller]
    pub fn take(&self) -> D {
        self.get().expect("the call was made")
    }
}

pub struct Start;
impl Family for Start {
    type Done<T: 'static> = Completer<T>;
    fn checked<T: 'static>(api: impl FnOnce(Completer<T>) + 'static) -> Checked<T> {
        Box::pin(uncallback::start(api).checked())
    }
    fn begin<T: 'static, H: 'static>(api: impl FnOnce(Completer<T>) -> H + 'static) -> Fut<T> {
        Box::pin(uncallback::start(api))
    }
}

pub struct Call;
impl Family for Call {
    type Done<T: 'static> = Completer<T>;
    fn checked<T: 'static>(api: impl FnOnce(Completer<T>) + 'static) -> Checked<T> {
        Box::pin(uncallback::call(api).checked())
    }
    fn begin<T: 'static, H: 'static>(api: impl FnOnce(Completer<T>) -> H + 'static) -> Fut<T> {
        Box::pin(uncallback::call(api))
    }
}

/// A place that has learnt to store the waker before the call.
pub struct TrainedCall;
impl TrainedCall {
    fn hint() -> &'static Hint {
        static HINTS: Mutex<Vec<&'static Hint>> = Mutex::new(Vec::new());
        let hint: &'static Hint = Box::leak(Box::new(Hint::new()));
        HINTS.lock().unwrap().push(hint);
        for _ in 0..4 {
            let mut kept = None;
            let mut call = Box::pin(call_at(hint, |done: Completer<()>| kept = Some(done)));
            assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        hint
    }
}
impl Family for TrainedCall {
    // Without the shortcut nobody knows that a callback fires inside the call, so nothing is stored before it.
    const STORES_EARLY: bool = !cfg!(feature = "stackful-coroutines");
    type Done<T: 'static> = Completer<T>;
    fn checked<T: 'static>(api: impl FnOnce(Completer<T>) + 'static) -> Checked<T> {
        Box::pin(call_at(Self::hint(), api).checked())
    }
    fn begin<T: 'static, H: 'static>(api: impl FnOnce(Completer<T>) -> H + 'static) -> Fut<T> {
        Box::pin(call_at(Self::hint(), api))
    }
}

pub struct LocalStart;
impl Family for LocalStart {
    type Done<T: 'static> = local::Completer<T>;
    fn checked<T: 'static>(api: impl FnOnce(local::Completer<T>) + 'static) -> Checked<T> {
        Box::pin(local::start(api).checked())
    }
    fn begin<T: 'static, H: 'static>(api: impl FnOnce(local::Completer<T>) -> H + 'static) -> Fut<T> {
        Box::pin(local::start(api))
    }
}

pub struct LocalCall;
impl Family for LocalCall {
    type Done<T: 'static> = local::Completer<T>;
    fn checked<T: 'static>(api: impl FnOnce(local::Completer<T>) + 'static) -> Checked<T> {
        Box::pin(local::call(api).checked())
    }
    fn begin<T: 'static, H: 'static>(api: impl FnOnce(local::Completer<T>) -> H + 'static) -> Fut<T> {
        Box::pin(local::call(api))
    }
}

/// A slot together with a call made through it. An `async` block would do, but could not be polled after a panic.
struct WithSlot<T: 'static, F> {
    future: ManuallyDrop<F>,
    slot: *mut Slot<T>,
}

impl<T, F> WithSlot<T, F> {
    fn new(slot: Slot<T>, call: impl FnOnce(&'static mut Slot<T>) -> F) -> Self {
        let slot = Box::into_raw(Box::new(slot));
        // SAFETY: freed by our destructor, after the future.
        WithSlot { future: ManuallyDrop::new(call(unsafe { &mut *slot })), slot }
    }
}

impl<T, F: Future + Unpin> Future for WithSlot<T, F> {
    type Output = F::Output;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        Pin::new(&mut *self.future).poll(cx)
    }
}

impl<T, F> Drop for WithSlot<T, F> {
    fn drop(&mut self) {
        struct Free<T>(*mut Slot<T>);
        impl<T> Drop for Free<T> {
            fn drop(&mut self) {
                // SAFETY: from `Box::into_raw`; the future that borrowed it is gone.
                drop(unsafe { Box::from_raw(self.0) });
            }
        }
        let _free = Free(self.slot);
        // SAFETY: dropped once.
        unsafe { ManuallyDrop::drop(&mut self.future) };
    }
}

pub struct FreshSlot;
impl Family for FreshSlot {
    const STORES_EARLY: bool = !cfg!(feature = "stackful-coroutines");
    const KEEPS_WAKER: bool = Self::STORES_EARLY;
    type Done<T: 'static> = Completer<T>;
    fn checked<T: 'static>(api: impl FnOnce(Completer<T>) + 'static) -> Checked<T> {
        Box::pin(WithSlot::new(Slot::new(), |slot| slot.call(api).checked()))
    }
    fn begin<T: 'static, H: 'static>(api: impl FnOnce(Completer<T>) -> H + 'static) -> Fut<T> {
        Box::pin(WithSlot::new(Slot::new(), |slot| slot.call(api)))
    }
}

/// A slot that has made a call before, and keeps the waker of that.
pub struct UsedSlot;
impl UsedSlot {
    fn slot<T: 'static>() -> Slot<T> {
        let mut slot = Slot::new();
        let mut call = slot.call(|done: Completer<T>| drop(done)).checked();
        assert!(Pin::new(&mut call).poll(&mut Context::from_waker(Waker::noop())).is_ready());
        drop(call);
        slot
    }
}
impl Family for UsedSlot {
    const STORES_EARLY: bool = !cfg!(feature = "stackful-coroutines");
    const KEEPS_WAKER: bool = Self::STORES_EARLY;
    type Done<T: 'static> = Completer<T>;
    fn checked<T: 'static>(api: impl FnOnce(Completer<T>) + 'static) -> Checked<T> {
        Box::pin(WithSlot::new(Self::slot(), |slot| slot.call(api).checked()))
    }
    fn begin<T: 'static, H: 'static>(api: impl FnOnce(Completer<T>) -> H + 'static) -> Fut<T> {
        Box::pin(WithSlot::new(Self::slot(), |slot| slot.call(api)))
    }
}

/// Only for tests in which the callback has come when the future is dropped.
pub struct Pinned;
impl Family for Pinned {
    type Done<T: 'static> = PinnedCompleter<T>;
    fn checked<T: 'static>(api: impl FnOnce(PinnedCompleter<T>) + 'static) -> Checked<T> {
        // SAFETY: see above.
        Box::pin(unsafe { pinned(api, |()| ()) }.checked())
    }
    fn begin<T: 'static, H: 'static>(api: impl FnOnce(PinnedCompleter<T>) -> H + 'static) -> Fut<T> {
        // SAFETY: see above.
        Box::pin(unsafe { pinned(api, |_handle| ()) })
    }
}

#[cfg(feature = "ffi")]
pub use c::Ffi;

/// The callback of a C library, which is a function and its user data.
#[cfg(feature = "ffi")]
mod c {
    use super::{Checked, Done, Family, Fut};
    use futures_util::FutureExt;
    use std::ffi::c_void;
    use std::marker::PhantomData;
    use uncallback::ffi::{self, CallbackError, DestroyFn, First, Started};

    /// The library passes on what it is given: a pointer to what makes the value.
    type Callback = unsafe extern "C" fn(*mut c_void, *mut c_void);

    /// What the library holds, until it lets go by calling the destroy function.
    pub struct Held<T> {
        callback: Callback,
        data: *mut c_void,
        destroy: DestroyFn<*mut c_void>,
        makes: PhantomData<T>,
    }

    impl<T: 'static> Done<T> for Held<T> {
        fn complete(self, value: T) {
            self.complete_with(|| value);
        }

        fn complete_with(self, make: impl FnOnce() -> T) {
            let mut make = Some(make);
            let mut once = || make.take().expect("it is called once")();
            let mut erased: &mut dyn FnMut() -> T = &mut once;
            // SAFETY: what the start function got, once, and what `on` expects.
            unsafe { (self.callback)(self.data, (&raw mut erased).cast()) };
        }
    }

    impl<T> Drop for Held<T> {
        fn drop(&mut self) {
            // SAFETY: what the start function got, once, and after every call.
            unsafe { (self.destroy)(self.data) };
        }
    }

    pub struct Ffi;
    impl Ffi {
        #[track_caller]
        fn start<T: 'static, H: 'static>(
            api: impl FnOnce(Held<T>) -> H + 'static,
        ) -> ffi::Pending<T, H, ffi::NoCancel, ffi::Local> {
            // SAFETY: called back at most once, before it is destroyed, with a pointer to such a closure.
            unsafe {
                ffi::oneshot_destroying(
                    First,
                    |callback: Callback, data, destroy| {
                        Started::Pending(api(Held { callback, data, destroy, makes: PhantomData }))
                    },
                    |(make,)| (*make.cast::<&mut dyn FnMut() -> T>())(),
                )
            }
            .local()
            .start()
        }
    }

    impl Family for Ffi {
        const GUARDS_THE_API: bool = true;
        type Done<T: 'static> = Held<T>;
        // Not in `async` blocks, which could not be polled after a panic.
        fn checked<T: 'static>(api: impl FnOnce(Held<T>) + 'static) -> Checked<T> {
            Box::pin(Self::start(api).map(|outcome| match outcome {
                Err(CallbackError::NeverCalled(lost)) => Err(lost),
                outcome => Ok(outcome.expect("a value or a loss")),
            }))
        }
        fn begin<T: 'static, H: 'static>(api: impl FnOnce(Held<T>) -> H + 'static) -> Fut<T> {
            Box::pin(Self::start(api).map(|outcome| outcome.unwrap_or_else(|error| panic!("{error}"))))
        }
    }
}
