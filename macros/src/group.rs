//! `#[uncallback]` on a `mod` or an `impl`: every callback function inside is converted together with the others.
//!
//! A function inside may carry options of its own: `#[uncallback(done = reply)]`, or `#[uncallback(skip)]` to stay as
//! it is.
use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, ImplItem, Item, ItemFn, ItemImpl, ItemMod, Signature, Visibility};
use uncallback_rewrite::{Finding, Function, Knowledge, Options, Outcome, convert_together, emit};

use crate::callers::{self, Changed, Unfit};
use crate::check::{self, Styles};

/// The tokens of the item with its functions converted, or what is against it.
pub(crate) fn expand(item: &mut Item, options: &Options) -> syn::Result<TokenStream> {
    let mut own = Vec::new();
    visit_attributes(item, &mut |attrs| {
        own.push(take_options(attrs, options));
        Ok(())
    })?;
    let mut own = own.into_iter().collect::<syn::Result<Vec<_>>>()?;
    loop {
        let stay = match convert(item, &own) {
            Ok(out) => return Ok(out),
            Err(Unfit::Stay(stay)) => stay,
            Err(Unfit::Error(error)) => {
                let mut out = error.to_compile_error();
                item.to_tokens(&mut out);
                return Ok(out);
            }
        };
        for at in stay {
            own[at].iter_mut().for_each(|options| options.stays = true);
        }
    }
}

/// The item with all functions converted but those whose options let them stay.
fn convert(item: &Item, own: &[Option<Options>]) -> Result<TokenStream, Unfit> {
    let mut functions = Vec::new();
    collect(item, &mut functions);
    let chosen: Vec<_> = functions
        .into_iter()
        .zip(own)
        .filter_map(|(function, options)| Some((function, options.as_ref()?)))
        .collect();
    let mut outcomes = convert_together(&chosen, &Knowledge::default()).into_iter();
    let converted: Vec<_> = own
        .iter()
        .enumerate()
        .map(|(at, options)| {
            let options = options.as_ref()?;
            Some(Verdict { at, outcome: outcomes.next()?, options })
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
    emit_item(item, &mut converted.iter())
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
    at: usize,
    outcome: Outcome<'a>,
    options: &'a Options,
}

impl<'a> Verdict<'a> {
    /// The function, if it is async now and its callback form is gone.
    fn changed(&self, vis: &Visibility, sig: &'a Signature) -> Option<Changed<'a>> {
        match &self.outcome {
            Outcome::Converted(converted) if self.options.new_name(&sig.ident).is_none() => {
                Some(Changed::new(self.at, vis, sig, converted.recorders.len()))
            }
            _ => None,
        }
    }

    /// Both styles of the function, if it has both.
    fn styles(&'a self, callback: &'a ItemFn) -> Option<Styles<'a>> {
        match &self.outcome {
            Outcome::Converted(converted) => Some(Styles { callback, converted, options: self.options }),
            _ => None,
        }
    }
}

type Verdicts<'o, 'a> = dyn Iterator<Item = &'a Option<Verdict<'a>>> + 'o;

fn emit_item<'a>(item: &'a Item, verdicts: &mut Verdicts<'_, 'a>) -> Result<TokenStream, Unfit> {
    match item {
        Item::Fn(function) => Ok(emit_function(function, verdicts.next())),
        Item::Mod(module) => {
            let Some((_, items)) = &module.content else { return Ok(module.to_token_stream()) };
            let mut body = TokenStream::new();
            let (mut styles, mut changed) = (Vec::new(), Vec::new());
            for item in items {
                if let Item::Fn(function) = item {
                    let verdict = verdicts.next();
                    body.extend(emit_function(function, verdict));
                    changed.extend(
                        verdict.and_then(|verdict| verdict.as_ref()?.changed(&function.vis, &function.sig)),
                    );
                    styles.extend(
                        verdict.and_then(Option::as_ref).and_then(|verdict| verdict.styles(function)),
                    );
                } else {
                    body.extend(emit_item(item, verdicts)?);
                }
            }
            callers::look(&body, &changed)?;
            for one in &styles {
                body.extend(check::test(one, &styles)?);
            }
            let empty = ItemMod { content: Some((Default::default(), Vec::new())), ..module.clone() };
            Ok(with_body(&empty, item, body))
        }
        Item::Impl(block) if is_inherent(block) => {
            let (mut body, mut changed) = (TokenStream::new(), Vec::new());
            for item in &block.items {
                let ImplItem::Fn(method) = item else {
                    item.to_tokens(&mut body);
                    continue;
                };
                let verdict = verdicts.next();
                if verdict.and_then(Option::as_ref).is_some_and(|verdict| verdict.options.check.is_some()) {
                    return Err(syn::Error::new_spanned(&method.sig.ident, check::METHOD).into());
                }
                body.extend(emit_function(method, verdict));
                changed
                    .extend(verdict.and_then(|verdict| verdict.as_ref()?.changed(&method.vis, &method.sig)));
            }
            let block = with_body(&ItemImpl { items: Vec::new(), ..block.clone() }, item, body);
            callers::look(&block, &changed)?;
            Ok(block)
        }
        other => Ok(other.to_token_stream()),
    }
}

fn emit_function(function: &impl ToTokens, verdict: Option<&Option<Verdict<'_>>>) -> TokenStream {
    match verdict {
        Some(Some(Verdict { outcome: Outcome::Converted(converted), options, .. })) => {
            let mut out = if options.keep { function.to_token_stream() } else { TokenStream::new() };
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
