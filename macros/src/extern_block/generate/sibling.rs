//! The frame of every sibling: name, documentation, parameters, and what comes before the body.
use crate::extern_block::block::Block;
use crate::extern_block::check::{Function, Parameter, Role};
use crate::extern_block::values::Place;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{ReturnType, Type};

/// A sibling in the making: what all of them have in common.
pub(super) struct Sibling<'a> {
    pub(super) function: &'a Function,
    pub(super) block: &'a Block,
    /// The path to `uncallback::ffi`.
    pub(super) ffi: TokenStream,
    /// Which of the C function's parameters it has too.
    takes: Takes<'a>,
}

#[derive(Clone, Copy)]
enum Takes<'a> {
    All,
    Only(&'a [Ident]),
}

/// What one sibling has of its own.
pub(super) struct Parts {
    pub(super) name: Ident,
    pub(super) does: &'static str,
    pub(super) generics: Vec<TokenStream>,
    pub(super) inputs: Vec<TokenStream>,
    pub(super) output: TokenStream,
    pub(super) body: TokenStream,
}

impl<'a> Sibling<'a> {
    pub(super) fn new(function: &'a Function, block: &'a Block) -> Self {
        let krate = &block.krate;
        Self { function, block, ffi: quote!(#krate::ffi), takes: Takes::All }
    }

    /// One that takes objects of the library only: those of the block's owner, and those that were listed.
    pub(super) fn of_objects(function: &'a Function, block: &'a Block, listed: &'a [Ident]) -> Self {
        Self { takes: Takes::Only(listed), ..Self::new(function, block) }
    }

    pub(super) fn name(&self, ending: &str) -> Ident {
        format_ident!("{}_{ending}", self.function.item.sig.ident)
    }

    fn takes(&self, parameter: &Parameter) -> bool {
        match self.takes {
            Takes::All => parameter.role != Role::Provided,
            Takes::Only(listed) => {
                parameter.role == Role::Object
                    || parameter.role == Role::Passed && listed.contains(&parameter.name)
            }
        }
    }

    /// The type parameters of buffers that are kept, with the types that C has for them.
    pub(super) fn kept_types(&self) -> Vec<(Ident, &'a Type)> {
        let kept = self.kept().enumerate();
        kept.map(|(i, p)| (format_ident!("Kept{i}", span = Span::mixed_site()), &p.ty)).collect()
    }

    fn kept(&self) -> impl Iterator<Item = &'a Parameter> + use<'a> {
        self.function.parameters.iter().filter(|p| p.role == Role::Kept)
    }

    /// The names of what C is passed by the sibling's caller.
    pub(super) fn argument_names(&self) -> impl Iterator<Item = &'a Ident> + use<'a> {
        self.function.parameters.iter().filter(|p| p.role != Role::Provided).map(|p| &p.name)
    }

    /// The names of the buffers that are kept, each behind that of its parameter, which is the pointer.
    pub(super) fn kept_names(&self) -> impl Iterator<Item = (&'a Ident, Ident)> {
        self.kept().map(|parameter| (&parameter.name, kept(parameter)))
    }

    /// The call of the C function, with all of its arguments under their own names; `change` may put others in their places.
    pub(super) fn call(&self, change: impl Fn(&Parameter) -> Option<TokenStream>) -> TokenStream {
        let raw = &self.function.item.sig.ident;
        let arguments = self.function.parameters.iter().map(|p| {
            let name = &p.name;
            change(p).unwrap_or_else(|| quote!(#name))
        });
        quote!(#raw(#(#arguments),*))
    }

    /// Whom an operation belongs to: the owner that the sibling is `given`, or the object of the block that it takes.
    pub(super) fn owner(&self, given: bool) -> Option<Ident> {
        let object = self.function.parameters.iter().any(|p| p.role == Role::Object && self.takes(p));
        let of_block = object.then(operations_of_owner);
        given.then(|| Ident::new("owner", Span::mixed_site())).or(of_block)
    }

    /// Lines around a closure that uses the object of an operation, which may be gone by then: one before it, one inside.
    pub(super) fn presence(&self, given: bool) -> (Option<TokenStream>, Option<TokenStream>) {
        let ffi = &self.ffi;
        let presence = Ident::new("presence", Span::mixed_site());
        let owner = self.owner(given);
        let is_there =
            owner.as_ref().map(|_| quote!(if !#presence.is_there() { return #ffi::Cancel::TooLate; }));
        (owner.map(|owner| quote!(let #presence = #owner.presence();)), is_there)
    }

    /// What the C function returns.
    pub(super) fn output(&self) -> TokenStream {
        match &self.function.item.sig.output {
            ReturnType::Default => quote!(()),
            ReturnType::Type(_, ty) => quote!(#ty),
        }
    }

    /// What the C function said, as `Started`.
    pub(super) fn started(&self, refused: Option<&Ident>, call: TokenStream) -> TokenStream {
        let ffi = &self.ffi;
        match refused.map(ToString::to_string).as_deref() {
            Some("nonzero") => quote!(#ffi::Started::zero_ok(#call)),
            Some("negative") => quote!(#ffi::Started::nonneg_ok(#call)),
            Some("null") => quote!(#ffi::Started::nonnull(#call)),
            _ => quote!(#ffi::Started::Pending(#call)),
        }
    }

    pub(super) fn place(&self, place: Place) -> TokenStream {
        let ffi = &self.ffi;
        match place {
            Place::First => quote!(#ffi::First),
            Place::Last => quote!(#ffi::Last),
            Place::Nth(at) => quote!(#ffi::Nth::<#at>),
            Place::Absent => quote!(#ffi::Absent),
        }
    }

    /// The whole item.
    pub(super) fn item(&self, parts: Parts) -> TokenStream {
        let Parts { name, does, generics, inputs, output, body } = parts;
        let item = &self.function.item;
        let (raw, vis) = (&item.sig.ident, &item.vis);
        let attrs = item.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
        // Unless the item says that it is safe, its promises are the caller's to keep.
        let is_safe = matches!(&item.sig.safety, syn::Safety::Safe(_));
        let unsafety = (!is_safe).then(|| quote!(unsafe));
        let doc = format!("The sibling of [`{raw}`]: {does}.");
        let safety = "# Safety\n\nAs for the C function: what its documentation demands of the arguments. Pointers that C uses after it has \
                      returned stay valid until the callback has come, and objects of the library until what is returned here is done or dropped.";
        let safety = (!is_safe).then(|| quote!(#[doc = ""] #[doc = #safety]));
        let (own_inputs, bounds) = self.own_inputs();
        let no_pointers = self.no_pointers();
        let (before, prologue) = self.prologue();
        quote! {
            #(#attrs)*
            #[doc = #doc]
            #safety
            #[track_caller]
            #[allow(clippy::too_many_arguments, clippy::missing_safety_doc, clippy::type_complexity, unused_braces, unused_variables)]
            #vis #unsafety fn #name<#(#bounds,)* #(#generics),*>(#(#own_inputs,)* #(#inputs),*) -> #output {
                #no_pointers
                #before
                #(#prologue)*
                // SAFETY: what the attribute says about the C function, and what the caller promises.
                #[allow(unused_unsafe)]
                unsafe { #body }
            }
        }
    }

    /// Has the compiler look behind the names of types.
    fn no_pointers(&self) -> Option<TokenStream> {
        let (ffi, types) = (&self.ffi, &self.function.no_pointers);
        (!types.is_empty()).then(|| {
            quote! {
                const _: fn() = || {
                    fn passed<T: #ffi::NoPointer>() {}
                    #(passed::<#types>();)*
                };
            }
        })
    }

    /// Parameters taken over from the C function, and a type parameter for each buffer that is kept.
    fn own_inputs(&self) -> (Vec<TokenStream>, Vec<TokenStream>) {
        let ffi = &self.ffi;
        let mut kept = self.kept_types().into_iter();
        let mut bounds = Vec::new();
        let mut inputs = Vec::new();
        for parameter in self.function.parameters.iter().filter(|p| self.takes(p)) {
            let (name, ty) = (&parameter.name, &parameter.ty);
            match (parameter.role, &self.block.owner) {
                (Role::Kept, _) => {
                    if let Some((generic, ty)) = kept.next() {
                        inputs.push(quote!(#name: #generic));
                        bounds.push(quote!(#generic: #ffi::Buffer<#ty> + ::core::marker::Send + 'static));
                    }
                }
                (Role::Object, Some(owner)) => {
                    let owner = &owner.name;
                    inputs.push(quote!(#name: &#owner));
                }
                _ => inputs.push(quote!(#name: #ty)),
            }
        }
        (inputs, bounds)
    }

    /// Makes what C is passed from what the sibling was passed.
    fn prologue(&self) -> (TokenStream, Vec<TokenStream>) {
        let ffi = &self.ffi;
        let mut operations = TokenStream::new();
        let taken = self.function.parameters.iter().filter(|p| self.takes(p));
        let lines = taken.filter_map(|parameter| {
            let (name, ty) = (&parameter.name, &parameter.ty);
            match parameter.role {
                Role::Kept => {
                    let kept = kept(parameter);
                    Some(quote! {
                        let mut #kept = #name;
                        let #name: #ty = #ffi::Buffer::<#ty>::pointer(&mut #kept);
                    })
                }
                Role::Object => {
                    let owner = operations_of_owner();
                    operations = quote!(let #owner = #name.operations(););
                    Some(quote!(let #name: #ty = #name.raw();))
                }
                _ => None,
            }
        });
        let lines = lines.collect();
        (operations, lines)
    }
}

/// The owner of the operations of the object that was passed.
fn operations_of_owner() -> Ident {
    Ident::new("operations", Span::mixed_site())
}

fn kept(parameter: &Parameter) -> Ident {
    format_ident!("kept_{}", parameter.name, span = Span::mixed_site())
}
