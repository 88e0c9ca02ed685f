//! `call!`: the lazy form.

/// Makes a call at the first poll, with a callback put where `_` stands, and is the future of what the callback gets.
///
/// ```
/// # use uncallback::call;
/// # fn fetch(id: u32, then: impl FnOnce(String) + Send + 'static) { then(format!("user {id}")) }
/// # uncallback::__private::block_on(async {
/// let user = call!(fetch(7, _)).await;
/// assert_eq!(user, "user 7");
/// # });
/// ```
///
/// The call may be any expression with calls in it: a function, a method, a chain of methods, with the mark at any depth
/// of call arguments. The mark takes the place of a whole argument, and the callback's parameter types follow from what
/// the API asks for:
///
/// | mark | callback | output |
/// |---|---|---|
/// | `_` | one argument | that argument |
/// | <code>\|\|</code> | no argument | `()` |
/// | <code>\|_, _\|</code> | several arguments | a tuple of them |
/// | <code>\|r: &Rows\| => r.to_vec()</code> | any | what the expression returns; it runs inside the callback |
/// | `ok: _, err: _` | two callbacks, of which one is called | `Result` |
/// | `sync _` | may be called by several threads at the same time (`Fn + Sync`) | the argument of the first call |
///
/// The forms combine (<code>ok: \|_, _\|</code>), and a mark may stand behind `&` or `&mut` or in a wrapper: `Box::new(_)`,
/// `Some(Box::new(_))`.
///
/// ```
/// # use uncallback::call;
/// # struct Client; struct Request;
/// # impl Client { fn get(&self, _url: &str) -> Request { Request } }
/// # impl Request { fn on_done(self, f: Option<Box<dyn FnOnce(u8, &str) + Send>>) -> Self { f.unwrap()(1, "a"); self } fn send(self) {} }
/// # fn read(_path: &str, ok: impl FnOnce(Vec<u8>), err: impl FnOnce(u8)) { err(5); drop(ok) }
/// # uncallback::__private::block_on(async {
/// # let client = Client;
/// let length = call!(client.get("a/b").on_done(Some(Box::new(|n, s: &str| => s.len() + n as usize))).send()).await;
/// assert_eq!(length, 2);
///
/// let bytes = call!(read("no/file", ok: _, err: _)).await;
/// assert_eq!(bytes, Err(5));
/// # });
/// ```
///
/// What the call returns is kept by the future and dropped when the callback has fired;
/// [`cancel_with`](crate::Call::cancel_with) uses it to cancel. Variables are borrowed by the future; `call!(move ..)`
/// moves them into it, so that it can be returned or spawned. What the mapping of a callback mentions is always moved.
///
/// Arguments are evaluated when the call is made, at the first poll; `?` and `.await` in them belong before the call.
///
/// # What happens when
///
/// - the future is **dropped**: before its first poll, the API is never called. After that the API goes on, and its answer
///   is dropped when it comes.
/// - the callback is **called twice**: the first call counts; the values of later ones are dropped and
///   [counted](crate::ignored_calls).
/// - the callback is **never called**: if it is dropped, the awaiter panics with the place of this macro; with
///   [`checked`](crate::Call::checked) it gets an error. If it is kept for ever, the future waits for ever.
/// - the mapping of the callback **panics**: the API goes on undisturbed, and the panic resumes in the awaiter.
///
/// ```
/// # use uncallback::call;
/// # fn forgetful(then: impl FnOnce(u8)) { drop(then) }
/// # fn twice(mut then: impl FnMut(u8)) { then(1); then(2) }
/// # uncallback::__private::block_on(async {
/// assert!(call!(forgetful(_)).checked().await.is_err());
/// assert_eq!(call!(twice(_)).await, 1);
/// # });
/// ```
///
/// # Panics
/// The future panics if the callback is dropped without being called (see [`checked`](crate::Call::checked)), and
/// resumes a panic of the mapping. A panic of the API call itself leaves the poll that makes it.
///
/// # Cancel safety
/// Dropping the future loses the value, and nothing else.
#[macro_export]
macro_rules! call {
    (move $($call:tt)+) => {
        $crate::__place!(@start [$crate::__call] [move] $($call)+)
    };
    ($($call:tt)+) => {
        $crate::__place!(@start [$crate::__call] [] $($call)+)
    };
    () => {
        ::core::compile_error!("`call!` needs the call to make, e.g. `call!(fetch(id, _))`")
    };
}

/// Puts a call with its callbacks in place into a lazy future.
#[doc(hidden)]
#[macro_export]
macro_rules! __call {
    ([$($move:tt)?] $marks:tt $claims:tt $($call:tt)+) => {{
        static HINT: $crate::__private::Hint = $crate::__private::Hint::new();
        $crate::__private::call_at(&HINT, $($move)? |done| $crate::__claim!($marks $claims done $($call)+))
    }};
}
