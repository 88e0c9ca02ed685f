//! Siblings of callbacks that work with what a C object's callbacks share: streams that come and go, and questions.
use super::operation::{Writer, handle};
use super::sibling::Parts;
use quote::quote;

impl Writer<'_> {
    /// A stream of what an object-wide callback brings: it is plugged into an outlet of what the object's callbacks share.
    pub(super) fn shared_stream(&self) -> Parts {
        let (keys, ffi, krate) = (&self.operation.keys, self.ffi, &self.frame.block.krate);
        let Some(result) = &keys.result else { unreachable!("checked: a stream has a result") };
        let (place, policy, by_value, handle) = (self.place(), self.policy(), self.by_value(), handle());
        let ty = result.ty();
        let (callback, callback_ty) = self.callback();
        let (value, on_panic) = (self.inside.value(result, &quote!(args)), self.inside.on_panic());
        let started = self.frame.started(keys.refused.as_ref(), self.frame.call(|_| None));
        let answer = &keys.answer;
        let end = keys.unregister.as_ref().map(|end| quote!(if plug.object_is_there() { let _ = #end; }));
        let owned = self.owned_by();
        let mut inputs = vec![quote!(shared: &#ffi::Shared<State>)];
        inputs.extend(self.owner_input());
        Parts {
            name: self.frame.name("async"),
            does: "sets the object's callback and returns a stream of what it brings, out of the outlet in what the object's callbacks share",
            generics: vec![quote! {
                State: ::core::convert::AsRef<#ffi::Outlet<#ty>> + ::core::marker::Send + ::core::marker::Sync + 'static
            }],
            inputs,
            output: quote! {
                ::core::result::Result<
                    #krate::Events<#krate::stream::mpsc::Receiver<#ty>, impl ::core::marker::Sized + use<State>>,
                    #ffi::CallbackError,
                >
            },
            body: quote! {
                #by_value
                let stream = ::core::convert::AsRef::<#ffi::Outlet<#ty>>::as_ref(&**shared).connect(#policy) #owned;
                let started = shared.register(
                    #place,
                    |#callback: #callback_ty| #started,
                    |state, args| {
                        ::core::convert::AsRef::<#ffi::Outlet<#ty>>::as_ref(state).emit_with(move || #value);
                        #answer
                    },
                    || #on_panic,
                );
                match started {
                    #ffi::Started::Pending(#handle) => ::core::result::Result::Ok(stream.on_drop(move |plug| {
                        #end
                        ::core::mem::drop(plug);
                    })),
                    #ffi::Started::Refused(code) => {
                        ::core::result::Result::Err(#ffi::CallbackError::Refused(code))
                    }
                }
            },
        }
    }

    /// A question of an object: the closure captures nothing and works with what the object's callbacks share.
    pub(super) fn shared_question(&self) -> Parts {
        let (ffi, place) = (self.ffi, self.place());
        let (args, ret) = self.question_types();
        let (on_panic, call) = (self.inside.on_panic(), self.frame.call(|_| None));
        let (callback, callback_ty) = self.callback();
        let answer = self.watched(&quote!(state, args), &quote!(state, args));
        Parts {
            name: self.frame.name("with"),
            does: "sets the object's callback to a closure that works with what the object's callbacks share, and captures nothing",
            generics: vec![quote!(State: ::core::marker::Send + ::core::marker::Sync + 'static)],
            inputs: vec![
                quote!(shared: &#ffi::Shared<State>),
                quote! {
                    answer: impl ::core::ops::Fn(&State, #args) -> #ret
                        + ::core::marker::Copy + ::core::marker::Send + ::core::marker::Sync + 'static
                },
            ],
            output: self.frame.output(),
            body: quote!(shared.register(#place, |#callback: #callback_ty| #call, #answer, || #on_panic)),
        }
    }
}
