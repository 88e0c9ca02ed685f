//! Hooks by which features `debug` and `tracing` follow a call. Without these features every type here has no size and
//! every function no code.
//!
//! | hook | called when | `debug` | `tracing` |
//! |---|---|---|---|
//! | [`Watched::new`] | a call is about to be made | lists it | opens a span |
//! | [`Watched::making`] | the API call runs | - | enters the span |
//! | [`awaited_here`] | a future is polled | remembers the place of the `.await` | - |
//! | [`Watched::waits`] | a poll found nothing | notes the place of the `.await` | - |
//! | [`Watched::landed`] | the awaiter takes the outcome | - | records it, closes the span |
//! | [`Watched::given_up`] | the future is dropped early | notes it | records it, closes the span |
//! | [`Mark::run`] | the callback runs code, or wakes | measures it | - |
//! | [`Mark::finishing`] | the callback completed, or was dropped | takes the call off the list | - |
//! | [`Ending::report`] | after that | reports a loss | - |
//! | [`Origin::called_again`] | the callback is called after that | reports it | - |
//! | [`StreamMark`] | anything happens to a stream of events | keeps its entry up to date | - |

use core::panic::Location;

use crate::oneshot::states::Outcome;

#[cfg(feature = "debug")]
use crate::debug::hooks;

/// The callback's side of a call, kept in its cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    #[cfg(feature = "debug")]
    id: hooks::Id,
}

impl Mark {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Mark {
            #[cfg(feature = "debug")]
            id: hooks::Id::next(),
        }
    }

    /// Runs what may take long: the mapping of a callback, or a wake.
    #[inline(always)]
    pub(crate) fn run<R>(self, step: impl FnOnce() -> R) -> R {
        #[cfg(feature = "debug")]
        return hooks::measured(self.id, step);
        #[cfg(not(feature = "debug"))]
        step()
    }

    /// The callback is done with the call. To be asked before the cell may be freed.
    #[inline(always)]
    pub(crate) fn finishing(self, outcome: Outcome) -> Ending {
        #[cfg(not(feature = "debug"))]
        let _ = outcome;
        Ending {
            #[cfg(feature = "debug")]
            lost: hooks::finished(self.id, outcome),
        }
    }

    /// What a second call of the callback will be reported with.
    #[inline(always)]
    pub(crate) fn origin(self) -> Origin {
        Origin {
            #[cfg(feature = "debug")]
            place: hooks::place(self.id),
        }
    }
}

/// A call that its callback has left.
#[must_use]
pub(crate) struct Ending {
    #[cfg(feature = "debug")]
    lost: Option<hooks::Loss>,
}

impl Ending {
    /// Tells whoever listens; user code, so it comes last.
    #[inline(always)]
    pub(crate) fn report(self) {
        #[cfg(feature = "debug")]
        if let Some(loss) = self.lost {
            hooks::report_loss(loss);
        }
    }
}

/// Where the call of a callback was made that may be called again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    #[cfg(feature = "debug")]
    place: Option<&'static Location<'static>>,
}

impl Origin {
    /// The callback was called after it had completed its call.
    #[inline(always)]
    pub(crate) fn called_again(self) {
        #[cfg(feature = "debug")]
        if let Some(place) = self.place {
            hooks::report_second_call(place);
        }
    }
}

/// The awaiter's side of a call.
#[derive(Debug)]
pub(crate) struct Watched {
    #[cfg(feature = "debug")]
    id: hooks::Id,
    #[cfg(feature = "tracing")]
    span: crate::trace::CallSpan,
}

impl Watched {
    /// A call made at `place` for a value of the type that is named `value`.
    #[inline(always)]
    pub(crate) fn new(mark: Mark, place: &'static Location<'static>, value: &'static str) -> Self {
        // Whichever feature is off does not use its part.
        let _ = (mark, place, value);
        #[cfg(feature = "debug")]
        hooks::made(mark.id, place, value);
        Watched {
            #[cfg(feature = "debug")]
            id: mark.id,
            #[cfg(feature = "tracing")]
            span: crate::trace::CallSpan::new(place, value),
        }
    }

    /// Runs the API call.
    #[inline(always)]
    pub(crate) fn making<R>(&self, api: impl FnOnce() -> R) -> R {
        #[cfg(feature = "tracing")]
        let _entered = self.span.enter();
        api()
    }

    /// A poll has found nothing.
    #[inline(always)]
    pub(crate) fn waits(&self) {
        #[cfg(feature = "debug")]
        hooks::waits(self.id);
    }

    /// The awaiter takes the outcome.
    #[inline(always)]
    pub(crate) fn landed(&self, outcome: Outcome) {
        #[cfg(not(feature = "tracing"))]
        let _ = outcome;
        #[cfg(feature = "tracing")]
        self.span.landed(outcome);
    }

    /// The future is dropped, and nothing was taken.
    #[inline(always)]
    pub(crate) fn given_up(&self) {
        #[cfg(feature = "debug")]
        hooks::given_up(self.id);
        #[cfg(feature = "tracing")]
        self.span.given_up();
    }
}

/// Remembers the place of an `.await` while a future is polled for it.
#[inline(always)]
#[cfg_attr(feature = "debug", track_caller)]
pub(crate) fn awaited_here() -> AwaitedHere {
    AwaitedHere {
        #[cfg(feature = "debug")]
        _outer: hooks::AwaitPlace::enter(Location::caller()),
    }
}

/// Goes back to the place of the poll around this one.
pub(crate) struct AwaitedHere {
    #[cfg(feature = "debug")]
    _outer: hooks::AwaitPlace,
}

/// A stream of events, in what its two sides share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamMark {
    #[cfg(feature = "debug")]
    id: hooks::Id,
}

impl StreamMark {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        StreamMark {
            #[cfg(feature = "debug")]
            id: hooks::Id::next(),
        }
    }

    /// The stream was opened at `place`, for events of the type that is named `event`.
    #[inline(always)]
    pub(crate) fn opened(self, place: &'static Location<'static>, event: &'static str) {
        let _ = (place, event);
        #[cfg(feature = "debug")]
        hooks::stream_opened(self.id, place, event);
    }

    /// An event is going to wait.
    #[inline(always)]
    pub(crate) fn pushed(self) {
        #[cfg(feature = "debug")]
        hooks::stream_changed(self.id, |stream| stream.waiting += 1);
    }

    /// So many events do not wait any more, or could not be pushed.
    #[inline(always)]
    pub(crate) fn left(self, events: usize) {
        let _ = events;
        #[cfg(feature = "debug")]
        hooks::stream_changed(self.id, |stream| stream.waiting -= events as isize);
    }

    /// An event was lost because there was no room for all.
    #[inline(always)]
    pub(crate) fn lost(self) {
        #[cfg(feature = "debug")]
        hooks::stream_changed(self.id, |stream| stream.lost += 1);
    }

    /// No more events will come.
    #[inline(always)]
    pub(crate) fn source_gone(self) {
        #[cfg(feature = "debug")]
        hooks::stream_changed(self.id, |stream| stream.source_gone = true);
    }

    /// The stream is dropped.
    #[inline(always)]
    pub(crate) fn dropped(self) {
        #[cfg(feature = "debug")]
        hooks::stream_dropped(self.id);
    }
}
