//! Holds the keys against the signature. What can't be inferred and was not said is an error that lists the choices.
use super::keys::{CLASSES, Data, Keys, Kind, Mapping, Place};
use proc_macro2::Span;
use syn::{
    Error, Expr, ExprCall, FnArg, ForeignItemFn, Ident, Pat, Path, Result, ReturnType, Type, TypeFnPtr,
    parse_quote,
};

/// A parameter of the C function.
pub(super) struct Parameter {
    pub(super) name: Ident,
    pub(super) ty: Type,
    pub(super) role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Passed on by the sibling's caller.
    Passed,
    /// Owned by the operation until C lets go.
    Kept,
    /// Provided by the sibling: callback, user data or destroy function.
    Provided,
}

/// Everything that `generate` needs; nothing is missing any more.
pub(super) struct Plan {
    pub(super) function: ForeignItemFn,
    pub(super) keys: Keys,
    pub(super) parameters: Vec<Parameter>,
    pub(super) data: Data,
    /// The type of the (first) callback parameter.
    pub(super) callback: Type,
}

pub(super) fn plan(function: &ForeignItemFn, mut keys: Keys) -> Result<Plan> {
    if let Some(variadic) = &function.sig.variadic {
        return Err(Error::new_spanned(
            variadic,
            "a variadic function has no type to check a callback against; wrap it in a function of fixed parameters, \
             or use `ffi::Shared::register` with the callback's type written down",
        ));
    }
    let mut parameters = parameters(function)?;
    infer_callback(&mut keys, &parameters)?;
    let callback = type_of(&parameters, &keys.cb[0])?.clone();
    for cb in &keys.cb {
        check_callback(type_of(&parameters, cb)?)?;
    }
    let Some(data) = keys.data.take() else { return Err(missing_data(&keys, &parameters, &callback)) };
    type_of(&parameters, &data.parameter)?;
    for name in keys.cb.iter().chain([&data.parameter]).chain(&keys.destroy) {
        set_role(&mut parameters, name, Role::Provided)?;
    }
    for name in &keys.keep {
        set_role(&mut parameters, name, Role::Kept)?;
    }
    for name in keys.borrowed.iter().chain(&keys.handle) {
        type_of(&parameters, name)?;
    }
    pointers(&keys, &parameters)?;
    returns(function, &keys)?;
    match keys.kind {
        Kind::Once => once(&mut keys, &callback, &data)?,
        Kind::Pair => pair(&keys)?,
        Kind::List => list(&keys)?,
        Kind::Stream => stream(&mut keys, &callback, &data)?,
        Kind::Ask => require(keys.on_panic.is_some(), keys.span, ON_PANIC)?,
    }
    Ok(Plan { function: function.clone(), keys, parameters, data, callback })
}

const ON_PANIC: &str = "missing `on_panic = expression`: what C gets when Rust has panicked; usually the value that makes C stop";

fn require(holds: bool, span: Span, message: impl std::fmt::Display) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::new(span, message)) }
}

fn parameters(function: &ForeignItemFn) -> Result<Vec<Parameter>> {
    let named = |input: &FnArg| match input {
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(name) => {
                Ok(Parameter { name: name.ident.clone(), ty: (*typed.ty).clone(), role: Role::Passed })
            }
            other => Err(Error::new_spanned(other, "give this parameter a name")),
        },
        FnArg::Receiver(receiver) => Err(Error::new_spanned(receiver, "C functions have no receiver")),
    };
    function.sig.inputs.iter().map(named).collect()
}

fn all_names(parameters: &[Parameter]) -> String {
    parameters.iter().map(|p| format!("`{}`", p.name)).collect::<Vec<_>>().join(", ")
}

fn type_of<'a>(parameters: &'a [Parameter], name: &Ident) -> Result<&'a Type> {
    parameters.iter().find(|p| p.name == *name).map(|p| &p.ty).ok_or_else(|| {
        Error::new(
            name.span(),
            format!("there is no parameter `{name}`; there are {}", all_names(parameters)),
        )
    })
}

fn set_role(parameters: &mut [Parameter], name: &Ident, role: Role) -> Result<()> {
    type_of(parameters, name)?;
    for parameter in parameters {
        if parameter.name == *name {
            require(
                parameter.role == Role::Passed,
                name.span(),
                format!(
                    "`{name}` has two roles; a parameter is callback, user data, destroy function or kept"
                ),
            )?;
            parameter.role = role;
        }
    }
    Ok(())
}

/// The function-pointer type behind `extern "C" fn(..)` and `Option<extern "C" fn(..)>`; `None` for a name of a type.
fn bare_fn(ty: &Type) -> Option<&TypeFnPtr> {
    match ty {
        Type::FnPtr(bare) => Some(bare),
        Type::Path(path) => {
            let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
            let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
            let Some(syn::GenericArgument::Type(inner)) = arguments.args.first() else { return None };
            bare_fn(inner)
        }
        _ => None,
    }
}

fn infer_callback(keys: &mut Keys, parameters: &[Parameter]) -> Result<()> {
    let wanted = if keys.kind == Kind::Pair { 2 } else { 1 };
    if keys.cb.is_empty() {
        let found =
            parameters.iter().filter(|p| bare_fn(&p.ty).is_some() && Some(&p.name) != keys.destroy.as_ref());
        keys.cb = found.map(|p| p.name.clone()).collect();
    }
    let form = if wanted == 2 { "`cb = (success, failure)`" } else { "`cb = parameter`" };
    require(
        keys.cb.len() == wanted,
        keys.span,
        format!("which parameter is the callback? Say {form}; there are {}", all_names(parameters)),
    )
}

fn check_callback(ty: &Type) -> Result<()> {
    match bare_fn(ty) {
        Some(bare) if bare.abi.is_none() => {
            Err(Error::new_spanned(bare, "a callback that C calls is an `extern \"C\" fn(..)`"))
        }
        _ => Ok(()),
    }
}

fn missing_data(keys: &Keys, parameters: &[Parameter], callback: &Type) -> Error {
    let others: Vec<_> =
        parameters.iter().filter(|p| !keys.cb.contains(&p.name)).map(|p| p.name.to_string()).collect();
    let places = match bare_fn(callback) {
        Some(bare) => {
            let pointers =
                bare.inputs.iter().enumerate().filter(|(_, input)| matches!(input.ty, Type::Ptr(_)));
            let list: Vec<_> = pointers.map(|(i, _)| format!("nth({i})")).collect();
            format!("its pointers are at {}; `first` and `last` are the ends", list.join(", "))
        }
        None => "`first`, `last` or `nth(index)`".to_owned(),
    };
    Error::new(
        keys.span,
        format!(
            "missing `data = parameter @ place`: which parameter takes the user data (one of {}), and where the callback gets \
             it ({places}). Types don't tell; the C documentation says which pointer is \"passed through\"",
            others.join(", ")
        ),
    )
}

/// Every pointer that the caller passes must be said to be safe to pass.
fn pointers(keys: &Keys, parameters: &[Parameter]) -> Result<()> {
    if keys.kind == Kind::Ask {
        // The call is over when the sibling returns: everything is borrowed for it.
        return Ok(());
    }
    for parameter in parameters {
        let known = keys.borrowed.contains(&parameter.name) || keys.handle.contains(&parameter.name);
        if parameter.role == Role::Passed && matches!(parameter.ty, Type::Ptr(_)) && !known {
            let name = &parameter.name;
            return Err(Error::new(
                name.span(),
                format!(
                    "how long does C use the pointer `{name}`? One of:\n\
                     `borrowed({name})`: only until the function returns\n\
                     `keep({name})`: until the callback; the async function takes the buffer by value and keeps it\n\
                     `handle({name})`: it is an object of the library, which outlives the operation"
                ),
            ));
        }
    }
    Ok(())
}

fn returns(function: &ForeignItemFn, keys: &Keys) -> Result<()> {
    let returns = !matches!(function.sig.output, ReturnType::Default);
    require(
        keys.kind == Kind::Ask || !returns || keys.refused.is_some(),
        keys.span,
        "missing `refused`: the function returns a value; does it say that C has not taken the callback? One of: nonzero \
         (0 is success), negative (others are a handle), null (others are an object), never",
    )?;
    require(
        returns || keys.refused.as_ref().is_none_or(|word| word == "never"),
        keys.span,
        "the function returns nothing, so it can't refuse: leave `refused` out",
    )
}

fn once(keys: &mut Keys, callback: &Type, data: &Data) -> Result<()> {
    cancellation(keys)?;
    answers(keys, callback)?;
    if keys.result.is_none() {
        keys.result = Some(arguments_themselves(keys, callback, data)?);
    }
    Ok(())
}

fn pair(keys: &Keys) -> Result<()> {
    cancellation(keys)?;
    require(
        keys.destroy.is_none(),
        keys.span,
        "a pair with a destroy function: write it with `ffi::oneshot_destroying`",
    )?;
    require(
        keys.ok.is_some() && keys.err.is_some(),
        keys.span,
        "missing `ok = |arguments| -> Type { .. }` or `err = ..`: what the two callbacks bring",
    )
}

fn cancellation(keys: &Keys) -> Result<()> {
    let Some(class) = &keys.cancelled else {
        let classes = "fires: the callback still comes, with a cancelled status, now or later\n\
                       silent: no callback after the cancelling function has returned\n\
                       silent_then_destroy: as silent, but the destroy function runs\n\
                       blocks: as silent, and the cancelling function waits for a running callback\n\
                       none: the library can't cancel";
        return Err(Error::new(
            keys.span,
            format!(
                "missing `cancelled`: what becomes of the callback when the operation is cancelled? A wrong answer is a double free or a \
                 leak, so it is never guessed. One of:\n{classes}"
            ),
        ));
    };
    debug_assert!(CLASSES.iter().any(|known| class == known));
    let needs_cancel = class == "silent" || class == "silent_then_destroy" || class == "blocks";
    require(
        !needs_cancel || keys.cancel.is_some(),
        class.span(),
        "missing `cancel = function(arguments)`; `handle` is what the function returned",
    )?;
    require(
        class != "silent_then_destroy" || keys.destroy.is_some(),
        class.span(),
        "missing `destroy = parameter`: the parameter that takes the destroy function",
    )?;
    require(
        class != "none" || keys.owner.is_some() || keys.destroy.is_some(),
        class.span(),
        "a callback that is lost can't be seen: add `owner`, so that closing the object fails what is outstanding, or `destroy = parameter`",
    )
}

/// Callbacks that return something need an answer for C.
fn answers(keys: &Keys, callback: &Type) -> Result<()> {
    let returns = bare_fn(callback).is_some_and(|bare| !matches!(bare.output, ReturnType::Default));
    if returns || keys.answer.is_some() || keys.on_panic.is_some() {
        require(keys.on_panic.is_some(), keys.span, ON_PANIC)?;
        require(
            keys.answer.is_some(),
            keys.span,
            "missing `answer = expression`: what the callback returns to C",
        )?;
        require(
            keys.destroy.is_none(),
            keys.span,
            "a callback with an answer and a destroy function is not supported",
        )?;
    }
    Ok(())
}

/// The callback's arguments as the result: allowed if none of them can dangle.
fn arguments_themselves(keys: &Keys, callback: &Type, data: &Data) -> Result<Mapping> {
    let missing = "missing `result = |arguments| -> Type { .. }`: pointers in a callback are valid only during the call, so what \
                   is kept must be copied there; see the C documentation for how long each lives";
    let Some(bare) = bare_fn(callback) else { return Err(Error::new(keys.span, missing)) };
    let at = match data.place {
        Place::First => 0,
        Place::Last => bare.inputs.len().saturating_sub(1),
        Place::Nth(at) => at,
    };
    let types: Vec<Type> =
        bare.inputs.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, input)| input.ty.clone()).collect();
    if types.iter().any(|ty| !matches!(ty, Type::Path(_))) {
        return Err(Error::new(keys.span, missing));
    }
    let names: Vec<Ident> =
        (0..types.len()).map(|i| Ident::new(&format!("a{i}"), Span::mixed_site())).collect();
    let closure: syn::ExprClosure = match &names[..] {
        [one] => parse_quote!(|#one| -> #(#types)* { #one }),
        names => parse_quote!(|#(#names),*| -> (#(#types),*) { (#(#names),*) }),
    };
    let syn::ReturnType::Type(_, ty) = &closure.output else { return Err(Error::new(keys.span, missing)) };
    let ty = (**ty).clone();
    Ok(Mapping::Closure(closure, ty))
}

fn list(keys: &Keys) -> Result<()> {
    overflow(keys)?;
    let step = "missing `result = |arguments| -> Step<Item, Error> { .. }`: an item, the end, or a failure";
    require(keys.result.is_some(), keys.span, step)
}

fn stream(keys: &mut Keys, callback: &Type, data: &Data) -> Result<()> {
    overflow(keys)?;
    let returns = bare_fn(callback).is_some_and(|bare| !matches!(bare.output, ReturnType::Default));
    require(!returns, keys.span, "this callback returns a value to C: it is a question, `#[ask(..)]`")?;
    require(
        keys.unregister.is_some(),
        keys.span,
        "missing `unregister = function(arguments)`: what ends the subscription; `handle` is what the function returned",
    )?;
    if keys.result.is_none() {
        keys.result = Some(arguments_themselves(keys, callback, data)?);
    }
    Ok(())
}

fn overflow(keys: &Keys) -> Result<()> {
    let choices = "one of: Unbounded, DropNewest(n), DropOldest(n), Latest. A callback can't wait, so something has to give";
    let Some(overflow) = &keys.overflow else {
        return Err(Error::new(keys.span, format!("missing `overflow`: {choices}")));
    };
    let word: Option<&Path> = match overflow {
        Expr::Path(path) => Some(&path.path),
        Expr::Call(ExprCall { func, args, .. }) if args.len() == 1 => match &**func {
            Expr::Path(path) => Some(&path.path),
            _ => None,
        },
        _ => None,
    };
    let known = |path: &&Path| {
        ["Unbounded", "DropNewest", "DropOldest", "Latest"].iter().any(|known| path.is_ident(known))
    };
    if word.filter(known).is_none() {
        return Err(Error::new_spanned(overflow, format!("`overflow` is {choices}")));
    }
    Ok(())
}
