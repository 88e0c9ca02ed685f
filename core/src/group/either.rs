//! One of two futures.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

/// One of two futures with the same output.
///
/// Branches that end in different futures have different types; wrapped in `Left` and `Right` they have one. More than
/// two branches nest: `Right(Left(..))`.
///
/// What happens when it is dropped, or its callback is never called: what happens for the future inside.
///
/// # Cancel safety
///
/// That of the future inside.
///
/// # Examples
///
/// ```
/// use uncallback::{Either, kick};
/// # uncallback::__private::block_on(async {
/// let cached = Some(7);
/// let lookup = match cached {
///     Some(value) => Either::Left(std::future::ready(value)),
///     None => Either::Right(kick(async { 8 }).await),
/// };
/// assert_eq!(lookup.await, 7);
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Either<A, B> {
    /// The first of the two.
    Left(A),
    /// The second of the two.
    Right(B),
}

impl<A, B> Future for Either<A, B>
where
    A: Future,
    B: Future<Output = A::Output>,
{
    type Output = A::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<A::Output> {
        // SAFETY: the inner future is pinned with the enum: it is not moved here, and there is no `Drop` to move it.
        unsafe {
            match self.get_unchecked_mut() {
                Either::Left(future) => Pin::new_unchecked(future).poll(cx),
                Either::Right(future) => Pin::new_unchecked(future).poll(cx),
            }
        }
    }
}
