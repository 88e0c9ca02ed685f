//! A clock with callbacks, as many libraries have one: the API that the smaller examples wrap.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Calls back once, after a while, on a thread of its own. Dropping the [`Alarm`] calls it off.
///
/// ```
/// use std::time::Duration;
/// use uncallback_examples::clock::after;
///
/// let (send, receive) = std::sync::mpsc::channel();
/// let _alarm = after(Duration::from_millis(1), move || send.send("ring").unwrap());
/// assert_eq!(receive.recv(), Ok("ring"));
/// ```
pub fn after(delay: Duration, ring: impl FnOnce() + Send + 'static) -> Alarm {
    let (alarm, called_off) = mpsc::channel();
    thread::spawn(move || {
        if called_off.recv_timeout(delay) == Err(RecvTimeoutError::Timeout) {
            ring();
        }
    });
    Alarm { _thread: alarm }
}

/// Calls back again and again, with the number of the tick. Dropping the [`Alarm`] ends it.
///
/// ```
/// use std::time::Duration;
/// use uncallback_examples::clock::every;
///
/// let (send, receive) = std::sync::mpsc::channel();
/// let alarm = every(Duration::from_millis(1), move |tick| drop(send.send(tick)));
/// assert_eq!(receive.iter().take(3).collect::<Vec<_>>(), [1, 2, 3]);
/// drop(alarm);
/// ```
pub fn every(period: Duration, mut tick: impl FnMut(u32) + Send + 'static) -> Alarm {
    let (alarm, called_off) = mpsc::channel();
    thread::spawn(move || {
        for number in 1.. {
            if called_off.recv_timeout(period) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            tick(number);
        }
    });
    Alarm { _thread: alarm }
}

/// Something that [`after`] or [`every`] has set. Dropped, it calls back no more.
#[must_use = "dropped at once, it calls off what was just set"]
pub struct Alarm {
    /// The thread ends when it finds that nobody can send any more.
    _thread: mpsc::Sender<()>,
}
