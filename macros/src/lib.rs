//! The attribute macros of `uncallback`. They parse, ask the engine, and emit its tokens.
mod attribute;
mod callers;
mod check;
mod extern_block;
mod group;
mod listener;
mod siblings;

use proc_macro::TokenStream;

/// Turns a callback function into an `async fn` that does the same, in the same order.
///
/// ```
/// use uncallback::uncallback;
/// # fn fetch(id: u64, then: impl FnOnce(u64) + 'static) { then(id * 2) }
///
/// #[uncallback]
/// fn total(id: u64, done: impl FnOnce(u64) + 'static) {
///     fetch(id, move |a| fetch(a, move |b| done(a + b)));
/// }
///
/// // is now `async fn total(id: u64) -> u64`:
/// # uncallback::__private::block_on(async {
/// assert_eq!(total(1).await, 6);
/// # });
/// ```
///
/// The completion is the parameter that is called with the answer; it goes away, and its argument is what the function
/// returns. Two completions (one for success, one for failure) give a `Result`. What can't be converted without
/// changing what the program does is refused, with a code, the path that shows it and the next step; the function then
/// stays as it is beside the error.
///
/// | option | meaning |
/// |---|---|
/// | `done = name` | which parameter is the completion, where several could be |
/// | `keep` | the callback function stays, and the async one is called `<name>_async` |
/// | `name = ".."` | what the async function is called |
/// | `eager` | a plain function that returns a future: the part before the first await runs when it is called |
/// | `wrap` | where the body can't be flattened it stays in callback style, and the function awaits it as a whole |
/// | `exact` | refuse what is not known to be exact: callees that nobody knows, and differences that are otherwise only named |
/// | `callees(at_once(f), later(g))` | `f` may call back before it returns, `g` never does |
/// | `check`, `check(..)` | a test that both styles do the same, under every order of completion: see below |
/// | `crate = path` | where the crate `uncallback` is, if it has another name |
///
/// **`check`** makes the test `<name>_is_the_same_in_both_styles`, which runs the callback function and the async one
/// against each other. It needs the feature `check` of the crate `uncallback`, as a dev-dependency. In its parentheses
/// stand the arguments, each `parameter = value` or `parameter in values` (which are cloned); a parameter that is not
/// there gets samples of its type. The operations have to complete when the test says so: `with = module` names a module
/// of test doubles, whose names hide those of the function's own module. Module `uncallback::check` says more.
///
/// ```
/// # use uncallback::uncallback;
/// # fn fetch(id: u64, then: impl FnOnce(u64) + 'static) { then(id * 2) }
/// #[uncallback(check(with = doubles, id in [1, 20]))]
/// fn total(id: u64, done: impl FnOnce(u64) + 'static) {
///     fetch(id, move |a| fetch(a, move |b| done(a + b)));
/// }
///
/// #[cfg(test)]
/// mod doubles {
///     use uncallback::check::later;
///
///     pub(super) fn fetch(id: u64, then: impl FnOnce(u64) + 'static) {
///         later(format!("fetch {id}"), move || then(id * 2)); // completes when it is its turn
///     }
/// }
/// # drop(total(1));
/// ```
///
/// On a `mod` or an `impl`, every callback function inside is converted together with the others: calls among them
/// become plain awaits, and recursion becomes a loop or a boxed call. A function inside may carry options of its own, or
/// `#[uncallback(skip)]`. There, only a parameter that is `FnOnce` and may outlive the call counts as a completion. A private
/// function that code which stays calls in callback style stays as well.
///
/// On a `trait`, every callback method gets a sibling beside it, `<name>_async`, which starts the call and returns its
/// future; implementations stay as they are, and the trait stays usable as a trait object.
///
/// On an `extern` block, each function with a helper attribute gets an async sibling. What the types can't tell is said
/// there; what is missing is asked for, with the choices. Nothing that could be a double free or a leak is guessed.
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use uncallback::uncallback;
/// # mod library {
/// #     use core::ffi::{c_int, c_void};
/// #     #[unsafe(no_mangle)]
/// #     extern "C" fn clock_start(ticks: c_int, cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void) -> c_int {
/// #         cb(data, ticks);
/// #         1
/// #     }
/// #     #[unsafe(no_mangle)]
/// #     extern "C" fn clock_stop(_timer: c_int) {}
/// # }
///
/// #[uncallback]
/// unsafe extern "C" {
///     #[once(data = data @ first, refused = negative, cancelled = silent, cancel = clock_stop(handle))]
///     safe fn clock_start(ticks: c_int, cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void) -> c_int;
///     safe fn clock_stop(timer: c_int);
/// }
///
/// # uncallback::__private::block_on(async {
/// assert_eq!(clock_start_async(3).await, Ok(3));
/// # });
/// ```
///
/// | helper | the siblings |
/// |---|---|
/// | `#[once(..)]` | `<name>_async`: starts now, returns a future of `Result<T, CallbackError>` |
/// | `#[pair(..)]` | `<name>_async`: the same, with `T = Result<A, E>` |
/// | `#[list(..)]`, `#[stream(..)]` | `<name>_async`: starts now, returns `Result<Events<..>, CallbackError>` |
/// | `#[ask(..)]` | `<name>_with`: the same call, with a closure that answers |
/// | `#[hook(..)]` | `<name>_hook`: registers a closure that answers until the `Hook` that is returned is dropped |
/// | `#[notify(..)]` | `<name>_async`: a stream of wake-up calls, in which those that nobody has seen yet are one |
/// | `#[reply(..)]` | `<name>_async`: a stream of what C asks, each with the `Reply` that it waits for |
/// | `#[keyed(..)]` | `<name>_async`, which takes an `&ffi::Keyed` and is known there by its id; and `<name>_events`, which sets the object's callback, or `<name>_drain`, which asks for what is finished |
/// | `#[fd_interest(..)]`, `#[timer(..)]` | `<name>_pump`, which sets the callbacks to ones that feed an `ffi::pump::WeakPump` (that of `Feed::shared`, or one of yours); and `<name>_ready`, for the pump's handler |
///
/// | key | meaning | may be left out if |
/// |---|---|---|
/// | `cb = parameter`, `cb = (success, failure)`, `cb = field(path)` | which parameters are the callbacks; or which field of the request is | no other is written as a function pointer |
/// | `data = parameter @ place` | which takes the user data, and where the callback gets it: `first`, `last`, `nth(index)` | never |
/// | `data = request @ field(path)` | it is in a field of the request, which the callback gets first; else `field(path, place)` | |
/// | `data = object @ object(place)` | it belongs to a C object, and is an `&ffi::Shared`, which the sibling takes | |
/// | `data = none` | there is none: each callback is lent a function of its own | |
/// | `slots = n`, `slots = unlimited` | how many such functions there are, 32 at most; what comes beyond is refused. Without a limit they are made at run time, with feature `libffi` of `uncallback` | there is user data, or `ask` calls back until it returns |
/// | `result = closure`, `result = function -> T` | what is kept of the callback's arguments; runs inside it. A closure says its type: `\|a, b\| -> T { .. }` | none of them is a pointer, and the callback's type is written out |
/// | `ok = ..`, `err = ..` | the same, for a pair | never |
/// | `id = parameter`, `id = return` | how a keyed operation's id becomes known: C writes it there, or returns it | `drain` asks, and `key = parameter` is the id |
/// | `event = setter`, `key = place` | which function of the block sets the callback that brings completions, and where that gets the id | `drain` asks |
/// | `drain = f(..)` | asks for the next completion; null ends it. `result` makes an id and a value of it | `event` brings them |
/// | `failed = function` | what the future gives in place of a `CallbackError`: with it, its output is `T` | its output is a `Result` |
/// | `refused = ..` | `nonzero`, `negative`, `null` or `never`: which return values say that C has not taken the callback | it returns nothing |
/// | `cancelled = ..` | `fires`, `silent`, `silent_then_destroy`, `blocks` or `none`: what becomes of the callback | never, for `once`, `pair` and `keyed` |
/// | `cancel = f(..)` | how to cancel; `handle` is what the function returned, or the id. It may name a buffer of `keep(..)`, which the future then keeps as well | nothing is silent |
/// | `unregister = f(..)` | the same, for what stays registered | the user data is the object's |
/// | `question = place` | which parameter of the callback names the question when it is answered | never, for `reply` |
/// | `send = \|answer: T\| f(question, answer)` | how C gets the answer, from whatever thread (`thread = any` says that it may) | never, for `reply` |
/// | `dropped = ..` | the answer that C gets if nobody gives one | never, for `reply` |
/// | `destroy = parameter` | which takes the destroy function; a stream ends when C calls it | there is none |
/// | `overflow = ..` | `Unbounded`, `DropNewest(n)`, `DropOldest(n)` or `Latest` | never, for `list`, `stream` and `reply` |
/// | `on_panic = ..`, `answer = ..` | what the callback returns to C, after a panic and otherwise | it returns nothing |
/// | `unwind = ..` | `catch`: a panic goes on where somebody waits for it, and C gets `on_panic`; `abort`: it ends the process | it is `catch` |
/// | `inside = ..` | `maybe` or `never`: whether C may call back before the function returns. With debug assertions, `never` is checked | it is `maybe` |
/// | `borrowed(..)`, `keep(..)`, `handle(..)` | pointers that C uses until it returns, until the callback, or that are objects of the library | the parameter is not a pointer |
/// | `owner` | the sibling takes an `&Owner`, which fails what is outstanding and ends streams when it closes | a lost callback shows otherwise |
/// | `thread = ..` | `same`, `loop` or `any`: on which thread C calls back. With `loop`, the sibling takes an `&ffi::LoopThread` and begins the operation there; its future, and with it `cancel`, may go to any thread | it may be any |
/// | `ready = \|fd, read, write\| f(..)`, `due = f(..)` | what to tell the library when a descriptor is ready, or its timer due | `<name>_ready` is not wanted |
///
/// `#[uncallback(owner = Name, on_close = function)]` on the block makes a type `Name` for the C object that the block's operations
/// belong to, as an `ffi::Object` does: dropped, it calls the function, then fails
/// what is outstanding. Siblings take a `&Name` where the function takes the object's handle.
///
/// A library that asks, and waits for the answers; its callback has no user data:
///
/// ```
/// use core::ffi::c_int;
/// use uncallback::uncallback;
/// # mod library {
/// #     use core::ffi::c_int;
/// #     use std::sync::Mutex;
/// #     pub struct Request(c_int);
/// #     static HANDLER: Mutex<Option<unsafe extern "C" fn(*mut Request, c_int)>> = Mutex::new(None);
/// #     static ANSWERS: Mutex<Vec<c_int>> = Mutex::new(Vec::new());
/// #     #[unsafe(no_mangle)]
/// #     extern "C" fn set_handler(handler: Option<unsafe extern "C" fn(*mut Request, c_int)>) { *HANDLER.lock().unwrap() = handler }
/// #     #[unsafe(no_mangle)]
/// #     unsafe extern "C" fn reply(request: *mut Request, answer: c_int) {
/// #         let request = unsafe { Box::from_raw(request) };
/// #         ANSWERS.lock().unwrap().push(request.0 + answer);
/// #     }
/// #     pub fn arrives(value: c_int) {
/// #         let handler = HANDLER.lock().unwrap().unwrap();
/// #         unsafe { handler(Box::into_raw(Box::new(Request(value))), value) }
/// #     }
/// #     pub fn answers() -> Vec<c_int> { ANSWERS.lock().unwrap().clone() }
/// # }
/// # use library::Request;
/// #[uncallback]
/// unsafe extern "C" {
///     #[reply(
///         cb = handler,
///         data = none,
///         slots = 1,
///         question = first,
///         result = |_request, value| -> c_int { value },
///         send = |answer: c_int| reply(question, answer),
///         dropped = -1,
///         overflow = DropNewest(64),
///         thread = any,
///         unregister = set_handler(None),
///     )]
///     safe fn set_handler(handler: Option<unsafe extern "C" fn(*mut Request, c_int)>);
///     fn reply(request: *mut Request, answer: c_int);
/// }
///
/// # uncallback::__private::block_on(async {
/// let mut requests = set_handler_async()?;
/// # library::arrives(40);
/// # library::arrives(7);
/// if let Some((value, reply)) = requests.next().await {
///     reply.send(value / 20);
/// }
/// drop(requests); // one is still in there: the library hears -1
/// # assert_eq!(library::answers(), [42, 6]);
/// # Ok::<(), uncallback::ffi::CallbackError>(()) }).unwrap();
/// ```
///
/// A client whose acknowledgements arrive at one callback, with the ids of what they acknowledge:
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use uncallback::{ffi::{Keyed, Shared}, uncallback};
/// # mod library {
/// #     use core::ffi::{c_int, c_void};
/// #     type Cb = unsafe extern "C" fn(*mut RawClient, *mut c_void, c_int);
/// #     pub struct RawClient(*mut c_void, Option<Cb>);
/// #     #[unsafe(no_mangle)]
/// #     extern "C" fn client_new(data: *mut c_void) -> *mut RawClient { Box::into_raw(Box::new(RawClient(data, None))) }
/// #     #[unsafe(no_mangle)]
/// #     unsafe extern "C" fn client_free(client: *mut RawClient) { drop(unsafe { Box::from_raw(client) }) }
/// #     #[unsafe(no_mangle)]
/// #     unsafe extern "C" fn client_on_ack(client: *mut RawClient, cb: Cb) { unsafe { (*client).1 = Some(cb) } }
/// #     #[unsafe(no_mangle)]
/// #     unsafe extern "C" fn client_publish(client: *mut RawClient, id: *mut c_int, topic: c_int) -> c_int {
/// #         unsafe { ((*client).1.unwrap())(client, (*client).0, topic + 100); *id = topic + 100 };
/// #         0
/// #     }
/// # }
/// # use library::RawClient;
/// type OnAck = unsafe extern "C" fn(client: *mut RawClient, data: *mut c_void, id: c_int);
///
/// #[uncallback(owner = Client, on_close = client_free)]
/// unsafe extern "C" {
///     #[keyed(
///         id = id,
///         event = client_on_ack,
///         cb = cb,
///         data = client @ object(nth(1)),
///         key = last,
///         result = |_client, id| -> c_int { id },
///         refused = nonzero,
///         cancelled = none,
///     )]
///     fn client_publish(client: *mut RawClient, id: *mut c_int, topic: c_int) -> c_int;
///     fn client_on_ack(client: *mut RawClient, cb: OnAck);
///     fn client_new(data: *mut c_void) -> *mut RawClient;
///     fn client_free(client: *mut RawClient);
/// }
///
/// # uncallback::__private::block_on(async {
/// let acks = Shared::new(Keyed::new());
/// // SAFETY: the client is a new one, and its user data is `acks`, which it keeps until it has gone.
/// let client = unsafe {
///     let mut client = Client::from_raw(client_new(acks.data()));
///     client.keep(acks.clone());
///     client_publish_events(&client, &acks);
///     client
/// };
/// // SAFETY: the arguments are numbers. This library acknowledges before it says which id that was.
/// let published = unsafe { client_publish_async(&client, 7, &acks) };
/// assert_eq!(published.await, Ok(107));
/// # });
/// ```
///
/// # What happens when
///
/// - the future of a converted function is **dropped**: it stops at the await where it is, and its variables are dropped. The
///   call that it waits for is not told, and its answer is dropped when it comes, as for `call!`. The callback function
///   would have run on.
/// - a path calls the completion **twice**, or goes on after it: that does not compile (UC02, UC03). If an API calls a callback
///   twice, the first call counts, as for `call!`.
/// - a path **never calls** the completion: that does not compile (UC01). If an API drops a callback without calling it, the
///   function panics where it awaits it, naming the place, as for `call!`.
/// - code of a callback **panics**: it is the function's own code now, and the panic leaves its poll. The API that would have
///   run the callback does not see it.
/// - for siblings of C functions, see the function of module `ffi` that they are made with: `oneshot`, `pair`, `list`,
///   `subscribe`, `ask`.
///
/// # Safety
///
/// On an `extern` block, the `unsafe` in `unsafe extern` covers what the helper attributes say, because the siblings believe it.
/// Who writes them promises, and a reviewer checks against the C documentation:
///
/// 1. `data` names the parameter that C hands back untouched, and the position where the callback gets it.
/// 2. The callback comes at most once for `once`. For `pair`, `list`, `stream` and `keyed`, later calls are counted; but the
///    types of the arguments are right in every call.
/// 3. `refused` names the return values after which C does not call back, and all of them.
/// 4. `cancelled = silent` or `blocks`: when the `cancel` function has returned, no call is running and none will come.
///    `silent_then_destroy`: the destroy function is still called. `fires`: the callback is. `cancel` and `unregister` may be
///    called on whatever thread drops what the sibling returns.
/// 5. `result` (and `ok`, `err`) reads through the callback's arguments only what C lends to it, and copies what is kept.
/// 6. `borrowed(..)` pointers are not used after the function has returned, `keep(..)` ones not after the callback.
/// 7. `thread = same` and `loop`: C calls back on the thread that started. That is checked; `any` is checked by the compiler.
/// 8. `on_close` ends the object, and C has forgotten all user data of it when it returns.
///
/// A sibling is `unsafe` unless the C function is declared `safe fn`; its documentation says what its caller promises.
#[proc_macro_attribute]
pub fn uncallback(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand(arguments.into(), item.into()).into()
}

/// Turns a trait of event methods into an enum of its events, and a stream's emitter into its implementation.
///
/// ```
/// use uncallback::{listener, stream::{events, mpsc}};
///
/// #[listener(derive(Debug, PartialEq))]
/// pub trait DoorListener {
///     /// Somebody came in.
///     fn on_enter(&mut self, who: u32);
///     /// The door asks whether it may close.
///     #[listener(answer = who != 0)]
///     fn on_close(&mut self, who: u32) -> bool;
/// }
/// # struct Door(Option<Box<dyn DoorListener>>);
/// # impl Door {
/// #     fn set_listener(&mut self, listener: Box<dyn DoorListener>) { self.0 = Some(listener) }
/// #     fn open(&mut self) { self.0.as_mut().unwrap().on_enter(7); assert!(self.0.take().unwrap().on_close(7)); }
/// # }
///
/// # uncallback::__private::block_on(async {
/// # let mut door = Door(None);
/// let mut stream = events(mpsc::unbounded(), |emit| door.set_listener(Box::new(emit)));
/// # door.open();
/// while let Some(event) = stream.next().await {
///     match event {
///         DoorEvent::Enter { who } => println!("welcome, {who}"),
///         DoorEvent::Close { who } => println!("{who} closes"),
///     }
/// }
/// # });
/// ```
///
/// Each method is an event named after it (`on_enter` is `Enter`), with the arguments as fields. The enum has the
/// trait's name with `Event` in place of `Listener`, `Handler`, `Observer`, `Delegate` or `Callbacks`. Methods with a
/// body in the trait are events too.
///
/// The source calls a method and goes on: it does not wait for whoever reads the stream. So a method that returns a
/// value says what to **answer**. And an argument that is **borrowed** ends with the call, so it is refused, unless a
/// copy of it is kept (`owned`), or what is needed of it (`keep`).
///
/// # What happens when
///
/// - the stream is **dropped**: it is the listener that stays with the source. Its methods still answer; events are dropped at
///   once. What the registering call returned is dropped with the stream.
/// - a method is called again and again: each call is an event. What does not fit goes as the stream's policy says.
/// - no method is **ever called**: the stream waits. It ends when the source drops the listener.
/// - the code of `owned` or `keep` **panics**: the source goes on; the stream ends, and the panic resumes in its reader. A panic
///   in an `answer` leaves the method, into the source, for want of an answer.
///
/// # The options
///
/// | on the trait | meaning |
/// |---|---|
/// | `event = Name` | the enum's name |
/// | `derive(Debug, Clone)` | for the enum |
/// | `variant = local` | which emitter listens: `mpsc` if not said, `spsc` (whatever its policy), or `local` |
/// | `owned` | borrowed arguments are copied with `ToOwned`, in all methods |
/// | `answer = expression` | for all methods that return a value, e.g. `Default::default()` |
/// | `crate = path` | where the crate `uncallback` is, if it has another name |
///
/// | on a method | meaning |
/// |---|---|
/// | `answer = expression` | what the method returns; it may look at the arguments |
/// | `owned` | borrowed arguments are copied with `ToOwned` |
/// | `keep(name: Type = expression, ..)` | the event's fields, computed from the arguments |
/// | `name = Name` | the event's name |
/// | `skip` | not an event: the trait's own body stays |
///
/// ```
/// use uncallback::{listener, stream::{events, local}};
/// # pub struct Packet { bytes: Vec<u8>, from: u8 }
///
/// #[listener(variant = local)]
/// trait LinkObserver {
///     #[listener(owned)]
///     fn on_name(&self, name: &str);
///     #[listener(keep(from: u8 = packet.from, length: usize = packet.bytes.len()))]
///     fn on_packet(&self, packet: &Packet);
///     #[listener(skip)]
///     fn priority(&self) -> u8 { 0 }
/// }
///
/// let mut stream = events(local::latest(), |emit| {
///     let observer: &dyn LinkObserver = &emit;
///     observer.on_name("eth0");
///     observer.on_packet(&Packet { bytes: vec![1, 2], from: 9 });
/// });
/// stream.drain(|event| assert!(matches!(event, LinkEvent::Packet { from: 9, length: 2 })));
/// ```
///
/// Not possible: generic traits and methods, `async` methods, unsafe traits, constants and types without a default.
#[proc_macro_attribute]
pub fn listener(arguments: TokenStream, item: TokenStream) -> TokenStream {
    listener::expand(arguments.into(), item.into()).into()
}
