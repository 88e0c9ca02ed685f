//! `#[uncallback]` on a `trait`: an async sibling beside every callback method.
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Block, ItemTrait, TraitItem, TraitItemFn};
use uncallback_rewrite::{Finding, Function, Options, Outcome, emit, sibling};

use crate::group::{take_options, with_body};

/// The trait with the siblings in it, or beside the errors.
pub(crate) fn expand(item: &mut ItemTrait, options: &Options) -> syn::Result<TokenStream> {
    let mut own = Vec::new();
    for item in &mut item.items {
        own.push(match item {
            TraitItem::Fn(method) => take_options(&mut method.attrs, options)?,
            _ => None,
        });
    }
    if own.iter().flatten().chain([options]).any(|options| options.check.is_some()) {
        return Err(syn::Error::new_spanned(&item.ident, crate::check::METHOD));
    }
    let mut body = TokenStream::new();
    let mut findings: Vec<Finding> = Vec::new();
    for (item, options) in item.items.iter().zip(own) {
        item.to_tokens(&mut body);
        if let (TraitItem::Fn(method), Some(options)) = (item, options) {
            match of_method(method, &options) {
                Ok(sibling) => body.extend(sibling),
                Err(more) => findings.extend(more),
            }
        }
    }
    if !findings.is_empty() {
        let mut out = crate::attribute::error(&findings).to_compile_error();
        item.to_tokens(&mut out);
        return Ok(out);
    }
    Ok(with_body(&ItemTrait { items: Vec::new(), ..item.clone() }, item, body))
}

/// The sibling of one method; nothing for a method without a completion.
fn of_method(method: &TraitItemFn, options: &Options) -> Result<TokenStream, Vec<Finding>> {
    // The sibling's body is ours, whatever the method's is.
    let nothing = Block { brace_token: Default::default(), stmts: Vec::new() };
    let documentation: Vec<_> = method
        .attrs
        .iter()
        .filter(|attr| ["doc", "cfg"].iter().any(|kept| attr.path().is_ident(kept)))
        .cloned()
        .collect();
    let function =
        Function { attrs: &documentation, vis: None, sig: &method.sig, block: &nothing, item: method };
    match sibling(function, options) {
        Outcome::Converted(converted) => Ok(emit::tokens::tokens(&converted.pieces)),
        Outcome::Refused(findings) => Err(findings),
        Outcome::NotACompletion(_) => Ok(TokenStream::new()),
    }
}
