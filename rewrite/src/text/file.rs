//! Converts the functions of a file, module by module, and collects the edits.
use std::collections::BTreeSet;
use std::ops::Range;

use proc_macro2::{Span, TokenStream};

use super::functions::{self, Found, Group, Module};
use super::imports::{self, Needs};
use super::parse::Parsed;
use super::together::{self, Verdict};
use super::{CallbackFn, Finding, Rewrite, attribute};
use crate::emit::text::{Source, TextEdit};
use crate::{Knowledge, Options, Style, destructors};

/// Is told each stretch that is replaced, and the tokens that the other emitter would put there.
pub(super) type Witness<'w> = &'w mut dyn FnMut(Range<usize>, TokenStream);

/// Converts what can be converted in a file. All places are those of the parsed part.
pub(super) fn convert(parsed: &Parsed<'_>, options: &Options, witness: Witness<'_>) -> Rewrite {
    let source = &parsed.source;
    let destructors = destructors(&parsed.file.items);
    let mut file =
        File { source, options, destructors, witness, imports: Vec::new(), out: Rewrite::default() };
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
    /// The types of the file that have a destructor.
    destructors: BTreeSet<String>,
    witness: Witness<'w>,
    imports: Vec<TextEdit>,
    out: Rewrite,
}

impl File<'_, '_, '_> {
    /// Converts a module and those inside of it. True if no attribute in it has anything left to do.
    fn module(&mut self, module: &Module<'_>) -> bool {
        let mut needs = Needs::default();
        let settled = self.functions(module, &mut needs);
        let start = self.source.after_inner(module.attrs).max(module.start);
        for edit in imports::edits(self.source, module.items, &needs, start) {
            (self.witness)(edit.range.clone(), edit.new.parse().unwrap_or_default());
            self.imports.push(edit);
        }
        settled
    }

    /// What the code round the functions of a module says, as far as the reader of the output will believe it.
    fn known(&self, module: &Module<'_>) -> Knowledge {
        match self.options.style {
            Style::Strict => Knowledge::default(),
            Style::Readable => Knowledge::of(module.items, &self.destructors),
        }
    }

    /// Converts the functions of a module together, those inside of the ones that stay as they are, and the modules
    /// in it.
    fn functions(&mut self, module: &Module<'_>, needs: &mut Needs) -> bool {
        let options = module.functions.iter().map(|found| self.options_of(module, found)).collect();
        let verdicts = together::convert(self.source, module, options, &self.known(module));
        let mut groups = vec![true; module.groups.len()];
        let mut all = true;
        for (found, verdict) in module.functions.iter().zip(verdicts) {
            let (is_converted, settled) = (verdict.is_converted(), verdict.settled);
            match &found.attribute {
                Some(_) if is_converted => needs.attributes_removed += 1,
                Some(_) => needs.attributes_left += 1,
                None => {}
            }
            all &= settled;
            if let Some(group) = found.group {
                groups[group] &= settled;
            }
            needs.names.extend(&verdict.uses);
            self.take(found, verdict);
            if !is_converted {
                self.functions(&functions::of_body(found, module), needs);
            }
        }
        for inner in &module.modules {
            let settled = self.module(inner);
            all &= settled;
            if let Some(group) = inner.group {
                groups[group] &= settled;
            }
        }
        for (group, settled) in module.groups.iter().zip(groups) {
            match settled {
                true => {
                    needs.attributes_removed += 1;
                    self.remove(group);
                }
                false => needs.attributes_left += 1,
            }
        }
        all
    }

    /// The options of a function: what is asked for in general, by the groups that it is in, and by its attribute. None
    /// if one of them cannot be read, which the macro reports, or says that it is to be left alone.
    fn options_of(&self, module: &Module<'_>, found: &Found<'_>) -> Option<Options> {
        let group = found.group.map(|group| module.groups[group].attribute);
        let attributes = module.inherited.iter().copied().chain(group).chain(&found.attribute);
        attributes
            .into_iter()
            .try_fold(self.options.clone(), |options, attribute| attribute::options(attribute, &options).ok())
    }

    /// Removes the attribute of a group whose functions are all converted.
    fn remove(&mut self, group: &Group<'_>) {
        let Some(range) = self.source.range_of(group.attribute) else { return };
        let range = range.start..self.source.behind_space(range.end);
        (self.witness)(range.clone(), TokenStream::new());
        self.out.edits.push(TextEdit { range, new: String::new() });
    }

    fn take(&mut self, found: &Found<'_>, verdict: Verdict) {
        let Some(range) = self.source.range_of(found.original) else { return };
        let Some(status) = verdict.status else { return };
        for (range, tokens) in verdict.replaced {
            (self.witness)(range, tokens);
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

/// From the first byte of one token to the last byte of another.
fn bytes(start: Span, end: Span) -> Range<usize> {
    let (start, end) = (start.byte_range(), end.byte_range());
    start.start..end.end.max(start.end)
}
