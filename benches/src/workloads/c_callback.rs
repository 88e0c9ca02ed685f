//! (f) A C function takes a callback and a pointer to user data.

use std::cell::Cell;
use std::ffi::c_void;
use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::Arc;

use uncallback::ffi::{self, First};
use uncallback::{Completer, start};

use crate::harness::case::{Case, Role, Table, sum_of_indices};
use crate::harness::task::{Task, ready, ready_after};
use crate::peers::hand_written::{HandWritten, Shared};
use crate::peers::oneshot::{EventsOnce, Futures, Mea, OneShot, Oneshot, Tokio};

/// The tables of this workload.
pub(super) fn tables() -> Vec<Table> {
    vec![
        table::<Inside>("f-inside", "a C callback with user data runs inside the call"),
        table::<Later>("f-later", "a C callback with user data runs after the future was polled once"),
    ]
}

fn table<T: Timing>(id: &'static str, title: &'static str) -> Table {
    let cases = vec![
        case::<BoxedClosure, T>(Role::Base),
        case::<BoxedSender<Tokio>, T>(Role::Peer),
        case::<BoxedSender<Futures>, T>(Role::Peer),
        case::<BoxedSender<EventsOnce>, T>(Role::Peer),
        case::<BoxedSender<Mea>, T>(Role::Peer),
        case::<RawOneshot, T>(Role::Peer),
        case::<RawArc, T>(Role::Peer),
        raw_completer::<T>(),
        adapted::<T>(),
        awaited::<T>(),
        adapted_with_key::<T>(),
    ];
    Table { workload: 'f', id, title, note: "", slice: 4_000, expected: sum_of_indices, cases }
}

/// The callback's type in C: `void (*)(void *user_data, uint64_t value)`.
type CFunction = unsafe extern "C" fn(*mut c_void, u64);

/// When the C library calls back.
trait Timing: 'static {
    /// Whether the future is polled before the callback runs.
    const LATER: bool;
    /// The C function.
    fn request(library: &Library, value: u64, callback: CFunction, user_data: *mut c_void);
}

/// The C library's object. At most one request is out.
#[derive(Default)]
struct Library {
    request: Cell<Option<(u64, CFunction, *mut c_void)>>,
}

impl Library {
    #[inline(never)]
    fn turn(&self) {
        if let Some((value, callback, user_data)) = self.request.take() {
            // SAFETY: whoever made the request gave user data that fits the callback, and it is called once.
            unsafe { callback(user_data, black_box(value)) };
        }
    }
}

struct Inside;

impl Timing for Inside {
    const LATER: bool = false;

    #[inline(never)]
    fn request(_: &Library, value: u64, callback: CFunction, user_data: *mut c_void) {
        // SAFETY: whoever makes the request gives user data that fits the callback, and it is called once.
        unsafe { black_box(callback)(user_data, black_box(value)) };
    }
}

struct Later;

impl Timing for Later {
    const LATER: bool = true;

    #[inline(never)]
    fn request(library: &Library, value: u64, callback: CFunction, user_data: *mut c_void) {
        library.request.set(Some((value, callback, user_data)));
    }
}

/// A way to pass the completing side of a call through C.
trait Bridge: 'static {
    const NAME: &'static str;
    const PACKAGE: Option<&'static str>;
    type Future: Future + Unpin;

    /// The future, and what C is given.
    fn make() -> (Self::Future, CFunction, *mut c_void);
    fn value(output: <Self::Future as Future>::Output) -> u64;
}

fn case<B: Bridge, T: Timing>(role: Role) -> Case {
    let mut task = Task::counted();
    let mut case = Case::new(role, B::NAME, move |operations| {
        let library = Library::default();
        let mut sum = 0;
        for value in 0..operations {
            let (mut future, callback, user_data) = B::make();
            T::request(&library, value, callback, user_data);
            sum += B::value(output::<T, _>(Pin::new(&mut future), &library, &task));
        }
        task.assert_wakes(if T::LATER { operations } else { 0 });
        sum
    });
    case.package = B::PACKAGE;
    case
}

/// The usual way: any closure in two boxes, because a pointer to a trait object is too wide for user data.
struct BoxedClosure;

type Closure = Box<dyn FnOnce(u64) + Send>;

impl Bridge for BoxedClosure {
    const NAME: &'static str = "boxed closure, tokio oneshot";
    const PACKAGE: Option<&'static str> = Some("tokio");
    type Future = tokio::sync::oneshot::Receiver<u64>;

    fn make() -> (Self::Future, CFunction, *mut c_void) {
        unsafe extern "C" fn call(user_data: *mut c_void, value: u64) {
            // SAFETY: `make` gave this box away, and the library calls once.
            let closure = unsafe { Box::from_raw(user_data.cast::<Closure>()) };
            closure(value);
        }
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let closure: Closure = Box::new(move |value| sender.send(value).expect("the receiver waits"));
        (receiver, call, Box::into_raw(Box::new(closure)).cast())
    }

    fn value(output: <Self::Future as Future>::Output) -> u64 {
        Tokio::value(output)
    }
}

/// A trampoline of its own for each type of sender, so that one box is enough.
struct BoxedSender<P>(P);

impl<P, R> Bridge for BoxedSender<P>
where
    P: for<'a> OneShot<Receiver<'a> = R>,
    R: Future + Unpin,
{
    const NAME: &'static str = P::NAME;
    const PACKAGE: Option<&'static str> = P::PACKAGE;
    type Future = R;

    fn make() -> (R, CFunction, *mut c_void) {
        unsafe extern "C" fn send<P: OneShot>(user_data: *mut c_void, value: u64) {
            // SAFETY: `make` gave this box away, and the library calls once.
            let sender = unsafe { Box::from_raw(user_data.cast::<P::Sender>()) };
            P::send(*sender, value);
        }
        let (sender, receiver) = P::new().pair();
        (receiver, send::<P>, Box::into_raw(Box::new(sender)).cast())
    }

    fn value(output: R::Output) -> u64 {
        P::value(output)
    }
}

/// `oneshot` can turn its sender into a pointer.
struct RawOneshot;

impl Bridge for RawOneshot {
    const NAME: &'static str = "oneshot, raw sender";
    const PACKAGE: Option<&'static str> = Some("oneshot");
    type Future = oneshot::AsyncReceiver<u64>;

    fn make() -> (Self::Future, CFunction, *mut c_void) {
        unsafe extern "C" fn send(user_data: *mut c_void, value: u64) {
            // SAFETY: `make` gave this sender away, and the library calls once.
            let sender: oneshot::Sender<u64> = unsafe { oneshot::Sender::from_raw(user_data.cast()) };
            sender.send(value).expect("the receiver waits");
        }
        let (sender, receiver) = oneshot::async_channel();
        (receiver, send, sender.into_raw().cast())
    }

    fn value(output: <Self::Future as Future>::Output) -> u64 {
        Oneshot::value(output)
    }
}

/// What binding generators emit: the counted cell itself is the user data.
struct RawArc;

impl Bridge for RawArc {
    const NAME: &'static str = HandWritten::NAME;
    const PACKAGE: Option<&'static str> = None;
    type Future = <HandWritten as OneShot>::Receiver<'static>;

    fn make() -> (Self::Future, CFunction, *mut c_void) {
        unsafe extern "C" fn set(user_data: *mut c_void, value: u64) {
            // SAFETY: `make` gave this reference away, and the library calls once.
            unsafe { Arc::from_raw(user_data.cast_const().cast::<Shared>()) }.set(value);
        }
        let (sender, receiver) = HandWritten.pair();
        (receiver, set, Arc::into_raw(sender).cast_mut().cast())
    }

    fn value(output: u64) -> u64 {
        output
    }
}

/// The outcome of a future, when the library has called back.
#[inline(always)]
fn output<T: Timing, F: Future>(future: Pin<&mut F>, library: &Library, task: &Task) -> F::Output {
    if T::LATER {
        ready_after(future, &mut task.context(), || library.turn())
    } else {
        ready(future, &mut task.context())
    }
}

/// The completer itself is the user data, and the trampoline is written by hand.
fn raw_completer<T: Timing>() -> Case {
    unsafe extern "C" fn complete(user_data: *mut c_void, value: u64) {
        // SAFETY: `into_raw` gave this completer away, and the library calls once.
        unsafe { Completer::<u64>::from_raw(user_data) }.complete(value);
    }
    let mut task = Task::counted();
    Case::new(Role::Ours, "uncallback start, raw completer", move |operations| {
        let library = Library::default();
        let mut sum = 0;
        for value in 0..operations {
            let request = |done: Completer<u64>| T::request(&library, value, complete, done.into_raw());
            sum += output::<T, _>(pin!(start(request)), &library, &task);
        }
        task.assert_wakes(if T::LATER { operations } else { 0 });
        sum
    })
}

/// What the library is asked through `ffi::oneshot`.
macro_rules! adapted {
    ($name:literal, |$operation:ident| $started:expr) => {{
        let mut task = Task::counted();
        Case::new(Role::Ours, $name, move |operations| {
            let library = Library::default();
            let mut sum = 0;
            for value in 0..operations {
                let request =
                    |callback: CFunction, user_data| T::request(&library, value, callback, user_data);
                // SAFETY: the library calls back exactly once, with this user data and a number.
                let $operation = unsafe { ffi::oneshot(First, request, |(value,)| value) };
                let outcome = output::<T, _>(pin!($started), &library, &task);
                sum += outcome.expect("the library calls back");
            }
            task.assert_wakes(if T::LATER { operations } else { 0 });
            sum
        })
    }};
}

fn adapted<T: Timing>() -> Case {
    // SAFETY: the library calls back once.
    adapted!("uncallback ffi::oneshot", |operation| unsafe { operation.by_pointer() }.start())
}

/// The operation starts at the first poll, as that of an `.await`.
fn awaited<T: Timing>() -> Case {
    // SAFETY: the library calls back once.
    adapted!("uncallback ffi::oneshot, awaited", |operation| unsafe { operation.by_pointer() }.lazy())
}

/// User data that survives a library which calls twice or too late.
fn adapted_with_key<T: Timing>() -> Case {
    adapted!("uncallback ffi::oneshot, checked", |operation| operation.checked().start())
}
