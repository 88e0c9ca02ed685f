//! `#[uncallback]`: one item in, its direct style out; or the item unchanged, beside the errors.
//!
//! The item is always given back: without it, every use of it would be an error of its own, and an editor would lose
//! the item while it is being typed.
use crate::check::{self, Styles};
use crate::{extern_block, group, siblings};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Item, ItemFn};
use uncallback_rewrite::{Finding, Function, Options, Outcome, Style, convert, emit};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    if let Ok(block) = syn::parse2(item.clone()) {
        return extern_block::expand(arguments, block);
    }
    convert_item(arguments, item.clone()).unwrap_or_else(|error| {
        let mut out = error.to_compile_error();
        out.extend(item);
        out
    })
}

fn convert_item(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let mut options = Options { style: Style::Strict, root: "::uncallback::".into(), ..Options::default() };
    options.from_attribute(arguments)?;
    match syn::parse2(item)? {
        Item::Fn(item) => function(&item, &Options { declared: true, ..options }),
        mut item @ (Item::Mod(_) | Item::Impl(_)) => group::expand(&mut item, &options),
        Item::Trait(mut item) => siblings::expand(&mut item, &options),
        other => {
            let message =
                "`#[uncallback]` stands on a function, an `impl`, a `trait`, a `mod` or an `extern` block";
            Err(syn::Error::new_spanned(other, message))
        }
    }
}

fn function(item: &ItemFn, options: &Options) -> syn::Result<TokenStream> {
    let function =
        Function { attrs: &item.attrs, vis: Some(&item.vis), sig: &item.sig, block: &item.block, item };
    match convert(function, options) {
        Outcome::Converted(converted) => {
            let mut out = if options.keep { item.to_token_stream() } else { TokenStream::new() };
            out.extend(emit::tokens::tokens(&converted.pieces));
            let styles = [Styles { callback: item, converted: &converted, options }];
            out.extend(check::test(&styles[0], &styles)?);
            Ok(out)
        }
        Outcome::Refused(findings) => Err(error(&findings)),
        Outcome::NotACompletion(_) => Err(syn::Error::new_spanned(
            &item.sig.ident,
            "this function has no completion: no parameter of it is called back with the answer\n\
             help: if one is, but of a type that does not show it, name it: `#[uncallback(done = ..)]`",
        )),
    }
}

/// All findings, as one error with a message at each place.
pub(crate) fn error(findings: &[Finding]) -> syn::Error {
    let each = findings.iter().map(|finding| {
        let mut message = format!("{}: {}", finding.code, finding.message);
        if let Some(path) = finding.path_text() {
            message += &format!("\npath: {path}");
        }
        message += &format!("\nhelp: {}", finding.help);
        syn::Error::new_spanned(between(finding.start, finding.end), message)
    });
    each.reduce(|mut all, one| {
        all.combine(one);
        all
    })
    .unwrap_or_else(|| syn::Error::new(Span::call_site(), "refused without a finding; please report this"))
}

/// Tokens that reach from one place to another: what an error is about is their span, not they.
fn between(start: Span, end: Span) -> TokenStream {
    [start, end]
        .map(|span| TokenTree::Ident(Ident::new("_", span)))
        .into_iter()
        .collect::<TokenStream>()
        .into_token_stream()
}
