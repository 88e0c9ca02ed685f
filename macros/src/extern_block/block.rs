//! What `#[uncallback(..)]` on the block says, and what its functions know of each other.
use super::check::{Function, all_names};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Error, ForeignItem, ForeignItemFn, Ident, ItemForeignMod, Path, Result, Token, Type, parse_quote};

/// The block: its options, and its functions without their helper attributes.
pub(super) struct Block {
    pub(super) krate: Path,
    pub(super) owner: Option<Owner>,
    functions: Vec<ForeignItemFn>,
}

/// The type to generate for the C object that owns the operations of the block.
pub(super) struct Owner {
    pub(super) name: Ident,
    /// The function that ends the object.
    pub(super) on_close: ForeignItemFn,
    /// The type of the handle: that of the function's one parameter.
    pub(super) raw: Type,
}

impl Block {
    pub(super) fn new(arguments: TokenStream, block: &ItemForeignMod) -> Result<Self> {
        let mut krate: Path = parse_quote!(::uncallback);
        let (mut owner, mut on_close) = (None::<Ident>, None::<Ident>);
        let parse = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if input.parse::<Option<Token![crate]>>()?.is_some() {
                    input.parse::<Token![=]>()?;
                    krate = input.parse()?;
                } else {
                    let key: Ident = input.parse()?;
                    let place = match key.to_string().as_str() {
                        "owner" => &mut owner,
                        "on_close" => &mut on_close,
                        _ => return Err(Error::new(key.span(), OPTIONS)),
                    };
                    input.parse::<Token![=]>()?;
                    *place = Some(input.parse()?);
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        parse.parse2(arguments)?;
        let functions = block.items.iter().filter_map(|item| match item {
            ForeignItem::Fn(function) => Some(function.clone()),
            _ => None,
        });
        let mut block = Self { krate, owner: None, functions: functions.collect() };
        block.owner = match (owner, on_close) {
            (None, None) => None,
            (Some(name), Some(on_close)) => Some(block.owner(name, &on_close)?),
            (Some(word), None) => {
                let message =
                    "missing `on_close = function`: the function of this block that ends the object";
                return Err(Error::new(word.span(), message));
            }
            (None, Some(word)) => {
                return Err(Error::new(
                    word.span(),
                    "missing `owner = Name`: the type to make for the object",
                ));
            }
        };
        Ok(block)
    }

    fn owner(&self, name: Ident, on_close: &Ident) -> Result<Owner> {
        let function = self.function(on_close, "on_close")?;
        let parameters = Function::new(function)?.parameters;
        let [object] = &parameters[..] else {
            let message = format!(
                "`{on_close}` takes {}; the function that ends an object takes the object and nothing else",
                all_names(&parameters)
            );
            return Err(Error::new(on_close.span(), message));
        };
        Ok(Owner { name, on_close: function.clone(), raw: object.ty.clone() })
    }

    /// A function of the block.
    pub(super) fn function(&self, name: &Ident, key: &str) -> Result<&ForeignItemFn> {
        self.functions.iter().find(|function| function.sig.ident == *name).ok_or_else(|| {
            let names: Vec<_> = self.functions.iter().map(|f| format!("`{}`", f.sig.ident)).collect();
            let message = format!("`{key}` is a function of this block: {}", names.join(", "));
            Error::new(name.span(), message)
        })
    }

    /// Whether a parameter of this type is the object that the block's owner holds.
    pub(super) fn is_object(&self, ty: &Type) -> bool {
        let same =
            |owner: &Owner| owner.raw.to_token_stream().to_string() == ty.to_token_stream().to_string();
        self.owner.as_ref().is_some_and(same)
    }
}

const OPTIONS: &str = "the options of an `extern` block are:\n\
                       owner = Name, on_close = function: makes a type for the object that the operations belong to\n\
                       crate = path: where `uncallback` is found";
