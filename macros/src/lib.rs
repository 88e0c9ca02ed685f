//! The attribute macros of `uncallback`. They parse, ask the engine, and emit its tokens.
mod attribute;
mod group;

use proc_macro::TokenStream;

/// Turns a callback function into an `async fn` that does the same, in the same order.
///
/// ```
/// use uncallback::uncallback;
/// # fn fetch(id: u64, then: impl FnOnce(u64) + 'static) { then(id * 2) }
///
/// #[uncallback]
/// fn total(id: u64, done: impl FnOnce(u64) + 'static) {
///     fetch(id, move |a| fetch(a, move |b| done(a + b)));
/// }
///
/// // is now `async fn total(id: u64) -> u64`:
/// # uncallback::__private::block_on(async {
/// assert_eq!(total(1).await, 6);
/// # });
/// ```
///
/// The completion is the parameter that is called with the answer; it goes away, and its argument is what the function
/// returns. Two completions (one for success, one for failure) give a `Result`. What can't be converted without
/// changing what the program does is refused, with a code, the path that shows it and the next step; the function then
/// stays as it is beside the error.
///
/// | option | meaning |
/// |---|---|
/// | `done = name` | which parameter is the completion, where several could be |
/// | `crate = path` | where the crate `uncallback` is, if it has another name |
#[proc_macro_attribute]
pub fn uncallback(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand(arguments.into(), item.into()).into()
}
