//! C callbacks as futures and streams, without a line of trampoline.
//!
//! A C function takes a function pointer and user data, and calls the pointer when it is done. Here, a closure calls the
//! C function, another one makes a value of what the callback brings, and the value is awaited:
//!
//! ```
//! use core::ffi::{CStr, c_char, c_int, c_void};
//! use uncallback::ffi::{self, First, Started};
//! # unsafe extern "C" fn lookup(_: *const c_char, cb: Callback, data: *mut c_void) -> c_int {
//! #     unsafe { cb(data, 0, c"127.0.0.1".as_ptr()) };
//! #     0
//! # }
//! type Callback = unsafe extern "C" fn(data: *mut c_void, status: c_int, address: *const c_char);
//!
//! async fn address(name: &CStr) -> Result<String, ffi::CallbackError> {
//!     // SAFETY: `lookup` calls back exactly once if it returns 0, else never; the address is a C string
//!     // during the call.
//!     unsafe {
//!         ffi::oneshot(
//!             First,
//!             |cb, data| Started::zero_ok(lookup(name.as_ptr(), cb, data)),
//!             |(_status, address)| CStr::from_ptr(address).to_string_lossy().into_owned(),
//!         )
//!     }
//!     .await
//! }
//! # uncallback::__private::block_on(async {
//! assert_eq!(address(c"localhost").await.as_deref(), Ok("127.0.0.1"));
//! # });
//! ```
//!
//! The types of the callback's arguments come from the C function. What can't be inferred has to be said: where the user
//! data stands ([`First`](type@First), [`Last`], [`Nth`]), what a refusal looks like ([`Started`]), what cancelling
//! means ([`Cancel`]). With feature `macros`, `#[uncallback]` on an `extern` block writes these calls from a few words
//! for each function.
//!
//! # Which one
//!
//! | the callback | examples | here |
//! |---|---|---|
//! | comes once, with user data | c-ares, GIO, zookeeper | [`oneshot()`], [`oneshot_answering`] if it returns something |
//! | comes once, with a request struct | libuv, libusb, nng | [`request()`]; [`in_field`] if C or you own the request |
//! | is one of two | SDKs with a callback for success and one for failure | [`pair()`] |
//! | comes once, and the user data has a destroy function | sd-bus, GLib | [`oneshot_destroying`], [`subscribe_destroying`]; [`Destroyable`] for questions |
//! | comes for each item of a list | libgit2, SDKs | [`list()`] |
//! | comes again and again | hooks, browsers, hotplug | [`subscribe()`] |
//! | asks, and wants its answer now | progress, write, compare, visit | [`ask()`]; [`hook`] if it stays registered |
//! | has a setter that takes null | SQLite's hooks and handlers | [`setter`]: a stream or a question from one closure |
//! | runs on a thread with a deadline | JACK, PortAudio | module `realtime`, with feature `pump`, on Linux and Android |
//! | says that something has happened | mpv, rdkafka queues | [`Notify`] |
//! | serves a whole object, with ids | mosquitto, nghttp2, libcurl | [`Stateful`], or [`Shared`], with [`Keyed`] |
//! | serves a whole object, and asks | nghttp2, parsers | the same with [`Exclusive`] |
//! | serves a whole object, again and again | messages, logs | the same with [`Outlet`] |
//! | has no user data | `qsort`; log hooks | [`scoped()`]; [`slots!`](macro@crate::ffi::slots), or `libffi()` with the feature of that name, with [`lend`], [`lend_once`] and [`lend_events`] |
//! | asks, and waits for an answer later | fuse, libmicrohttpd | [`Reply`] |
//! | comes on the thread of the library's own loop | GIO, libuv, libusb | [`LoopThread`], with any of the operations that come once |
//! | asks for file descriptors and timers | c-ares, libcurl, hiredis | module `pump`, with the feature of that name |
//!
//! # What always holds
//!
//! - **Never called** is an error, not a hang, wherever it can be seen: a refused start, a destroy function, a silent
//!   cancellation, an [`Owner`] that closes (an [`Object`] has one and ends in the right order). A library that simply forgets a callback can't be seen; give its
//!   operations an owner.
//! - **A panic** never enters C, not even that of a payload's destructor. It resumes in the awaiter, or after the C call.
//! - **Dropping** a future runs the cancel closure and nothing else: what C holds stays until C lets go, and its late
//!   call is quiet. To wait for that, see [`Oneshot::drained`].
//! - **From inside**: a callback may start, cancel, replace and drop anything, its own operation included. No lock is
//!   held while C, a waker or a destructor runs.
//! - **Twice, or too late**: what C may call more than once goes by key in every build. One-shots go by key with debug
//!   assertions or feature `ffi-tracked`, and otherwise by pointer, which costs nothing. Behind a key, a second or late
//!   call is counted, as a [`Stray`].
//!
//! # Threads
//!
//! By default C may call on any thread, and the compiler demands that everything in the operation be `Send`. If C calls
//! on the thread that started, say [`local`](Oneshot::local); the thread is checked.
//!
//! # Setters with variable arguments
//!
//! `curl_easy_setopt` takes anything, so the type of the callback can't be inferred from it. The start closure says it, once:
//! `|cb: Progress, data| { setopt(easy, PROGRESSFUNCTION, cb); setopt(easy, PROGRESSDATA, data); }`.
//!
//! # What does not work
//!
//! - Callbacks with variable arguments: no trampoline for them can be written in Rust.
//! - Function-pointer types with references in them (`for<'a> extern "C" fn(&'a T)`); declare them with raw pointers.
//! - Leaving C with `longjmp` or an unwinding panic: no callback here unwinds, whatever its ABI says.
//! - Real-time callbacks other than on Linux and Android: streams and [`Notify`] take short locks. Use [`Shared`] with a wait-free
//!   queue of your own there.
//! - Callbacks without user data, more than [`MAX_SLOTS`] at once in one pool, without the feature `libffi`, which needs `make`; and
//!   with it structs by value.
//! - Signal handlers.
#![allow(
    clippy::type_complexity,
    reason = "operations carry their closures in their types, so that nothing is boxed"
)]
mod affinity;
mod ask;
mod begin;
mod callbacks;
mod cancel;
mod cfn;
mod custody;
mod destroying;
mod drained;
mod errands;
mod exclusive;
mod field;
mod generated;
mod guard;
mod hook;
mod keyed;
mod lazy;
mod lend;
mod list;
mod loop_thread;
mod notify;
mod object;
mod oneshot;
mod outcome;
mod outlet;
mod owned;
mod owner;
mod pair;
mod pending;
#[cfg(all(feature = "pump", unix))]
pub mod pump;
#[cfg(all(feature = "pump", any(target_os = "linux", target_os = "android")))]
pub mod realtime;
mod record;
mod reply;
mod request;
mod scoped;
mod setter;
mod shared;
mod stateful;
mod stray;
mod subscribe;
mod subscribe_destroying;

pub use crate::slots;
pub use affinity::{Admits, Affinity, Anywhere, Local};
pub use ask::ask;
pub use begin::{Begin, Calling};
pub use callbacks::Callbacks;
pub use cancel::{Canceller, Firing, NoCancel, With};
pub use cfn::{Absent, CFn, CReturn, First, Handler, Last, Nth, UserData};
pub use custody::{ByKey, ByPointer, Custody, DefaultCustody};
pub use destroying::{ByEnvelope, CallingDestroying, DestroyFn, Destroyable, oneshot_destroying};
pub use drained::{Drained, Signal};
pub use exclusive::Exclusive;
pub use field::{Noted, Noting, in_field};
pub use generated::{
    Apply, Buffer, ByValue, Kept, NeverInside, NoAnswer, NoPointer, Sent, StepType, or_abort,
};
pub use hook::{BoxedHook, Hook, hook};
pub use keyed::{Bound, Keyed, Reservation};
pub use lazy::{Launch, Lazy};
#[cfg(all(feature = "libffi", not(all(windows, target_arch = "x86"))))]
pub use lend::{Arguments, Libffi, Passed, Returned, Scalar, libffi};
pub use lend::{
    Lease, Lender, Lending, MAX_SLOTS, Slot, SlotPool, lend, lend_events, lend_hook, lend_list, lend_once,
    lend_once_answering,
};
pub use list::{Step, list};
pub use loop_thread::{Begun, LoopThread, Wakes};
pub use notify::{Notified, Notify};
pub use object::Object;
pub use oneshot::{Oneshot, oneshot, oneshot_answering};
pub use outcome::{CallbackError, Cancel, IntoStarted, Started};
pub use outlet::{Outlet, Plug};
pub use owner::{Enrolled, Owner, Presence};
pub use pair::{Both, CallingBoth, pair};
pub use pending::Pending;
#[cfg(all(feature = "pump", any(target_os = "linux", target_os = "android")))]
pub use realtime::{Realtime, RealtimeReceiver, realtime};
pub use record::{Answering, Plain, Reaction};
pub use reply::Reply;
pub use request::{ByRequest, Requested, Submitting, request};
pub use scoped::scoped;
pub use setter::{Setter, setter};
pub use shared::Shared;
pub use stateful::Stateful;
pub use stray::{Stray, on_stray_call, stray_calls};
pub use subscribe::{Registration, Subscription, subscribe};
pub use subscribe_destroying::subscribe_destroying;
