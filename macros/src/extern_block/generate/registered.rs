//! Siblings of functions whose callback stays registered: questions, wake-up calls, and questions that are answered later.
use super::operation::{Writer, handle};
use super::sibling::Parts;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Pat, ReturnType, Type};

impl Writer<'_> {
    /// A question that stays registered: a closure answers it until the hook is dropped.
    pub(super) fn hook(&self) -> Parts {
        let (ffi, keys) = (self.ffi, &self.operation.keys);
        let (args, ret) = self.question_types();
        let (start, handle, on_panic) = (self.start(), handle(), self.inside.on_panic());
        let (adapter, at) = self.adapter("hook", "lend_hook");
        let answer = self.watched(&quote!(args), &quote!(args));
        let end = keys.unregister.as_ref().map(|end| quote!(let _ = #end;));
        let owned = self.owned_by().map(|owned| quote!(.map(|hook| hook #owned)));
        let handle_ty = self.handle_type();
        let mut inputs = vec![quote!(mut answer: Answer)];
        inputs.extend(self.owner_input());
        Parts {
            name: self.frame.name("hook"),
            does: "registers a closure that answers the callback until what is returned is dropped",
            generics: vec![
                quote!(Answer: ::core::ops::FnMut(#args) -> #ret + ::core::marker::Send + 'static),
            ],
            inputs,
            output: quote! {
                ::core::result::Result<
                    #ffi::Hook<#handle_ty, impl ::core::ops::FnOnce(#handle_ty) + use<Answer>>,
                    #ffi::CallbackError,
                >
            },
            body: quote!(#adapter(#at, #start, move |#handle: #handle_ty| { #end }, #answer, #on_panic) #owned),
        }
    }

    /// What the start closure says that cancelling needs.
    fn handle_type(&self) -> TokenStream {
        let refused = self.operation.keys.refused.as_ref().map(ToString::to_string);
        match (refused.as_deref(), &self.frame.function.item.sig.output) {
            (Some("nonzero"), _) | (_, ReturnType::Default) => quote!(()),
            (Some("null"), ReturnType::Type(_, ty)) => match &**ty {
                Type::Ptr(pointer) => {
                    let to = &pointer.elem;
                    quote!(::core::ptr::NonNull<#to>)
                }
                // The compiler says that it is no pointer, where it is passed on.
                other => quote!(::core::ptr::NonNull<#other>),
            },
            (_, ReturnType::Type(_, ty)) => quote!(#ty),
        }
    }

    /// A stream of wake-up calls, in which those that nobody has seen are one.
    pub(super) fn notify(&self) -> Parts {
        let krate = &self.frame.block.krate;
        let latest = quote!(#krate::stream::mpsc::latest());
        Parts {
            does: "registers a wake-up function and returns a stream of its calls, in which those that nobody has seen yet are one",
            ..self.stream_of(("subscribe", "lend_events"), &quote!(()), &quote!(|_| ()), &latest)
        }
    }

    /// A stream of questions, each with its reply.
    pub(super) fn reply(&self) -> Parts {
        let (ffi, keys) = (self.ffi, &self.operation.keys);
        let (Some(result), Some(send), Some(dropped)) = (&keys.result, &keys.send, &keys.dropped) else {
            unreachable!("checked: a reply has them")
        };
        let Some(Pat::Type(answer)) = send.inputs.first() else { unreachable!("checked: its type is said") };
        let (asked, answer_ty) = (result.ty(), &answer.ty);
        let (value, body, at) =
            (self.inside.value(result, &quote!(args)), &send.body, syn::Index::from(self.operation.question));
        let question = proc_macro2::Ident::new("question", proc_macro2::Span::call_site());
        let on = quote! {
            move |args| {
                let asked = #ffi::Sent::new(args.#at);
                let reply = #ffi::Reply::new(
                    move |#answer| {
                        let #question = asked.into_inner();
                        let _ = #body;
                    },
                    move || #dropped,
                );
                (#value, reply)
            }
        };
        Parts {
            does: "registers with the C function and returns a stream of what it asks, each with the reply that it waits for",
            ..self.stream_of(
                ("subscribe", "lend_events"),
                &quote!((#asked, #ffi::Reply<#answer_ty>)),
                &on,
                &self.policy(),
            )
        }
    }
}
