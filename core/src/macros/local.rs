//! `local::call!`, `local::start!`, `local::start_with!`: the forms for one thread.

/// [`call!`](crate::call!) with a callback that stays on this thread.
///
/// ```
/// # use uncallback::local;
/// # fn ask(then: impl FnOnce(u8)) { then(42) }
/// # uncallback::__private::block_on(async {
/// assert_eq!(local::call!(ask(_)).await, 42);
/// # });
/// ```
///
/// # Cancel safety
/// See [`Call`](crate::Call#what-happens-when).
#[doc(hidden)]
#[macro_export]
macro_rules! local_call {
    (move $($call:tt)+) => {
        $crate::__place!(@start [$crate::__local] [call move] $($call)+)
    };
    ($($call:tt)+) => {
        $crate::__place!(@start [$crate::__local] [call] $($call)+)
    };
}

/// [`start!`](crate::start!) with a callback that stays on this thread.
///
/// ```
/// # use uncallback::local;
/// # fn ask(then: impl FnOnce(u8)) { then(42) }
/// # uncallback::__private::block_on(async {
/// let asked = local::start!(ask(_));
/// assert_eq!(asked.await, 42);
/// # });
/// ```
///
/// # Cancel safety
/// See [`Started`](crate::Started#cancel-safety).
#[doc(hidden)]
#[macro_export]
macro_rules! local_start {
    ($($call:tt)+) => {
        $crate::__place!(@start [$crate::__local] [start] $($call)+)
    };
}

/// [`start_with!`](crate::start_with!) with a callback that stays on this thread.
///
/// ```
/// # use uncallback::local;
/// # fn ask(then: impl FnOnce(u8)) -> u32 { then(42); 7 }
/// # uncallback::__private::block_on(async {
/// let (id, asked) = local::start_with!(ask(_));
/// assert_eq!((id, asked.await), (7, 42));
/// # });
/// ```
///
/// # Cancel safety
/// See [`Started`](crate::Started#cancel-safety).
#[doc(hidden)]
#[macro_export]
macro_rules! local_start_with {
    ($($call:tt)+) => {
        $crate::__place!(@start [$crate::__local] [start_with] $($call)+)
    };
}

/// Passes a call with its callbacks in place to a function of `local`.
#[doc(hidden)]
#[macro_export]
macro_rules! __local {
    ([$function:ident $($move:tt)?] $marks:tt $claims:tt $($call:tt)+) => {
        $crate::local::$function($($move)? |done| $crate::__claim!($marks $claims done $($call)+))
    };
}
