//! What came of many cases, and the text that a person reads when something failed.

use super::batch::{Verdict, Verdicts};
use super::case::Case;
use crate::rewriting::{Refusal, Style, convert};
use std::collections::BTreeMap;
use std::fmt::Write;

/// How many failures are printed in full; of the others only the kind is counted.
const SHOWN: usize = 3;

/// The outcome of a run over many cases.
#[derive(Debug, Default)]
pub struct Report {
    runs: usize,
    cancelled_runs: usize,
    failures: Vec<Failure>,
}

/// A case that was not converted to a program that does the same.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The case.
    pub case: Case,
    /// What went wrong, in a few words that are the same for failures of the same kind.
    pub kind: String,
    /// Whether both versions ran and differ.
    pub differs: bool,
    text: String,
}

impl Report {
    /// Converts the cases to text, in both styles. Those that the rewriter refuses are failures; the others are returned.
    pub fn convert(&mut self, cases: impl Iterator<Item = Case>) -> Vec<Case> {
        let mut converted = vec![];
        'cases: for mut case in cases {
            for (name, style) in [("text", Style::Strict), ("readable", Style::Readable)] {
                if style == Style::Readable && !case.readable {
                    continue;
                }
                match convert(&case.module(), style) {
                    Ok(text) => case.versions.push((name, text)),
                    Err(refusal) => {
                        self.refused(case, &refusal);
                        continue 'cases;
                    }
                }
            }
            converted.push(case);
        }
        converted
    }

    fn refused(&mut self, case: Case, refusal: &Refusal) {
        let kind = format!("refused: {}", refusal.kind());
        self.failures.push(Failure { case, kind, differs: false, text: refusal.to_string() });
    }

    /// Takes in the verdicts on these cases.
    pub fn take(&mut self, verdicts: &Verdicts, cases: &[Case]) {
        for ((name, version), verdict) in verdicts {
            let (kind, text) = match verdict {
                Verdict::Same(agreement) => {
                    self.runs += agreement.runs;
                    self.cancelled_runs += agreement.cancelled_runs;
                    continue;
                }
                Verdict::Differs(text) => (format!("the {version} version differs"), text.clone()),
                Verdict::DoesNotCompile(text) => {
                    let error = text.split(": error").nth(1).unwrap_or_default();
                    let code: String = error.chars().take_while(|c| *c != '\n').take(60).collect();
                    (format!("does not compile: error{code}"), text.clone())
                }
                Verdict::NoAnswer => (format!("the {version} version does not end"), String::new()),
            };
            let case = cases.iter().find(|case| case.name == *name).expect("verdicts are about these cases");
            let differs = matches!(verdict, Verdict::Differs(_));
            self.failures.push(Failure { case: case.clone(), kind, differs, text });
        }
    }

    /// Whether every case was converted and does the same.
    pub fn is_clean(&self) -> bool {
        self.failures.is_empty()
    }

    /// The failures so far.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// One line with numbers.
    pub fn summary(&self) -> String {
        format!(
            "{} runs and {} runs that were given up, {} failures",
            self.runs,
            self.cancelled_runs,
            self.failures.len()
        )
    }

    /// The kinds of failures with their numbers, and the smallest failure of the most frequent kinds in full.
    pub fn describe(&self) -> String {
        let mut kinds: BTreeMap<&str, Vec<&Failure>> = BTreeMap::new();
        for failure in &self.failures {
            kinds.entry(&failure.kind).or_default().push(failure);
        }
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        kinds.sort_by_key(|(_, failures)| std::cmp::Reverse(failures.len()));
        let mut text = format!("{}\n", self.summary());
        for (kind, failures) in &kinds {
            let _ = writeln!(text, "{:5} x {kind}", failures.len());
        }
        for (_, failures) in kinds.iter().take(SHOWN) {
            if let Some(smallest) = failures.iter().min_by_key(|failure| failure.case.source.len()) {
                let _ = write!(text, "\n{smallest}");
            }
        }
        text
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "---- {}: {}\n{}\n{}", self.case.name, self.kind, self.text, self.case.source)?;
        // The attribute makes what the strict text says.
        let named = self.case.versions.iter().find(|(name, _)| self.kind.contains(name));
        let shown = named.or_else(|| self.case.versions.first());
        shown.map_or(Ok(()), |(name, text)| writeln!(f, "is rewritten to ({name})\n\n{text}"))
    }
}
