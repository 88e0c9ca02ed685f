//! The error of a callback that never came.

use core::error::Error;
use core::fmt;
use core::panic::Location;

/// The callback was dropped without being called.
///
/// Comes from [`checked`](crate::Call::checked), or through `From<Lost>` from [`flat`](crate::Call::flat).
///
/// ```
/// # use uncallback::{start, Completer, Lost};
/// # uncallback::__private::block_on(async {
/// let lost: Lost = start(|done: Completer<u8>| drop(done)).checked().await.unwrap_err();
/// assert_eq!(lost.place().file(), file!());
/// assert!(!lost.callback_panicked());
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lost {
    place: &'static Location<'static>,
    how: How,
}

/// As wide as the place beside it, so that a `Result<T, Lost>` has no padding. Moving one with padding costs more than
/// an atomic instruction where the compiler copies the padding too: in pieces, of which the next move reads two at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
enum How {
    Uncalled,
    Panicked,
}

impl Lost {
    pub(crate) fn new(place: &'static Location<'static>, panicked: bool) -> Self {
        Lost { place, how: if panicked { How::Panicked } else { How::Uncalled } }
    }

    /// Where the call was made: the `call!`, `start!`, `call` or `start` in the source.
    ///
    /// See the example of [`Lost`].
    pub fn place(&self) -> &'static Location<'static> {
        self.place
    }

    /// Whether the callback was dropped by a panic, as far as can be seen: its thread was unwinding.
    ///
    /// The panic itself went into the API, as the callback's author wrote it. To have it resume in the awaiter
    /// instead, let the adapter run the code: [`Completer::complete_with`](crate::Completer::complete_with), or
    /// `|x| => ..` in the macros.
    ///
    /// ```
    /// # use uncallback::{start, Completer};
    /// # uncallback::__private::block_on(async {
    /// let started = uncallback::start(|done: Completer<u8>| {
    ///     std::thread::spawn(move || { let _done = done; panic!("the callback's fault") }).join().unwrap_err();
    /// });
    /// assert!(started.checked().await.unwrap_err().callback_panicked());
    /// # });
    /// ```
    pub fn callback_panicked(&self) -> bool {
        self.how == How::Panicked
    }
}

/// Ends a future whose callback is never going to come.
///
/// A call does that by itself. This is for code that awaits a callback by other means, such as a loop over
/// [`events!`](crate::events!) that ended before the event that it was for.
///
/// ```should_panic
/// # use uncallback::{events, lost};
/// # fn on_key(mut then: impl FnMut(char) + Send + 'static) { then('x') }
/// async fn enter() -> usize {
///     let mut keys = events!(on_key(_), unbounded);
///     let mut count = 0;
///     while let Some(key) = keys.next().await {
///         count += 1;
///         if key == '\n' { return count; }
///     }
///     lost()
/// }
/// # uncallback::__private::block_on(enter());
/// ```
///
/// # Panics
/// Always, naming its place; but quietly where nobody waits for the future, as for the loser of a race or in
/// [`drive`](crate::drive): the future is dropped there.
#[track_caller]
pub fn lost() -> ! {
    crate::quiet::raise(Lost::new(Location::caller(), false))
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.how {
            How::Uncalled => "was dropped without being called",
            How::Panicked => "panicked before it completed",
        };
        write!(f, "the callback of the call at {} {how}", self.place)
    }
}

impl Error for Lost {}
