//! Callbacks that can't outlive the call: the value lands on the stack, and no future is needed.

use crate::oneshot::count_ignored;

/// Makes a call whose callback can't outlive it, and returns what the callback got.
///
/// For APIs that take `F: FnOnce(T)` or `FnMut(T)` *without* `'static`: they can't keep the callback past their return,
/// so the value is there or never comes. Nothing is allocated and nothing is awaited.
///
/// # What happens when
///
/// - the callback is **dropped**, or **never called**: the answer is `None`.
/// - the callback is **called twice**: the first value counts; later ones are dropped and
///   [counted](crate::ignored_calls).
/// - `api` or a mapping **panics**: the panic leaves this call, through the API, which is on the same stack.
///
/// ```
/// fn with_config<R>(then: impl FnOnce(&str) -> R) -> R { then("debug=1") }
/// fn first_even(numbers: &[u32], then: impl FnOnce(u32)) {
///     if let Some(n) = numbers.iter().find(|n| *n % 2 == 0) { then(*n) }
/// }
///
/// assert_eq!(uncallback::scoped(|done| first_even(&[1, 4, 6], done)), Some(4));
/// assert_eq!(uncallback::scoped(|done| first_even(&[1, 3], done)), None);
/// // What is borrowed is mapped to something owned on the way.
/// let length = uncallback::scoped(|done| with_config(|text| done(text.len())));
/// assert_eq!(length, Some(7));
/// // The first of two calls counts.
/// assert_eq!(uncallback::scoped(|done| { done(1); done(2) }), Some(1));
/// ```
#[inline]
pub fn scoped<T, R>(api: impl FnOnce(&mut dyn FnMut(T)) -> R) -> Option<T> {
    let mut landed = None;
    api(&mut |value| {
        if landed.is_none() {
            landed = Some(value);
        } else {
            count_ignored();
        }
    });
    landed
}
