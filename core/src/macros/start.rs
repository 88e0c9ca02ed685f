//! `start!` and `start_with!`: the eager forms.

/// Makes a call now, with a callback put where `_` stands, and returns the future of what the callback gets.
///
/// The marks are those of [`call!`](crate::call!).
///
/// What happens when the future is dropped, or the callback is called twice, never called, or panics:
/// see [`Started`](crate::Started#what-happens-when).
///
/// ```
/// # use uncallback::start;
/// # fn fetch(id: u32, then: impl FnOnce(u32) + Send + 'static) { std::thread::spawn(move || then(id * 10)); }
/// # uncallback::__private::block_on(async {
/// let a = start!(fetch(1, _));
/// let b = start!(fetch(2, _)); // both are under way
/// assert_eq!(a.await + b.await, 30);
/// # });
/// ```
///
/// # Panics
/// The future panics if the callback is dropped without being called (see [`checked`](crate::Started::checked)), and
/// resumes a panic of the mapping. A panic of the API call itself passes through.
///
/// # Cancel safety
/// See [`Started`](crate::Started#cancel-safety).
#[macro_export]
macro_rules! start {
    ($($call:tt)+) => {
        $crate::__place!(@start [$crate::__start] [start] $($call)+)
    };
    () => {
        ::core::compile_error!("`start!` needs the call to make, e.g. `start!(fetch(id, _))`")
    };
}

/// Makes a call now, and returns what it returned beside the future of its callback.
///
/// The marks are those of [`call!`](crate::call!).
///
/// What happens when the future is dropped, or the callback is called twice, never called, or panics:
/// see [`Started`](crate::Started#what-happens-when).
///
/// ```
/// # use uncallback::start_with;
/// # struct Upload; impl Upload { fn progress(&self) -> u8 { 50 } }
/// # fn upload(_file: &str, then: impl FnOnce(u8)) -> Upload { then(1); Upload }
/// # uncallback::__private::block_on(async {
/// let (upload, stored) = start_with!(upload("a.txt", _));
/// println!("{} %", upload.progress());
/// assert_eq!(stored.await, 1);
/// # });
/// ```
///
/// # Panics
/// As [`start!`](crate::start!).
///
/// # Cancel safety
/// See [`Started`](crate::Started#cancel-safety). Dropping the handle is up to the caller.
#[macro_export]
macro_rules! start_with {
    ($($call:tt)+) => {
        $crate::__place!(@start [$crate::__start] [start_with] $($call)+)
    };
    () => {
        ::core::compile_error!("`start_with!` needs the call to make, e.g. `start_with!(upload(file, _))`")
    };
}

/// Makes a call with its callbacks in place.
#[doc(hidden)]
#[macro_export]
macro_rules! __start {
    ([$function:ident] $marks:tt $claims:tt $($call:tt)+) => {
        $crate::$function(|done| $crate::__claim!($marks $claims done $($call)+))
    };
}
