//! `#[uncallback]` on a `mod` or an `impl`: every callback function inside is converted together with the others.
//!
//! A function inside may carry options of its own: `#[uncallback(done = reply)]`, or `#[uncallback(skip)]` to stay as
//! it is.
use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, ImplItem, Item, ItemImpl, ItemMod};
use uncallback_rewrite::{Finding, Function, Options, Outcome, convert_together, emit};

/// The tokens of the item with its functions converted, or what is against it.
pub(crate) fn expand(item: &mut Item, options: &Options) -> syn::Result<TokenStream> {
    let mut own = Vec::new();
    visit_attributes(item, &mut |attrs| {
        own.push(take_options(attrs, options));
        Ok(())
    })?;
    let own = own.into_iter().collect::<syn::Result<Vec<_>>>()?;

    let mut functions = Vec::new();
    collect(item, &mut functions);
    let chosen: Vec<_> = functions
        .into_iter()
        .zip(&own)
        .filter_map(|(function, options)| Some((function, options.as_ref()?)))
        .collect();
    let mut outcomes = convert_together(&chosen).into_iter();
    let converted: Vec<_> = own
        .iter()
        .map(|options| {
            let options = options.as_ref()?;
            Some(Verdict { outcome: outcomes.next()?, keep: options.keep })
        })
        .collect();

    let findings: Vec<Finding> = converted
        .iter()
        .flatten()
        .filter_map(|verdict| match &verdict.outcome {
            Outcome::Refused(findings) => Some(findings.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    if !findings.is_empty() {
        // Beside the item, without the options of its functions, which would be errors of their own.
        let mut out = crate::attribute::error(&findings).to_compile_error();
        item.to_tokens(&mut out);
        return Ok(out);
    }
    Ok(emit_item(item, &mut converted.into_iter()))
}

/// The options of one function: its own attribute's, or the group's; none if it is to be skipped.
pub(crate) fn take_options(attrs: &mut Vec<Attribute>, options: &Options) -> syn::Result<Option<Options>> {
    let Some(position) = attrs.iter().position(|attr| attr.path().is_ident("uncallback")) else {
        return Ok(Some(options.clone()));
    };
    let attr = attrs.remove(position);
    let mut own = Options { declared: true, ..options.clone() };
    match &attr.meta {
        syn::Meta::Path(_) => {}
        syn::Meta::List(list) if list.tokens.to_string() == "skip" => return Ok(None),
        syn::Meta::List(list) => own.from_attribute(list.tokens.clone())?,
        syn::Meta::NameValue(_) => return Err(syn::Error::new_spanned(attr, "options stand in parentheses")),
    }
    Ok(Some(own))
}

fn visit_attributes(
    item: &mut Item,
    see: &mut impl FnMut(&mut Vec<Attribute>) -> syn::Result<()>,
) -> syn::Result<()> {
    match item {
        Item::Fn(function) => see(&mut function.attrs),
        Item::Mod(module) => module
            .content
            .iter_mut()
            .flat_map(|(_, items)| items)
            .try_for_each(|item| visit_attributes(item, see)),
        Item::Impl(block) if is_inherent(block) => block.items.iter_mut().try_for_each(|item| match item {
            ImplItem::Fn(method) => see(&mut method.attrs),
            _ => Ok(()),
        }),
        _ => Ok(()),
    }
}

/// In the same order as [`visit_attributes`].
fn collect<'a>(item: &'a Item, functions: &mut Vec<Function<'a>>) {
    match item {
        Item::Fn(function) => functions.push(Function {
            attrs: &function.attrs,
            vis: Some(&function.vis),
            sig: &function.sig,
            block: &function.block,
            item: function,
        }),
        Item::Mod(module) => {
            module.content.iter().flat_map(|(_, items)| items).for_each(|item| collect(item, functions))
        }
        Item::Impl(block) if is_inherent(block) => {
            for item in &block.items {
                if let ImplItem::Fn(method) = item {
                    functions.push(Function {
                        attrs: &method.attrs,
                        vis: Some(&method.vis),
                        sig: &method.sig,
                        block: &method.block,
                        item: method,
                    });
                }
            }
        }
        _ => {}
    }
}

/// A method of a trait keeps the signature that the trait gives it.
fn is_inherent(block: &ItemImpl) -> bool {
    block.trait_.is_none()
}

struct Verdict<'a> {
    outcome: Outcome<'a>,
    /// The callback function stays beside the new one.
    keep: bool,
}

type Verdicts<'o, 'a> = dyn Iterator<Item = Option<Verdict<'a>>> + 'o;

fn emit_item(item: &Item, verdicts: &mut Verdicts<'_, '_>) -> TokenStream {
    match item {
        Item::Fn(function) => emit_function(function, verdicts),
        Item::Mod(module) => {
            let Some((_, items)) = &module.content else { return module.to_token_stream() };
            let body = items.iter().map(|item| emit_item(item, verdicts)).collect();
            with_body(
                &ItemMod { content: Some((Default::default(), Vec::new())), ..module.clone() },
                item,
                body,
            )
        }
        Item::Impl(block) if is_inherent(block) => {
            let body = block.items.iter().map(|item| match item {
                ImplItem::Fn(method) => emit_function(method, verdicts),
                other => other.to_token_stream(),
            });
            let body = body.collect();
            with_body(&ItemImpl { items: Vec::new(), ..block.clone() }, item, body)
        }
        other => other.to_token_stream(),
    }
}

fn emit_function(function: &impl ToTokens, verdicts: &mut Verdicts<'_, '_>) -> TokenStream {
    match verdicts.next().flatten() {
        Some(Verdict { outcome: Outcome::Converted(converted), keep }) => {
            let mut out = if keep { function.to_token_stream() } else { TokenStream::new() };
            out.extend(emit::tokens::tokens(&converted.pieces));
            out
        }
        _ => function.to_token_stream(),
    }
}

/// The item's head, as `empty` prints it, with these tokens in its braces.
pub(crate) fn with_body(empty: &impl ToTokens, item: &impl ToTokens, body: TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = empty.to_token_stream().into_iter().collect();
    let braces = item.to_token_stream().into_iter().last();
    if let (Some(TokenTree::Group(last)), Some(braces)) = (tokens.last_mut(), braces) {
        let mut group = Group::new(last.delimiter(), body);
        group.set_span(braces.span());
        *last = group;
    }
    tokens.into_iter().collect()
}
