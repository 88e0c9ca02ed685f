//! Checks the trait, and turns each of its methods into an event.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{
    Attribute, Expr, FnArg, GenericParam, Ident, ItemTrait, Lifetime, Pat, Path, Result, ReturnType,
    Signature, TraitItem, TraitItemFn, Type, TypeFnPtr, TypeImplTrait, TypeReference,
    ext::IdentExt as _,
    spanned::Spanned as _,
    visit::{self, Visit},
};

use super::options::{MethodOptions, TraitOptions, combine};

/// What is generated from.
pub(super) struct Shape {
    /// The enum's name.
    pub(super) event: Ident,
    pub(super) methods: Vec<Method>,
}

/// A method and its event.
pub(super) struct Method {
    /// The method's signature with every argument under a plain name.
    pub(super) sig: Signature,
    /// `#[cfg]`, for both the method and the event.
    pub(super) cfgs: Vec<Attribute>,
    pub(super) docs: Vec<Attribute>,
    /// The name of the event.
    pub(super) name: Ident,
    pub(super) fields: Vec<Field>,
    pub(super) answer: Option<Expr>,
}

/// A field of an event.
pub(super) struct Field {
    pub(super) name: Ident,
    pub(super) ty: TokenStream,
    pub(super) value: TokenStream,
    /// The value is computed by code that may panic.
    pub(super) computed: bool,
}

pub(super) fn of(
    item_trait: &ItemTrait,
    options: &TraitOptions,
    methods: Vec<MethodOptions>,
) -> Result<Shape> {
    let mut errors = None;
    if let Some(unsafety) = &item_trait.unsafety {
        combine(
            &mut errors,
            syn::Error::new(
                unsafety.span,
                "what an unsafe trait promises can't be promised by a macro: implement it by hand",
            ),
        );
    }
    if !item_trait.generics.params.is_empty() {
        combine(
            &mut errors,
            syn::Error::new(
                item_trait.generics.span(),
                "a listener with generic parameters has no single type of events: declare a trait without them",
            ),
        );
    }
    let mut shape = Shape {
        event: options.event.clone().unwrap_or_else(|| event_name(&item_trait.ident)),
        methods: Vec::new(),
    };
    for (item, own) in item_trait.items.iter().zip(methods) {
        match of_item(item, own, options) {
            Ok(Some(method)) => shape.methods.push(method),
            Ok(None) => {}
            Err(error) => combine(&mut errors, error),
        }
    }
    for (index, method) in shape.methods.iter().enumerate() {
        // Two methods of which one is compiled out may share a name.
        let same =
            |other: &&Method| other.name == method.name && other.cfgs.is_empty() && method.cfgs.is_empty();
        if let Some(first) = shape.methods[..index].iter().find(same) {
            let message = format!(
                "`{}` and `{}` both become the event `{}`: give one another name, `#[listener(name = ..)]`",
                first.sig.ident, method.sig.ident, method.name,
            );
            combine(&mut errors, syn::Error::new(method.sig.ident.span(), message));
        }
    }
    if errors.is_none() && shape.methods.is_empty() {
        errors = Some(syn::Error::new(item_trait.ident.span(), "a listener without a method has no events"));
    }
    errors.map_or(Ok(shape), Err)
}

/// `MouseListener` has `MouseEvent`s.
fn event_name(name: &Ident) -> Ident {
    let text = name.unraw().to_string();
    let stem = ["Listener", "Handler", "Observer", "Delegate", "Callbacks", "Callback", "Events"]
        .iter()
        .find_map(|suffix| text.strip_suffix(suffix))
        .filter(|stem| !stem.is_empty());
    Ident::new(&format!("{}Event", stem.unwrap_or(&text)), name.span())
}

fn of_item(item: &TraitItem, own: MethodOptions, options: &TraitOptions) -> Result<Option<Method>> {
    let (span, what) = match item {
        TraitItem::Fn(method) => return of_method(method, own, options),
        TraitItem::Const(item) if item.default.is_none() => (item.ident.span(), "constant"),
        TraitItem::Type(item) if item.default.is_none() => (item.ident.span(), "type"),
        TraitItem::Const(_) | TraitItem::Type(_) => return Ok(None),
        other => (other.span(), "item"),
    };
    let message = format!(
        "nothing tells `#[listener]` what this {what} should be: give it a default, or implement the trait by hand"
    );
    Err(syn::Error::new(span, message))
}

fn of_method(method: &TraitItemFn, own: MethodOptions, options: &TraitOptions) -> Result<Option<Method>> {
    let mut sig = method.sig.clone();
    if let Some(skip) = own.skip {
        if method.default.is_none() {
            return Err(syn::Error::new(skip, "a method that is skipped needs a body in the trait"));
        }
        return Ok(None);
    }
    if sig.receiver().is_none() {
        if method.default.is_some() {
            return Ok(None);
        }
        let message = "a function without `self` is no event: give it a body in the trait, or implement the trait by hand";
        return Err(syn::Error::new(sig.ident.span(), message));
    }
    check_signature(&sig)?;
    let arguments = name_arguments(&mut sig);
    let mut errors = None;
    let fields = match own.keep {
        Some(kept) => kept
            .into_iter()
            .map(|kept| {
                let (ty, value) = (kept.ty, kept.value);
                Field { name: kept.name, ty: quote!(#ty), value: quote!(#value), computed: true }
            })
            .collect(),
        None => arguments
            .into_iter()
            .filter_map(|(name, ty)| {
                field(&sig.ident, name, &ty, own.owned || options.owned, &options.krate)
                    .map_err(|error| combine(&mut errors, error))
                    .ok()
            })
            .collect(),
    };
    let answer = answer(&sig, own.answer, options).unwrap_or_else(|error| {
        combine(&mut errors, error);
        None
    });
    if let Some(errors) = errors {
        return Err(errors);
    }
    let attributes = |name: &str| {
        method.attrs.iter().filter(|attribute| attribute.path().is_ident(name)).cloned().collect()
    };
    Ok(Some(Method {
        name: own.name.unwrap_or_else(|| variant_name(&sig.ident)),
        cfgs: attributes("cfg"),
        docs: attributes("doc"),
        sig,
        fields,
        answer,
    }))
}

/// What can't be repeated in an implementation that knows nothing but the signature.
fn check_signature(sig: &Signature) -> Result<()> {
    if let Some(asyncness) = &sig.asyncness {
        let message = "an event is over when the method returns: an `async` method is not one";
        return Err(syn::Error::new(asyncness.span, message));
    }
    let generic = sig.generics.params.iter().find(|param| !matches!(param, GenericParam::Lifetime(_)));
    if let Some(param) = generic {
        let message = "an event has one type, so its method can't be generic: name the type, or `#[listener(skip)]` the method";
        return Err(syn::Error::new_spanned(param, message));
    }
    Ok(())
}

/// Gives every argument a plain name, and lists names and types.
fn name_arguments(sig: &mut Signature) -> Vec<(Ident, Type)> {
    let mut arguments = Vec::new();
    for argument in &mut sig.inputs {
        let FnArg::Typed(argument) = argument else { continue };
        let name = match &*argument.pat {
            Pat::Ident(pattern) => pattern.ident.clone(),
            other => {
                format_ident!("value_{}", arguments.len(), span = other.span().resolved_at(Span::call_site()))
            }
        };
        *argument.pat = syn::parse_quote!(#name);
        arguments.push((name, (*argument.ty).clone()));
    }
    arguments
}

/// The field that keeps an argument.
fn field(method: &Ident, name: Ident, ty: &Type, owned: bool, krate: &Path) -> Result<Field> {
    let shown = shown(ty);
    let keep = format!("`#[listener(keep({name}: Type = expression))]` on `{method}`");
    let field_name = match name.unraw().to_string().trim_start_matches('_') {
        "" => name.clone(),
        text => syn::parse_str(text)
            .map_or_else(|_| name.clone(), |ident: Ident| Ident::new(&ident.to_string(), name.span())),
    };
    let error = |message: String| Err(syn::Error::new_spanned(ty, message));
    match ty {
        Type::Reference(TypeReference { mutability: Some(_), .. }) => error(format!(
            "the source expects something to be written to `{name}` before the method returns, which no event can do; \
             say what to keep of it, {keep}, or `#[listener(skip)]` the method and give it a body",
        )),
        Type::Reference(reference)
            if !is_static(reference.lifetime.as_ref()) && !borrows(&reference.elem) =>
        {
            if !owned {
                return error(format!(
                    "`{name}: {shown}` is borrowed and ends with the call, but its event lives on; keep a copy, \
                     `#[listener(owned)]`, or what you need of it, {keep}",
                ));
            }
            let elem = &reference.elem;
            let to_owned = quote!(#krate::__private::ToOwned);
            Ok(Field {
                name: field_name,
                ty: quote!(<#elem as #to_owned>::Owned),
                value: quote!(#to_owned::to_owned(#name)),
                computed: true,
            })
        }
        _ if borrows(ty) => error(format!(
            "`{name}: {shown}` is not a type that an event could have: it mentions a borrow, which ends with the call, \
             or a type without a name; say what to keep of it, {keep}",
        )),
        _ => Ok(Field { name: field_name, ty: quote!(#ty), value: quote!(#name), computed: false }),
    }
}

/// The type as a person writes it, apart from spaces.
fn shown(ty: &Type) -> String {
    let spaced = quote!(#ty).to_string();
    [("& ", "&"), (" :: ", "::"), (" < ", "<"), (" >", ">"), (" ,", ",")]
        .iter()
        .fold(spaced, |text, (from, to)| text.replace(from, to))
}

/// What the method returns to its source, which does not wait for the stream.
fn answer(sig: &Signature, own: Option<Expr>, options: &TraitOptions) -> Result<Option<Expr>> {
    let returned = match &sig.output {
        ReturnType::Type(_, ty) if !matches!(&**ty, Type::Tuple(tuple) if tuple.elems.is_empty()) => Some(ty),
        _ => None,
    };
    match (returned, own) {
        (None, None) => Ok(None),
        (None, Some(answer)) => Err(syn::Error::new(
            answer.span(),
            format!("`{}` returns nothing, so there is nothing to answer", sig.ident),
        )),
        (Some(_), Some(answer)) => Ok(Some(answer)),
        (Some(ty), None) => match &options.answer {
            Some(answer) => Ok(Some(answer.clone())),
            None => Err(syn::Error::new_spanned(
                ty,
                format!(
                    "`{}` returns a value, and its source does not wait for the stream; say what to answer: \
                     `#[listener(answer = expression)]` on the method, or on the trait for all",
                    sig.ident
                ),
            )),
        },
    }
}

/// `on_mouse_move` is the event `MouseMove`.
fn variant_name(method: &Ident) -> Ident {
    let text = method.unraw().to_string();
    let short = text.strip_prefix("on_").filter(|rest| rest.starts_with(|c: char| c.is_alphabetic()));
    let camel: String = short
        .unwrap_or(&text)
        .split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters.collect::<Vec<_>>())
        })
        .collect();
    // `Self` is the one name in camel case that an event can't have.
    let camel = if camel == "Self" { "OnSelf".to_owned() } else { camel };
    Ident::new(&camel, method.span())
}

fn is_static(lifetime: Option<&Lifetime>) -> bool {
    lifetime.is_some_and(|lifetime| lifetime.ident == "static")
}

/// Whether a value of this type can't outlive the call: it mentions a lifetime, `Self` or an unnamed type.
fn borrows(ty: &Type) -> bool {
    struct Finder(bool);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
            self.0 |= lifetime.ident != "static";
        }
        fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
            self.0 |= !is_static(reference.lifetime.as_ref());
            visit::visit_type_reference(self, reference);
        }
        fn visit_type_impl_trait(&mut self, _: &'ast TypeImplTrait) {
            self.0 = true;
        }
        fn visit_path(&mut self, path: &'ast Path) {
            self.0 |= path.segments.first().is_some_and(|segment| segment.ident == "Self");
            visit::visit_path(self, path);
        }
        // What a function borrows when it is called is no matter of its type.
        fn visit_type_fn_ptr(&mut self, _: &'ast TypeFnPtr) {}
        fn visit_parenthesized_generic_arguments(&mut self, _: &'ast syn::ParenthesizedGenericArguments) {}
    }
    let mut finder = Finder(false);
    finder.visit_type(ty);
    finder.0
}
