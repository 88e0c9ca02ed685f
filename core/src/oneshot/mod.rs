//! One call, one callback, one value.
//!
//! | file | subject |
//! |---|---|
//! | `states` | the bits of a cell's word |
//! | `link` | the protocol: who may move the word where, and what that obliges to |
//! | `threads` | the protocol with atomics (the one without is in `local/`) |
//! | `reuse` | what a receiver adds that makes one call after the other in the same memory |
//! | `cell` | the memory of one call |
//! | `contents` | value or payload of a panic, in that memory |
//! | `pool` | where cells come from |
//! | `completer`, `receiver` | the two sides |
//! | `inside` | callbacks that fire within the API call |
//! | `hint` | when to store the waker before the API call |
//! | `call`, `started` | the futures |
//! | `adapt`, `cancel` | `.checked()`, `.flat()`, `.cancel_with(..)` |
//! | `claim` | what a callback holds that may be called again |
//! | `lost` | the error of a callback that was never called |

pub(crate) mod adapt;
mod call;
pub(crate) mod cancel;
pub(crate) mod cell;
mod claim;
pub(crate) mod completer;
pub(crate) mod contents;
pub(crate) mod hint;
pub(crate) mod inside;
pub(crate) mod link;
mod lost;
pub(crate) mod pool;
pub(crate) mod receiver;
mod reuse;
mod started;
pub(crate) mod states;
pub(crate) mod threads;

pub use adapt::{Attempt, Checked, Flat, KeepsHandle};
pub use call::{Call, call};
pub use cancel::CancelWith;
pub use claim::ignored_calls;
pub use completer::Completer;
pub use link::Reach;
pub use lost::{Lost, lost};
pub use started::{Started, start, start_with};
pub use threads::Threads;

pub(crate) use adapt::sealed;
pub(crate) use claim::count_ignored;

/// What the macros' output names.
pub(crate) mod generated {
    pub use super::adapt::{Landed, Miss};
    pub use super::call::call_at;
    pub use super::claim::{Claim, ErrClaim, OkClaim, SyncClaim, pair};
    pub use super::hint::Hint;
}
