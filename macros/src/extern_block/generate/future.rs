//! Siblings of callbacks that come once: a future of what one brings, with what it keeps, who it belongs to, and how it is cancelled.
use super::operation::{Writer, handle};
use super::sibling::Parts;
use crate::extern_block::keys::Kind;
use crate::extern_block::values::Home;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};

impl Writer<'_> {
    /// The sibling of a callback that comes once.
    pub(super) fn future(&self) -> Parts {
        let (keys, ffi) = (&self.operation.keys, self.ffi);
        let (ty, described) = if keys.kind == Kind::Pair { self.pair() } else { self.once() };
        let (keep, cancel) = (self.kept(), self.cancel());
        let shared = self.kept_for_cancelling().map(|kept| quote!(let #kept = #ffi::Kept::new(#kept);));
        let owner = self.owned_by();
        let local = keys.thread.as_ref().filter(|thread| *thread == "same").map(|_| quote!(.local()));
        let captures = self.captures();
        let by_value = self.by_value();
        let mut output = quote!(::core::result::Result<#ty, #ffi::CallbackError>);
        let described = quote!(#(#shared)* #described #keep #cancel #owner #local);
        let mut started =
            if keys.on_loop() { self.begun(&described) } else { quote!({ #described .start() }) };
        if let Some(failed) = &keys.failed {
            started = quote!({
                let pending = #started;
                async move { ::core::result::Result::unwrap_or_else(pending.await, #failed) }
            });
            output = ty;
        }
        Parts {
            name: self.frame.name("async"),
            does: "starts the C function and returns a future of what its callback brings",
            generics: keys
                .on_loop()
                .then(|| quote!(OnLoop: ::core::marker::Send + ::core::marker::Sync + 'static))
                .into_iter()
                .collect(),
            inputs: self.belongs_to(),
            output: quote!(impl ::core::future::Future<Output = #output> + #captures),
            body: quote!(#by_value #started),
        }
    }

    fn once(&self) -> (TokenStream, TokenStream) {
        let (operation, ffi) = (self.operation, self.ffi);
        let (keys, place) = (&operation.keys, self.place());
        let Some(result) = &keys.result else { return Default::default() };
        let ty = result.ty();
        let described = match (&operation.data.home, &keys.destroy, &keys.answer) {
            (Home::Field(path, _), ..) => {
                let (request, start, on) =
                    (&operation.data.parameter, self.start(), self.inside.mapping(result, true));
                quote!(#ffi::in_field(#place, #request, |request| &raw mut (*request).#path, #start, #on))
            }
            (_, Some(_), _) => {
                let (start, on) = (self.start(), self.inside.mapping(result, false));
                quote!(#ffi::oneshot_destroying(#place, #start, #on))
            }
            (_, None, Some(answer)) => {
                let (start, on) = (self.start(), self.inside.answering(result, answer));
                let (adapter, at) = self.adapter("oneshot_answering", "lend_once_answering");
                let on_panic = self.inside.on_panic();
                quote!(#adapter(#at, #start, #on, #on_panic))
            }
            (_, None, None) => {
                let (start, on) = (self.start(), self.inside.mapping(result, false));
                let (adapter, at) = self.adapter("oneshot", "lend_once");
                quote!(#adapter(#at, #start, #on))
            }
        };
        (quote!(#ty), described)
    }

    fn pair(&self) -> (TokenStream, TokenStream) {
        let (keys, ffi, place) = (&self.operation.keys, self.ffi, self.place());
        let (Some(ok), Some(err)) = (&keys.ok, &keys.err) else { return Default::default() };
        let (start, ok_ty, err_ty) = (self.start(), ok.ty(), err.ty());
        let (ok, err) = (self.inside.mapping(ok, false), self.inside.mapping(err, false));
        let ty = quote!(::core::result::Result<#ok_ty, #err_ty>);
        (ty, quote!(#ffi::pair(#place, #start, #ok, #err)))
    }

    /// Who is passed beside C's arguments: the owner of the operation, or the loop on which it begins.
    fn belongs_to(&self) -> Vec<TokenStream> {
        let ffi = self.ffi;
        if self.operation.keys.on_loop() {
            vec![quote!(loop_thread: &#ffi::LoopThread<OnLoop>)]
        } else {
            self.owner_input()
        }
    }

    /// Begins what is described on the thread of the loop.
    fn begun(&self, described: &TokenStream) -> TokenStream {
        let (send, received) = (self.send(), self.received());
        quote!({
            #send
            loop_thread.begin(move |_library| {
                #received
                #described
            })
        })
    }

    /// Packs C's arguments up for another thread, because pointers don't go there by themselves.
    fn send(&self) -> TokenStream {
        let (ffi, arguments) = (self.ffi, self.frame.argument_names());
        quote!(let sent = #ffi::Sent::new((#(#arguments,)*));)
    }

    fn received(&self) -> TokenStream {
        let arguments = self.frame.argument_names();
        quote!(let (#(#arguments,)*) = sent.into_inner();)
    }

    /// Leaves the buffers to C until it lets go.
    fn kept(&self) -> TokenStream {
        let shared: Vec<_> = self.kept_for_cancelling().collect();
        let kept = self.frame.kept_names().map(|(_, kept)| {
            if shared.contains(&kept) {
                quote!(.keep(::core::clone::Clone::clone(&#kept)))
            } else {
                quote!(.keep(#kept))
            }
        });
        quote!(#(#kept)*)
    }

    /// The buffers to which the cancelling function gets a pointer. It may come too late, while or after C lets go: so the
    /// future keeps them too.
    fn kept_for_cancelling(&self) -> impl Iterator<Item = Ident> {
        let cancel = self.operation.keys.cancel.as_ref().map(ToTokens::to_token_stream).unwrap_or_default();
        let kept = self.frame.kept_names().filter(move |(name, _)| mentions(cancel.clone(), name));
        kept.map(|(_, kept)| kept)
    }

    fn cancel(&self) -> Option<TokenStream> {
        let (keys, ffi) = (&self.operation.keys, self.ffi);
        let (class, cancel) = (keys.cancelled.as_ref()?, keys.cancel.as_ref()?);
        let said = if class == "silent" || class == "blocks" { quote!(Silenced) } else { quote!(StillFires) };
        let (handle, kept) = (handle(), self.kept_for_cancelling());
        // The future may be dropped on any thread.
        let sent = keys.on_loop().then(|| (self.send(), self.received()));
        let (send, received) = sent.unwrap_or_default();
        let (presence, is_there) = self.frame.presence(keys.owner.is_some());
        Some(quote! {
            .cancel_with({ #presence #send move |#handle| {
                #is_there
                #received
                let _still_there = (#(&#kept,)*);
                let #handle = *#handle;
                let _ = #cancel;
                #ffi::Cancel::#said
            }})
        })
    }

    /// A future never borrows: what it needs was passed by value.
    fn captures(&self) -> TokenStream {
        let names = self.frame.kept_types().into_iter().map(|(name, _)| name);
        let on_loop = self.operation.keys.on_loop().then(|| quote!(OnLoop));
        quote!(use<#(#names,)* #on_loop>)
    }
}

/// Whether a name occurs in an expression.
fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        _ => false,
    })
}
