//! C callbacks as futures and streams.
#![allow(
    clippy::type_complexity,
    reason = "operations carry their closures in their types, so that nothing is boxed"
)]
mod affinity;
mod ask;
mod cancel;
mod cfn;
mod custody;
mod destroying;
mod drained;
mod generated;
mod guard;
mod keyed;
mod list;
mod notify;
mod oneshot;
mod outcome;
mod owner;
mod pair;
mod pending;
#[cfg(all(feature = "pump", unix))]
pub mod pump;
mod record;
mod reply;
mod request;
mod scoped;
mod shared;
mod slots;
mod stray;
mod subscribe;

pub use crate::__slots as slots;
pub use affinity::{Admits, Affinity, Anywhere, Local};
pub use ask::{Hook, ask, hook};
pub use cancel::{Canceller, NoCancel, With};
pub use cfn::{Absent, CFn, CReturn, First, Handler, Last, Nth, UserData};
pub use custody::{ByKey, ByPointer, Custody, DefaultCustody};
pub use destroying::{ByEnvelope, CallingDestroying, DestroyFn, Destroyable, oneshot_destroying};
pub use drained::{Drained, Signal};
pub use generated::{Apply, Buffer, StepType};
pub use keyed::{Bound, Keyed, Reservation};
pub use list::{Step, list};
pub use notify::{Notified, Notify};
pub use oneshot::{Begin, Calling, Oneshot, oneshot, oneshot_answering};
pub use outcome::{CallbackError, Cancel, IntoStarted, Started};
pub use owner::{Enrolled, Owner};
pub use pair::{Both, CallingBoth, pair};
pub use pending::{Launch, Lazy, Pending};
pub use record::{Answering, Plain, Reaction};
pub use reply::Reply;
pub use request::{ByRequest, Requested, Submitting, request};
pub use scoped::scoped;
pub use shared::Shared;
pub use slots::{MAX_SLOTS, Slot, SlotPool, lend};
pub use stray::{Stray, on_stray_call, stray_calls};
pub use subscribe::{Registration, Subscription, subscribe};
