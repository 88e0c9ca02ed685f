//! `#[listener]`: an enum of a trait's events, and an implementation of the trait that feeds a stream.
//!
//! Input:
//!
//! ```text
//! #[listener]
//! trait DoorListener {
//!     /// Somebody came in.
//!     fn on_enter(&mut self, who: u32);
//!     #[listener(answer = true)]
//!     fn on_close(&mut self) -> bool;
//! }
//! ```
//!
//! Output: the trait without the helper attributes, and
//!
//! ```text
//! enum DoorEvent {
//!     /// Somebody came in.
//!     Enter { who: u32 },
//!     Close,
//! }
//!
//! impl DoorListener for ::uncallback::stream::mpsc::Emitter<DoorEvent> {
//!     fn on_enter(&mut self, who: u32) {
//!         Emitter::emit(self, DoorEvent::Enter { who })
//!     }
//!     fn on_close(&mut self) -> bool {
//!         let answer = true;
//!         Emitter::emit(self, DoorEvent::Close);
//!         answer
//!     }
//! }
//! ```
//!
//! The steps: `options` reads the attributes, `shape` checks the trait and turns each method into an event,
//! `generate` writes the code. On an error the trait comes back as it was, beside the error, so that the rest of the
//! program still finds it.

mod generate;
mod options;
mod shape;

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemTrait;

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut item_trait = match syn::parse2::<ItemTrait>(item.clone()) {
        Ok(item_trait) => item_trait,
        Err(error) => {
            let error = syn::Error::new(error.span(), format!("`#[listener]` goes on a trait: {error}"));
            let error = error.into_compile_error();
            return quote! { #item #error };
        }
    };
    // The helper attributes are taken off in any case: left on, each would be one more error.
    let methods = options::take_from_methods(&mut item_trait);
    let generated = options::of_trait(arguments)
        .and_then(|options| Ok((shape::of(&item_trait, &options, methods?)?, options)))
        .map_or_else(syn::Error::into_compile_error, |(shape, options)| {
            generate::code(&item_trait, &options, &shape)
        });
    quote! { #item_trait #generated }
}
