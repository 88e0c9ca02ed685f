//! One function, from its syntax tree to its plan or to the reasons against it.
use crate::cps::build;
use crate::cps::count_down::other_uses;
use crate::cps::tree::{Last, Seq};
use crate::order::names::Names;
use crate::plan::{function, sibling, wrap};
use crate::recognise::{self, Completion, Found};
use crate::refusal::{Code, Finding};
use crate::switch::Rule;
use crate::unit::{Member, Unit};
use crate::{Callees, Function, Knowledge, Options, Outcome};
use syn::ReturnType;

/// Converts one function, whose callees stay as they are; calls of itself are awaited.
pub fn convert<'a>(function: Function<'a>, options: &Options) -> Outcome<'a> {
    convert_together(&[(function, options)], &Knowledge::default()).remove(0)
}

/// Converts functions that know one another: calls among those that can be converted become plain awaits.
///
/// The outcomes are in the order of the functions. A function that is refused stays in callback style, and the others
/// call it as they would call any callback API.
pub fn convert_together<'a>(functions: &[(Function<'a>, &Options)], known: &Knowledge) -> Vec<Outcome<'a>> {
    let mut outcomes: Vec<Option<Outcome<'a>>> = Vec::new();
    let mut built = Vec::new();
    let names = functions.iter().map(|(function, _)| function.sig.ident.to_string()).collect();
    for (index, (function, options)) in functions.iter().enumerate() {
        match build_one(function, options, &names) {
            Ok((completion, body)) => {
                outcomes.push(None);
                built.push(Built { index, completion, body });
            }
            Err(outcome) => outcomes.push(Some(outcome)),
        }
    }
    let mut declared = Callees::default();
    functions.iter().for_each(|(_, options)| declared.add(&options.callees));
    // A function that turns out not to be writable stays as it is, and the others are written anew.
    let mut stays: Vec<bool> = built.iter().map(|built| functions[built.index].1.stays).collect();
    loop {
        let members = built.iter().zip(&stays).map(|(built, stays)| {
            let (function, options) = functions[built.index];
            Member {
                sig: function.sig,
                block: function.block,
                new_name: options.new_name(&function.sig.ident),
                is_converted: !stays,
                completion: &built.completion,
                body: &built.body,
            }
        });
        let unit = Unit::of(members, declared.clone());
        let mut refused = None;
        for (position, built) in built.iter().enumerate().filter(|(position, _)| !stays[*position]) {
            let (function, options) = functions[built.index];
            match function::write(function, &built.completion, &built.body, options, &unit, known) {
                Ok(mut converted) => {
                    converted.notes.extend(counters_with_another_use(
                        function,
                        &built.completion,
                        &built.body,
                    ));
                    outcomes[built.index] = Some(Outcome::Converted(converted));
                }
                Err(findings) => {
                    outcomes[built.index] = Some(refuse(function, &built.completion, options, findings));
                    refused = Some(position);
                    break;
                }
            }
        }
        match refused {
            Some(position) => stays[position] = true,
            None => break,
        }
    }
    // What stays on demand has no outcome of its own.
    outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::NotACompletion(None))).collect()
}

/// Writes an async sibling of a method that stays in callback style: what a trait needs.
///
/// The sibling is called `<name>_async`, unless the options name it, and stands beside the method.
pub fn sibling<'a>(function: Function<'a>, options: &Options) -> Outcome<'a> {
    let completion = match recognise::find(function.sig, options) {
        Found::Completion(completion) => completion,
        Found::Refused(finding) => return Outcome::Refused(vec![finding]),
        Found::Nothing(why) => return Outcome::NotACompletion(why),
    };
    let finding = refused_signature(function.sig).filter(|finding| finding.code != Code::UC10);
    if let Some(finding) = finding.or_else(|| refused_answer(&completion)) {
        return Outcome::Refused(vec![finding]);
    }
    let options = Options { keep: true, ..options.clone() };
    match sibling::write(function, &completion, &options) {
        Ok(converted) => Outcome::Converted(converted),
        Err(finding) => Outcome::Refused(vec![finding]),
    }
}

/// Why callbacks that are counted down stay callbacks: said beside a function that is exact, but not as flat as it could be.
fn counters_with_another_use(
    function: Function<'_>,
    completion: &Completion<'_>,
    body: &Seq<'_>,
) -> Vec<Finding> {
    let [part] = &completion.parts[..] else { return Vec::new() };
    if matches!(body.last, Last::CountDown(_)) {
        return Vec::new();
    }
    let note = |counter: &syn::Ident| {
        let message = format!(
            "`{counter}` counts the pending callbacks, but is also used here; so they stay callbacks"
        );
        Finding::about(Code::UC11, counter, message)
    };
    other_uses(function.block, &part.name.to_string()).into_iter().map(note).collect()
}

/// An answer that is lent to the completion can't be returned.
fn refused_answer(completion: &Completion<'_>) -> Option<Finding> {
    let ty = recognise::lent_answer(completion)?;
    let message = "the answer is lent for the duration of the callback and cannot be returned";
    Some(Finding::about(Code::UC06, ty, message))
}

struct Built<'a> {
    index: usize,
    completion: Completion<'a>,
    body: Seq<'a>,
}

fn build_one<'a>(
    function: &Function<'a>,
    options: &Options,
    unit: &Names,
) -> Result<(Completion<'a>, Seq<'a>), Outcome<'a>> {
    let completion = match recognise::find(function.sig, options) {
        Found::Completion(completion) => completion,
        Found::Refused(finding) => return Err(Outcome::Refused(vec![finding])),
        Found::Nothing(why) => return Err(Outcome::NotACompletion(why)),
    };
    if let Some(finding) = refused_signature(function.sig) {
        return Err(refuse(*function, &completion, options, vec![finding]));
    }
    if let Some(finding) = refused_answer(&completion) {
        return Err(Outcome::Refused(vec![finding]));
    }
    let refuses_late = options.keeps(Rule::Late);
    let around = build::Around { sig: function.sig, completion: &completion, unit, refuses_late };
    match build::build(function.block, around) {
        Ok(body) => Ok((completion, body)),
        Err(findings) => Err(refuse(*function, &completion, options, findings)),
    }
}

/// Not flattened: refused, or wrapped if that is wanted and helps.
fn refuse<'a>(
    function: Function<'a>,
    completion: &Completion<'a>,
    options: &Options,
    findings: Vec<Finding>,
) -> Outcome<'a> {
    let wrapped = if options.wrap { wrap::write(function, completion, options, &findings) } else { None };
    match wrapped {
        Some(converted) => Outcome::Converted(converted),
        None => Outcome::Refused(findings),
    }
}

fn refused_signature(sig: &syn::Signature) -> Option<Finding> {
    let kind: Option<(&dyn quote::ToTokens, &str)> = if let Some(token) = &sig.asyncness {
        Some((token, "async"))
    } else if let Some(token) = &sig.constness {
        Some((token, "const"))
    } else if let Some(token) = &sig.abi {
        Some((token, "extern"))
    } else {
        sig.variadic.as_ref().map(|token| (token as &dyn quote::ToTokens, "variadic"))
    };
    if let Some((token, kind)) = kind {
        let message =
            format!("this function is `{kind}`; only a plain function has a callback style to leave");
        return Some(Finding::about(Code::UC18, token, message));
    }
    match &sig.output {
        ReturnType::Type(_, ty) if !matches!(&**ty, syn::Type::Tuple(tuple) if tuple.elems.is_empty()) => {
            let message = format!(
                "the caller gets a {} at once and the answer later; an `async fn` gives only one of them",
                crate::refusal::quoted(ty)
            );
            Some(Finding::about(Code::UC10, ty, message))
        }
        _ => None,
    }
}
