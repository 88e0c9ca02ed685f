//! What `#[once(..)]`, `#[pair(..)]`, `#[list(..)]`, `#[stream(..)]` and `#[ask(..)]` say.
use proc_macro2::{Span, TokenStream};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Error, Expr, Ident, LitInt, Path, Result, Token, Type, parenthesized, parse_quote};

/// `#[uncallback(..)]` on the block.
pub(super) struct BlockOptions {
    pub(super) krate: Path,
}

pub(super) fn of_block(arguments: TokenStream) -> Result<BlockOptions> {
    let mut options = BlockOptions { krate: parse_quote!(::uncallback) };
    let parse = |input: ParseStream<'_>| {
        while !input.is_empty() {
            if input.peek(Token![crate]) {
                input.parse::<Token![crate]>()?;
                input.parse::<Token![=]>()?;
                options.krate = input.parse()?;
            } else {
                return Err(input.error("on an `extern` block there is one option: `crate = path`"));
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    };
    parse.parse2(arguments)?;
    Ok(options)
}

/// What kind of callback the function takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Once,
    Pair,
    List,
    Stream,
    Ask,
}

impl Kind {
    pub(super) fn of(attribute: &Attribute) -> Option<Self> {
        let name = attribute.path().get_ident()?;
        [
            ("once", Self::Once),
            ("pair", Self::Pair),
            ("list", Self::List),
            ("stream", Self::Stream),
            ("ask", Self::Ask),
        ]
        .into_iter()
        .find_map(|(word, kind)| (name == word).then_some(kind))
    }
}

/// Where the user data stands among the callback's parameters.
pub(super) enum Place {
    First,
    Last,
    Nth(usize),
}

/// The user data: which parameter of the function it is, and where the callback gets it.
pub(super) struct Data {
    pub(super) parameter: Ident,
    pub(super) place: Place,
}

/// What runs inside the callback, and the type that it makes.
pub(super) enum Mapping {
    Closure(syn::ExprClosure, Type),
    Function(Path, Type),
}

/// Everything that one helper attribute says.
pub(super) struct Keys {
    pub(super) kind: Kind,
    /// The attribute's name: what errors about missing keys point to.
    pub(super) span: Span,
    pub(super) cb: Vec<Ident>,
    pub(super) data: Option<Data>,
    pub(super) result: Option<Mapping>,
    pub(super) ok: Option<Mapping>,
    pub(super) err: Option<Mapping>,
    pub(super) refused: Option<Ident>,
    pub(super) cancelled: Option<Ident>,
    pub(super) cancel: Option<Expr>,
    pub(super) unregister: Option<Expr>,
    pub(super) destroy: Option<Ident>,
    pub(super) overflow: Option<Expr>,
    pub(super) on_panic: Option<Expr>,
    pub(super) answer: Option<Expr>,
    pub(super) thread: Option<Ident>,
    pub(super) owner: Option<Span>,
    pub(super) keep: Vec<Ident>,
    pub(super) borrowed: Vec<Ident>,
    pub(super) handle: Vec<Ident>,
}

const KEYS: &str = "`cb`, `data`, `result`, `ok`, `err`, `refused`, `cancelled`, `cancel`, `unregister`, `destroy`, `overflow`, \
                    `on_panic`, `answer`, `thread`, `owner`, `keep(..)`, `borrowed(..)`, `handle(..)`";

impl Keys {
    pub(super) fn parse(attribute: &Attribute) -> Result<Self> {
        let span = attribute.path().get_ident().map_or_else(Span::call_site, Ident::span);
        let kind = Kind::of(attribute).ok_or_else(|| Error::new(span, "not a kind of callback"))?;
        let mut keys = Self {
            kind,
            span,
            cb: Vec::new(),
            data: None,
            result: None,
            ok: None,
            err: None,
            refused: None,
            cancelled: None,
            cancel: None,
            unregister: None,
            destroy: None,
            overflow: None,
            on_panic: None,
            answer: None,
            thread: None,
            owner: None,
            keep: Vec::new(),
            borrowed: Vec::new(),
            handle: Vec::new(),
        };
        if let syn::Meta::List(list) = &attribute.meta {
            list.parse_args_with(|input: ParseStream<'_>| {
                while !input.is_empty() {
                    keys.parse_one(input)?;
                    if !input.is_empty() {
                        input.parse::<Token![,]>()?;
                    }
                }
                Ok(())
            })?;
        }
        Ok(keys)
    }

    fn parse_one(&mut self, input: ParseStream<'_>) -> Result<()> {
        let key: Ident = input.parse()?;
        match key.to_string().as_str() {
            "owner" => return once(&key, &mut self.owner, key.span()),
            "keep" => return names(input, &mut self.keep),
            "borrowed" => return names(input, &mut self.borrowed),
            "handle" => return names(input, &mut self.handle),
            _ => {}
        }
        if !input.peek(Token![=]) {
            return Err(Error::new(key.span(), format!("unknown key `{key}`; there are {KEYS}")));
        }
        input.parse::<Token![=]>()?;
        match key.to_string().as_str() {
            "cb" if input.peek(syn::token::Paren) => names(input, &mut self.cb),
            "cb" => {
                self.cb.push(input.parse()?);
                Ok(())
            }
            "data" => once(&key, &mut self.data, input.parse()?),
            "result" => once(&key, &mut self.result, input.parse()?),
            "ok" => once(&key, &mut self.ok, input.parse()?),
            "err" => once(&key, &mut self.err, input.parse()?),
            "refused" => one_of(input, &key, &mut self.refused, &["nonzero", "negative", "null", "never"]),
            "cancelled" => one_of(input, &key, &mut self.cancelled, &CLASSES),
            "thread" => one_of(input, &key, &mut self.thread, &["same", "loop", "any"]),
            "cancel" => once(&key, &mut self.cancel, input.parse()?),
            "unregister" => once(&key, &mut self.unregister, input.parse()?),
            "destroy" => once(&key, &mut self.destroy, input.parse()?),
            "overflow" => once(&key, &mut self.overflow, input.parse()?),
            "on_panic" => once(&key, &mut self.on_panic, input.parse()?),
            "answer" => once(&key, &mut self.answer, input.parse()?),
            _ => Err(Error::new(key.span(), format!("unknown key `{key}`; there are {KEYS}"))),
        }
    }
}

pub(super) const CLASSES: [&str; 5] = ["fires", "silent", "silent_then_destroy", "blocks", "none"];

fn once<T>(key: &Ident, place: &mut Option<T>, value: T) -> Result<()> {
    if place.replace(value).is_some() {
        return Err(Error::new(key.span(), format!("`{key}` is said twice")));
    }
    Ok(())
}

fn names(input: ParseStream<'_>, place: &mut Vec<Ident>) -> Result<()> {
    let inside;
    parenthesized!(inside in input);
    place.extend(inside.parse_terminated(Ident::parse, Token![,])?);
    Ok(())
}

fn one_of(input: ParseStream<'_>, key: &Ident, place: &mut Option<Ident>, words: &[&str]) -> Result<()> {
    // `loop` is a keyword.
    let word = input.call(<Ident as syn::ext::IdentExt>::parse_any)?;
    if !words.iter().any(|known| word == known) {
        return Err(Error::new(word.span(), format!("`{key}` is one of: {}", words.join(", "))));
    }
    once(key, place, word)
}

impl Parse for Data {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let parameter = input.parse()?;
        input.parse::<Token![@]>()?;
        let word: Ident = input.parse()?;
        let place = match word.to_string().as_str() {
            "first" => Place::First,
            "last" => Place::Last,
            "nth" => {
                let inside;
                parenthesized!(inside in input);
                Place::Nth(inside.parse::<LitInt>()?.base10_parse()?)
            }
            "field" => {
                return Err(Error::new(
                    word.span(),
                    "user data in a field of a request: write it with `ffi::request`",
                ));
            }
            "object" => {
                return Err(Error::new(
                    word.span(),
                    "user data of an object: write it with `ffi::Shared` and `ffi::Keyed`",
                ));
            }
            _ => return Err(Error::new(word.span(), "the place is one of: first, last, nth(index)")),
        };
        Ok(Self { parameter, place })
    }
}

impl Parse for Mapping {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        const TYPE: &str =
            "the type of the result has to be said: `|arguments| -> Type { .. }`, or `function -> Type`";
        if input.peek(Token![|]) || input.peek(Token![||]) || input.peek(Token![move]) {
            let closure: syn::ExprClosure = input.parse()?;
            return match &closure.output {
                syn::ReturnType::Type(_, ty) => Ok(Self::Closure(closure.clone(), (**ty).clone())),
                syn::ReturnType::Default => Err(Error::new_spanned(&closure, TYPE)),
            };
        }
        let path: Path = input.parse()?;
        if !input.peek(Token![->]) {
            return Err(Error::new_spanned(&path, TYPE));
        }
        input.parse::<Token![->]>()?;
        Ok(Self::Function(path, input.parse()?))
    }
}
