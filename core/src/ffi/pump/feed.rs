//! What the callbacks of a hosted object feed: they say what the library waits for, and the pump hears it.
use super::{Interest, Pump, WeakPump};
use crate::ffi::{CFn, CReturn, Shared, UserData};
use std::ops::Deref;
use std::os::fd::RawFd;
use std::time::Duration;

/// The pump of an object that is being made, with user data for the object's callbacks; see [`Pump::host`].
///
/// It outlives the object, so that what the object says at its end still finds it.
///
/// # What happens when
///
/// - the object is **dropped**: what it says at its end is heard; C calls no more after that.
/// - a callback is **called twice**: the last word counts. It is **never called**: nothing is watched.
/// - the pump is closed: callbacks change nothing any more, and C gets zero.
/// - one of the closures **panics**: C gets the answer that was declared. The panic is stored, and goes on where the library
///   was called from: in the driver, or in [`Hosted::with`](super::Hosted::with).
///
/// ```
/// use core::ffi::{c_int, c_long, c_void};
/// use std::time::Duration;
/// use uncallback::ffi::pump::{Interest, Pump};
/// use uncallback::ffi::{First, Last};
///
/// /// What a library has its host told by.
/// #[derive(Default)]
/// struct Library {
///     socket: Option<(extern "C" fn(*mut c_void, c_int, c_int, c_int), *mut c_void)>,
///     timer: Option<(extern "C" fn(c_long, *mut c_void) -> c_int, *mut c_void)>,
/// }
///
/// let hosting = Pump::host(
///     |feed| {
///         let mut library = Library::default();
///         // SAFETY: the library calls with the user data that it was given, and ends with this object.
///         unsafe {
///             feed.on_fd(
///                 First,
///                 |cb, data| library.socket = Some((cb, data)),
///                 |(fd, read, write)| (fd, Interest { read: read != 0, write: write != 0 }),
///                 || (),
///             );
///             feed.on_timer(
///                 Last,
///                 |cb, data| library.timer = Some((cb, data)),
///                 |(ms,)| u64::try_from(ms).ok().map(Duration::from_millis),
///                 || -1,
///             );
///         }
///         library
///     },
///     |_library, ready| println!("{ready:?}"),
/// );
/// # let (library, _driver) = hosting.on_tokio();
/// let (timer, data) = library.timer.unwrap();
/// assert_eq!(timer(20, data), 0); // which sets the timer
/// ```
#[derive(Debug)]
pub struct Feed {
    shared: Shared<WeakPump>,
    pump: Pump,
}

impl Feed {
    pub(super) fn new(pump: Pump) -> Self {
        Self { shared: Shared::new(pump.downgrade()), pump }
    }

    /// Makes a C call that sets the callback by which the library says what it waits for on a descriptor.
    ///
    /// `set` gets the callback and its user data; `wants` makes a descriptor and an [`Interest`] of the callback's arguments. C gets zero (null,
    /// nothing), or `failed` if the descriptor can't be watched, or if `wants` panics. Both closures capture nothing.
    ///
    /// # Safety
    ///
    /// The caller promises, and a reviewer checks against the C documentation:
    ///
    /// 1. Whenever C calls the function pointer, the user data at `at` is what `set` was given. C calls it no more when the hosted object has
    ///    gone.
    /// 2. C uses the argument types of `F`, and `wants` reads through its arguments only what C allows.
    ///
    /// See the example of [`Feed`].
    pub unsafe fn on_fd<P, F, R, A, B>(
        &self,
        at: P,
        set: impl FnOnce(F, F::Data) -> R,
        wants: A,
        failed: B,
    ) -> R
    where
        F: CFn<P, Ret: CReturn, Data: UserData>,
        A: Fn(F::Args) -> (RawFd, Interest) + Copy + Send + Sync + 'static,
        B: Fn() -> F::Ret + Copy + Send + Sync + 'static,
    {
        let told = move |pump: &WeakPump, args| {
            let (fd, interest) = wants(args);
            match pump.with(|pump| pump.set(fd, interest)) {
                Some(Err(_)) => failed(),
                // A closed pump is not told any more.
                Some(Ok(())) | None => F::Ret::neutral(),
            }
        };
        // SAFETY: the shared state goes after the object, and with it after the last call; the rest is passed on.
        unsafe { self.shared.register(at, |cb| set(cb, self.shared.data()), told, failed) }
    }

    /// Makes a C call that sets the callback by which the library sets its one timer.
    ///
    /// As [`on_fd`](Feed::on_fd); `due` makes a time of the callback's arguments, or `None` if the timer is taken back.
    ///
    /// # Safety
    ///
    /// The promises of [`on_fd`](Feed::on_fd), with `due` in place of `wants`.
    ///
    /// See the example of [`Feed`].
    pub unsafe fn on_timer<P, F, R, A, B>(
        &self,
        at: P,
        set: impl FnOnce(F, F::Data) -> R,
        due: A,
        failed: B,
    ) -> R
    where
        F: CFn<P, Ret: CReturn, Data: UserData>,
        A: Fn(F::Args) -> Option<Duration> + Copy + Send + Sync + 'static,
        B: Fn() -> F::Ret + Copy + Send + Sync + 'static,
    {
        let told = move |pump: &WeakPump, args| {
            let after = due(args);
            pump.with(|pump| pump.timer(after));
            F::Ret::neutral()
        };
        // SAFETY: as above.
        unsafe { self.shared.register(at, |cb| set(cb, self.shared.data()), told, failed) }
    }

    /// What the callbacks share, for siblings that `#[uncallback]` makes of `fd_interest` and `timer`.
    ///
    /// ```
    /// # use uncallback::ffi::pump::Pump;
    /// let hosting = Pump::host(|feed| assert!(feed.shared().upgrade().is_some()), |_object, _ready| ());
    /// # drop(hosting);
    /// ```
    pub fn shared(&self) -> &Shared<WeakPump> {
        &self.shared
    }
}

impl Deref for Feed {
    type Target = Pump;
    fn deref(&self) -> &Pump {
        &self.pump
    }
}
