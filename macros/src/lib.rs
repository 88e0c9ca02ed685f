//! The attribute macros of `uncallback`.
use proc_macro::TokenStream;

/// Turns a callback function into an `async fn`.
#[proc_macro_attribute]
pub fn uncallback(_options: TokenStream, item: TokenStream) -> TokenStream {
    item
}
