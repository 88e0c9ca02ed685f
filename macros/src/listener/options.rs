//! What `#[listener(..)]` says, on the trait and on its methods.

use proc_macro2::{Span, TokenStream};
use syn::{
    Expr, Ident, ItemTrait, Path, Result, Token, TraitItem, Type,
    ext::IdentExt as _,
    parenthesized,
    parse::{ParseStream, Parser as _},
    parse_quote,
};

/// `#[listener(..)]` on the trait.
pub(super) struct TraitOptions {
    /// The name of the enum, if it was given.
    pub(super) event: Option<Ident>,
    pub(super) variant: Variant,
    /// Copies borrowed arguments in all methods.
    pub(super) owned: bool,
    /// Answers for all methods that return a value and don't say their own.
    pub(super) answer: Option<Expr>,
    pub(super) derives: Vec<Path>,
    pub(super) krate: Path,
}

/// The kind of stream that the generated implementation feeds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    Local,
    Spsc,
    Mpsc,
}

/// `#[listener(..)]` on a method.
#[derive(Default)]
pub(super) struct MethodOptions {
    pub(super) name: Option<Ident>,
    pub(super) answer: Option<Expr>,
    pub(super) owned: bool,
    /// The fields of the event instead of the method's arguments.
    pub(super) keep: Option<Vec<Kept>>,
    /// Not an event; `Span` of the word.
    pub(super) skip: Option<Span>,
}

/// `name: Type = expression`
pub(super) struct Kept {
    pub(super) name: Ident,
    pub(super) ty: Type,
    pub(super) value: Expr,
}

pub(super) fn of_trait(arguments: TokenStream) -> Result<TraitOptions> {
    let mut options = TraitOptions {
        event: None,
        variant: Variant::Mpsc,
        owned: false,
        answer: None,
        derives: Vec::new(),
        krate: parse_quote!(::uncallback),
    };
    let one = |name: &Ident, input: ParseStream<'_>| {
        match name.to_string().as_str() {
            "event" => options.event = Some(value(input)?),
            "variant" => options.variant = variant(&value(input)?)?,
            "owned" => options.owned = true,
            "answer" => options.answer = Some(value(input)?),
            "derive" => options.derives.extend(list(input, Path::parse_mod_style)?),
            "crate" => {
                input.parse::<Token![=]>()?;
                options.krate = input.call(Path::parse_mod_style)?;
            }
            _ => {
                return Err(unknown(
                    name,
                    "`event`, `variant`, `owned`, `answer`, `derive` or `crate`",
                    "trait",
                ));
            }
        }
        Ok(())
    };
    (|input: ParseStream<'_>| each(input, one)).parse2(arguments)?;
    Ok(options)
}

/// Takes `#[listener(..)]` off the methods. The options stand in the order of the trait's items.
pub(super) fn take_from_methods(item_trait: &mut ItemTrait) -> Result<Vec<MethodOptions>> {
    let mut all = Vec::new();
    let mut errors: Option<syn::Error> = None;
    for item in &mut item_trait.items {
        let mut options = MethodOptions::default();
        if let TraitItem::Fn(method) = item {
            let (ours, others) = method.attrs.drain(..).partition(|attr| attr.path().is_ident("listener"));
            method.attrs = others;
            let ours: Vec<syn::Attribute> = ours;
            for attribute in &ours {
                let read = attribute.parse_args_with(|input: ParseStream<'_>| of_method(input, &mut options));
                if let Err(error) = read {
                    combine(&mut errors, error);
                }
            }
        }
        all.push(options);
    }
    errors.map_or(Ok(all), Err)
}

fn of_method(input: ParseStream<'_>, options: &mut MethodOptions) -> Result<()> {
    each(input, |name, input| {
        match name.to_string().as_str() {
            "name" => options.name = Some(value(input)?),
            "answer" => options.answer = Some(value(input)?),
            "owned" => options.owned = true,
            "keep" => options.keep = Some(list(input, kept)?),
            "skip" => options.skip = Some(name.span()),
            _ => return Err(unknown(name, "`answer`, `owned`, `keep`, `name` or `skip`", "method")),
        }
        Ok(())
    })
}

pub(super) fn combine(errors: &mut Option<syn::Error>, error: syn::Error) {
    match errors {
        Some(first) => first.combine(error),
        None => *errors = Some(error),
    }
}

fn unknown(name: &Ident, known: &str, place: &str) -> syn::Error {
    syn::Error::new(
        name.span(),
        format!("unknown option `{name}`: on a {place}, `#[listener]` knows {known}"),
    )
}

/// Reads `name ..` again and again, separated by commas.
fn each(input: ParseStream<'_>, mut one: impl FnMut(&Ident, ParseStream<'_>) -> Result<()>) -> Result<()> {
    while !input.is_empty() {
        // `crate` is a keyword.
        let name = input.call(Ident::parse_any)?;
        one(&name, input)?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(())
}

/// `= value`
fn value<T: syn::parse::Parse>(input: ParseStream<'_>) -> Result<T> {
    input.parse::<Token![=]>()?;
    input.parse()
}

/// `(item, item)`
fn list<T>(input: ParseStream<'_>, item: fn(ParseStream<'_>) -> Result<T>) -> Result<Vec<T>> {
    let content;
    parenthesized!(content in input);
    Ok(content.parse_terminated(item, Token![,])?.into_iter().collect())
}

fn kept(input: ParseStream<'_>) -> Result<Kept> {
    let name = input.parse()?;
    input.parse::<Token![:]>()?;
    let ty = input.parse()?;
    Ok(Kept { name, ty, value: value(input)? })
}

fn variant(name: &Ident) -> Result<Variant> {
    match name.to_string().as_str() {
        "local" => Ok(Variant::Local),
        "spsc" => Ok(Variant::Spsc),
        "mpsc" => Ok(Variant::Mpsc),
        _ => Err(syn::Error::new(name.span(), "the variant is `local`, `spsc` or `mpsc`")),
    }
}
