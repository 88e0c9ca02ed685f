//! Siblings of functions that set what a library tells its host: descriptors to watch, and a timer.
use super::mapping::Inside;
use super::sibling::{Parts, Sibling};
use crate::extern_block::block::Block;
use crate::extern_block::check::{Feed, Pump};
use crate::extern_block::keys::Kind;
use crate::extern_block::values::Home;
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn siblings(pump: &Pump, block: &Block) -> TokenStream {
    let (fed, handler) = (feed(pump, block), handler(pump, block));
    quote!(#fed #handler)
}

/// Sets the callbacks to ones that feed the pump in the shared state.
fn feed(pump: &Pump, block: &Block) -> TokenStream {
    let frame = Sibling::new(&pump.function, block);
    let ffi = &frame.ffi;
    let mut body = frame.call(|_| None);
    for feed in pump.feeds.iter().rev() {
        let (callback, place) = (&feed.callback, frame.place(feed.data.place()));
        let ty = pump.function.parameters.iter().find(|p| p.name == *callback).map(|p| &p.ty);
        let inside = Inside { keys: &feed.keys, function: &pump.function.item.sig.ident, ffi };
        let (told, on_panic) = (told(feed, &inside), inside.on_panic());
        body = quote!(shared.register(#place, |#callback: #ty| #body, #told, || #on_panic));
    }
    let data = &pump.data.parameter;
    let data = matches!(pump.data.home, Home::Argument(_)).then(|| quote!(let #data = shared.data();));
    frame.item(Parts {
        name: frame.name("pump"),
        does: "sets the callbacks to ones that feed the pump which the object's callbacks share",
        generics: vec![quote! {
            State: ::core::convert::AsRef<#ffi::pump::WeakPump>
                + ::core::marker::Send + ::core::marker::Sync + 'static
        }],
        inputs: vec![quote!(shared: &#ffi::Shared<State>)],
        output: frame.output(),
        body: quote!(#data #body),
    })
}

/// What a callback does: makes something of its arguments, and tells the pump. A closed pump is not told any more.
fn told(feed: &Feed, inside: &Inside<'_>) -> TokenStream {
    let (ffi, answer) = (inside.ffi, &feed.keys.answer);
    let value = inside.value(&feed.result, &quote!(args));
    let tell = if feed.keys.kind == Kind::Timer {
        quote!(pump.timer(told))
    } else {
        // As a panic it is stored with the shared state, and C gets the declared answer.
        quote! {
            if let ::core::result::Result::Err(error) = pump.set(told.0, told.1) {
                ::core::panic!("the library's file descriptor can't be watched: {error}");
            }
        }
    };
    quote! {
        |state, args| {
            let told = #value;
            ::core::convert::AsRef::<#ffi::pump::WeakPump>::as_ref(state).with(|pump| { #tell });
            #answer
        }
    }
}

/// The pump's handler, as far as the attribute says what the library wants to hear.
fn handler(pump: &Pump, block: &Block) -> Option<TokenStream> {
    let ready = pump.feeds.iter().find_map(|feed| feed.keys.ready.as_ref())?;
    let due = pump.feeds.iter().find_map(|feed| feed.keys.due.as_ref());
    let listed: Vec<_> = pump.feeds.iter().flat_map(|feed| feed.keys.handle.clone()).collect();
    let frame = Sibling::of_objects(&pump.function, block, &listed);
    let ffi = &frame.ffi;
    let (inputs, body) = (ready.inputs.iter(), &ready.body);
    Some(frame.item(Parts {
        name: frame.name("ready"),
        does: "tells the library what is ready: what the pump's handler does",
        generics: Vec::new(),
        inputs: vec![quote!(ready: #ffi::pump::Ready)],
        output: quote!(()),
        body: quote! {
            match ready {
                #ffi::pump::Ready::Fd { fd, read, write } => {
                    let (#(#inputs,)*) = (fd, read, write);
                    let _ = #body;
                }
                #ffi::pump::Ready::Timer(_key) => { let _ = { #due }; }
            }
        },
    }))
}
