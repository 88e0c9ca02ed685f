//! One call, one callback, one value.
//!
//! | file | subject |
//! |---|---|
//! | `states` | the bits of a cell's word |
//! | `link` | the protocol: who may move the word where, and what that obliges to |
//! | `cell` | the memory of one call |
//! | `pool` | where cells come from |
//! | `completer`, `receiver` | the two sides |
//! | `inside` | callbacks that fire within the API call |
//! | `hint` | when to store the waker before the API call |
//! | `call`, `started` | the futures |
//! | `adapt`, `cancel` | `.checked()`, `.flat()`, `.cancel_with(..)` |
//! | `claim` | what a callback holds that may be called again |
//! | `lost` | the error of a callback that was never called |

mod adapt;
mod call;
mod cancel;
pub(crate) mod cell;
mod claim;
mod completer;
mod hint;
mod inside;
mod link;
mod lost;
mod pool;
mod receiver;
mod started;
mod states;

pub use adapt::{Attempt, Checked, Flat};
pub use call::{Call, call};
pub use cancel::CancelWith;
pub use claim::ignored_calls;
pub use completer::Completer;
pub use lost::Lost;
pub use started::{Started, start, start_with};

pub(crate) use adapt::sealed;

/// What the macros' output names.
pub(crate) mod generated {
    pub use super::adapt::{Landed, Miss};
    pub use super::call::call_at;
    pub use super::claim::{Claim, ErrClaim, OkClaim, SyncClaim, pair};
    pub use super::hint::Hint;
}
