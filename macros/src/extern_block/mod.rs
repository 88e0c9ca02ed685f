//! `#[uncallback]` on an `extern` block: safe-to-await siblings of C functions that take callbacks.
//!
//! Input:
//!
//! ```text
//! #[uncallback]
//! unsafe extern "C" {
//!     #[once(data = arg @ first, cancelled = silent, cancel = dns_cancel(ch, handle), refused = negative,
//!            handle(ch), borrowed(name), result = copy_reply -> Reply)]
//!     fn dns_query(ch: *mut Channel, name: *const c_char, cb: extern "C" fn(*mut c_void, *const u8), arg: *mut c_void) -> c_int;
//! }
//! ```
//!
//! Output: the block without the helper attributes, and
//!
//! ```text
//! unsafe fn dns_query_async(ch: *mut Channel, name: *const c_char) -> impl Future<Output = Result<Reply, CallbackError>> {
//!     unsafe {
//!         ffi::oneshot(
//!             ffi::First,
//!             move |cb, arg| ffi::Started::nonneg_ok(dns_query(ch, name, cb, arg)),
//!             |args| ffi::Apply::apply(copy_reply, args),
//!         )
//!         .cancel_with(move |handle| { let handle = *handle; dns_cancel(ch, handle); ffi::Cancel::Silenced })
//!         .start()
//!     }
//! }
//! ```
//!
//! The steps: `keys` reads the attributes, `check` holds them against the signature and asks for what is missing, `generate`
//! writes the siblings. Nothing that could be a double free or a leak is guessed. On an error the block comes back beside it.

mod check;
mod generate;
mod keys;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{ForeignItem, ItemForeignMod, Result};

pub(crate) fn expand(arguments: TokenStream, mut block: ItemForeignMod) -> TokenStream {
    // Taken off in any case: left on, each would be one more error.
    let wanted = take_from_functions(&mut block);
    let siblings = keys::of_block(arguments).and_then(|options| {
        let mut siblings = TokenStream::new();
        for (function, keys) in wanted? {
            let plan = check::plan(&function, keys)?;
            siblings.extend(generate::sibling(&plan, &options));
        }
        Ok(siblings)
    });
    let siblings = siblings.unwrap_or_else(|error| error.into_compile_error());
    let block = block.into_token_stream();
    quote! { #block #siblings }
}

type Wanted = Vec<(syn::ForeignItemFn, keys::Keys)>;

/// The functions that carry a helper attribute, with what it says.
fn take_from_functions(block: &mut ItemForeignMod) -> Result<Wanted> {
    let mut wanted = Vec::new();
    let mut errors: Option<syn::Error> = None;
    for item in &mut block.items {
        let ForeignItem::Fn(function) = item else { continue };
        let (helpers, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut function.attrs).into_iter().partition(|attr| keys::Kind::of(attr).is_some());
        function.attrs = others;
        for helper in helpers {
            match keys::Keys::parse(&helper) {
                Ok(keys) => wanted.push((function.clone(), keys)),
                Err(error) => match &mut errors {
                    Some(errors) => errors.combine(error),
                    None => errors = Some(error),
                },
            }
        }
    }
    errors.map_or(Ok(wanted), Err)
}
