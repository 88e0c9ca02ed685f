//! Writes the async sibling of a C function.
use super::check::{Parameter, Plan, Role};
use super::keys::{BlockOptions, Kind, Mapping, Place};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Expr, Type};

pub(super) fn sibling(plan: &Plan, options: &BlockOptions) -> TokenStream {
    Writer {
        plan,
        krate: {
            let krate = &options.krate;
            quote!(#krate)
        },
    }
    .sibling()
}

struct Writer<'a> {
    plan: &'a Plan,
    krate: TokenStream,
}

impl Writer<'_> {
    fn sibling(&self) -> TokenStream {
        let Self { plan, krate } = self;
        let function = &plan.function;
        let raw = &function.sig.ident;
        let ffi = quote!(#krate::ffi);
        let (ending, what) = match plan.keys.kind {
            Kind::Once | Kind::Pair => {
                ("async", "starts the C function and returns a future of what its callback brings")
            }
            Kind::List => {
                ("async", "starts the C function and returns a stream of the items that its callback brings")
            }
            Kind::Stream => {
                ("async", "subscribes with the C function and returns a stream of what its callback brings")
            }
            Kind::Ask => ("with", "calls the C function, whose callback asks the closure"),
        };
        let name = format_ident!("{raw}_{ending}");
        let (vis, attrs) = (&function.vis, function.attrs.iter().filter(|attr| attr.path().is_ident("cfg")));
        // Unless the item says that it is safe, its promises are the caller's to keep.
        let is_safe = matches!(&function.sig.safety, syn::Safety::Safe(_));
        let unsafety = (!is_safe).then(|| quote!(unsafe));
        let (inputs, generics) = self.inputs(&ffi);
        let (output, body) = match plan.keys.kind {
            Kind::Once | Kind::Pair => self.future(&ffi, &generics),
            Kind::List | Kind::Stream => self.stream(&ffi, &generics),
            Kind::Ask => self.question(&ffi),
        };
        let doc = format!("The sibling of [`{raw}`]: {what}.");
        let safety = "# Safety\n\nAs for the C function: what its documentation demands of the arguments. Pointers that C uses after it has \
                      returned stay valid until the callback has come.";
        let safety = (!is_safe).then(|| quote!(#[doc = ""] #[doc = #safety]));
        let bounds = generics
            .iter()
            .map(|(name, ty)| quote!(#name: #ffi::Buffer<#ty> + ::core::marker::Send + 'static));
        let kept = plan.parameters.iter().filter(|p| p.role == Role::Kept).map(|p| {
            let (name, kept, ty) = (&p.name, self.kept(p), &p.ty);
            quote! {
                let mut #kept = #name;
                let #name: #ty = #ffi::Buffer::<#ty>::pointer(&mut #kept);
            }
        });
        quote! {
            #(#attrs)*
            #[doc = #doc]
            #safety
            #[track_caller]
            #[allow(clippy::too_many_arguments, clippy::missing_safety_doc, clippy::type_complexity)]
            #vis #unsafety fn #name<#(#bounds),*>(#(#inputs),*) -> #output {
                #(#kept)*
                // SAFETY: what the attribute says about the C function, and what the caller promises.
                #[allow(unused_unsafe)]
                unsafe { #body }
            }
        }
    }

    /// The sibling's parameters, and a type parameter for each buffer that is kept.
    fn inputs(&self, ffi: &TokenStream) -> (Vec<TokenStream>, Vec<(Ident, Type)>) {
        let mut inputs = Vec::new();
        let mut generics = Vec::new();
        for parameter in &self.plan.parameters {
            let (name, ty) = (&parameter.name, &parameter.ty);
            match parameter.role {
                Role::Passed => inputs.push(quote!(#name: #ty)),
                Role::Kept => {
                    let kept = format_ident!("Kept{}", generics.len(), span = Span::mixed_site());
                    inputs.push(quote!(#name: #kept));
                    generics.push((kept, ty.clone()));
                }
                Role::Provided => {}
            }
        }
        if self.plan.keys.owner.is_some() {
            inputs.push(quote!(owner: &#ffi::Owner));
        }
        if self.plan.keys.kind == Kind::Ask {
            let (callback, place) = (&self.plan.callback, self.place_type(ffi));
            inputs.push(quote! {
                answer: impl ::core::ops::FnMut(<#callback as #ffi::CFn<#place>>::Args) -> <#callback as #ffi::CFn<#place>>::Ret
            });
        }
        (inputs, generics)
    }

    fn kept(&self, parameter: &Parameter) -> Ident {
        format_ident!("kept_{}", parameter.name, span = Span::mixed_site())
    }

    /// A future never borrows: what it needs was passed by value.
    fn captures(generics: &[(Ident, Type)]) -> TokenStream {
        let names = generics.iter().map(|(name, _)| name);
        quote!(use<#(#names),*>)
    }

    fn future(&self, ffi: &TokenStream, generics: &[(Ident, Type)]) -> (TokenStream, TokenStream) {
        let keys = &self.plan.keys;
        let place = self.place(ffi);
        let (ty, described) = if keys.kind == Kind::Pair {
            let (Some(ok), Some(err)) = (&keys.ok, &keys.err) else { return Default::default() };
            let (start, ok_ty, err_ty) = (self.start(ffi), result_type(ok), result_type(err));
            let (ok, err) = (self.mapping(ok, ffi), self.mapping(err, ffi));
            let ty = quote!(::core::result::Result<#ok_ty, #err_ty>);
            (ty, quote!(#ffi::pair(#place, #start, #ok, #err)))
        } else {
            let Some(result) = &keys.result else { return Default::default() };
            let (start, on, ty) = (self.start(ffi), self.mapping(result, ffi), result_type(result));
            let described = match (&keys.destroy, &keys.answer, &keys.on_panic) {
                (Some(_), ..) => quote!(#ffi::oneshot_destroying(#place, #start, #on)),
                (None, Some(answer), Some(on_panic)) => {
                    let on = self.answering(result, answer, ffi);
                    quote!(#ffi::oneshot_answering(#place, #start, #on, #on_panic))
                }
                (None, ..) => quote!(#ffi::oneshot(#place, #start, #on)),
            };
            (quote!(#ty), described)
        };
        let keep = self.plan.parameters.iter().filter(|p| p.role == Role::Kept).map(|p| {
            let kept = self.kept(p);
            quote!(.keep(#kept))
        });
        let cancel = self.cancel(ffi);
        let owner = keys.owner.map(|_| quote!(.owned_by(owner)));
        let local = keys.thread.as_ref().filter(|thread| *thread != "any").map(|_| quote!(.local()));
        let captures = Self::captures(generics);
        let output = quote! {
            impl ::core::future::Future<Output = ::core::result::Result<#ty, #ffi::CallbackError>> + #captures
        };
        (output, quote!(#described #(#keep)* #cancel #owner #local .start()))
    }

    fn cancel(&self, ffi: &TokenStream) -> Option<TokenStream> {
        let (class, cancel) = (self.plan.keys.cancelled.as_ref()?, self.plan.keys.cancel.as_ref()?);
        let said = if class == "silent" || class == "blocks" { quote!(Silenced) } else { quote!(StillFires) };
        let handle = Ident::new("handle", Span::call_site());
        Some(quote! {
            .cancel_with(move |#handle| {
                #[allow(unused_variables)]
                let #handle = *#handle;
                let _ = #cancel;
                #ffi::Cancel::#said
            })
        })
    }

    fn stream(&self, ffi: &TokenStream, generics: &[(Ident, Type)]) -> (TokenStream, TokenStream) {
        let (keys, krate) = (&self.plan.keys, &self.krate);
        let Some(result) = &keys.result else { return Default::default() };
        let (place, start, on) = (self.place(ffi), self.start(ffi), self.mapping(result, ffi));
        let policy = self.policy();
        let end = keys.unregister.as_ref().or(keys.cancel.as_ref());
        let handle = Ident::new("handle", Span::call_site());
        let end = end.map(|end| quote!(let _ = #end;));
        let ty = result_type(result);
        let (adapter, item) = match keys.kind {
            Kind::List => (quote!(list), quote!(<#ty as #ffi::StepType>::Item)),
            _ => (quote!(subscribe), quote!(#ty)),
        };
        let captures = Self::captures(generics);
        let output = quote! {
            ::core::result::Result<
                #krate::Events<#krate::stream::mpsc::Receiver<#item>, impl ::core::marker::Sized + #captures>,
                #ffi::CallbackError,
            >
        };
        let body = quote! {
            #ffi::#adapter(
                #place,
                #policy,
                #start,
                move |#[allow(unused_variables)] #handle| { #end },
                #on,
            )
        };
        (output, body)
    }

    fn policy(&self) -> TokenStream {
        let mpsc = {
            let krate = &self.krate;
            quote!(#krate::stream::mpsc)
        };
        match &self.plan.keys.overflow {
            Some(Expr::Call(call)) => {
                let n = &call.args;
                let oldest = matches!(&*call.func, Expr::Path(path) if path.path.is_ident("DropOldest"));
                if oldest { quote!(#mpsc::drop_oldest(#n)) } else { quote!(#mpsc::drop_newest(#n)) }
            }
            Some(Expr::Path(path)) if path.path.is_ident("Latest") => quote!(#mpsc::latest()),
            _ => quote!(#mpsc::unbounded()),
        }
    }

    fn question(&self, ffi: &TokenStream) -> (TokenStream, TokenStream) {
        let (function, keys) = (&self.plan.function, &self.plan.keys);
        let output = match &function.sig.output {
            syn::ReturnType::Default => quote!(()),
            syn::ReturnType::Type(_, ty) => quote!(#ty),
        };
        let (place, on_panic) = (self.place(ffi), &keys.on_panic);
        let (provided, call) = (self.provided(), self.call());
        (output, quote!(#ffi::ask(#place, |#(#provided),*| #call, answer, #on_panic)))
    }

    /// What the start closure gets: callbacks, user data, destroy function.
    fn provided(&self) -> Vec<Ident> {
        let keys = &self.plan.keys;
        keys.cb.iter().chain([&self.plan.data.parameter]).chain(&keys.destroy).cloned().collect()
    }

    fn call(&self) -> TokenStream {
        let raw = &self.plan.function.sig.ident;
        let arguments = self.plan.parameters.iter().map(|p| {
            let name = &p.name;
            // The destroy function may be nullable in C's declaration.
            if Some(name) == self.plan.keys.destroy.as_ref() { quote!(#name.into()) } else { quote!(#name) }
        });
        quote!(#raw(#(#arguments),*))
    }

    fn start(&self, ffi: &TokenStream) -> TokenStream {
        let (provided, call) = (self.provided(), self.call());
        let refused = self.plan.keys.refused.as_ref().map(ToString::to_string);
        let started = match refused.as_deref() {
            Some("nonzero") => quote!(#ffi::Started::zero_ok(#call)),
            Some("negative") => quote!(#ffi::Started::nonneg_ok(#call)),
            Some("null") => quote!(#ffi::Started::nonnull(#call)),
            Some(_) => quote!(#ffi::Started::Pending(#call)),
            None => call,
        };
        quote!(move |#(#provided),*| #started)
    }

    fn place(&self, ffi: &TokenStream) -> TokenStream {
        match self.plan.data.place {
            Place::First => quote!(#ffi::First),
            Place::Last => quote!(#ffi::Last),
            Place::Nth(at) => quote!(#ffi::Nth::<#at>),
        }
    }

    fn place_type(&self, ffi: &TokenStream) -> TokenStream {
        self.place(ffi)
    }

    /// The closure over the callback's arguments as a tuple. The user's own closure is taken apart rather than called, so that
    /// its parameters get their types from C.
    fn mapping(&self, mapping: &Mapping, ffi: &TokenStream) -> TokenStream {
        match mapping {
            Mapping::Function(path, _) => quote!(|args| #ffi::Apply::apply(#path, args)),
            Mapping::Closure(closure, ty) => {
                let (arguments, body) = (tuple_of(closure), &closure.body);
                quote!(move |#arguments| -> #ty #body)
            }
        }
    }

    /// As `mapping`, with the answer for C beside the value.
    fn answering(&self, mapping: &Mapping, answer: &Expr, ffi: &TokenStream) -> TokenStream {
        match mapping {
            Mapping::Function(path, _) => quote!(|args| (#ffi::Apply::apply(#path, args), #answer)),
            Mapping::Closure(closure, ty) => {
                let (arguments, body) = (tuple_of(closure), &closure.body);
                quote! {
                    move |#arguments| {
                        let value: #ty = #body;
                        (value, #answer)
                    }
                }
            }
        }
    }
}

/// A closure's parameters as one tuple, with the types that were said.
fn tuple_of(closure: &syn::ExprClosure) -> TokenStream {
    let (patterns, types): (Vec<_>, Vec<_>) = closure
        .inputs
        .iter()
        .map(|input| match input {
            syn::Pat::Type(typed) => {
                let (pattern, ty) = (&typed.pat, &typed.ty);
                (quote!(#pattern), quote!(#ty))
            }
            pattern => (quote!(#pattern), quote!(_)),
        })
        .unzip();
    quote!((#(#patterns,)*): (#(#types,)*))
}

fn result_type(mapping: &Mapping) -> &Type {
    match mapping {
        Mapping::Closure(_, ty) | Mapping::Function(_, ty) => ty,
    }
}
