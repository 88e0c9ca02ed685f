//! The tests themselves: with any rule of the rewriter switched off, one of them must go red.
//!
//! A rule whose loss nobody notices has no test. For each rule the hand-written pairs are rewritten without
//! it. Those whose text changes are compiled and run; a refusal that is missing is noticed at once.

use std::fmt::Write;
use uncallback_tests::programs::{Case, Compiler, Verdict, Verdicts, check};
use uncallback_tests::rewriting::{Options, Rewritten, Rule, Style, options, rewrite, rewrite_with};
use uncallback_tests::sources::{pairs, rust_files};

/// Changed pairs that are compiled for each rule, the shortest ones.
const COMPILED: usize = 8;
/// Orders of completion per program and input.
const SCHEDULES: usize = 20;

fn without(rule: Rule, style: Style) -> Options {
    Options { broken: Some(rule), ..options(style) }
}

#[test]
fn no_rule_can_be_lost_without_a_red_test() {
    let mut cases: Vec<_> = pairs().iter().map(|pair| Right::of(Case::of_pair(pair))).collect();
    cases.sort_by_key(|right| right.case.source.len());
    let changed_by = |&rule| cases.iter().filter_map(move |right| right.changed(rule)).take(COMPILED);
    let changed: Vec<_> = Rule::ALL.iter().flat_map(changed_by).collect();
    let verdicts = check(&Compiler::new("switches"), &changed, SCHEDULES);
    let mut table = String::new();
    let mut unnoticed = vec![];
    for &rule in Rule::ALL {
        let noticed = noticed_by_a_refusal(rule).or_else(|| noticed_by_a_run(rule, &verdicts));
        if noticed.is_none() {
            unnoticed.push(rule.name());
        }
        let noticed = noticed.unwrap_or_else(|| "NOBODY".into());
        let _ = writeln!(table, "{:14} {:70} {noticed}", rule.name(), rule.without());
    }
    println!("{table}");
    assert!(unnoticed.is_empty(), "nobody notices the loss of {unnoticed:?}\n{table}");
}

/// A case with what the whole rewriter makes of it.
struct Right {
    case: Case,
    texts: Vec<(Style, String)>,
}

impl Right {
    fn of(case: Case) -> Self {
        let styles = [Style::Strict, Style::Readable].into_iter();
        let styles = styles.filter(|style| *style == Style::Strict || case.readable);
        let texts = styles.filter_map(|style| Some((style, rewrite(&case.module(), style).ok()?.text)));
        Right { texts: texts.collect(), case }
    }

    /// Another text without the rule, in the careful style or else in the readable one.
    fn changed(&self, rule: Rule) -> Option<Case> {
        let module = self.case.module();
        let wrong = self.texts.iter().find_map(|(style, right)| {
            let wrong = rewrite_with(&module, &without(rule, *style)).ok()?.text;
            (wrong != *right).then_some(wrong)
        })?;
        let name = format!("{}_{}", rule.name(), self.case.name).to_lowercase();
        Some(Case { name, attribute: false, versions: vec![("text", wrong)], ..self.case.clone() })
    }
}

/// The program that runs differently, or does not compile, without the rule.
fn noticed_by_a_run(rule: Rule, verdicts: &Verdicts) -> Option<String> {
    let prefix = format!("{}_", rule.name()).to_lowercase();
    let bad = verdicts
        .iter()
        .find(|((name, _), verdict)| name.starts_with(&prefix) && !matches!(verdict, Verdict::Same(_)));
    bad.map(|((name, _), verdict)| {
        let how = match verdict {
            Verdict::DoesNotCompile(_) => "does not compile",
            Verdict::NoAnswer => "does not end",
            _ => "runs differently",
        };
        format!("{} {how}", &name[prefix.len()..])
    })
}

/// The source with refusals whose findings are others without the rule.
fn noticed_by_a_refusal(rule: Rule) -> Option<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refusals/sources");
    let places = |rewritten: Rewritten| -> Vec<_> {
        rewritten.findings.into_iter().map(|finding| (finding.code, finding.range)).collect()
    };
    rust_files(&folder).into_iter().find_map(|file| {
        let source = std::fs::read_to_string(&file).ok()?;
        let right = rewrite(&source, Style::Readable).ok()?;
        let wrong = rewrite_with(&source, &without(rule, Style::Readable)).ok()?;
        let name = file.file_name()?.to_string_lossy().into_owned();
        (places(right) != places(wrong)).then(|| format!("refusals/{name} is not refused as marked"))
    })
}
