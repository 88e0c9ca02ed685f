//! Spans, with feature `tracing`: one for each call, from the API call to the end of its future.
//!
//! The span is `call` of target `uncallback` at level `DEBUG`, with the fields `place` (`file:line:column`), `value`
//! (the type) and `outcome` (`value`, `panic`, `lost` or `cancelled`). It is a child of the span in which the call is
//! made, and the API call runs within it.

use core::panic::Location;

use tracing::{Level, Span, field, span::Entered};

use crate::oneshot::states::Outcome;

#[derive(Debug)]
pub(crate) struct CallSpan(Span);

impl CallSpan {
    pub(crate) fn new(place: &'static Location<'static>, value: &'static str) -> Self {
        CallSpan(tracing::span!(
            target: "uncallback",
            Level::DEBUG,
            "call",
            place = %place,
            value,
            outcome = field::Empty,
        ))
    }

    pub(crate) fn enter(&self) -> Entered<'_> {
        self.0.enter()
    }

    pub(crate) fn landed(&self, outcome: Outcome) {
        self.0.record(
            "outcome",
            match outcome {
                Outcome::Value => "value",
                Outcome::Panic => "panic",
                Outcome::Lost | Outcome::LostInPanic => "lost",
            },
        );
    }

    pub(crate) fn given_up(&self) {
        self.0.record("outcome", "cancelled");
    }
}
