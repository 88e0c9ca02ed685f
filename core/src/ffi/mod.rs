//! C callbacks as futures and streams.
#![allow(
    clippy::type_complexity,
    reason = "operations carry their closures in their types, so that nothing is boxed"
)]
mod affinity;
mod cancel;
mod cfn;
mod custody;
mod destroying;
mod drained;
mod guard;
mod oneshot;
mod outcome;
mod owner;
mod pair;
mod pending;
mod record;
mod request;
mod stray;

pub use affinity::{Admits, Affinity, Anywhere, Local};
pub use cancel::{Canceller, NoCancel, With};
pub use cfn::{Absent, CFn, CReturn, First, Handler, Last, Nth, UserData};
pub use custody::{ByKey, ByPointer, Custody, DefaultCustody};
pub use destroying::{ByEnvelope, CallingDestroying, DestroyFn, Destroyable, oneshot_destroying};
pub use drained::{Drained, Signal};
pub use oneshot::{Begin, Calling, Oneshot, oneshot, oneshot_answering};
pub use outcome::{CallbackError, Cancel, Started};
pub use owner::{Enrolled, Owner};
pub use pair::{Both, CallingBoth, pair};
pub use pending::{Launch, Lazy, Pending};
pub use record::{Answering, Plain, Reaction};
pub use request::{ByRequest, Requested, Submitting, request};
pub use stray::{Stray, on_stray_call, stray_calls};
