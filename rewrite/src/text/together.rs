//! The functions of a module, converted together until nothing speaks against it any more.
//!
//! What one function becomes depends on the others: calls among them become awaits. So a function that has to stay as
//! it is, for whatever reason comes up, sends all of them through the engine again.
use std::ops::Range;

use proc_macro2::TokenStream;

use super::callers::Changed;
use super::functions::{Found, Module};
use super::{Status, attribute, callers, imports};
use crate::emit::text::{Printed, Source, TextEdit, edits};
use crate::emit::tokens::tokens;
use crate::{Code, Converted, Finding, Function, Knowledge, Options, Outcome, convert_together};

/// What became of one function.
pub(super) struct Verdict {
    /// Nothing is said of a function without callbacks.
    pub(super) status: Option<Status>,
    pub(super) findings: Vec<Finding>,
    pub(super) edits: Vec<TextEdit>,
    /// The stretches that are replaced, and what the other emitter would put there.
    pub(super) replaced: Vec<(Range<usize>, TokenStream)>,
    /// The names that have to be imported.
    pub(super) uses: Vec<&'static str>,
    /// Whether its attribute, or that of the group it is in, has nothing more to do here.
    pub(super) settled: bool,
}

impl Verdict {
    fn unchanged(status: Option<Status>, findings: Vec<Finding>, settled: bool) -> Self {
        Verdict { status, findings, edits: Vec::new(), replaced: Vec::new(), uses: Vec::new(), settled }
    }

    pub(super) fn is_converted(&self) -> bool {
        self.status == Some(Status::Converted)
    }
}

/// Why a function stays in callback style although the engine could convert it.
#[derive(Clone)]
enum Stay {
    Because(&'static str),
    /// Its text would not be right: our bug.
    Broken(Finding),
}

/// Converts the functions of a module. Those without options are left alone.
pub(super) fn convert(
    source: &Source<'_>,
    module: &Module<'_>,
    options: Vec<Option<Options>>,
    known: &Knowledge,
) -> Vec<Verdict> {
    let mut together = Together { source, module, known, options, stays: vec![None; module.functions.len()] };
    for (at, found) in module.functions.iter().enumerate() {
        let beside = format!("{}_async", found.name);
        if found.is_of_trait {
            together.stay(at, Stay::Because("trait-method"));
        } else if module.functions.iter().any(|other| other.name == beside) {
            together.stay(at, Stay::Because("kept-beside-its-conversion"));
        }
    }
    loop {
        let outcomes = together.outcomes();
        if together.writes_paths_out(&outcomes) || together.keeps_what_is_called(&outcomes) {
            continue;
        }
        if let Some(verdicts) = together.verdicts(outcomes) {
            return verdicts;
        }
    }
}

struct Together<'m, 'f, 's> {
    source: &'m Source<'s>,
    module: &'m Module<'f>,
    known: &'m Knowledge,
    options: Vec<Option<Options>>,
    stays: Vec<Option<Stay>>,
}

impl<'m> Together<'m, '_, '_> {
    fn stay(&mut self, at: usize, why: Stay) {
        self.options[at].iter_mut().for_each(|options| options.stays = true);
        self.stays[at] = Some(why);
    }

    /// What the engine says, for each function; none for those that it is not asked about.
    fn outcomes(&self) -> Vec<Option<Outcome<'m>>> {
        let functions: &'m [Found<'_>] = &self.module.functions;
        let is_broken = |at: usize| matches!(self.stays[at], Some(Stay::Broken(_)));
        let asked: Vec<usize> =
            (0..functions.len()).filter(|at| self.options[*at].is_some() && !is_broken(*at)).collect();
        let together: Vec<(Function<'m>, &Options)> = asked
            .iter()
            .filter_map(|at| Some((functions[*at].function(), self.options[*at].as_ref()?)))
            .collect();
        let mut outcomes: Vec<Option<Outcome<'m>>> = (0..functions.len()).map(|_| None).collect();
        for (at, outcome) in asked.into_iter().zip(convert_together(&together, self.known)) {
            outcomes[at] = Some(outcome);
        }
        outcomes
    }

    /// Writes paths out if a name that would be imported means something else here.
    fn writes_paths_out(&mut self, outcomes: &[Option<Outcome<'_>>]) -> bool {
        let mut uses = outcomes.iter().flat_map(|outcome| match outcome {
            Some(Outcome::Converted(converted)) => &converted.uses[..],
            _ => &[],
        });
        if !uses.any(|name| imports::is_taken(self.module.items, name)) {
            return false;
        }
        let imported = self.options.iter_mut().flatten().filter(|options| options.root.is_empty());
        let changed = imported.map(|options| options.root = format!("{}::", attribute::NAME));
        changed.count() > 0
    }

    /// Lets the functions stay that others, which stay, go on calling in callback style.
    fn keeps_what_is_called(&mut self, outcomes: &[Option<Outcome<'_>>]) -> bool {
        let is_kept = |at: usize| self.options[at].as_ref().is_some_and(|options| options.keep);
        let of_kind = |is_wanted: fn(&Outcome<'_>) -> bool| {
            (0..outcomes.len()).filter(move |at| outcomes[*at].as_ref().is_some_and(is_wanted))
        };
        let changed: Vec<usize> =
            of_kind(|outcome| matches!(outcome, Outcome::Converted(_))).filter(|at| !is_kept(*at)).collect();
        let mut unchanged: Vec<usize> = of_kind(|outcome| matches!(outcome, Outcome::Refused(_))).collect();
        unchanged.extend((0..self.stays.len()).filter(|at| self.stays[*at].is_some()));
        let mut called = callers::still_called(self.module, &changed, &unchanged);
        called.extend(self.called_by_converted(outcomes, &changed));
        called.iter().for_each(|at| self.stay(*at, Stay::Because("called-in-callback-style")));
        !called.is_empty()
    }

    /// The functions that an async one calls in callback style: in a part of it that stays a callback, or because it
    /// was converted before them.
    fn called_by_converted(&self, outcomes: &[Option<Outcome<'_>>], changed: &[usize]) -> Vec<usize> {
        let mentions = |at: usize| !callers::still_called(self.module, changed, &[at]).is_empty();
        let new_text = |at: usize| match &outcomes[at] {
            Some(Outcome::Converted(converted)) => callers::parsed(tokens(&converted.pieces)),
            _ => {
                let function = self.module.functions[at].function();
                function.sig.asyncness.and_then(|_| callers::parsed(function.item.to_token_stream()))
            }
        };
        let callers: Vec<syn::ItemFn> =
            (0..outcomes.len()).filter(|at| mentions(*at)).filter_map(new_text).collect();
        if callers.is_empty() {
            return Vec::new();
        }
        let changed: Vec<Changed<'_>> = changed
            .iter()
            .filter_map(|at| {
                let params = new_text(*at)?.sig.inputs.len();
                Some(Changed { at: *at, name: &self.module.functions[*at].function().sig.ident, params })
            })
            .collect();
        callers.iter().flat_map(|new| callers::still_called_in(new, &changed)).collect()
    }

    /// The outcomes as text; none if one of them would not be right.
    fn verdicts(&mut self, outcomes: Vec<Option<Outcome<'m>>>) -> Option<Vec<Verdict>> {
        let mut verdicts = Vec::new();
        let mut failed = false;
        for (at, outcome) in outcomes.into_iter().enumerate() {
            let found: &'m Found<'_> = &self.module.functions[at];
            let verdict = match (&self.stays[at], outcome) {
                (Some(Stay::Broken(finding)), _) => {
                    Verdict::unchanged(Some(Status::Refused), vec![finding.clone()], false)
                }
                (Some(Stay::Because(why)), _) => self.would_have(found, at, why),
                (None, None) => Verdict::unchanged(None, Vec::new(), false),
                (None, Some(Outcome::NotACompletion(why))) => {
                    Verdict::unchanged(why.map(Status::LeftAlone), Vec::new(), true)
                }
                (None, Some(Outcome::Refused(findings))) => {
                    Verdict::unchanged(Some(Status::Refused), findings, false)
                }
                (None, Some(Outcome::Converted(converted))) => match self.printed(found, at, converted) {
                    Ok(verdict) => verdict,
                    Err(finding) => {
                        self.stay(at, Stay::Broken(finding));
                        failed = true;
                        continue;
                    }
                },
            };
            verdicts.push(verdict);
        }
        (!failed).then_some(verdicts)
    }

    /// What is said of a function that stays: the reason, if it is a callback function at all.
    fn would_have(&self, found: &Found<'_>, at: usize, why: &'static str) -> Verdict {
        let alone = self.options[at].as_ref().map(|options| Options { stays: false, ..options.clone() });
        let is_one = alone.is_some_and(|alone| {
            !matches!(
                convert_together(&[(found.function(), &alone)], self.known)[..],
                [Outcome::NotACompletion(_)]
            )
        });
        Verdict::unchanged(is_one.then_some(Status::LeftAlone(why)), Vec::new(), !is_one)
    }

    fn printed(&self, found: &Found<'_>, at: usize, converted: Converted<'_>) -> Result<Verdict, Finding> {
        let Converted { pieces, notes, uses, recorders: _ } = converted;
        let broken = |what: &dyn std::fmt::Display| {
            let name = &found.function().sig.ident;
            Finding::about(Code::UC99, name, format!("`{name}` was not rewritten: {what}"))
        };
        let Printed { edits, tokens } =
            edits(self.source, found.original, &pieces).map_err(|what| broken(&what))?;
        let range = self.source.range_of(found.original).ok_or_else(|| broken(&"it has no tokens"))?;
        let options = self.options[at].clone().unwrap_or_default();
        let mut verdict = Verdict {
            status: Some(Status::Converted),
            findings: notes,
            edits,
            replaced: vec![(range.clone(), tokens)],
            uses: if options.root.is_empty() { uses } else { Vec::new() },
            settled: true,
        };
        if options.keep {
            found.keep_beside(self.source, range, &mut verdict);
        }
        Ok(verdict)
    }
}
