//! Siblings of functions whose callback belongs to one operation, or to a closure.
use super::mapping::Inside;
use super::sibling::{Parts, Sibling};
use crate::extern_block::block::Block;
use crate::extern_block::check::Operation;
use crate::extern_block::keys::Kind;
use crate::extern_block::values::{Callback, Home, Slots};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Type};

pub(super) fn sibling(operation: &Operation, block: &Block) -> TokenStream {
    let frame = Sibling::new(&operation.function, block);
    let writer = Writer {
        operation,
        inside: Inside {
            keys: &operation.keys,
            function: &operation.function.item.sig.ident,
            ffi: &frame.ffi,
        },
        frame: &frame,
        ffi: &frame.ffi,
    };
    let parts = match (operation.keys.kind, operation.on_object()) {
        (Kind::Ask, true) => writer.shared_question(),
        (Kind::Ask, false) => writer.question(),
        (Kind::Stream, true) => writer.shared_stream(),
        (Kind::List | Kind::Stream, _) => writer.stream(),
        (Kind::Hook, _) => writer.hook(),
        (Kind::Notify, _) => writer.notify(),
        (Kind::Reply, _) => writer.reply(),
        _ => writer.future(),
    };
    frame.item(parts)
}

pub(super) struct Writer<'a> {
    pub(super) operation: &'a Operation,
    pub(super) frame: &'a Sibling<'a>,
    pub(super) inside: Inside<'a>,
    pub(super) ffi: &'a TokenStream,
}

impl Writer<'_> {
    /// The parameter for the owner, if the attribute asks for one.
    pub(super) fn owner_input(&self) -> Vec<TokenStream> {
        let ffi = self.ffi;
        self.operation
            .keys
            .owner
            .map(|_| {
                let owner = Ident::new("owner", Span::mixed_site());
                quote!(#owner: &#ffi::Owner)
            })
            .into_iter()
            .collect()
    }

    /// Enters what was started into the book of its owner: the one that was asked for, or the object of the block.
    pub(super) fn owned_by(&self) -> Option<TokenStream> {
        let owner = self.frame.owner(self.operation.keys.owner.is_some())?;
        Some(quote!(.owned_by(#owner)))
    }

    fn stream(&self) -> Parts {
        let (keys, ffi) = (&self.operation.keys, self.ffi);
        let Some(result) = &keys.result else { unreachable!("checked: a stream has a result") };
        let (ty, on) = (result.ty(), self.inside.mapping(result, false));
        match keys.kind {
            Kind::List => Parts {
                does: "starts the C function and returns a stream of the items that its callback brings",
                ..self.stream_of(
                    ("list", "lend_list"),
                    &quote!(<#ty as #ffi::StepType>::Item),
                    &on,
                    &self.policy(),
                )
            },
            _ => {
                let adapter = if keys.destroy.is_some() { "subscribe_destroying" } else { "subscribe" };
                self.stream_of((adapter, "lend_events"), &quote!(#ty), &on, &self.policy())
            }
        }
    }

    /// A stream of what `on` makes, with one of two adapters: for callbacks with user data, and without.
    pub(super) fn stream_of(
        &self,
        (adapter, lending): (&str, &str),
        item: &TokenStream,
        on: &TokenStream,
        policy: &TokenStream,
    ) -> Parts {
        let (ffi, krate, keys) = (self.ffi, &self.frame.block.krate, &self.operation.keys);
        let (start, handle, by_value) = (self.start(), handle(), self.by_value());
        let (adapter, at) = self.adapter(adapter, lending);
        let end = keys.unregister.as_ref().or(keys.cancel.as_ref()).map(|end| quote!(let _ = #end;));
        let owned = self.owned_by().map(|owned| quote!(.map(|stream| stream #owned)));
        Parts {
            name: self.frame.name("async"),
            does: "subscribes with the C function and returns a stream of what its callback brings",
            generics: Vec::new(),
            inputs: self.owner_input(),
            output: quote! {
                ::core::result::Result<
                    #krate::Events<#krate::stream::mpsc::Receiver<#item>, impl ::core::marker::Sized + use<>>,
                    #ffi::CallbackError,
                >
            },
            body: quote!(#by_value #adapter(#at, #policy, #start, move |#handle| { #end }, #on) #owned),
        }
    }

    /// What is called for a callback with user data, and with its place; or without, and with the pool of its functions.
    pub(super) fn adapter(&self, with_data: &str, lending: &str) -> (TokenStream, TokenStream) {
        let (ffi, keys) = (self.ffi, &self.operation.keys);
        let name = |name: &str| Ident::new(name, Span::mixed_site());
        if !matches!(self.operation.data.home, Home::Absent) {
            let (adapter, place) = (name(with_data), self.place());
            return (quote!(#ffi::#adapter), place);
        }
        let (adapter, (_, callback)) = (name(lending), self.callback());
        let pool = match &keys.slots {
            Some(Slots::Count(count)) => {
                let pool = quote::format_ident!("functions_for_{}", self.frame.function.item.sig.ident);
                quote!({ #ffi::slots!(#[allow(non_camel_case_types)] #pool: [#callback; #count]); #pool })
            }
            _ => quote!(#ffi::libffi::<#callback>()),
        };
        (quote!(#ffi::#adapter), pool)
    }

    pub(super) fn policy(&self) -> TokenStream {
        let mpsc = {
            let krate = &self.frame.block.krate;
            quote!(#krate::stream::mpsc)
        };
        match &self.operation.keys.overflow {
            Some(Expr::Call(call)) => {
                let n = &call.args;
                let oldest = matches!(&*call.func, Expr::Path(path) if path.path.is_ident("DropOldest"));
                if oldest { quote!(#mpsc::drop_oldest(#n)) } else { quote!(#mpsc::drop_newest(#n)) }
            }
            Some(Expr::Path(path)) if path.path.is_ident("Latest") => quote!(#mpsc::latest()),
            _ => quote!(#mpsc::unbounded()),
        }
    }

    fn question(&self) -> Parts {
        let (ffi, place) = (self.ffi, self.place());
        let (args, ret) = self.question_types();
        let (on_panic, provided, call) = (self.inside.on_panic(), self.provided(), self.frame.call(|_| None));
        let answer = self.watched(&quote!(args), &quote!(args));
        Parts {
            name: self.frame.name("with"),
            does: "calls the C function, whose callback asks the closure",
            generics: Vec::new(),
            inputs: vec![quote!(mut answer: impl ::core::ops::FnMut(#args) -> #ret)],
            output: self.frame.output(),
            body: match self.operation.data.home {
                // It is called until the function returns, so that no function has to be lent for it.
                Home::Absent => quote!(#ffi::scoped(|#(#provided),*| #call, #answer, #on_panic)),
                _ => quote!(#ffi::ask(#place, |#(#provided),*| #call, #answer, #on_panic)),
            },
        }
    }

    /// The caller's `answer`, or a closure around it that ends the process where it panics.
    pub(super) fn watched(&self, parameters: &TokenStream, arguments: &TokenStream) -> TokenStream {
        let ffi = self.ffi;
        if self.operation.keys.aborts() {
            quote!(move |#parameters| #ffi::or_abort(|| answer(#arguments)))
        } else {
            quote!(move |#parameters| answer(#arguments))
        }
    }

    pub(super) fn question_types(&self) -> (TokenStream, TokenStream) {
        let (ffi, place, (_, callback)) = (self.ffi, self.place(), self.callback());
        (quote!(<#callback as #ffi::CFn<#place>>::Args), quote!(<#callback as #ffi::CFn<#place>>::Ret))
    }

    pub(super) fn place(&self) -> TokenStream {
        self.frame.place(self.operation.data.place())
    }

    /// The callback's parameter and its type.
    pub(super) fn callback(&self) -> (&Ident, &Type) {
        let name = self.operation.callbacks.first();
        let found = self.operation.function.parameters.iter().find(|p| Some(&p.name) == name);
        let Some(found) = found else { unreachable!("checked: the callback is a parameter") };
        (&found.name, &found.ty)
    }

    /// What the start closure gets: callbacks, user data, destroy function.
    fn provided(&self) -> Vec<Ident> {
        let operation = self.operation;
        let data = matches!(operation.data.home, Home::Argument(_)).then_some(&operation.data.parameter);
        operation.callbacks.iter().chain(data).chain(&operation.keys.destroy).cloned().collect()
    }

    pub(super) fn start(&self) -> TokenStream {
        let (operation, keys) = (self.operation, &self.operation.keys);
        // The destroy function may be nullable in C's declaration.
        let call = self.frame.call(|p| {
            let name = &p.name;
            (Some(name) == keys.destroy.as_ref()).then(|| quote!(#name.into()))
        });
        let call = self.inside.start(call);
        let started = match &keys.refused {
            Some(refused) => self.frame.started(Some(refused), call),
            None => call,
        };
        match &keys.cb {
            Some(Callback::Field(path)) => {
                let request = &operation.data.parameter;
                quote!(move |callback| { (*#request).#path = callback; #started })
            }
            _ => {
                let provided = self.provided();
                quote!(move |#(#provided),*| #started)
            }
        }
    }

    /// Has the compiler check that arguments which are handed on can't dangle, and that C wants no answer where none is declared.
    pub(super) fn by_value(&self) -> TokenStream {
        let (ffi, types) = (self.ffi, &self.operation.by_value);
        let handed_on = (!types.is_empty()).then(|| {
            quote! {
                const _: fn() = || {
                    fn handed_on<T: #ffi::ByValue>() {}
                    #(handed_on::<#types>();)*
                };
            }
        });
        let unanswered = self.unanswered();
        quote!(#handed_on #unanswered)
    }

    /// For callbacks whose type is behind a name; of others, the attribute sees what they return.
    fn unanswered(&self) -> Option<TokenStream> {
        let (operation, ffi) = (self.operation, self.ffi);
        let named = operation.keys.answer.is_none()
            && operation.function.bare_callback(&operation.callbacks).is_none();
        let place = self.place();
        let checks = operation.callbacks.iter().filter(|_| named).filter_map(|name| {
            let parameter = operation.function.parameters.iter().find(|p| p.name == *name)?;
            let ty = &parameter.ty;
            Some(quote_spanned!(ty.span()=> returned::<<#ty as #ffi::CFn<#place>>::Ret>();))
        });
        let checks: Vec<_> = checks.collect();
        (!checks.is_empty()).then(|| {
            quote! {
                const _: fn() = || {
                    fn returned<T: #ffi::NoAnswer>() {}
                    #(#checks)*
                };
            }
        })
    }
}

/// What the C function returned, for the user's expressions.
pub(super) fn handle() -> Ident {
    Ident::new("handle", Span::call_site())
}
