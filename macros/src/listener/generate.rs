//! Writes the enum and the implementation.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Ident, ItemTrait, ReceiverKind, spanned::Spanned as _};

use super::{
    options::{TraitOptions, Variant},
    shape::{Method, Shape},
};

pub(super) fn code(item_trait: &ItemTrait, options: &TraitOptions, shape: &Shape) -> TokenStream {
    let definition = event_enum(item_trait, options, shape);
    let implementations = emitters(options, &shape.event)
        .into_iter()
        .map(|emitter| implementation(item_trait, options, shape, &emitter));
    quote! { #definition #(#implementations)* }
}

fn event_enum(item_trait: &ItemTrait, options: &TraitOptions, shape: &Shape) -> TokenStream {
    let (vis, name, derives) = (&item_trait.vis, &shape.event, &options.derives);
    let doc = format!("The events of [`{}`], one for each of its methods.", item_trait.ident);
    let derive = (!derives.is_empty()).then(|| quote!(#[derive(#(#derives),*)]));
    let variants = shape.methods.iter().map(|method| {
        let Method { cfgs, docs, name, .. } = method;
        let fields = method.fields.iter().map(|field| (&field.name, &field.ty));
        let fields = fields.map(|(name, ty)| quote!(#name: #ty));
        if method.fields.is_empty() {
            quote!(#(#cfgs)* #(#docs)* #name)
        } else {
            quote!(#(#cfgs)* #(#docs)* #name { #(#fields),* })
        }
    });
    quote! {
        #[doc = #doc]
        #derive
        #[allow(dead_code, missing_docs, clippy::large_enum_variant, clippy::enum_variant_names)]
        #vis enum #name { #(#variants),* }
    }
}

/// The types that listen.
fn emitters(options: &TraitOptions, event: &Ident) -> Vec<TokenStream> {
    let krate = &options.krate;
    match options.variant {
        Variant::Local => vec![quote!(#krate::stream::local::Emitter<#event>)],
        Variant::Mpsc => vec![quote!(#krate::stream::mpsc::Emitter<#event>)],
        Variant::Spsc => vec![
            quote!(#krate::stream::spsc::Emitter<#event>),
            quote!(#krate::stream::spsc::BoundedEmitter<#event>),
            quote!(#krate::stream::spsc::OverwritingEmitter<#event>),
        ],
    }
}

fn implementation(
    item_trait: &ItemTrait,
    options: &TraitOptions,
    shape: &Shape,
    emitter: &TokenStream,
) -> TokenStream {
    let name = &item_trait.ident;
    let methods = shape.methods.iter().map(|method| {
        let Method { cfgs, sig, .. } = method;
        let body = body(method, options, shape, emitter);
        quote!(#(#cfgs)* #sig { #body })
    });
    quote! {
        #[automatically_derived]
        #[allow(unused_variables, clippy::all, clippy::pedantic)]
        impl #name for #emitter { #(#methods)* }
    }
}

fn body(method: &Method, options: &TraitOptions, shape: &Shape, emitter: &TokenStream) -> TokenStream {
    let (event, name) = (&shape.event, &method.name);
    let fields = method.fields.iter().map(|field| (&field.name, &field.value));
    let fields = fields.map(|(name, value)| quote!(#name: #value));
    let event =
        if method.fields.is_empty() { quote!(#event::#name) } else { quote!(#event::#name { #(#fields),* }) };

    let (this, bind) = receiver(method, options);
    let emit = if method.fields.iter().any(|field| field.computed) {
        quote!(<#emitter>::emit_with(#this, || #event);)
    } else {
        quote!(<#emitter>::emit(#this, #event);)
    };
    let Some(answer) = &method.answer else {
        return quote!(#bind #emit);
    };
    // Before the event, because the answer may look at arguments that the event takes away.
    let place = Ident::new("answer", Span::mixed_site().located_at(answer.span()));
    quote_spanned! {answer.span()=> let #place = #answer; #bind #emit #place }
}

/// How the emitter is reached, and what has to be bound for that.
fn receiver(method: &Method, options: &TraitOptions) -> (TokenStream, TokenStream) {
    let exclusive = options.variant == Variant::Spsc;
    let this = Ident::new("this", Span::mixed_site());
    // A `self` token of the method itself: that of another context would not be found.
    let receiver = method.sig.receiver().expect("methods without `self` are no events");
    let this_self = &receiver.self_token;
    match (&receiver.kind, exclusive) {
        (ReceiverKind::Reference(..), _) => (quote!(#this_self), quote!()),
        (ReceiverKind::Value, false) => (quote!(&#this_self), quote!()),
        (ReceiverKind::Value, true) => (quote!(&mut #this), quote!(let mut #this = #this_self;)),
        (_, false) => (quote!(&*#this_self), quote!()),
        (_, true) => (quote!(&mut *#this), quote!(let mut #this = #this_self;)),
    }
}
