//! What the two closures around a C call answer, and what the awaiter hears.
use crate::Lost;
use std::ptr::NonNull;

/// What the C function that starts an operation has said.
///
/// ```
/// use uncallback::ffi::Started;
/// assert_eq!(Started::zero_ok(0), Started::Pending(()));
/// assert_eq!(Started::zero_ok(-7), Started::Refused(-7));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started<H = ()> {
    /// C has taken the user data and will call back, or has done so. The handle is what cancelling needs; the future keeps it.
    Pending(H),
    /// C has not taken the user data and will not call back. The code goes into [`CallbackError::Refused`].
    Refused(i64),
}

impl<H> Started<H> {
    /// The same with another handle.
    ///
    /// ```
    /// use uncallback::ffi::Started;
    /// assert_eq!(Started::zero_ok(0).map(|()| 7), Started::Pending(7));
    /// ```
    pub fn map<J>(self, change: impl FnOnce(H) -> J) -> Started<J> {
        match self {
            Started::Pending(handle) => Started::Pending(change(handle)),
            Started::Refused(code) => Started::Refused(code),
        }
    }
}

impl Started<()> {
    /// For functions that return 0 on success and an error code otherwise.
    ///
    /// See the example of [`Started`].
    pub fn zero_ok(code: impl Into<i64>) -> Self {
        match code.into() {
            0 => Started::Pending(()),
            code => Started::Refused(code),
        }
    }

    /// For functions that never refuse, whatever they return.
    ///
    /// ```
    /// use uncallback::ffi::Started;
    /// assert_eq!(Started::always(-7), Started::Pending(()));
    /// ```
    pub fn always<R>(_returned: R) -> Self {
        Started::Pending(())
    }
}

impl<I: Copy + Into<i64>> Started<I> {
    /// For functions that return a handle or a count that is not negative, and a negative error code otherwise.
    ///
    /// ```
    /// use uncallback::ffi::Started;
    /// assert_eq!(Started::nonneg_ok(3), Started::Pending(3));
    /// assert_eq!(Started::nonneg_ok(-1), Started::Refused(-1));
    /// ```
    pub fn nonneg_ok(answer: I) -> Self {
        if answer.into() < 0 { Started::Refused(answer.into()) } else { Started::Pending(answer) }
    }
}

impl<T> Started<NonNull<T>> {
    /// For functions that return an object, and null where they refuse.
    ///
    /// ```
    /// use uncallback::ffi::Started;
    /// assert_eq!(Started::nonnull(std::ptr::null_mut::<u8>()), Started::Refused(0));
    /// ```
    pub fn nonnull(object: *mut T) -> Self {
        NonNull::new(object).map_or(Started::Refused(0), Started::Pending)
    }
}

/// What a start closure may return: [`Started`], or nothing if the C function can't refuse.
///
/// ```
/// use uncallback::ffi::{IntoStarted, Started};
/// assert_eq!(().into_started(), Started::Pending(()));
/// ```
pub trait IntoStarted {
    /// What cancelling needs.
    type Handle;
    /// The answer in full.
    fn into_started(self) -> Started<Self::Handle>;
}

impl<H> IntoStarted for Started<H> {
    type Handle = H;
    #[inline]
    fn into_started(self) -> Started<H> {
        self
    }
}

impl IntoStarted for () {
    type Handle = ();
    #[inline]
    fn into_started(self) -> Started {
        Started::Pending(())
    }
}

/// What cancelling has achieved. A wrong answer is a double free or a leak, so it is never guessed.
///
/// | the C documentation says | answer |
/// |---|---|
/// | "the callback is invoked with a cancelled status", now or later | [`StillFires`](Cancel::StillFires) |
/// | "the callback will not be invoked after this returns", or "waits for it" | [`Silenced`](Cancel::Silenced) |
/// | as above, but the destroy function runs | [`StillFires`](Cancel::StillFires): the destroy function is the last call |
/// | it returned "not found" or "already done" | [`TooLate`](Cancel::TooLate) |
/// | nothing | [`Unsupported`](Cancel::Unsupported) |
///
/// ```
/// use uncallback::ffi::Cancel;
/// let removed = true;
/// assert_eq!(Cancel::silenced_if(removed), Cancel::Silenced);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancel {
    /// The callback comes all the same, or has come inside the cancelling function. C keeps the user data until then.
    StillFires,
    /// No callback is running, and none will come. The user data is ours again.
    Silenced,
    /// The operation was over, or its callback is on the way.
    TooLate,
    /// Nothing was done; C goes on.
    Unsupported,
}

impl Cancel {
    /// [`Silenced`](Cancel::Silenced) if C found the operation, else [`TooLate`](Cancel::TooLate).
    ///
    /// See the example of [`Cancel`].
    pub fn silenced_if(found: bool) -> Self {
        if found { Cancel::Silenced } else { Cancel::TooLate }
    }
}

/// Why an operation of C has no value.
///
/// ```
/// use uncallback::ffi::CallbackError;
///
/// fn again(error: CallbackError) -> bool {
///     match error {
///         CallbackError::Refused(code) => code == -11, // what the library says when it is busy
///         CallbackError::NeverCalled(lost) => {
///             eprintln!("the library forgot what was asked at {}", lost.place());
///             true
///         }
///         CallbackError::Cancelled | CallbackError::Closed => false, // we did that
///         _ => false,
///     }
/// }
/// assert!(again(CallbackError::Refused(-11)));
/// assert_eq!(CallbackError::Refused(-7).to_string(), "the C function refused to start: code -7");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackError {
    /// The C function did not start the operation, and returned this.
    Refused(i64),
    /// C let go of the callback without calling it: it was destroyed, or its owner was closed.
    NeverCalled(Lost),
    /// It was cancelled, and C has confirmed that no callback comes.
    Cancelled,
    /// The object was closed before the operation could start.
    Closed,
}

impl std::fmt::Display for CallbackError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CallbackError::Refused(code) => write!(f, "the C function refused to start: code {code}"),
            CallbackError::NeverCalled(lost) => write!(f, "{lost}"),
            CallbackError::Cancelled => f.write_str("the operation was cancelled"),
            CallbackError::Closed => f.write_str("the object was closed before the operation started"),
        }
    }
}

impl std::error::Error for CallbackError {}
