//! The list of open streams, for people.

use alloc::vec::Vec;
use core::{fmt, panic::Location, time::Duration};

use super::registry::{StreamEntry, streams as entries};

/// A stream of events that was not dropped yet.
///
/// ```
/// use uncallback::{debug, stream::{events, local}};
///
/// struct Click;
/// let clicks = events(local::drop_newest(1), |emit| [Click, Click].map(|click| emit.emit(click)));
/// let stream = *debug::streams().iter().find(|stream| stream.event().ends_with("Click")).unwrap();
/// assert_eq!(stream.place().file(), file!());
/// assert_eq!((stream.waiting(), stream.lost(), stream.source_gone()), (1, 1, true));
/// println!("{stream} ({:?} old)", stream.age());
/// # drop(clicks);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OpenStream {
    place: &'static Location<'static>,
    event: &'static str,
    age: Duration,
    waiting: usize,
    lost: u64,
    source_gone: bool,
}

impl OpenStream {
    fn of(entry: &StreamEntry) -> Self {
        OpenStream {
            place: entry.place,
            event: entry.event,
            age: entry.opened.elapsed(),
            waiting: entry.waiting.max(0) as usize,
            lost: entry.lost,
            source_gone: entry.source_gone,
        }
    }

    /// Where the callback was registered: the `events!` in the source.
    ///
    /// See the example of [`OpenStream`].
    pub fn place(&self) -> &'static Location<'static> {
        self.place
    }

    /// The type of its events.
    ///
    /// See the example of [`OpenStream`].
    pub fn event(&self) -> &'static str {
        self.event
    }

    /// How long ago it was opened.
    ///
    /// See the example of [`OpenStream`].
    pub fn age(&self) -> Duration {
        self.age
    }

    /// How many events wait to be taken. A number that only grows belongs to a consumer that is too slow, or forgotten.
    ///
    /// See the example of [`OpenStream`].
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many events were lost so far, by its policy; [`lagged`](crate::Events::lagged) starts anew each time.
    ///
    /// See the example of [`OpenStream`].
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Whether no more events will come.
    ///
    /// See the example of [`OpenStream`].
    pub fn source_gone(&self) -> bool {
        self.source_gone
    }
}

impl fmt::Display for OpenStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "stream of {} of {}, opened {:.1?} ago: {} waiting, {} lost",
            self.place, self.event, self.age, self.waiting, self.lost
        )?;
        if self.source_gone { write!(f, ", its source is gone") } else { Ok(()) }
    }
}

/// Lists the streams that were not dropped yet, oldest first.
///
/// ```
/// use uncallback::{debug, stream::{events, local}};
///
/// let stream = events(local::unbounded(), |emit| emit.emit(1));
/// for stream in debug::streams() {
///     println!("{stream}");
/// }
/// # drop(stream);
/// ```
pub fn streams() -> Vec<OpenStream> {
    entries().values().map(OpenStream::of).collect()
}
