//! Converts the functions of a file, module by module, and collects the edits.
use std::ops::Range;

use proc_macro2::{Span, TokenStream};

use super::callers;
use super::functions::{self, Found, Module};
use super::imports::{self, Needs};
use super::parse::Parsed;
use super::{CallbackFn, Finding, Rewrite, Status, attribute};
use crate::emit::text::{Printed, Source, TextEdit, edits};
use crate::{Code, Converted, Function, Options, Outcome, convert_together};

/// Is told each stretch that is replaced, and the tokens that the other emitter would put there.
pub(super) type Witness<'w> = &'w mut dyn FnMut(Range<usize>, TokenStream);

/// Converts what can be converted in a file. All places are those of the parsed part.
pub(super) fn convert(parsed: &Parsed<'_>, options: &Options, witness: Witness<'_>) -> Rewrite {
    let source = &parsed.source;
    let mut file = File { source, options, witness, imports: Vec::new(), out: Rewrite::default() };
    file.module(&functions::of_file(&parsed.file));
    let File { imports, mut out, .. } = file;
    // Of two insertions at one place the import comes first: the function begins behind it.
    out.edits.splice(0..0, imports);
    out.edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    out.in_order_of_the_source();
    out
}

struct File<'f, 's, 'w> {
    source: &'f Source<'s>,
    options: &'f Options,
    witness: Witness<'w>,
    imports: Vec<TextEdit>,
    out: Rewrite,
}

/// What became of one function.
struct Verdict {
    status: Option<Status>,
    findings: Vec<crate::Finding>,
    edits: Vec<TextEdit>,
    tokens: Option<TokenStream>,
    uses: Vec<&'static str>,
}

impl Verdict {
    fn nothing(status: Option<Status>, findings: Vec<crate::Finding>) -> Self {
        Verdict { status, findings, edits: Vec::new(), tokens: None, uses: Vec::new() }
    }

    fn is_converted(&self) -> bool {
        self.status == Some(Status::Converted)
    }
}

impl File<'_, '_, '_> {
    fn module(&mut self, module: &Module<'_>) {
        let mut needs = Needs::default();
        self.functions(module, &mut needs);
        let start = self.source.after_inner(module.attrs).max(module.start);
        for edit in imports::edits(self.source, module.items, &needs, start) {
            (self.witness)(edit.range.clone(), edit.new.parse().unwrap_or_default());
            self.imports.push(edit);
        }
        for inner in &module.modules {
            self.module(inner);
        }
    }

    /// Converts the functions of a module together, and those inside of the ones that stay as they are.
    fn functions(&mut self, module: &Module<'_>, needs: &mut Needs) {
        let verdicts = self.verdicts(module);
        for (found, verdict) in module.functions.iter().zip(verdicts) {
            let is_converted = verdict.is_converted();
            match &found.attribute {
                Some(_) if is_converted => needs.attributes_removed += 1,
                Some(_) => needs.attributes_left += 1,
                None => {}
            }
            needs.names.extend(&verdict.uses);
            self.take(found, verdict);
            if !is_converted {
                let inner = functions::of_body(found, module.items);
                self.functions(&inner, needs);
                for module in &inner.modules {
                    self.module(module);
                }
            }
        }
    }

    fn verdicts(&self, module: &Module<'_>) -> Vec<Verdict> {
        let root = |name: &str| format!("{name}::");
        let mut options: Vec<Option<Options>> =
            module.functions.iter().map(|found| self.options_of(found)).collect();
        for (found, options) in module.functions.iter().zip(&mut options) {
            options.iter_mut().for_each(|options| options.stays = found.is_of_trait);
        }
        let mut broken: Vec<Option<crate::Finding>> = vec![None; module.functions.len()];
        let mut stays: Vec<Option<&'static str>> =
            module.functions.iter().map(|found| found.is_of_trait.then_some("trait-method")).collect();
        loop {
            let asked: Vec<usize> = (0..module.functions.len())
                .filter(|at| options[*at].is_some() && broken[*at].is_none())
                .collect();
            let together: Vec<(Function<'_>, &Options)> = asked
                .iter()
                .filter_map(|at| Some((module.functions[*at].function(), options[*at].as_ref()?)))
                .collect();
            let outcomes = convert_together(&together);
            if imported(&outcomes).any(|name| imports::is_taken(module.items, name))
                && options.iter().flatten().any(|options| options.root.is_empty())
            {
                // A name that means something else here cannot be imported, so the path is written out.
                let unrooted = options.iter_mut().flatten().filter(|options| options.root.is_empty());
                unrooted.for_each(|options| options.root = root(attribute::NAME));
                continue;
            }
            let of_kind = |is_wanted: fn(&Outcome<'_>) -> bool| -> Vec<usize> {
                asked
                    .iter()
                    .zip(&outcomes)
                    .filter(|(_, outcome)| is_wanted(outcome))
                    .map(|(at, _)| *at)
                    .collect()
            };
            let changed = of_kind(|outcome| matches!(outcome, Outcome::Converted(_)));
            let mut unchanged = of_kind(|outcome| matches!(outcome, Outcome::Refused(_)));
            unchanged.extend((0..stays.len()).filter(|at| stays[*at].is_some()));
            let called = callers::still_called(module, &changed, &unchanged);
            if !called.is_empty() {
                for at in called {
                    stays[at] = Some("called-in-callback-style");
                    options[at].iter_mut().for_each(|options| options.stays = true);
                }
                continue;
            }
            let mut verdicts: Vec<Verdict> = broken
                .iter()
                .map(|finding| {
                    Verdict::nothing(
                        finding.as_ref().map(|_| Status::Refused),
                        finding.iter().cloned().collect(),
                    )
                })
                .collect();
            let mut failed = false;
            for (at, outcome) in asked.into_iter().zip(outcomes) {
                match self.verdict(&module.functions[at], outcome) {
                    Ok(verdict) => verdicts[at] = verdict,
                    Err(finding) => {
                        broken[at] = Some(finding);
                        failed = true;
                    }
                }
                if options[at].as_ref().is_some_and(|options| !options.root.is_empty()) {
                    verdicts[at].uses.clear();
                }
            }
            for (at, why) in stays.iter().enumerate() {
                if let Some(why) = why.filter(|_| takes_completion(&module.functions[at], self.options)) {
                    verdicts[at] = Verdict::nothing(Some(Status::NotACompletion(why)), Vec::new());
                }
            }
            // Others may call a function that now stays as it is, so they are converted anew without it.
            if !failed {
                return verdicts;
            }
        }
    }

    /// The options of a function, or none if its attribute cannot be read: then the macro reports it.
    fn options_of(&self, found: &Found<'_>) -> Option<Options> {
        match &found.attribute {
            None => Some(self.options.clone()),
            // Two functions from one are the macro's business: its attribute stays.
            Some(attribute) => {
                attribute::options(attribute, self.options).ok().filter(|options| !options.keep)
            }
        }
    }

    /// One outcome as text; an error if that would not be the same, which is our bug.
    fn verdict(&self, found: &Found<'_>, outcome: Outcome<'_>) -> Result<Verdict, crate::Finding> {
        match outcome {
            Outcome::NotACompletion(why) => Ok(Verdict::nothing(why.map(Status::NotACompletion), Vec::new())),
            Outcome::Refused(findings) => Ok(Verdict::nothing(Some(Status::Refused), findings)),
            Outcome::Converted(Converted { pieces, notes, uses }) => {
                let printed = edits(self.source, found.original, &pieces).map_err(|broken| {
                    let name = &found.function().sig.ident;
                    crate::Finding::about(Code::UC99, name, format!("`{name}` was not rewritten: {broken}"))
                })?;
                let Printed { edits, tokens } = printed;
                Ok(Verdict {
                    status: Some(Status::Converted),
                    findings: notes,
                    edits,
                    tokens: Some(tokens),
                    uses,
                })
            }
        }
    }

    fn take(&mut self, found: &Found<'_>, verdict: Verdict) {
        let Some(range) = self.source.range_of(found.original) else { return };
        let Some(status) = verdict.status else { return };
        if let Some(tokens) = verdict.tokens {
            (self.witness)(range.clone(), tokens);
        }
        let function = self.out.fns.len();
        self.out.fns.push(CallbackFn { name: found.name.clone(), range, status });
        self.out.edits.extend(verdict.edits);
        for finding in verdict.findings {
            let path = finding.path.into_iter().map(|step| (bytes(step.at, step.at), step.text));
            self.out.findings.push(Finding {
                code: finding.code,
                range: bytes(finding.start, finding.end),
                message: finding.message,
                path: path.collect(),
                help: finding.help,
                function,
            });
        }
    }
}

/// Whether a function would be converted, or refused with a reason, if it could change alone.
fn takes_completion(found: &Found<'_>, options: &Options) -> bool {
    !matches!(convert_together(&[(found.function(), options)])[..], [Outcome::NotACompletion(_)])
}

/// The names that the conversions mention.
fn imported<'o>(outcomes: &'o [Outcome<'_>]) -> impl Iterator<Item = &'static str> + use<'o> {
    outcomes
        .iter()
        .flat_map(|outcome| match outcome {
            Outcome::Converted(converted) => &converted.uses[..],
            _ => &[],
        })
        .copied()
}

/// From the first byte of one token to the last byte of another.
fn bytes(start: Span, end: Span) -> Range<usize> {
    let (start, end) = (start.byte_range(), end.byte_range());
    start.start..end.end.max(start.end)
}
