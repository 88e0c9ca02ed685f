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
    /// What its completions are made by, as far as that matters.
    pub(crate) made_by: Vec<By>,
}

/// What makes a completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// A clone of the completion.
    Clone,
    /// The callback of a call, which comes when it comes.
    Callback,
}

/// How code can end, with an example of a way for each end and count.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcomes {
    pub(crate) falls: [Vec<Trail>; COUNTS],
    pub(crate) exits: [Vec<Trail>; COUNTS],
    pub(crate) breaks: [Vec<Trail>; COUNTS],
}

impl Outcomes {
    /// Code that never ends.
    pub(crate) fn diverges() -> Self {
        Outcomes::default()
    }

    /// Code that falls through with this many completions.
    pub(crate) fn falls(count: usize, last: (Span, Span)) -> Self {
        let mut outcomes = Outcomes::default();
        outcomes.falls[count].push(Trail { steps: Vec::new(), last, made_by: Vec::new() });
        outcomes
    }

    /// Code that falls through with one completion, which this makes.
    pub(crate) fn completed_by(by: By, last: (Span, Span)) -> Self {
        let mut outcomes = Outcomes::default();
        outcomes.falls[1].push(Trail { steps: Vec::new(), last, made_by: vec![by] });
        outcomes
    }

    /// Whether control can reach the code behind it.
    pub(crate) fn can_fall(&self) -> bool {
        self.falls.iter().any(|trails| !trails.is_empty())
    }

    /// Whether every way that falls through has completed exactly once.
    pub(crate) fn completes(&self) -> bool {
        !self.falls[1].is_empty() && self.falls[0].is_empty() && self.falls[2].is_empty()
    }

    /// `break 'label`.
    pub(crate) fn breaks(last: (Span, Span)) -> Self {
        let mut outcomes = Outcomes::default();
        outcomes.breaks[0].push(Trail { steps: Vec::new(), last, made_by: Vec::new() });
        outcomes
    }

    /// The end of a labelled block: what broke out of it falls through.
    pub(crate) fn landed(mut self) -> Self {
        for count in 0..COUNTS {
            let broke = std::mem::take(&mut self.breaks[count]);
            extend(&mut self.falls[count], broke);
        }
        self
    }

    /// `return` after this code: what fell through leaves instead.
    pub(crate) fn leave(mut self) -> Self {
        for count in 0..COUNTS {
            let fall = std::mem::take(&mut self.falls[count]);
            extend(&mut self.exits[count], fall);
        }
        self
    }

    /// The end of a callback or of a labelled block: what left is through with it as well.
    pub(crate) fn arrive(mut self) -> Self {
        for count in 0..COUNTS {
            let exit = std::mem::take(&mut self.exits[count]);
            extend(&mut self.falls[count], exit);
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
        let ends = [
            (&mut self.falls, other.falls),
            (&mut self.exits, other.exits),
            (&mut self.breaks, other.breaks),
        ];
        for (ours, theirs) in ends {
            for (ours, theirs) in ours.iter_mut().zip(theirs) {
                extend(ours, theirs);
            }
        }
        self
    }

    /// One after the other.
    pub(crate) fn then(self, next: Outcomes) -> Self {
        let mut outcomes = Outcomes { falls: Default::default(), exits: self.exits, breaks: self.breaks };
        for (before, trails) in self.falls.into_iter().enumerate() {
            for trail in trails {
                for made in 0..COUNTS {
                    let total = (before + made).min(COUNTS - 1);
                    let is_second = before > 0 && made > 0;
                    let continued = |ways: &[Trail]| {
                        ways.iter().map(|way| trail.continued(way, is_second)).collect::<Vec<_>>()
                    };
                    extend(&mut outcomes.falls[total], continued(&next.falls[made]));
                    extend(&mut outcomes.exits[total], continued(&next.exits[made]));
                    extend(&mut outcomes.breaks[total], continued(&next.breaks[made]));
                }
            }
        }
        outcomes
    }
}

impl Trail {
    fn continued(&self, way: &Trail, is_second: bool) -> Trail {
        let mut steps = self.steps.clone();
        if is_second {
            steps.push(Step { at: self.last.0, text: "first call here".into() });
        }
        steps.extend(way.steps.iter().cloned());
        Trail { steps, last: way.last, made_by: [&self.made_by[..], &way.made_by].concat() }
    }
}

/// Adds ways, up to a number that keeps the analysis linear and a report readable.
fn extend(trails: &mut Vec<Trail>, more: Vec<Trail>) {
    const ENOUGH: usize = 4;
    trails.extend(more.into_iter().take(ENOUGH.saturating_sub(trails.len())));
}
