//! The completion: the callback parameter that delivers a function's answer.
//!
//! | declared as | answer |
//! |---|---|
//! | `impl FnOnce(T)`, `F: FnOnce(T)`, `Box<dyn FnOnce(T)>`, `Option<Box<..>>` | `T` |
//! | `FnOnce()`, `FnOnce(A, B)` | `()`, `(A, B)` |
//! | `FnOnce(Option<E>, Option<T>)`, and `FnOnce(Option<E>)` under a name such as `on_error` | `Result<T, E>`, `Result<(), E>`, if every call says which |
//! | two of them, by name (`ok`, `err`) or by order | `Result<T, E>` |
//! | `Fn`, `FnMut`, `fn`, `Rc<dyn Fn(T)>`, `Arc<dyn Fn(T)>`, `&dyn Fn(T)` | `T`, if the paths show one call |
use syn::{
    FnArg, GenericParam, Ident, NamedArg, Pat, PathArguments, ReturnType, Signature, Type, TypeParamBound,
    WherePredicate, punctuated::Punctuated,
};

use crate::Options;
use crate::refusal::{Code, Finding};

/// What calling the parameter means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The only completion: its argument is the answer.
    Whole,
    /// The completion for success.
    Ok,
    /// The completion for failure.
    Err,
}

/// What holds the callable, so that a callee that wants the same gets the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    Plain,
    Box,
    OptionBox,
    Rc,
    Arc,
    Ref,
}

/// A parameter that is called back with the answer, or with one half of it.
pub(crate) struct Part<'a> {
    pub(crate) index: usize,
    pub(crate) name: &'a Ident,
    pub(crate) role: Role,
    pub(crate) holder: Holder,
    /// `FnOnce`: the compiler sees to it that there is no second call.
    pub(crate) once: bool,
    /// It may outlive the call: boxed without a lifetime, or `'static`.
    pub(crate) is_static: bool,
    pub(crate) is_send: bool,
    pub(crate) answer: AnswerType<'a>,
    /// Whether the caller gives it a value back.
    pub(crate) returns: bool,
    /// The type parameter that disappears with it.
    pub(crate) generic: Option<&'a Ident>,
}

/// What a completion is called with.
pub(crate) enum AnswerType<'a> {
    /// The types of its arguments.
    Args(Vec<&'a Type>),
    /// The declared type is an alias, which only the compiler sees through.
    Behind(&'a Type),
}

impl<'a> AnswerType<'a> {
    /// The types of the arguments that are written.
    pub(crate) fn written(&self) -> &[&'a Type] {
        match self {
            AnswerType::Args(args) => args,
            AnswerType::Behind(_) => &[],
        }
    }

    /// How many arguments there are; behind an alias there is nearly always one.
    pub(crate) fn arity(&self) -> usize {
        match self {
            AnswerType::Args(args) => args.len(),
            AnswerType::Behind(_) => 1,
        }
    }
}

/// The completion of a function.
pub(crate) struct Completion<'a> {
    pub(crate) parts: Vec<Part<'a>>,
}

impl<'a> Completion<'a> {
    pub(crate) fn part(&self, role: Role) -> &Part<'a> {
        self.parts.iter().find(|part| part.role == role).unwrap_or(&self.parts[0])
    }

    /// Whether the answer is written as a `Result`, so that `?` can hand its error on.
    pub(crate) fn is_result(&self) -> bool {
        self.parts.len() == 2 || last_segment_of_answer(&self.parts[0]).is_some_and(|ident| ident == "Result")
    }

    /// The types of the error and of the value, if the completion is called with an optional one of each.
    pub(crate) fn error_first(&self) -> Option<(&'a Type, &'a Type)> {
        let [part] = &self.parts[..] else { return None };
        match part.answer.written() {
            [error, value] => Some((inside_option(error)?, inside_option(value)?)),
            _ => None,
        }
    }

    /// The type of the error, if the completion is called with nothing but an optional one, and its name says so.
    pub(crate) fn error_only(&self) -> Option<&'a Type> {
        match &self.parts[..] {
            [part] if names_failure(part.name) => match part.answer.written() {
                [error] => inside_option(error),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the answer is written as an `Option`.
    pub(crate) fn is_option(&self) -> bool {
        self.parts.len() == 1 && last_segment_of_answer(&self.parts[0]).is_some_and(|ident| ident == "Option")
    }
}

fn inside_option(ty: &Type) -> Option<&Type> {
    inside(ty, &["Option"])
}

/// The first type argument of a type with one of these names: the `T` of a `Result<T, E>` or an `Option<T>`.
pub(crate) fn inside<'t>(ty: &'t Type, names: &[&str]) -> Option<&'t Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| names.iter().any(|name| last.ident == name))?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(syn::GenericArgument::Type(inner)) => Some(inner),
        _ => None,
    }
}

fn last_segment_of_answer<'a>(part: &Part<'a>) -> Option<&'a Ident> {
    match part.answer.written() {
        [Type::Path(path)] => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}

/// What there is to convert in a signature.
pub(crate) enum Found<'a> {
    Completion(Completion<'a>),
    Refused(Finding),
    /// No callback at all, or one that is not a completion, in a word.
    Nothing(Option<&'static str>),
}

/// Finds the completion of a function.
pub(crate) fn find<'a>(sig: &'a Signature, options: &Options) -> Found<'a> {
    let candidates: Vec<Part<'a>> =
        sig.inputs.iter().enumerate().filter_map(|(index, input)| candidate(sig, index, input)).collect();
    if candidates.is_empty() {
        return aliased(sig, options);
    }
    if let Some(name) = &options.done {
        return match candidates.into_iter().find(|part| part.name == name) {
            Some(part) => Found::Completion(Completion { parts: vec![part] }),
            None => aliased(sig, options),
        };
    }
    choose(candidates, options)
}

/// Completions whose types do not show it: the one that is named, or those whose types are named like one.
fn aliased<'a>(sig: &'a Signature, options: &Options) -> Found<'a> {
    const NAMES: &[&str] = &["done", "callback", "completion", "cb", "reply", "handler", "continuation"];
    let is_like_one = |name: &str| NAMES.iter().any(|known| name.to_lowercase().ends_with(known));
    let parts = sig.inputs.iter().enumerate().filter_map(|(index, input)| {
        let FnArg::Typed(typed) = input else { return None };
        let (Pat::Ident(name), Type::Path(path)) = (&*typed.pat, &*typed.ty) else { return None };
        let wanted = match &options.done {
            Some(done) => name.ident == done,
            None => path.path.segments.last().is_some_and(|last| is_like_one(&last.ident.to_string())),
        };
        wanted.then_some(Part {
            index,
            name: &name.ident,
            role: Role::Whole,
            holder: Holder::Box,
            once: true,
            is_static: true,
            is_send: false,
            answer: AnswerType::Behind(&typed.ty),
            returns: false,
            generic: None,
        })
    });
    let parts: Vec<_> = parts.collect();
    // A type that is only named like one says little: two of them are a pair if their own names say so too.
    let is_pair = parts.len() == 2 && parts.iter().any(|part| names_failure(part.name));
    match parts.len() {
        0 => Found::Nothing(None),
        1 => Found::Completion(Completion { parts }),
        _ if options.declared || is_pair => choose(parts, options),
        _ => Found::Nothing(None),
    }
}

fn choose<'a>(mut candidates: Vec<Part<'a>>, options: &Options) -> Found<'a> {
    if !options.declared {
        // Nobody said that this is a completion: only the shape that nearly always is one counts.
        let completion_shaped = |part: &Part| part.once && part.is_static && !part.returns;
        if !candidates.iter().any(completion_shaped) {
            let why = if candidates.iter().any(|part| part.returns) {
                "value-returning"
            } else if candidates.iter().any(|part| !part.once) {
                "event-handler"
            } else {
                "scoped"
            };
            return Found::Nothing(Some(why));
        }
        candidates.retain(completion_shaped);
    }
    match candidates.len() {
        1 => Found::Completion(Completion { parts: candidates }),
        2 if candidates.iter().all(|part| part.answer.arity() <= 1) => {
            let (first, second) = (&candidates[0], &candidates[1]);
            let swapped =
                names_failure(first.name) || (names_success(second.name) && !names_failure(second.name));
            candidates[0].role = if swapped { Role::Err } else { Role::Ok };
            candidates[1].role = if swapped { Role::Ok } else { Role::Err };
            Found::Completion(Completion { parts: candidates })
        }
        _ => {
            let names: Vec<_> = candidates.iter().map(|part| format!("`{}`", part.name)).collect();
            let span = candidates[1].name.span();
            Found::Refused(Finding {
                code: Code::UC14,
                start: span,
                end: span,
                message: format!("several parameters could be the completion: {}", names.join(", ")),
                path: Vec::new(),
                help: "say which one delivers the answer: `#[uncallback(done = ..)]`".into(),
            })
        }
    }
}

fn names_success(name: &Ident) -> bool {
    let name = name.to_string().to_lowercase();
    ["ok", "success", "resolve", "done"].iter().any(|word| name.contains(word))
}

fn names_failure(name: &Ident) -> bool {
    let name = name.to_string().to_lowercase();
    ["err", "fail", "reject"].iter().any(|word| name.contains(word))
}

fn candidate<'a>(sig: &'a Signature, index: usize, input: &'a FnArg) -> Option<Part<'a>> {
    let FnArg::Typed(typed) = input else { return None };
    let Pat::Ident(name) = &*typed.pat else { return None };
    let shape = shape_of(&typed.ty, sig, Holder::Plain)?;
    Some(Part {
        index,
        name: &name.ident,
        role: Role::Whole,
        holder: shape.holder,
        once: shape.callable.once,
        is_static: shape.is_static,
        is_send: shape.is_send,
        answer: AnswerType::Args(shape.callable.args),
        returns: shape.callable.returns,
        generic: shape.generic,
    })
}

/// What a parameter is called back with, if it is a callback.
pub(crate) fn callback_args(sig: &Signature, index: usize) -> Option<Vec<&Type>> {
    let FnArg::Typed(typed) = sig.inputs.iter().nth(index)? else { return None };
    Some(shape_of(&typed.ty, sig, Holder::Plain)?.callable.args)
}

struct Shape<'a> {
    callable: Callable<'a>,
    holder: Holder,
    is_static: bool,
    is_send: bool,
    generic: Option<&'a Ident>,
}

struct Callable<'a> {
    once: bool,
    args: Vec<&'a Type>,
    returns: bool,
}

fn shape_of<'a>(ty: &'a Type, sig: &'a Signature, holder: Holder) -> Option<Shape<'a>> {
    match ty {
        Type::Paren(inner) => shape_of(&inner.elem, sig, holder),
        Type::Group(inner) => shape_of(&inner.elem, sig, holder),
        Type::ImplTrait(inner) => from_bounds(&inner.bounds, holder, None),
        Type::TraitObject(object) => {
            let mut shape = from_bounds(&object.bounds, holder, None)?;
            // An owned trait object without a lifetime is `'static`.
            let named = object.bounds.iter().any(|bound| matches!(bound, TypeParamBound::Lifetime(_)));
            shape.is_static |= !named && !matches!(holder, Holder::Ref);
            Some(shape)
        }
        Type::Reference(reference) => {
            let mut shape = shape_of(&reference.elem, sig, Holder::Ref)?;
            shape.is_static = false;
            Some(shape)
        }
        Type::FnPtr(pointer) => {
            let args = pointer.inputs.iter().map(|input| &input.ty).collect();
            let callable = Callable { once: false, args, returns: returns_value(&pointer.output) };
            Some(Shape { callable, holder, is_static: true, is_send: true, generic: None })
        }
        Type::Path(path) if path.qself.is_none() => {
            if let Some(ident) = path.path.get_ident() {
                return from_generic(ident, sig, holder);
            }
            let last = path.path.segments.last()?;
            let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
            let inner = arguments.args.iter().find_map(|argument| match argument {
                syn::GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })?;
            let holder = match (last.ident.to_string().as_str(), holder) {
                ("Box", Holder::OptionBox) => Holder::OptionBox,
                ("Box", _) => Holder::Box,
                ("Rc", _) => Holder::Rc,
                ("Arc", _) => Holder::Arc,
                ("Option", Holder::Plain) => Holder::OptionBox,
                _ => return None,
            };
            shape_of(inner, sig, holder)
        }
        _ => None,
    }
}

/// A type parameter whose bounds, inline or in the `where` clause, make it callable.
fn from_generic<'a>(ident: &Ident, sig: &'a Signature, holder: Holder) -> Option<Shape<'a>> {
    let param = sig.generics.params.iter().find_map(|param| match param {
        GenericParam::Type(ty) if ty.ident == *ident => Some(ty),
        _ => None,
    })?;
    let mut shape = from_bounds(&param.bounds, holder, Some(&param.ident));
    for predicate in sig.generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
        let WherePredicate::Type(predicate) = predicate else { continue };
        if !is_param(&predicate.bounded_ty, ident) {
            continue;
        }
        match &mut shape {
            Some(shape) => {
                shape.is_static |= is_static(&predicate.bounds);
                shape.is_send |= is_send(&predicate.bounds);
            }
            None => {
                shape = from_bounds(&predicate.bounds, holder, Some(&param.ident));
                if let Some(shape) = &mut shape {
                    shape.is_static |= is_static(&param.bounds);
                    shape.is_send |= is_send(&param.bounds);
                }
            }
        }
    }
    shape
}

/// Whether a type is just this type parameter.
pub(crate) fn is_param(ty: &Type, ident: &Ident) -> bool {
    matches!(ty, Type::Path(path) if path.qself.is_none() && path.path.is_ident(ident))
}

fn from_bounds<'a>(
    bounds: &'a Punctuated<TypeParamBound, syn::Token![+]>,
    holder: Holder,
    generic: Option<&'a Ident>,
) -> Option<Shape<'a>> {
    let callable = bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last()?;
            let once = match last.ident.to_string().as_str() {
                "FnOnce" => true,
                "FnMut" | "Fn" => false,
                _ => return None,
            };
            let PathArguments::Parenthesized(signature) = &last.arguments else { return None };
            let args = signature.inputs.iter().map(|input: &NamedArg| &input.ty).collect();
            Some(Callable { once, args, returns: returns_value(&signature.output) })
        }
        _ => None,
    })?;
    Some(Shape { callable, holder, is_static: is_static(bounds), is_send: is_send(bounds), generic })
}

fn is_static(bounds: &Punctuated<TypeParamBound, syn::Token![+]>) -> bool {
    bounds
        .iter()
        .any(|bound| matches!(bound, TypeParamBound::Lifetime(lifetime) if lifetime.ident == "static"))
}

fn is_send(bounds: &Punctuated<TypeParamBound, syn::Token![+]>) -> bool {
    bounds.iter().any(|bound| matches!(bound, TypeParamBound::Trait(bound) if bound.path.is_ident("Send")))
}

fn returns_value(output: &ReturnType) -> bool {
    match output {
        ReturnType::Default => false,
        ReturnType::Type(_, ty) => !matches!(&**ty, Type::Tuple(tuple) if tuple.elems.is_empty()),
    }
}

/// A reference in the answer's type that the caller lends only for the call.
pub(crate) fn lent_answer<'a>(completion: &Completion<'a>) -> Option<&'a Type> {
    completion.parts.iter().flat_map(|part| part.answer.written()).copied().find(|ty| is_lent(ty))
}

/// Whether a type is, or holds, a reference without a named lifetime.
pub(crate) fn is_lent(ty: &Type) -> bool {
    struct Lent(bool);
    impl<'a> syn::visit::Visit<'a> for Lent {
        fn visit_type_reference(&mut self, reference: &'a syn::TypeReference) {
            self.0 |= reference.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident == "_");
            syn::visit::visit_type_reference(self, reference);
        }
        fn visit_type_fn_ptr(&mut self, _: &'a syn::TypeFnPtr) {}
        fn visit_parenthesized_generic_arguments(&mut self, _: &'a syn::ParenthesizedGenericArguments) {}
    }
    let mut lent = Lent(false);
    syn::visit::Visit::visit_type(&mut lent, ty);
    lent.0
}
