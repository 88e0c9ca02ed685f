//! `events!`: a stream from a callback that is called again and again.

/// Registers a repeated callback now, put where `_` stands, and gives a stream of its events.
///
/// ```
/// # use uncallback::events;
/// # #[derive(Default)] struct Button(Vec<Box<dyn Fn(u32) + Send>>);
/// # impl Button {
/// #     fn on_click(&mut self, f: impl Fn(u32) + Send + 'static) { self.0.push(Box::new(f)) }
/// #     fn click(&self, at: u32) { self.0.iter().for_each(|f| f(at)) }
/// # }
/// # uncallback::__private::block_on(async {
/// # let mut button = Button::default();
/// let mut clicks = events!(button.on_click(_), unbounded);
/// button.click(3);
/// button.click(4);
/// # drop(button);
/// while let Some(at) = clicks.next().await {
///     println!("clicked at {at}");
/// }
/// # });
/// ```
///
/// # What happens when events come too fast
///
/// Said behind the call, always, because a callback can't wait and only you know what may be lost:
///
/// | policy | waiting events |
/// |---|---|
/// | `unbounded` | all of them |
/// | `drop_newest(n)` | the first `n` |
/// | `drop_oldest(n)` | the last `n` |
/// | `latest` | the last one |
/// | `block(n)` | the first `n`; the next one blocks the thread that calls back, which must not be that of an event loop |
///
/// [`Events::lagged`](crate::Events::lagged) counts what was lost.
///
/// The callback is `Fn + Send + Sync` (as far as the event is `Send`), which fits every source. Where every event
/// counts, name the variant that the source allows: `local::unbounded` if it stays on this thread, `spsc::unbounded`
/// if it wants `FnMut + Send`. See [`stream`](crate::stream). Without feature `std` one of the two has to be named.
///
/// ```
/// # use uncallback::events;
/// # fn on_key(mut f: impl FnMut(char) + 'static) { "hi".chars().for_each(|c| f(c)) }
/// let mut keys = events!(on_key(_), local::drop_oldest(16));
/// let mut text = String::new();
/// keys.drain(|key| text.push(key));
/// assert_eq!(text, "hi");
/// ```
///
/// # Events that borrow
///
/// Most event handlers get a reference, which ends with the callback. Say what to keep of it; that runs inside the
/// callback. A panic in it ends the stream and resumes in the consumer.
///
/// ```
/// # use uncallback::events;
/// # struct Event { pos: (i32, i32) }
/// # fn on_move(f: impl Fn(&Event)) { f(&Event { pos: (1, 2) }) }
/// let mut moves = events!(on_move(|event: &Event| => event.pos), latest);
/// assert_eq!(moves.drain(|pos| assert_eq!(pos, (1, 2))), 1);
/// ```
///
/// The marks are those of [`call!`](crate::call!): `_`, <code>||</code>, <code>|_, _|</code>,
/// <code>|a, b: &str| => expression</code>, in a wrapper, or within a chain of calls. The pair `ok: _, err: _` is not
/// one of them: map both to one type and use [`events()`](crate::events()) with two emitters.
///
/// What the call returns is kept by the stream and dropped with it; an id instead of a guard is given back with
/// [`on_drop`](crate::Events::on_drop). `?` and `.await` may be used in the arguments.
///
/// ```
/// # use uncallback::events;
/// # struct Bus; impl Bus { fn on(&self, _: &str, f: Box<dyn FnMut(u8)>) -> Result<u32, String> { drop(f); Ok(7) } fn off(&self, _: u32) {} }
/// # fn main() -> Result<(), String> {
/// # let bus = Bus;
/// let news = events!(bus.on("news", Box::new(_))?, unbounded).on_drop(|id| bus.off(id));
/// # Ok(()) }
/// ```
///
/// # What happens when
///
/// - the stream is **dropped**: what the call returned is dropped, which unregisters the callback, and waiting events go.
/// - the callback is **never called**: the stream waits. It ends when the source drops the callback.
/// - the mapping of the callback **panics**: the source goes on undisturbed, and the panic resumes in the consumer.
/// - events come too fast: see above. For the rest see [`Events`](crate::Events#what-happens-when).
#[macro_export]
macro_rules! events {
    ($($call:tt)+) => {
        $crate::__events_policy!([] $($call)+)
    };
    () => {
        ::core::compile_error!("`events!` needs the registering call, e.g. `events!(button.on_click(_), unbounded)`")
    };
}

/// Splits `call, policy` at the last comma, which is not always the first: `register::<A, B>(_), unbounded`.
#[doc(hidden)]
#[macro_export]
macro_rules! __events_policy {
    ($call:tt , $policy:ident $(($($room:tt)*))? $(,)?) => {
        $crate::__events_policy!(@start $call [$crate::stream::mpsc::$policy($($($room)*)?)])
    };
    ($call:tt , $variant:ident :: $policy:ident $(($($room:tt)*))? $(,)?) => {
        $crate::__events_policy!(@start $call [$crate::stream::$variant::$policy($($($room)*)?)])
    };
    ([] , $($rest:tt)*) => {
        ::core::compile_error!("`events!` needs the registering call, e.g. `events!(button.on_click(_), unbounded)`")
    };
    (@start [$($call:tt)+] $policy:tt) => {
        $crate::__place!(@start [$crate::__events] $policy $($call)+)
    };
    // Links of a chain and paths are taken in one step, because the depth of macro recursion is limited.
    ([$($call:tt)*] . $name:ident ($($arguments:tt)*) $($rest:tt)*) => {
        $crate::__events_policy!([$($call)* . $name ($($arguments)*)] $($rest)*)
    };
    ([$($call:tt)*] $name:ident :: $($rest:tt)*) => {
        $crate::__events_policy!([$($call)* $name ::] $($rest)*)
    };
    ([$($call:tt)*] $name:ident ($($arguments:tt)*) $($rest:tt)*) => {
        $crate::__events_policy!([$($call)* $name ($($arguments)*)] $($rest)*)
    };
    ([$($call:tt)*] $token:tt $($rest:tt)*) => {
        $crate::__events_policy!([$($call)* $token] $($rest)*)
    };
    ([$($call:tt)*]) => {
        ::core::compile_error!(
            "say what happens when events come faster than they are taken, behind the call: \
             `unbounded`, `drop_newest(n)`, `drop_oldest(n)`, `latest` or `block(n)`, \
             e.g. `events!(button.on_click(_), unbounded)`"
        )
    };
}

/// Registers a callback that was put in its place, and makes the stream.
#[doc(hidden)]
#[macro_export]
macro_rules! __events {
    ([$policy:expr] one ($claim:ident $err:ident) $($call:tt)+) => {{
        let (emitter, receiver) = $crate::__private::open_events($policy);
        // Whether it has to be `mut` depends on the variant.
        #[allow(unused_mut)]
        let mut $claim = emitter;
        $crate::__private::registered_events(receiver, { $($call)+ })
    }};
    ([$policy:expr] sync $claims:tt $($call:tt)+) => {
        $crate::__events!([$policy] one $claims $($call)+)
    };
    ($policy:tt both $claims:tt $($call:tt)+) => {
        ::core::compile_error!(
            "`ok: _, err: _` is a pair of which one is called once. For events, register two callbacks with \
             `uncallback::events(policy, |emit| ..)` and a clone of the emitter for each"
        )
    };
}
