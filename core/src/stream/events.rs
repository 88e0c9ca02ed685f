//! `Events`: the stream itself, the same for all variants.

use alloc::vec::Vec;
use core::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use super::generated::open_events;
use super::variant::{Overflow, Receive};

/// Registers a repeated callback and gives a stream of its events.
///
/// `overflow` says where the events wait and what happens when they come faster than they are taken; there is no
/// default. `register` gets the emitter, moves it into a callback, and registers that. What `register` returns (a
/// subscription guard, a handle) is kept by the stream and dropped with it; for a plain id, see [`Events::on_drop`].
///
/// The callback is registered now, not at the first poll: events from now on are in the stream.
///
/// What happens when the stream is dropped, or the callback is never called, or panics:
/// see [`Events`](Events#what-happens-when).
///
/// [`events!`](macro@crate::events) writes this call for you.
///
/// ```
/// use uncallback::stream::{events, mpsc};
/// # struct Button { handlers: Vec<Box<dyn Fn(u32) + Send>> }
/// # impl Button {
/// #     fn on_click(&mut self, f: impl Fn(u32) + Send + 'static) -> usize { self.handlers.push(Box::new(f)); 0 }
/// #     fn click(&self, at: u32) { self.handlers.iter().for_each(|f| f(at)) }
/// # }
/// # let mut button = Button { handlers: Vec::new() };
/// let mut clicks = events(mpsc::unbounded(), |emit| button.on_click(move |at| emit.emit(at)));
/// button.click(3);
/// # let waker = std::task::Waker::noop();
/// # let mut cx = std::task::Context::from_waker(waker);
/// # let task = async {
/// assert_eq!(clicks.next().await, Some(3));
/// drop(button); // the source drops its callback: the stream ends
/// assert_eq!(clicks.next().await, None);
/// # };
/// # assert!(std::pin::pin!(task).as_mut().poll(&mut cx).is_ready());
/// ```
///
/// # Panics
/// A panic of `register` goes through; the emitter is wherever `register` had put it.
#[track_caller]
pub fn events<T, O, H>(overflow: O, register: impl FnOnce(O::Emitter<T>) -> H) -> Events<O::Receiver<T>, H>
where
    O: Overflow,
{
    let (emitter, receiver) = open_events(overflow);
    let handle = register(emitter);
    Events { receiver, handle }
}

/// A stream of the events of a repeated callback. Made by [`events()`] and [`events!`](macro@crate::events).
///
/// - [`next`](Self::next) waits for an event, [`next_batch`](Self::next_batch) for all there are,
///   [`drain`](Self::drain) takes what is there without waiting. With feature `stream` it is a
///   [`futures_core::Stream`](https://docs.rs/futures-core) too.
///
/// # What happens when
///
/// - it is **dropped**: the events that wait are dropped, then what the registering call returned, which unregisters the
///   callback (see [`on_drop`](Self::on_drop) for ids). That happens once, also if the stream was never polled, and also
///   inside the callback itself. Events that come later are dropped at once.
/// - the callback is called again and again: each call is an event. What does not fit goes as the policy says, and is
///   counted by [`lagged`](Self::lagged).
/// - the callback is **never called**: the stream waits. It ends when the source drops the callback, after the events
///   before that were taken.
/// - the callback **panics** in the code that maps its event: the panic resumes here, after the events before it, and the
///   stream has ended.
///
/// ```
/// # uncallback::__private::block_on(async {
/// use uncallback::stream::{events, local};
///
/// let mut stream = events(local::unbounded(), |emit| {
///     emit.emit("one");
///     emit.emit("two");
/// }); // the callback is dropped here
/// let mut seen = vec![];
/// while let Some(event) = stream.next().await {
///     seen.push(event);
/// }
/// assert_eq!(seen, ["one", "two"]);
/// # });
/// ```
#[must_use = "a stream that is dropped unregisters its callback"]
pub struct Events<R, H = ()> {
    // Dropped in this order: the callback finds the stream gone before the source forgets the callback.
    pub(super) receiver: R,
    pub(super) handle: H,
}

/// Nothing is pinned through the stream: the receiver and the handle are plain values to it.
impl<R, H> Unpin for Events<R, H> {}

impl<R: Receive, H> Events<R, H> {
    /// Waits for the next event; `None` is the end of the stream.
    ///
    /// # Cancel safety
    /// A `next` that is dropped has taken nothing: the next one gets the event.
    ///
    /// # Panics
    /// Resumes the panic of a mapping callback.
    ///
    /// ```
    /// # uncallback::__private::block_on(async {
    /// # use uncallback::stream::{events, local};
    /// let mut stream = events(local::unbounded(), |emit| emit.emit(1));
    /// assert_eq!(stream.next().await, Some(1));
    /// assert_eq!(stream.next().await, None);
    /// # });
    /// ```
    #[expect(clippy::should_implement_trait, reason = "it waits, as `next` of every stream does")]
    pub fn next(&mut self) -> Next<'_, R, H> {
        Next { events: self }
    }

    /// Waits until there are events, and appends all of them to `batch`; 0 is the end of the stream.
    ///
    /// # Cancel safety
    /// A `next_batch` that is dropped has taken nothing.
    ///
    /// # Panics
    /// Resumes the panic of a mapping callback, once the events before it were taken.
    ///
    /// ```
    /// # uncallback::__private::block_on(async {
    /// # use uncallback::stream::{events, local};
    /// let mut stream = events(local::unbounded(), |emit| (1..=3).for_each(|n| emit.emit(n)));
    /// let mut batch = Vec::new();
    /// assert_eq!(stream.next_batch(&mut batch).await, 3);
    /// assert_eq!(batch, [1, 2, 3]);
    /// assert_eq!(stream.next_batch(&mut batch).await, 0);
    /// # });
    /// ```
    pub fn next_batch<'a>(&'a mut self, batch: &'a mut Vec<R::Item>) -> NextBatch<'a, R, H> {
        NextBatch { events: self, batch }
    }

    /// Hands every event that is there now to `each`, in order, and returns how many; it does not wait.
    ///
    /// Events that come while it runs stay for the next time. If `each` panics, the events behind stay too.
    ///
    /// ```
    /// # use uncallback::stream::{events, local};
    /// let mut frame_input = events(local::unbounded(), |emit| "hi".chars().for_each(|key| emit.emit(key)));
    /// let mut text = String::new();
    /// assert_eq!(frame_input.drain(|key| text.push(key)), 2); // once per frame of a game
    /// assert_eq!(text, "hi");
    /// ```
    pub fn drain(&mut self, each: impl FnMut(R::Item)) -> usize {
        self.receiver.drain(each)
    }

    /// How many events were lost to the overflow policy since the last call.
    ///
    /// ```
    /// # use uncallback::stream::{events, local};
    /// let mut stream = events(local::drop_newest(1), |emit| (1..=3).for_each(|n| emit.emit(n)));
    /// assert_eq!(stream.lagged(), 2);
    /// assert_eq!(stream.lagged(), 0);
    /// ```
    pub fn lagged(&mut self) -> u64 {
        self.receiver.lagged()
    }

    /// The next event, or the end, or a registered waker: for hand-written futures.
    ///
    /// Only the waker of the last call is woken. After the end it stays `Ready(None)`.
    ///
    /// # Panics
    /// Resumes the panic of a mapping callback.
    ///
    /// ```
    /// # use uncallback::stream::{events, local};
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let mut stream = events(local::unbounded(), |emit| emit.emit(1));
    /// let mut cx = Context::from_waker(Waker::noop());
    /// assert_eq!(stream.poll_event(&mut cx), Poll::Ready(Some(1)));
    /// ```
    #[inline]
    pub fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<R::Item>> {
        self.receiver.poll_event(cx)
    }
}

impl<R, H> Events<R, H> {
    /// What the registering call returned.
    ///
    /// ```
    /// # use uncallback::stream::{events, local};
    /// let stream = events(local::unbounded(), |emit| { emit.emit('x'); "handler 7" });
    /// assert_eq!(*stream.handle(), "handler 7");
    /// ```
    pub fn handle(&self) -> &H {
        &self.handle
    }

    /// What the registering call returned, to be changed: a guard that can pause its source, for example.
    ///
    /// ```
    /// # use uncallback::stream::{events, local};
    /// let mut stream = events(local::unbounded(), |emit| { emit.emit('x'); vec![1] });
    /// stream.handle_mut().push(2);
    /// assert_eq!(*stream.handle(), [1, 2]);
    /// ```
    pub fn handle_mut(&mut self) -> &mut H {
        &mut self.handle
    }

    /// Runs `unregister` with what the registering call returned, once, when the stream is dropped.
    ///
    /// For sources that return an id instead of a guard. It also runs if the stream was never polled or has ended.
    /// A panic in it goes through to whoever drops the stream.
    ///
    /// ```
    /// # use std::{cell::Cell, rc::Rc};
    /// # use uncallback::stream::{events, local};
    /// # let removed = Rc::new(Cell::new(0));
    /// # let registry = removed.clone();
    /// let stream = events(local::unbounded(), |emit| { emit.emit('x'); 7 }).on_drop(move |id| registry.set(id));
    /// drop(stream);
    /// assert_eq!(removed.get(), 7);
    /// ```
    pub fn on_drop<F: FnOnce(H)>(self, unregister: F) -> Events<R, OnDrop<H, F>> {
        Events { receiver: self.receiver, handle: OnDrop(Some((self.handle, unregister))) }
    }
}

impl<R, H> fmt::Debug for Events<R, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

#[cfg(feature = "stream")]
impl<R: Receive, H> futures_core::Stream for Events<R, H> {
    type Item = R::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<R::Item>> {
        self.get_mut().poll_event(cx)
    }
}

/// Waits for one event. Made by [`Events::next`].
///
/// # Cancel safety
/// Dropped, it has taken nothing. What happens when the callback never comes, or panics:
/// see [`Events`](Events#what-happens-when).
///
/// ```
/// # use uncallback::stream::{events, local};
/// let mut stream = events(local::unbounded(), |emit| emit.emit(1));
/// let next = stream.next();
/// drop(next); // takes nothing
/// assert_eq!(stream.drain(|_| ()), 1);
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct Next<'a, R, H> {
    events: &'a mut Events<R, H>,
}

impl<R: Receive, H> Future for Next<'_, R, H> {
    type Output = Option<R::Item>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().events.poll_event(cx)
    }
}

impl<R, H> fmt::Debug for Next<'_, R, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next").finish_non_exhaustive()
    }
}

/// Waits for all events there are. Made by [`Events::next_batch`].
///
/// # Cancel safety
/// Dropped, it has taken nothing. What happens when the callback never comes, or panics:
/// see [`Events`](Events#what-happens-when).
///
/// ```
/// # use uncallback::stream::{events, local};
/// let mut stream = events(local::unbounded(), |emit| emit.emit(1));
/// let mut batch = Vec::new();
/// let next = stream.next_batch(&mut batch);
/// drop(next); // takes nothing
/// assert!(batch.is_empty());
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct NextBatch<'a, R: Receive, H> {
    events: &'a mut Events<R, H>,
    batch: &'a mut Vec<R::Item>,
}

impl<R: Receive, H> Future for NextBatch<'_, R, H> {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        let this = self.get_mut();
        let Poll::Ready(first) = this.events.poll_event(cx) else {
            return Poll::Pending;
        };
        let Some(first) = first else {
            return Poll::Ready(0);
        };
        this.batch.push(first);
        let more = this.events.drain(|event| this.batch.push(event));
        Poll::Ready(1 + more)
    }
}

impl<R: Receive, H> fmt::Debug for NextBatch<'_, R, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NextBatch").finish_non_exhaustive()
    }
}

/// What the registering call returned, together with what unregisters it. Made by [`Events::on_drop`].
///
/// # What happens when
///
/// - it is **dropped**, with its stream: the closure runs, once. If it **panics**, the panic leaves that drop.
///
/// ```
/// # use uncallback::stream::{Events, OnDrop, events, local};
/// fn unregister(id: u32) { assert_eq!(id, 7) }
/// let stream: Events<local::Receiver<char>, OnDrop<u32, fn(u32)>> =
///     events(local::unbounded(), |emit| { emit.emit('x'); 7 }).on_drop(unregister as fn(u32));
/// drop(stream); // calls `unregister`
/// ```
pub struct OnDrop<H, F: FnOnce(H)>(Option<(H, F)>);

impl<H, F: FnOnce(H)> Drop for OnDrop<H, F> {
    fn drop(&mut self) {
        if let Some((handle, unregister)) = self.0.take() {
            unregister(handle);
        }
    }
}

impl<H, F: FnOnce(H)> fmt::Debug for OnDrop<H, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnDrop").finish_non_exhaustive()
    }
}
