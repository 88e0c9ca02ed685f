//! The side condition of the whole rewriting: on every path the completion is called exactly once, in tail position.
//!
//! `Outcomes` says how a piece of code can end and how many completions it made on the way there. A way out carries
//! the decisions that led to it, because a refusal has to show them.
//!
//! | end | meaning |
//! |---|---|
//! | falls | control reaches the code behind it |
//! | exits | `return` leaves the function or the callback |
//! | breaks | `break 'label` leaves a labelled block |
//! | neither | the code diverges: `panic!`, `loop {}`, `process::exit` |
use proc_macro2::Span;

use crate::refusal::Step;

/// No completion, one, or more than one.
const COUNTS: usize = 3;

/// One way through the code.
#[derive(Debug, Clone)]
pub(crate) struct Trail {
    /// The decisions taken, in order.
    pub(crate) steps: Vec<Step>,
    /// The last expression on the way, where a missing completion is reported.
    pub(crate) last: (Span, Span),
}

/// How code can end, with an example of a way for each end and count.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcomes {
    pub(crate) falls: [Option<Trail>; COUNTS],
    pub(crate) exits: [Option<Trail>; COUNTS],
    pub(crate) breaks: [Option<Trail>; COUNTS],
}

impl Outcomes {
    /// Code that never ends.
    pub(crate) fn diverges() -> Self {
        Outcomes::default()
    }

    /// Code that falls through with this many completions.
    pub(crate) fn falls(count: usize, last: (Span, Span)) -> Self {
        let mut outcomes = Outcomes::default();
        outcomes.falls[count] = Some(Trail { steps: Vec::new(), last });
        outcomes
    }

    /// Whether control can reach the code behind it.
    pub(crate) fn can_fall(&self) -> bool {
        self.falls.iter().any(Option::is_some)
    }

    /// Whether every way that falls through has completed exactly once.
    pub(crate) fn completes(&self) -> bool {
        self.falls[1].is_some() && self.falls[0].is_none() && self.falls[2].is_none()
    }

    /// `break 'label`.
    pub(crate) fn breaks(last: (Span, Span)) -> Self {
        let mut outcomes = Outcomes::default();
        outcomes.breaks[0] = Some(Trail { steps: Vec::new(), last });
        outcomes
    }

    /// The end of a labelled block: what broke out of it falls through.
    pub(crate) fn landed(mut self) -> Self {
        for count in 0..COUNTS {
            let broke = self.breaks[count].take();
            self.falls[count] = self.falls[count].take().or(broke);
        }
        self
    }

    /// `return` after this code: what fell through leaves instead.
    pub(crate) fn leave(mut self) -> Self {
        for count in 0..COUNTS {
            let fall = self.falls[count].take();
            self.exits[count] = self.exits[count].take().or(fall);
        }
        self
    }

    /// The end of a callback or of a labelled block: what left is through with it as well.
    pub(crate) fn arrive(mut self) -> Self {
        for count in 0..COUNTS {
            let exit = self.exits[count].take();
            self.falls[count] = self.falls[count].take().or(exit);
        }
        self
    }

    /// Puts a decision in front of every way.
    pub(crate) fn after(mut self, step: Step) -> Self {
        for trail in self.falls.iter_mut().chain(&mut self.exits).chain(&mut self.breaks).flatten() {
            trail.steps.insert(0, step.clone());
        }
        self
    }

    /// One of two: branches of a condition.
    pub(crate) fn or(mut self, other: Outcomes) -> Self {
        for count in 0..COUNTS {
            self.falls[count] = self.falls[count].take().or(other.falls[count].clone());
            self.exits[count] = self.exits[count].take().or(other.exits[count].clone());
            self.breaks[count] = self.breaks[count].take().or(other.breaks[count].clone());
        }
        self
    }

    /// One after the other.
    pub(crate) fn then(self, next: Outcomes) -> Self {
        let mut outcomes = Outcomes { falls: Default::default(), exits: self.exits, breaks: self.breaks };
        for (before, trail) in self.falls.into_iter().enumerate() {
            let Some(trail) = trail else { continue };
            let continued = |made: usize, way: &Option<Trail>| {
                way.as_ref().map(|way| {
                    let mut steps = trail.steps.clone();
                    if before > 0 && made > 0 {
                        steps.push(Step { at: trail.last.0, text: "first call here".into() });
                    }
                    steps.extend(way.steps.iter().cloned());
                    Trail { steps, last: way.last }
                })
            };
            for made in 0..COUNTS {
                let total = (before + made).min(COUNTS - 1);
                let fall = continued(made, &next.falls[made]);
                outcomes.falls[total] = outcomes.falls[total].take().or(fall);
                let exit = continued(made, &next.exits[made]);
                outcomes.exits[total] = outcomes.exits[total].take().or(exit);
                let broken = continued(made, &next.breaks[made]);
                outcomes.breaks[total] = outcomes.breaks[total].take().or(broken);
            }
        }
        outcomes
    }
}
