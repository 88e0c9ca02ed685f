//! What goes wrong with callbacks, told when it happens.

use alloc::{string::String, sync::Arc};
use core::{
    fmt,
    panic::{AssertUnwindSafe, Location},
    time::Duration,
};
use std::{
    panic::catch_unwind,
    sync::{Mutex, MutexGuard, Once, PoisonError},
    thread,
};

use super::{pending::PendingCall, registry::calls};

/// Something that a callback or a call did wrong. Its text names the places.
///
/// ```
/// use uncallback::{Completer, debug::{self, Report}, start};
///
/// let (tell, told) = std::sync::mpsc::channel();
/// debug::on_report(move |report| {
///     if let Report::Lost { made, .. } = report {
///         let _ = tell.send(made.file());
///     }
/// });
/// drop(start(|done: Completer<u8>| drop(done)));
/// assert_eq!(told.recv().unwrap(), file!());
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Report {
    /// A callback was dropped without being called.
    #[non_exhaustive]
    Lost {
        /// Where the call was made.
        made: &'static Location<'static>,
        /// The `.await` that waited for it, if one did.
        awaited: Option<&'static Location<'static>>,
        /// Where the callback was dropped, if the program has debug information.
        dropped: Option<String>,
        /// Its thread was unwinding.
        callback_panicked: bool,
    },
    /// A callback was called after it had completed its call. The value of the second call is dropped.
    #[non_exhaustive]
    CalledAgain {
        /// Where the call was made.
        made: &'static Location<'static>,
        /// Where the callback was called again, if the program has debug information.
        called: Option<String>,
    },
    /// A callback, or the task that it woke, ran for long and held up the source's thread meanwhile.
    #[non_exhaustive]
    Blocked {
        /// Where the call was made.
        made: &'static Location<'static>,
        /// Where the callback was called, if the program has debug information.
        called: Option<String>,
        /// How long it ran.
        took: Duration,
    },
    /// A call has been under way for long.
    #[non_exhaustive]
    Slow {
        /// The call.
        call: PendingCall,
    },
}

/// Writes a place that may be unknown.
struct Place<'a, P>(&'a Option<P>);

impl<P: fmt::Display> fmt::Display for Place<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(place) => write!(f, "at {place}"),
            None => f.write_str("at an unknown place"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Report::Lost { made, awaited, dropped, callback_panicked } => {
                let how = if *callback_panicked { "by a panic" } else { "without being called" };
                write!(f, "the callback of the call at {made} was dropped {how} {}", Place(dropped))?;
                match awaited {
                    Some(awaited) => write!(f, "; it is awaited at {awaited}"),
                    None => write!(f, "; nothing awaits it yet"),
                }
            }
            Report::CalledAgain { made, called } => write!(
                f,
                "the callback of the call at {made} was called again {}; its second value was dropped",
                Place(called)
            ),
            Report::Blocked { made, called, took } => write!(
                f,
                "the callback of the call at {made} held up its thread for {took:.1?}; it was called {}",
                Place(called)
            ),
            Report::Slow { call } => write!(f, "{call}"),
        }
    }
}

type Reporter = Arc<dyn Fn(&Report) + Send + Sync>;

/// What was asked for.
struct Wishes {
    reporter: Option<Reporter>,
    blocking: Option<Duration>,
    slow: Option<Duration>,
}

static WISHES: Mutex<Wishes> = Mutex::new(Wishes { reporter: None, blocking: None, slow: None });

fn wishes() -> MutexGuard<'static, Wishes> {
    WISHES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has every report handed to `reporter`, in place of the one before.
///
/// It runs on the thread on which things went wrong, within the callback; a panic in it is dropped. Nothing is reported
/// before this or [`report_to_stderr`] was called.
///
/// ```
/// uncallback::debug::on_report(|report| eprintln!("callback trouble: {report}"));
/// ```
pub fn on_report(reporter: impl Fn(&Report) + Send + Sync + 'static) {
    let before = wishes().reporter.replace(Arc::new(reporter));
    // User code, so without the lock.
    drop(before);
}

/// Prints every report to standard error.
///
/// ```
/// uncallback::debug::report_to_stderr();
/// ```
pub fn report_to_stderr() {
    on_report(|report| std::eprintln!("uncallback: {report}"));
}

/// Reports callbacks that run for `limit` or longer, counting the tasks that they wake on the spot.
///
/// Measured are the mapping of a callback (`|x| => ..`), [`complete_with`](crate::Completer::complete_with), and the
/// wake of the awaiting task, which on some executors runs it. They are reported when they are over.
///
/// ```
/// use std::time::Duration;
///
/// uncallback::debug::report_blocking_callbacks(Duration::from_millis(10));
/// ```
pub fn report_blocking_callbacks(limit: Duration) {
    wishes().blocking = Some(limit);
}

/// Reports each call that has been under way for `limit`, once.
///
/// A thread of its own looks after them. Calling this again changes the limit.
///
/// ```
/// use std::time::Duration;
///
/// uncallback::debug::report_slow_calls(Duration::from_secs(30));
/// ```
///
/// # Panics
/// If the thread can't be started.
pub fn report_slow_calls(limit: Duration) {
    static THREAD: Once = Once::new();

    wishes().slow = Some(limit);
    THREAD.call_once(|| {
        let look = thread::Builder::new().name("uncallback-debug".into()).spawn(|| {
            loop {
                let limit = wishes().slow.unwrap_or_default();
                report_calls_older_than(limit);
                // Late by a quarter of the limit at most.
                thread::sleep((limit / 4).clamp(Duration::from_millis(1), Duration::from_secs(1)));
            }
        });
        look.expect("a thread that looks after slow calls can be started");
    });
}

fn report_calls_older_than(limit: Duration) {
    let mut slow = alloc::vec::Vec::new();
    for entry in calls().values_mut().filter(|entry| !entry.reported) {
        let call = PendingCall::of(entry);
        if call.age() >= limit {
            entry.reported = true;
            slow.push(call);
        }
    }
    for call in slow {
        send(&Report::Slow { call });
    }
}

pub(super) fn blocking_limit() -> Option<Duration> {
    wishes().blocking
}

/// Whether anybody listens, so that a backtrace is worth its time.
pub(super) fn is_heard() -> bool {
    wishes().reporter.is_some()
}

pub(super) fn send(report: &Report) {
    let reporter = wishes().reporter.clone();
    if let Some(reporter) = reporter {
        // This may run in a destructor, within an API that expects no panic.
        drop(catch_unwind(AssertUnwindSafe(|| reporter(report))));
    }
}
