//! Siblings of operations with ids: one that starts, and one that brings the completions.
use super::mapping::Inside;
use super::sibling::{Parts, Sibling};
use crate::extern_block::block::Block;
use crate::extern_block::check::{Event, Keyed, Known, Source};
use crate::extern_block::values::{Home, Mapping};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

pub(super) fn siblings(keyed: &Keyed, block: &Block) -> TokenStream {
    let frame = Sibling::new(&keyed.function, block);
    let started = frame.item(start(keyed, &frame));
    let completions = match &keyed.source {
        Source::Event(event) => events(keyed, event, block),
        Source::Drain(next) => drain(keyed, next, block),
    };
    quote!(#started #completions)
}

fn start(keyed: &Keyed, frame: &Sibling<'_>) -> Parts {
    let Keyed { keys, known, id, value, .. } = keyed;
    let ffi = &frame.ffi;
    let slot = Ident::new("id", Span::mixed_site());
    let call = frame
        .call(|p| matches!(known, Known::Out(out) if *out == p.name).then(|| quote!(#slot.as_mut_ptr())));
    let started = frame.started(keys.refused.as_ref(), call);
    let started = match known {
        Known::Out(_) => quote!(#started.map(|_| #slot.assume_init())),
        Known::Returned => started,
        Known::Passed(parameter, true) => quote!(#started.map(|_| #parameter.addr())),
        Known::Passed(parameter, false) => quote!(#started.map(|_| #parameter)),
    };
    let slot = matches!(known, Known::Out(_)).then(|| {
        // Zeroed, because not every function that succeeds has written it.
        quote!(let mut #slot = ::core::mem::MaybeUninit::<#id>::zeroed();)
    });
    let cancel = keys.cancel.as_ref().map(|cancel| {
        let handle = Ident::new("handle", Span::call_site());
        let (presence, is_there) = frame.presence(false);
        quote! {
            .cancel_with({
                #presence
                move |#handle| {
                    #is_there
                    let #handle = ::core::clone::Clone::clone(#handle);
                    let _ = #cancel;
                    #ffi::Cancel::Silenced
                }
            })
        }
    });
    Parts {
        name: frame.name("async"),
        does: "starts the C function and returns a future of what is completed under its id",
        generics: Vec::new(),
        inputs: vec![quote!(table: &#ffi::Keyed<#id, #value>)],
        output: quote! {
            impl ::core::future::Future<Output = ::core::result::Result<#value, #ffi::CallbackError>>
                + ::core::marker::Unpin + use<>
        },
        body: quote! {
            let reserved = table.reserve();
            #slot
            let started: #ffi::Started<#id> = #started;
            reserved.bind_started(started) #cancel
        },
    }
}

/// Sets the object's event callback to one that completes what is in the table of the shared state.
fn events(keyed: &Keyed, event: &Event, block: &Block) -> TokenStream {
    let Keyed { keys, id, value, .. } = keyed;
    let frame = Sibling::new(&event.setter, block);
    let ffi = &frame.ffi;
    let inside = Inside { keys, function: &keyed.function.item.sig.ident, ffi };
    let Some(result) = &keys.result else { unreachable!("checked: a keyed operation has a result") };
    let made = inside.value(result, &quote!(args));
    let (on_panic, answer, key) = (inside.on_panic(), &keys.answer, syn::Index::from(event.key));
    let place = frame.place(event.data.place());
    let callback = &event.callback;
    let callback_ty = event.setter.parameters.iter().find(|p| p.name == *callback).map(|p| &p.ty);
    let data = &event.data.parameter;
    let data = matches!(event.data.home, Home::Argument(_)).then(|| quote!(let #data = shared.data();));
    let call = frame.call(|_| None);
    let table = quote!(::core::convert::AsRef::<#ffi::Keyed<#id, #value>>);
    frame.item(Parts {
        name: format_ident!("{}_events", keyed.function.item.sig.ident),
        does: "sets the object's callback to one that completes the operations in the table that the object's callbacks share",
        generics: vec![quote! {
            State: ::core::convert::AsRef<#ffi::Keyed<#id, #value>>
                + ::core::marker::Send + ::core::marker::Sync + 'static
        }],
        inputs: vec![quote!(shared: &#ffi::Shared<State>)],
        output: frame.output(),
        body: quote! {
            #data
            shared.register(
                #place,
                |#callback: #callback_ty| #call,
                |state, args| {
                    let key: #id = args.#key;
                    #table::as_ref(state).finish_with(key, move || #made);
                    #answer
                },
                || #on_panic,
            )
        },
    })
}

/// Completes what the library has finished, asking until there is no more.
fn drain(keyed: &Keyed, next: &syn::Expr, block: &Block) -> TokenStream {
    let Keyed { function, keys, known, id, value, .. } = keyed;
    let listed = keys.handle.iter().filter(|name| !matches!(known, Known::Passed(key, _) if key == *name));
    let listed: Vec<_> = listed.cloned().collect();
    let frame = Sibling::of_objects(function, block, &listed);
    let ffi = &frame.ffi;
    let Some(Mapping::Closure(closure, pair)) = &keys.result else { unreachable!("checked: a pair is made") };
    let (message, body) = (closure.inputs.first(), &closure.body);
    frame.item(Parts {
        name: frame.name("drain"),
        does: "asks the library for what is finished, completes it, and returns how many that were",
        generics: Vec::new(),
        inputs: vec![quote!(table: &#ffi::Keyed<#id, #value>)],
        output: quote!(usize),
        body: quote! {
            let mut finished = 0;
            loop {
                let next = #next;
                if next.is_null() {
                    return finished;
                }
                let #message = next;
                let (id, value): #pair = #body;
                table.finish(id, value);
                finished += 1;
            }
        },
    })
}
