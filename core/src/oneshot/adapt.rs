//! What a future of this crate may do about a callback that never came: `.checked()` and `.flat()`.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::contents::Payload;
use super::lost::Lost;
use crate::watch::awaited_here;

/// A call of this crate for which it is still open what a lost callback means.
///
/// Only the futures of this crate implement it. `.checked()`, `.flat()` and `.cancel_with(..)` are methods of the
/// futures themselves, so there is nothing to import. The trait is for code that is generic over them:
///
/// ```
/// use uncallback::{Attempt, Checked};
///
/// async fn or_default<A: Attempt<Value: Default>>(call: Checked<A>) -> A::Value {
///     call.await.unwrap_or_default()
/// }
/// # uncallback::__private::block_on(async {
/// let lost = uncallback::start(|done: uncallback::Completer<u8>| drop(done));
/// assert_eq!(or_default(lost.checked()).await, 0);
/// # });
/// ```
pub trait Attempt: sealed::Sealed {
    /// What the callback delivers.
    type Value;

    /// Polls. Before `Ready` the handle has been dropped; after it another poll panics.
    #[doc(hidden)]
    fn poll_landed(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Landed<Self::Value>>;
}

/// A call of this crate that keeps what the API call returned.
///
/// Only the futures of this crate implement it. See [`Call::cancel_with`](crate::Call::cancel_with).
///
/// ```
/// use uncallback::{CancelWith, KeepsHandle};
///
/// /// A call that is cancelled by its number.
/// type Numbered<A> = CancelWith<A, fn(<A as KeepsHandle>::Handle)>;
///
/// let request = |done| { std::mem::forget(done); 7 };
/// let pending: Numbered<uncallback::Started<u8, u32>> =
///     uncallback::start(request).cancel_with(|number| println!("cancel {number}"));
/// drop(pending);
/// ```
pub trait KeepsHandle: Attempt + Unpin {
    /// What the API call returned.
    type Handle;

    /// Takes the handle out of a call that has started and has not completed.
    #[doc(hidden)]
    fn interrupt(&mut self) -> Option<Self::Handle>;
}

pub(crate) mod sealed {
    /// Outside, nobody can name this: it seals [`Attempt`](super::Attempt).
    pub trait Sealed {}
}

/// How a call ended.
pub type Landed<T> = Result<T, Miss>;

/// What came instead of a value.
#[derive(Debug)]
pub enum Miss {
    /// The callback panicked in code that the adapter ran.
    Panic(Payload),
    /// The callback was dropped uncalled.
    Lost(Lost),
}

impl Miss {
    /// Resumes the callback's panic, or panics over its loss.
    #[cold]
    pub(crate) fn raise(self) -> ! {
        match self {
            Miss::Panic(payload) => resume(payload),
            Miss::Lost(lost) => crate::quiet::raise(lost),
        }
    }

    /// Resumes the callback's panic; a loss is returned.
    #[cold]
    pub(crate) fn into_lost(self) -> Lost {
        match self {
            Miss::Panic(payload) => resume(payload),
            Miss::Lost(lost) => lost,
        }
    }
}

#[cfg(feature = "std")]
fn resume(payload: Payload) -> ! {
    std::panic::resume_unwind(payload)
}

#[cfg(not(feature = "std"))]
fn resume(_payload: Payload) -> ! {
    unreachable!("without `std` no panic is caught")
}

/// A call whose lost callback is an `Err(Lost)`, made by [`Call::checked`](crate::Call::checked).
///
/// # What happens when
///
/// - the callback is **never called** and dropped: the output is `Err(Lost)`, which knows the place of the call.
/// - it is **dropped**, or the callback is **called twice** or **panics**: as for the call inside; see
///   [`Started`](crate::Started#what-happens-when).
///
/// ```
/// # use uncallback::{start, Completer, Lost};
/// # uncallback::__private::block_on(async {
/// let answer: Result<u8, Lost> = start(|done| done.complete(1)).checked().await;
/// assert_eq!(answer, Ok(1));
///
/// let lost: Lost = start(|done: Completer<u8>| drop(done)).checked().await.unwrap_err();
/// assert_eq!(lost.place().file(), file!());
/// # });
/// ```
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Checked<A>(pub(crate) A);

impl<A: Attempt> Future for Checked<A> {
    type Output = Result<A::Value, Lost>;

    #[inline]
    #[cfg_attr(feature = "debug", track_caller)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let _here = awaited_here();
        // SAFETY: the only field is pinned with the whole, which has neither a destructor nor an `Unpin` of its own.
        let attempt = unsafe { self.map_unchecked_mut(|checked| &mut checked.0) };
        attempt.poll_landed(cx).map(|landed| landed.map_err(Miss::into_lost))
    }
}

/// A call whose lost callback is an error of the callback's own kind, made by [`Call::flat`](crate::Call::flat).
///
/// # What happens when
///
/// - the callback is **never called** and dropped: the output is `Err`, of what `From<Lost>` makes of the loss.
/// - it is **dropped**, or the callback is **called twice** or **panics**: as for the call inside; see
///   [`Started`](crate::Started#what-happens-when).
///
/// ```
/// # use uncallback::{start, Completer, Lost};
/// # uncallback::__private::block_on(async {
/// let answer: Result<u8, Lost> = start(|done| done.complete(Ok(1))).flat().await;
/// assert_eq!(answer, Ok(1));
///
/// let lost: Result<u8, Lost> = start(|done: Completer<Result<u8, Lost>>| drop(done)).flat().await;
/// assert!(lost.is_err());
/// # });
/// ```
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Flat<A>(pub(crate) A);

impl<A, U, E> Future for Flat<A>
where
    A: Attempt<Value = Result<U, E>>,
    E: From<Lost>,
{
    type Output = Result<U, E>;

    #[inline]
    #[cfg_attr(feature = "debug", track_caller)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let _here = awaited_here();
        // SAFETY: as for `Checked`.
        let attempt = unsafe { self.map_unchecked_mut(|flat| &mut flat.0) };
        attempt.poll_landed(cx).map(|landed| landed.unwrap_or_else(|miss| Err(miss.into_lost().into())))
    }
}

/// Makes a type that is an [`Attempt`] a future that panics over a loss, and gives it the methods that change that.
macro_rules! attempt_is_a_future {
    ([$($generics:tt)*] $attempt:ty) => {
        impl<$($generics)*> $crate::oneshot::sealed::Sealed for $attempt {}

        impl<$($generics)*> core::future::Future for $attempt
        where
            Self: $crate::Attempt,
        {
            type Output = <Self as $crate::Attempt>::Value;

            /// # Panics
            /// If the callback was dropped without being called, with the place of the call; if code that the adapter
            /// ran for the callback panicked, with that panic; if polled again after completion.
            // What is not on the way from a value to its awaiter is out of line, so this is short.
            #[inline(always)]
            #[cfg_attr(feature = "debug", track_caller)]
            fn poll(
                self: core::pin::Pin<&mut Self>,
                cx: &mut core::task::Context<'_>,
            ) -> core::task::Poll<Self::Output> {
                let _here = $crate::watch::awaited_here();
                $crate::Attempt::poll_landed(self, cx)
                    .map(|landed| landed.unwrap_or_else(|miss| miss.raise()))
            }
        }

        impl<$($generics)*> $attempt
        where
            Self: $crate::Attempt,
        {
            /// Makes a lost callback an `Err(Lost)` instead of a panic.
            ///
            /// A panic that was caught in the callback still resumes in the awaiter: it is a fault, not a loss.
            ///
            /// ```
            /// # use uncallback::{start, Completer};
            /// # uncallback::__private::block_on(async {
            /// let kept = start(|done| done.complete(1)).checked();
            /// let lost = start(|done: Completer<u8>| drop(done)).checked();
            /// assert_eq!(kept.await, Ok(1));
            /// assert!(lost.await.is_err());
            /// # });
            /// ```
            ///
            /// # Cancel safety
            /// As the future itself: dropping it early drops the value that arrives later.
            pub fn checked(self) -> $crate::Checked<Self> {
                $crate::Checked(self)
            }

            /// Makes a lost callback an error of the kind that the callback itself delivers.
            ///
            /// For callbacks that receive `Result<U, E>` with `E: From<Lost>`, so that there is no second error layer.
            ///
            /// ```
            /// # use uncallback::{start, Completer, Lost};
            /// #[derive(Debug)]
            /// enum Error { Lost(Lost) }
            /// impl From<Lost> for Error {
            ///     fn from(lost: Lost) -> Self { Error::Lost(lost) }
            /// }
            /// # uncallback::__private::block_on(async {
            /// let lost = start(|done: Completer<Result<u8, Error>>| drop(done)).flat();
            /// assert!(matches!(lost.await, Err(Error::Lost(_))));
            /// # });
            /// ```
            ///
            /// # Cancel safety
            /// As the future itself: dropping it early drops the value that arrives later.
            pub fn flat<Success, Failure>(self) -> $crate::Flat<Self>
            where
                Self: $crate::Attempt<Value = Result<Success, Failure>>,
                Failure: From<$crate::Lost>,
            {
                $crate::Flat(self)
            }
        }
    };
}
pub(crate) use attempt_is_a_future;
