//! One function, from its syntax tree to its plan or to the reasons against it.
use crate::cps::build;
use crate::plan::function;
use crate::recognise::{self, Found};
use crate::refusal::{Code, Finding};
use crate::{Function, Options, Outcome};
use syn::ReturnType;

/// Converts one function.
pub fn convert<'a>(function: Function<'a>, options: &Options) -> Outcome<'a> {
    let completion = match recognise::find(function.sig, options) {
        Found::Completion(completion) => completion,
        Found::Refused(finding) => return Outcome::Refused(vec![finding]),
        Found::Nothing(why) => return Outcome::NotACompletion(why),
    };
    if let Some(finding) = refused_signature(function.sig) {
        return Outcome::Refused(vec![finding]);
    }
    if let Some(ty) = recognise::lent_answer(&completion) {
        let message = "the answer is lent for the duration of the callback and cannot be returned";
        return Outcome::Refused(vec![Finding::about(Code::UC06, ty, message)]);
    }
    let body = match build::build(function.block, &completion) {
        Ok(body) => body,
        Err(findings) => return Outcome::Refused(findings),
    };
    match function::write(function, &completion, &body, options) {
        Ok(converted) => Outcome::Converted(converted),
        Err(findings) => Outcome::Refused(findings),
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
