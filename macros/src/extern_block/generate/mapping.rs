//! What runs inside the callback: the user's closure, taken apart so that its parameters get their types from C, and watched over.
use crate::extern_block::keys::Keys;
use crate::extern_block::values::Mapping;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, ExprClosure, Ident};

/// Writes mappings for one function.
pub(super) struct Inside<'a> {
    pub(super) keys: &'a Keys,
    pub(super) function: &'a Ident,
    pub(super) ffi: &'a TokenStream,
}

impl Inside<'_> {
    /// A closure over the callback's arguments as a tuple. `request` is there if the user's closure gets a request before them.
    pub(super) fn mapping(&self, mapping: &Mapping, request: bool) -> TokenStream {
        let (parameters, body) = self.apart(mapping, request);
        let ty = mapping.ty();
        quote!(move |#parameters| -> #ty #body)
    }

    /// As `mapping`, with the answer for C beside the value.
    pub(super) fn answering(&self, mapping: &Mapping, answer: &Expr) -> TokenStream {
        let (parameters, body) = self.apart(mapping, false);
        let ty = mapping.ty();
        quote! {
            move |#parameters| {
                let value: #ty = #body;
                (value, #answer)
            }
        }
    }

    /// The value of a mapping whose arguments are in `arguments`, a tuple.
    pub(super) fn value(&self, mapping: &Mapping, arguments: &TokenStream) -> TokenStream {
        let (parameters, body) = self.apart(mapping, false);
        let (pattern, ty) = (
            match mapping {
                Mapping::Closure(..) => parameters,
                Mapping::Function(..) => quote!(args),
            },
            mapping.ty(),
        );
        quote!({ let #pattern = #arguments; let value: #ty = #body; value })
    }

    /// The parameters of the closure to write, and its body.
    fn apart(&self, mapping: &Mapping, request: bool) -> (TokenStream, TokenStream) {
        let ffi = self.ffi;
        let (parameters, body) = match mapping {
            Mapping::Function(path, _) => (quote!(args), quote!({ #ffi::Apply::apply(#path, args) })),
            Mapping::Closure(closure, _) => {
                let body = &closure.body;
                (parameters(closure, request), quote!(#body))
            }
        };
        (parameters, self.watched(mapping, body))
    }

    /// The body, a block, under the conditions that were said about panics and about the time of the call.
    fn watched(&self, mapping: &Mapping, mut body: TokenStream) -> TokenStream {
        let (ffi, ty) = (self.ffi, mapping.ty());
        if self.keys.never_inside() {
            let name = self.function.to_string();
            body = quote!({ #ffi::NeverInside(#name).check(); #body });
        }
        if self.keys.aborts() {
            body = quote!({ #ffi::or_abort(move || -> #ty #body) });
        }
        body
    }

    /// The call that starts an operation.
    pub(super) fn start(&self, call: TokenStream) -> TokenStream {
        if !self.keys.never_inside() {
            return call;
        }
        let (ffi, name) = (self.ffi, self.function.to_string());
        quote!(#ffi::NeverInside(#name).during(move || #call))
    }

    /// What C gets when Rust has panicked; of no importance if the process ends instead.
    pub(super) fn on_panic(&self) -> TokenStream {
        let ffi = self.ffi;
        match &self.keys.on_panic {
            Some(answer) => quote!(#answer),
            None => quote!(#ffi::CReturn::neutral()),
        }
    }
}

/// A closure's parameters as one tuple, with the types that were said; the request, if there is one, stands before it.
fn parameters(closure: &ExprClosure, request: bool) -> TokenStream {
    let mut all = closure.inputs.iter();
    let request = if request { all.next().map(|request| quote!(#request,)) } else { None };
    let (patterns, types): (Vec<_>, Vec<_>) = all
        .map(|input| match input {
            syn::Pat::Type(typed) => {
                let (pattern, ty) = (&typed.pat, &typed.ty);
                (quote!(#pattern), quote!(#ty))
            }
            pattern => (quote!(#pattern), quote!(_)),
        })
        .unzip();
    quote!(#request (#(#patterns,)*): (#(#types,)*))
}
