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
//! Which keys belong to which helper is the table in `keys`. What each helper becomes, by the place of its user data:
//!
//! | helper | `parameter @ place` | `request @ field(path)` | `object @ object(place)` | `none` |
//! |---|---|---|---|---|
//! | `once` | `ffi::oneshot`, `oneshot_answering`, `oneshot_destroying` | `ffi::in_field` | refused: `keyed` | `ffi::lend_once`, `lend_once_answering` |
//! | `pair` | `ffi::pair` | refused | refused | refused |
//! | `list` | `ffi::list` | refused | refused | `ffi::lend_list` |
//! | `stream`, `notify`, `reply` | `ffi::subscribe`, `subscribe_destroying` | refused | `stream`: `ffi::Outlet` in `ffi::Shared` | `ffi::lend_events` |
//! | `ask` | `ffi::ask` | refused | `ffi::Shared::register` | `ffi::scoped` |
//! | `hook` | `ffi::hook` | refused | refused: `ask` | `ffi::lend_hook` |
//! | `keyed` | `ffi::Keyed`; its events as `Shared::register` | refused | the same, with nothing to pass | refused |
//! | `fd_interest`, `timer` | `ffi::pump::WeakPump` in `ffi::Shared` | refused | the same, with nothing to pass | refused |
//!
//! With `thread = loop`, what is described is given to `ffi::LoopThread::begin`, and C's arguments go along in an `ffi::Sent`.
//!
//! The steps: `keys` and `values` read the attributes, `block` knows the functions of each other, `check` holds the keys against the
//! signatures and asks for what is missing, `generate` writes the siblings. Nothing that could be a double free or a leak is
//! guessed. On an error the block comes back beside it, without siblings; all errors of a block come at once.

mod block;
mod check;
mod generate;
mod keys;
mod values;
mod words;

use block::Block;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Error, ForeignItem, ForeignItemFn, ItemForeignMod, Result};

pub(crate) fn expand(arguments: TokenStream, mut block: ItemForeignMod) -> TokenStream {
    // Taken off in any case: left on, each would be one more error.
    let wanted = take_from_functions(&mut block);
    let siblings = siblings(arguments, &block, wanted).unwrap_or_else(Error::into_compile_error);
    let block = block.into_token_stream();
    quote! { #block #siblings }
}

type Wanted = Vec<(ForeignItemFn, Vec<keys::Keys>)>;

fn siblings(arguments: TokenStream, block: &ItemForeignMod, wanted: Result<Wanted>) -> Result<TokenStream> {
    let (block, wanted) = (Block::new(arguments, block)?, wanted?);
    let mut siblings = generate::owner(&block).unwrap_or_default();
    let mut errors = Errors(None);
    for (function, keys) in wanted {
        for plan in errors.unless(check::plans(&function, keys, &block)).into_iter().flatten() {
            siblings.extend(generate::siblings(&plan, &block));
        }
    }
    errors.0.map_or(Ok(siblings), Err)
}

/// The functions that carry helper attributes, with what these say.
fn take_from_functions(block: &mut ItemForeignMod) -> Result<Wanted> {
    let mut wanted = Vec::new();
    let mut errors = Errors(None);
    for item in &mut block.items {
        let ForeignItem::Fn(function) = item else { continue };
        let (helpers, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut function.attrs).into_iter().partition(|attr| keys::Kind::of(attr).is_some());
        function.attrs = others;
        let said: Vec<_> =
            helpers.iter().filter_map(|helper| errors.unless(keys::Keys::parse(helper))).collect();
        if !said.is_empty() {
            wanted.push((function.clone(), said));
        }
    }
    errors.0.map_or(Ok(wanted), Err)
}

/// All errors of a block at once.
struct Errors(Option<Error>);

impl Errors {
    fn unless<T>(&mut self, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                match &mut self.0 {
                    Some(errors) => errors.combine(error),
                    None => self.0 = Some(error),
                }
                None
            }
        }
    }
}
