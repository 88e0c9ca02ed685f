//! `#[uncallback(check(..))]`: a test that runs both styles of a function against each other.
//!
//! Input:
//!
//! ```text
//! #[uncallback(check(with = doubles, id in 0..3))]
//! fn total(id: u64, done: impl FnOnce(u64)) { .. }
//! ```
//!
//! Output: the async function, and
//!
//! ```text
//! #[cfg(test)]
//! #[test]
//! fn total_is_the_same_in_both_styles() {
//!     use doubles::*;
//!     for (number0, input0) in IntoIterator::into_iter(0..3).enumerate() {
//!         check::compare(
//!             "`total`",
//!             &[check::Input { name: "id", from: "0..3", number: Some(number0) }],
//!             || { fn total(id: u64, done: impl FnOnce(u64)) { .. }  total(input0.clone(), |value0| check::answered(&value0)) },
//!             || { async fn total(id: u64) -> u64 { .. }  async { total(input0.clone()).await } },
//!         )
//!     }
//! }
//! ```
//!
//! Both versions stand inside of the test, where the names of the doubles hide those of the module, for both alike.
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, FnArg, ItemFn, Pat, Path, ReturnType, Token, Type};
use uncallback_rewrite::{Converted, Options, emit};

/// A function in both styles.
pub(crate) struct Styles<'a> {
    pub(crate) callback: &'a ItemFn,
    pub(crate) converted: &'a Converted<'a>,
    pub(crate) options: &'a Options,
}

/// The test of one function, if it is wanted. Both styles of all functions that are converted with it are a part of it.
pub(crate) fn test(styles: &Styles<'_>, all: &[Styles<'_>]) -> syn::Result<TokenStream> {
    let Some(request) = &styles.options.check else { return Ok(TokenStream::new()) };
    let request: Request = syn::parse2(request.clone())?;
    let sig = &styles.callback.sig;
    let at_once = match &sig.output {
        ReturnType::Type(_, ty) => !matches!(&**ty, Type::Tuple(tuple) if tuple.elems.is_empty()),
        ReturnType::Default => false,
    };
    if at_once {
        let message = "`check` compares answers; this function also returns a value, which nobody compares";
        return Err(syn::Error::new_spanned(&sig.output, message));
    }
    if let syn::Safety::Unsafe(_) = &sig.safety {
        let message = "`check` cannot know what this function requires of its callers\n\
                       help: check a safe function that calls it";
        return Err(syn::Error::new_spanned(sig.fn_token, message));
    }
    let inputs = request.inputs(styles)?;

    let root: TokenStream = styles.options.root.parse()?;
    let doubles = request.with.as_ref().map(|path| quote!(use #path::*;));
    let name = &sig.ident;
    let shown = format!("`{name}`");
    let test = format_ident!("{name}_is_the_same_in_both_styles", span = Span::call_site());
    let new_name = match styles.options.new_name(name) {
        Some(new) => Ident::new(&new, Span::call_site()),
        None => name.clone(),
    };
    let callbacks = all.iter().map(|styles| styles.callback);
    let directs = all.iter().map(|styles| emit::tokens::tokens(&styles.converted.pieces));
    let descriptions = inputs.iter().filter_map(|input| input.description(&root));
    let for_callback = inputs.iter().map(|input| &input.for_callback);
    let for_direct = inputs.iter().filter_map(|input| input.for_direct.as_ref());
    let comparison = quote! {
        #root check::compare(
            #shown,
            &[#(#descriptions),*],
            || { #(#callbacks)* #name(#(#for_callback),*) },
            || { #(#directs)* async { #new_name(#(#for_direct),*).await } },
        );
    };
    let repeated = inputs.iter().rev().fold(comparison, |inside, input| input.repeat(inside));
    Ok(quote! {
        #[cfg(test)]
        #[test]
        #[allow(unused, clippy::all)]
        fn #test() {
            #doubles
            #repeated
        }
    })
}

/// What stands in `check(..)`.
struct Request {
    /// `with = path`: the module of the doubles.
    with: Option<Path>,
    given: Vec<Given>,
}

/// `name = value` or `name in values`.
struct Given {
    name: Ident,
    is_several: bool,
    value: Expr,
}

impl Parse for Request {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut request = Request { with: None, given: Vec::new() };
        for given in Punctuated::<Given, Token![,]>::parse_terminated(input)? {
            let Given { name, is_several, value } = given;
            if name == "with" && !is_several {
                let Expr::Path(path) = value else {
                    return Err(syn::Error::new_spanned(value, "the path of a module is expected here"));
                };
                request.with = Some(path.path);
            } else if request.given.iter().any(|other| other.name == name) {
                return Err(syn::Error::new_spanned(&name, format!("`{name}` is given twice")));
            } else {
                request.given.push(Given { name, is_several, value });
            }
        }
        Ok(request)
    }
}

impl Parse for Given {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?;
        let is_several = input.peek(Token![in]);
        if is_several {
            input.parse::<Token![in]>()?;
        } else if input.parse::<Token![=]>().is_err() {
            let message = "`check(with = module, parameter = value, parameter in values)` is expected here";
            return Err(syn::Error::new(name.span(), message));
        }
        Ok(Given { name, is_several, value: input.parse()? })
    }
}

/// An argument of the compared calls.
struct Input {
    name: String,
    source: Source,
    /// The argument of the callback version.
    for_callback: TokenStream,
    /// The argument of the async version; none for a completion.
    for_direct: Option<TokenStream>,
}

enum Source {
    Recorder,
    /// The same expression, evaluated for each run.
    Value(Expr),
    /// Each value of an expression: the variables for the value and its number, what is iterated, and its text.
    Each(Ident, Ident, TokenStream, String),
}

impl Request {
    /// The arguments, in the order of the parameters.
    fn inputs(&self, styles: &Styles<'_>) -> syn::Result<Vec<Input>> {
        let sig = &styles.callback.sig;
        let root: TokenStream = styles.options.root.parse()?;
        let mut unused: Vec<&Given> = self.given.iter().collect();
        let mut inputs = Vec::new();
        for (index, parameter) in sig.inputs.iter().enumerate() {
            let FnArg::Typed(parameter) = parameter else {
                return Err(syn::Error::new_spanned(parameter, METHOD));
            };
            let name = match &*parameter.pat {
                Pat::Ident(name) => name.ident.to_string(),
                _ => String::new(),
            };
            if let Some((_, recorder)) =
                styles.converted.recorders.iter().find(|(position, _)| *position == index)
            {
                let for_callback = recorder.parse()?;
                inputs.push(Input { name, source: Source::Recorder, for_callback, for_direct: None });
                continue;
            }
            let given = unused.iter().position(|given| given.name == name).map(|at| unused.remove(at));
            let (number, value) = (format_ident!("number{index}"), format_ident!("input{index}"));
            let source = match given {
                Some(given) if !given.is_several => Source::Value(given.value.clone()),
                Some(Given { value: values, .. }) => {
                    let each = quote!(::core::iter::IntoIterator::into_iter(#values));
                    Source::Each(value, number, each, values.to_token_stream().to_string())
                }
                None => {
                    let ty = &parameter.ty;
                    is_plain(ty, sig)?;
                    let each = quote!(<#ty as #root check::Sample>::samples().into_iter());
                    Source::Each(value, number, each, format!("samples of {}", ty.to_token_stream()))
                }
            };
            let argument = match &source {
                Source::Each(value, ..) => quote!(::core::clone::Clone::clone(&#value)),
                Source::Value(value) => value.to_token_stream(),
                Source::Recorder => TokenStream::new(),
            };
            inputs.push(Input { name, source, for_callback: argument.clone(), for_direct: Some(argument) });
        }
        match unused.first() {
            Some(given) => {
                let message = format!("`{}` has no parameter of this name to give a value", sig.ident);
                Err(syn::Error::new_spanned(&given.name, message))
            }
            None => Ok(inputs),
        }
    }
}

/// What is said of `check` where it can't stand.
pub(crate) const METHOD: &str = "`check` is for functions: its test needs a value for `self`, and a place to stand\n\
                                 help: check a function that calls the method";

/// A type for which samples can be asked: one that is written out.
fn is_plain(ty: &Type, sig: &syn::Signature) -> syn::Result<()> {
    let is_open = |ty: &Type| {
        let generic = |name: &str| sig.generics.type_params().any(|param| param.ident == name);
        matches!(ty, Type::ImplTrait(_))
            || ty.to_token_stream().into_iter().any(|token| generic(&token.to_string()))
    };
    if is_open(ty) {
        let message = "a check cannot choose values for this parameter, whose type is open\n\
                       help: give it one: `check(name = value)` or `check(name in [one, other])`";
        return Err(syn::Error::new_spanned(ty, message));
    }
    Ok(())
}

impl Input {
    fn description(&self, root: &TokenStream) -> Option<TokenStream> {
        let (from, number) = match &self.source {
            Source::Recorder => return None,
            Source::Value(value) => (value.to_token_stream().to_string(), quote!(None)),
            Source::Each(_, number, _, from) => (from.clone(), quote!(Some(#number))),
        };
        let name = &self.name;
        Some(quote!(#root check::Input {
            name: #name,
            from: #from,
            number: ::core::option::Option::#number,
        }))
    }

    /// Puts the code into a loop over the values, if there are several.
    fn repeat(&self, inside: TokenStream) -> TokenStream {
        match &self.source {
            Source::Each(value, number, each, _) => quote! {
                for (#number, #value) in ::core::iter::Iterator::enumerate(#each) { #inside }
            },
            Source::Recorder | Source::Value(_) => inside,
        }
    }
}
