//! What a user can ask for.
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, Meta, Token};

use crate::Callees;

/// How the output is going to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// By the compiler alone: the most careful form, whatever it looks like.
    #[default]
    Strict,
    /// By people: the flattest form that is exact, `?` where it means the same.
    Readable,
}

/// The options of a conversion, from the attribute's arguments or the command line.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Who reads the output.
    pub style: Style,
    /// What stands before the names of the core crate in generated code, such as `::uncallback::`; empty if they are imported.
    pub root: String,
    /// The user said that the function is a callback function, by the attribute or by name.
    pub declared: bool,
    /// The function stays in callback style, but others may learn from its body what it does.
    pub stays: bool,
    /// `wrap`: keep the body and await its completion where it cannot be flattened.
    pub wrap: bool,
    /// `eager`: the part before the first suspension runs when the function is called.
    pub eager: bool,
    /// `exact`: what is not known to be exact is refused: callees that nobody knows, and named differences.
    pub exact: bool,
    /// `callees(..)`: what is known of functions whose bodies are not in view.
    pub callees: Callees,
    /// `keep`: the callback function stays, and the async one is named after it.
    pub keep: bool,
    /// `name = ".."`: the name of the async function.
    pub name: Option<String>,
    /// `done = param`: which parameter is the completion.
    pub done: Option<String>,
    /// `check`, `check(..)`: a test that both styles do the same is wanted. What it asks for is the macro's to read: the
    /// engine only hands it on.
    pub check: Option<TokenStream>,
    /// A rule that a test breaks.
    #[cfg(feature = "switches")]
    pub broken: Option<crate::switch::Rule>,
}

impl Options {
    /// What the async function is called, if not as the callback function was.
    pub fn new_name(&self, old: &proc_macro2::Ident) -> Option<String> {
        match &self.name {
            Some(name) => Some(name.clone()),
            None => self.keep.then(|| format!("{old}_async")),
        }
    }

    /// Reads the arguments of the attribute: `#[uncallback(done = reply, wrap)]`.
    ///
    /// # Errors
    /// An argument that does not exist, twice, or of the wrong form; the message names the ones that do.
    pub fn from_attribute(&mut self, arguments: TokenStream) -> syn::Result<()> {
        let parsed = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(arguments)?;
        let mut seen = Vec::new();
        for meta in &parsed {
            let name = meta.path().get_ident().map(ToString::to_string).unwrap_or_default();
            if seen.contains(&name) {
                return Err(syn::Error::new_spanned(meta, format!("`{name}` is given twice")));
            }
            self.argument(&name, meta)?;
            seen.push(name);
        }
        Ok(())
    }

    fn argument(&mut self, name: &str, meta: &Meta) -> syn::Result<()> {
        match name {
            "wrap" => flag(meta, &mut self.wrap),
            "eager" => flag(meta, &mut self.eager),
            "keep" => flag(meta, &mut self.keep),
            "exact" => flag(meta, &mut self.exact),
            "callees" => self.callees.read(meta.require_list()?),
            "check" => {
                self.check = Some(match meta {
                    Meta::Path(_) => TokenStream::new(),
                    other => other.require_list()?.tokens.clone(),
                });
                Ok(())
            }
            "name" => {
                self.name = Some(value(meta)?);
                Ok(())
            }
            "done" => {
                self.done = Some(value(meta)?);
                Ok(())
            }
            "crate" => {
                self.root = format!("{}::", value(meta)?);
                Ok(())
            }
            _ => {
                let message = "unknown option; there are `wrap`, `eager`, `keep`, `check`, `exact`, `callees(..)`, `name = ..`, \
                               `done = ..` and `crate = ..`";
                Err(syn::Error::new_spanned(meta, message))
            }
        }
    }
}

fn flag(meta: &Meta, flag: &mut bool) -> syn::Result<()> {
    meta.require_path_only()?;
    *flag = true;
    Ok(())
}

/// A name or a path, bare or as a string.
fn value(meta: &Meta) -> syn::Result<String> {
    let pair = meta.require_name_value()?;
    match &pair.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text.value()),
        Expr::Path(path) => Ok(path.to_token_stream().to_string().replace(' ', "")),
        other => Err(syn::Error::new_spanned(other, "a name is expected here")),
    }
}
