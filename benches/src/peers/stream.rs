//! Channels for many values, as they are used to make a stream of a repeated callback.

use std::future::{Future, poll_fn};

/// A way to make a channel for many values.
pub trait Channel: 'static {
    /// The row's name.
    const NAME: &'static str;
    /// The package that the row measures.
    const PACKAGE: &'static str;
    /// What the callback keeps.
    type Sender: 'static;
    /// What is awaited.
    type Receiver: 'static;

    /// A new channel.
    fn new() -> (Self::Sender, Self::Receiver);
    /// The callback's part.
    fn push(sender: &mut Self::Sender, value: u64);
    /// The consumer's part.
    fn next(receiver: &mut Self::Receiver) -> impl Future<Output = u64>;
}

/// A channel whose sender many threads can use through a shared reference, as a callback that is `Fn` must.
pub trait SharedChannel: Channel<Sender: Sync> {
    /// The callback's part.
    fn push_shared(sender: &Self::Sender, value: u64);
}

/// Implements [`Channel`], and [`SharedChannel`] where a shared reference is marked as enough.
macro_rules! channel {
    ($(#[$doc:meta])* $peer:ident = $name:literal of $package:literal;
     $sender:ty => $receiver:ty; $pair:expr;
     |$tx:ident, $value:ident| $push:expr; |$rx:ident| $next:expr; $($shared:ident)?) => {
        $(#[$doc])*
        pub struct $peer;

        impl Channel for $peer {
            const NAME: &'static str = $name;
            const PACKAGE: &'static str = $package;
            type Sender = $sender;
            type Receiver = $receiver;

            fn new() -> (Self::Sender, Self::Receiver) {
                $pair
            }
            #[inline(always)]
            fn push($tx: &mut Self::Sender, $value: u64) {
                $push.expect("there is room, and somebody listens");
            }
            #[inline(always)]
            async fn next($rx: &mut Self::Receiver) -> u64 {
                $next.await.expect("the callback is alive")
            }
        }

        $(channel! { @$shared $peer, $tx, $value, $push })?
    };
    (@shared $peer:ident, $tx:ident, $value:ident, $push:expr) => {
        impl SharedChannel for $peer {
            #[inline(always)]
            fn push_shared($tx: &Self::Sender, $value: u64) {
                $push.expect("there is room, and somebody listens");
            }
        }
    };
}

/// The capacity of bounded channels.
pub const CAPACITY: usize = 1024;

channel! {
    /// The base of unbounded tables.
    Tokio = "tokio mpsc unbounded" of "tokio";
    tokio::sync::mpsc::UnboundedSender<u64> => tokio::sync::mpsc::UnboundedReceiver<u64>;
    tokio::sync::mpsc::unbounded_channel();
    |sender, value| sender.send(value); |receiver| poll_fn(|context| receiver.poll_recv(context)); shared
}
channel! {
    /// The base of bounded tables.
    TokioBounded = "tokio mpsc" of "tokio";
    tokio::sync::mpsc::Sender<u64> => tokio::sync::mpsc::Receiver<u64>;
    tokio::sync::mpsc::channel(CAPACITY);
    |sender, value| sender.try_send(value); |receiver| poll_fn(|context| receiver.poll_recv(context)); shared
}
channel! {
    /// The one that the futures crates come with.
    Futures = "futures-channel mpsc unbounded" of "futures-channel";
    futures_channel::mpsc::UnboundedSender<u64> => futures_channel::mpsc::UnboundedReceiver<u64>;
    futures_channel::mpsc::unbounded();
    |sender, value| sender.unbounded_send(value); |receiver| receiver.recv(); shared
}
channel! {
    /// The one that the futures crates come with.
    FuturesBounded = "futures-channel mpsc" of "futures-channel";
    futures_channel::mpsc::Sender<u64> => futures_channel::mpsc::Receiver<u64>;
    futures_channel::mpsc::channel(CAPACITY);
    |sender, value| sender.try_send(value); |receiver| receiver.recv();
}
channel! {
    /// One sender.
    CrossfireSpsc = "crossfire spsc unbounded" of "crossfire";
    crossfire::Tx<crossfire::spsc::List<u64>> => crossfire::AsyncRx<crossfire::spsc::List<u64>>;
    crossfire::spsc::unbounded_async();
    |sender, value| sender.send(value); |receiver| receiver.recv();
}
channel! {
    /// Many senders.
    CrossfireMpsc = "crossfire mpsc unbounded" of "crossfire";
    crossfire::MTx<crossfire::mpsc::List<u64>> => crossfire::AsyncRx<crossfire::mpsc::List<u64>>;
    crossfire::mpsc::unbounded_async();
    |sender, value| sender.send(value); |receiver| receiver.recv(); shared
}
channel! {
    /// One sender.
    CrossfireBounded = "crossfire spsc" of "crossfire";
    crossfire::Tx<crossfire::spsc::Array<u64>> => crossfire::AsyncRx<crossfire::spsc::Array<u64>>;
    crossfire::spsc::bounded_blocking_async(CAPACITY);
    |sender, value| sender.try_send(value); |receiver| receiver.recv();
}
channel! {
    /// Many senders and many receivers.
    Flume = "flume unbounded" of "flume";
    flume::Sender<u64> => flume::Receiver<u64>;
    flume::unbounded();
    |sender, value| sender.send(value); |receiver| receiver.recv_async(); shared
}
channel! {
    /// Many senders and many receivers.
    FlumeBounded = "flume" of "flume";
    flume::Sender<u64> => flume::Receiver<u64>;
    flume::bounded(CAPACITY);
    |sender, value| sender.try_send(value); |receiver| receiver.recv_async();
}
channel! {
    /// Many senders and many receivers.
    AsyncChannel = "async-channel unbounded" of "async-channel";
    async_channel::Sender<u64> => async_channel::Receiver<u64>;
    async_channel::unbounded();
    |sender, value| sender.try_send(value); |receiver| receiver.recv(); shared
}
channel! {
    /// Many senders and many receivers.
    AsyncChannelBounded = "async-channel" of "async-channel";
    async_channel::Sender<u64> => async_channel::Receiver<u64>;
    async_channel::bounded(CAPACITY);
    |sender, value| sender.try_send(value); |receiver| receiver.recv();
}
channel! {
    /// Many senders.
    Mea = "mea mpsc unbounded" of "mea";
    mea::mpsc::UnboundedSender<u64> => mea::mpsc::UnboundedReceiver<u64>;
    mea::mpsc::unbounded();
    |sender, value| sender.send(value); |receiver| receiver.recv(); shared
}
channel! {
    /// Many senders.
    MeaBounded = "mea mpsc" of "mea";
    mea::mpsc::BoundedSender<u64> => mea::mpsc::BoundedReceiver<u64>;
    mea::mpsc::bounded(CAPACITY);
    |sender, value| sender.try_send(value); |receiver| receiver.recv();
}
channel! {
    /// Only bounded.
    Thingbuf = "thingbuf mpsc" of "thingbuf";
    thingbuf::mpsc::Sender<u64> => thingbuf::mpsc::Receiver<u64>;
    thingbuf::mpsc::channel(CAPACITY);
    |sender, value| sender.try_send(value); |receiver| receiver.recv();
}
channel! {
    /// Only bounded.
    Tachyonix = "tachyonix" of "tachyonix";
    tachyonix::Sender<u64> => tachyonix::Receiver<u64>;
    tachyonix::channel(CAPACITY);
    |sender, value| sender.try_send(value); |receiver| receiver.recv();
}
channel! {
    /// Only bounded, and it wakes nobody.
    Rtrb = "rtrb (wakes nobody)" of "rtrb";
    rtrb::Producer<u64> => rtrb::Consumer<u64>;
    rtrb::RingBuffer::new(CAPACITY);
    |sender, value| sender.push(value); |receiver| std::future::ready(receiver.pop());
}
channel! {
    /// Single-threaded.
    Unsync = "unsync spsc unbounded" of "unsync";
    unsync::spsc::Sender<u64> => unsync::spsc::Receiver<u64>;
    unsync::spsc::unbounded();
    |sender, value| sender.try_send(value); |receiver| receiver.recv();
}
channel! {
    /// Single-threaded.
    AsyncUnsync = "async-unsync unbounded" of "async-unsync";
    async_unsync::unbounded::UnboundedSender<u64> => async_unsync::unbounded::UnboundedReceiver<u64>;
    async_unsync::unbounded::channel().into_split();
    |sender, value| sender.send(value); |receiver| poll_fn(|context| receiver.poll_recv(context));
}
channel! {
    /// Single-threaded.
    LocalSync = "local-sync mpsc unbounded" of "local-sync";
    local_sync::mpsc::unbounded::Tx<u64> => local_sync::mpsc::unbounded::Rx<u64>;
    local_sync::mpsc::unbounded::channel();
    |sender, value| sender.send(value); |receiver| poll_fn(|context| receiver.poll_recv(context));
}
channel! {
    /// Single-threaded.
    LocalChannel = "local-channel" of "local-channel";
    local_channel::mpsc::Sender<u64> => local_channel::mpsc::Receiver<u64>;
    local_channel::mpsc::channel();
    |sender, value| sender.send(value); |receiver| receiver.recv();
}
