//! One-shot channels, as they are used to await a callback: the sender moves into the callback.

use std::future::Future;

/// A way to make one-shot channels.
pub trait OneShot: 'static {
    /// The row's name.
    const NAME: &'static str;
    /// The package that the row measures, if it is one.
    const PACKAGE: Option<&'static str>;
    /// What the callback keeps.
    type Sender: 'static;
    /// What is awaited.
    type Receiver<'a>: Future + Unpin
    where
        Self: 'a;

    /// Whatever is made once and used for many calls.
    fn new() -> Self;
    /// A channel for one call.
    fn pair(&mut self) -> (Self::Sender, Self::Receiver<'_>);
    /// The callback's part.
    fn send(sender: Self::Sender, value: u64);
    /// The awaiter's part.
    fn value(output: <Self::Receiver<'_> as Future>::Output) -> u64;
}

/// Implements [`OneShot`] for a crate whose channels are made by a function without arguments.
macro_rules! one_shot {
    ($(#[$doc:meta])* $peer:ident = $name:literal of $package:literal;
     $sender:ty => $receiver:ty; $pair:expr) => {
        $(#[$doc])*
        pub struct $peer;

        impl OneShot for $peer {
            const NAME: &'static str = $name;
            const PACKAGE: Option<&'static str> = Some($package);
            type Sender = $sender;
            type Receiver<'a> = $receiver;

            fn new() -> Self {
                Self
            }
            #[inline(always)]
            fn pair(&mut self) -> (Self::Sender, Self::Receiver<'_>) {
                $pair
            }
            #[inline(always)]
            #[allow(unused_mut, reason = "only one of the senders must be mutable")]
            fn send(mut sender: Self::Sender, value: u64) {
                // Some answer whether anybody still listens, others nothing. Somebody listens.
                let _answer = sender.send(value);
            }
            #[inline(always)]
            fn value(output: <Self::Receiver<'_> as Future>::Output) -> u64 {
                output.expect("the callback was called")
            }
        }
    };
}

/// Implements [`OneShot`] for a pool that lends channels.
macro_rules! one_shot_pool {
    ($(#[$doc:meta])* $peer:ident($pool:ty) = $name:literal of $package:literal; $sender:ty => $receiver:ty) => {
        $(#[$doc])*
        pub struct $peer($pool);

        impl OneShot for $peer {
            const NAME: &'static str = $name;
            const PACKAGE: Option<&'static str> = Some($package);
            type Sender = $sender;
            type Receiver<'a> = $receiver;

            fn new() -> Self {
                Self(<$pool>::new())
            }
            #[inline(always)]
            fn pair(&mut self) -> (Self::Sender, Self::Receiver<'_>) {
                self.0.rent()
            }
            #[inline(always)]
            fn send(sender: Self::Sender, value: u64) {
                sender.send(value);
            }
            #[inline(always)]
            fn value(output: <Self::Receiver<'_> as Future>::Output) -> u64 {
                output.expect("the callback was called")
            }
        }
    };
}

one_shot! {
    /// The base of most tables.
    Tokio = "tokio oneshot" of "tokio";
    tokio::sync::oneshot::Sender<u64> => tokio::sync::oneshot::Receiver<u64>;
    tokio::sync::oneshot::channel()
}
one_shot! {
    /// The one that the futures crates come with.
    Futures = "futures-channel oneshot" of "futures-channel";
    futures_channel::oneshot::Sender<u64> => futures_channel::oneshot::Receiver<u64>;
    futures_channel::oneshot::channel()
}
one_shot! {
    /// Its state changes by one `fetch_add`.
    EventsOnce = "events_once boxed" of "events_once";
    events_once::BoxedSender<u64> => events_once::BoxedReceiver<u64>;
    events_once::Event::boxed()
}
one_shot! {
    /// The single-threaded form.
    EventsOnceLocal = "events_once local boxed" of "events_once";
    events_once::BoxedLocalSender<u64> => events_once::BoxedLocalReceiver<u64>;
    events_once::LocalEvent::boxed()
}
one_shot_pool! {
    /// Cells come from a pool that threads share.
    EventsOncePool(events_once::EventPool<u64>) = "events_once pool" of "events_once";
    events_once::PooledSender<u64> => events_once::PooledReceiver<u64>
}
one_shot_pool! {
    /// Cells come from a pool of one thread.
    EventsOnceLocalPool(events_once::LocalEventPool<u64>) = "events_once local pool" of "events_once";
    events_once::PooledLocalSender<u64> => events_once::PooledLocalReceiver<u64>
}
one_shot! {
    /// Derived from `oneshot`.
    Mea = "mea oneshot" of "mea";
    mea::oneshot::Sender<u64> => mea::oneshot::Recv<u64>;
    {
        let (sender, receiver) = mea::oneshot::channel();
        (sender, receiver.into_future())
    }
}
one_shot! {
    /// faern's.
    Oneshot = "oneshot" of "oneshot";
    oneshot::Sender<u64> => oneshot::AsyncReceiver<u64>;
    oneshot::async_channel()
}
one_shot! {
    /// Two threads race for its waker if one of them replaces it (irrustible/async-oneshot#20). Here there is one thread.
    AsyncOneshot = "async-oneshot" of "async-oneshot";
    async_oneshot::Sender<u64> => async_oneshot::Receiver<u64>;
    async_oneshot::oneshot()
}
one_shot! {
    /// A stream library's one-shot.
    Crossfire = "crossfire oneshot" of "crossfire";
    crossfire::oneshot::TxOneshot<u64> => crossfire::oneshot::RxOneshot<u64>;
    crossfire::oneshot::oneshot()
}
one_shot! {
    /// Single-threaded.
    Unsync = "unsync oneshot" of "unsync";
    unsync::oneshot::Sender<u64> => unsync::oneshot::Receiver<u64>;
    unsync::oneshot::channel()
}
one_shot! {
    /// Single-threaded; its allocation-free form borrows, and a callback that is kept cannot borrow.
    AsyncUnsync = "async-unsync oneshot" of "async-unsync";
    async_unsync::oneshot::Sender<u64> => async_unsync::oneshot::Receiver<u64>;
    async_unsync::oneshot::channel().into_split()
}
one_shot! {
    /// Single-threaded, after tokio's.
    LocalSync = "local-sync oneshot" of "local-sync";
    local_sync::oneshot::Sender<u64> => local_sync::oneshot::Receiver<u64>;
    local_sync::oneshot::channel()
}

/// One cell for all calls of one place.
pub struct Multishot(multishot::Receiver<u64>);

impl OneShot for Multishot {
    const NAME: &'static str = "multishot (reused)";
    const PACKAGE: Option<&'static str> = Some("multishot");
    type Sender = multishot::Sender<u64>;
    type Receiver<'a> = multishot::Recv<'a, u64>;

    fn new() -> Self {
        Self(multishot::Receiver::new())
    }
    #[inline(always)]
    fn pair(&mut self) -> (Self::Sender, Self::Receiver<'_>) {
        let sender = self.0.sender().expect("the call before is over");
        (sender, self.0.recv())
    }
    #[inline(always)]
    fn send(sender: Self::Sender, value: u64) {
        sender.send(value);
    }
    #[inline(always)]
    fn value(output: <Self::Receiver<'_> as Future>::Output) -> u64 {
        output.expect("the callback was called")
    }
}

/// Implements [`OneShot`] for one of fibre's channels, whose futures borrow the receiver.
macro_rules! fibre_one_shot {
    ($(#[$doc:meta])* $peer:ident { $($field:ident: $type:ty = $init:expr),* } = $name:literal;
     $sender:ident, $receiver:ident, $future:ident; |$this:ident| $pair:expr) => {
        $(#[$doc])*
        pub struct $peer {
            $($field: $type,)*
            /// The receiver of the last call, which its future borrows.
            receiver: Option<fibre::oneshot::$receiver<u64>>,
        }

        impl OneShot for $peer {
            const NAME: &'static str = $name;
            const PACKAGE: Option<&'static str> = Some("fibre");
            type Sender = fibre::oneshot::$sender<u64>;
            type Receiver<'a> = fibre::oneshot::$future<'a, u64>;

            fn new() -> Self {
                Self { $($field: $init,)* receiver: None }
            }
            #[inline(always)]
            fn pair(&mut self) -> (Self::Sender, Self::Receiver<'_>) {
                self.receiver = None;
                let $this = &*self;
                let (sender, receiver) = $pair;
                (sender, self.receiver.insert(receiver).recv())
            }
            #[inline(always)]
            fn send(sender: Self::Sender, value: u64) {
                sender.send(value).expect("somebody listens");
            }
            #[inline(always)]
            fn value(output: <Self::Receiver<'_> as Future>::Output) -> u64 {
                output.expect("the callback was called")
            }
        }
    };
}

fibre_one_shot! {
    /// For one sender and one receiver.
    FibreExclusive {} = "fibre exclusive";
    ExclusiveSender, ExclusiveReceiver, ExclusiveReceiveFuture; |_channel| fibre::oneshot::exclusive()
}
fibre_one_shot! {
    /// Cells come from a lock-free pool that threads share.
    FibrePool { pool: fibre::oneshot::OneshotPairPool<u64> = fibre::oneshot::pair_pool(16) } = "fibre pair pool";
    PooledSender, PooledReceiver, PooledReceiveFuture; |channel| channel.pool.pair().expect("the pool has room")
}
