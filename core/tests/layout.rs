//! Sizes and auto traits, checked when this compiles.

use std::panic::UnwindSafe;
use std::rc::Rc;
use uncallback::{Call, CancelWith, Checked, Completer, Flat, Lost, Slot, SlotCall, Started, local};

type Api<T> = fn(Completer<T>) -> u8;
type InSlot<T> = SlotCall<'static, T, u8, fn(Completer<T>) -> u8>;
type LocalApi<T> = fn(local::Completer<T>) -> u8;

const fn send<T: Send>() {}
const fn sync<T: Sync>() {}
const fn unpin<T: Unpin>() {}
const fn unwind_safe<T: UnwindSafe>() {}

/// Is `T: Send`? An inherent constant is found before a trait's.
macro_rules! is_send {
    ($t:ty) => {{
        trait No {
            const ANSWER: bool = false;
        }
        impl<T> No for Is<T> {}
        struct Is<T>(std::marker::PhantomData<T>);
        #[allow(dead_code)]
        impl<T: Send> Is<T> {
            const ANSWER: bool = true;
        }
        Is::<$t>::ANSWER
    }};
}

const _: () = {
    send::<Completer<u64>>();
    send::<Started<u64, u8>>();
    send::<Call<u64, u8, Api<u64>>>();
    send::<Checked<Started<u64, u8>>>();
    send::<Flat<Started<Result<u64, Lost>, u8>>>();
    send::<CancelWith<Started<u64, u8>, fn(u8)>>();
    send::<Slot<u64>>();
    send::<InSlot<u64>>();
    send::<Lost>();

    sync::<Completer<u64>>();
    sync::<Started<u64, u8>>();
    sync::<Call<u64, u8, Api<u64>>>();
    sync::<InSlot<u64>>();
    // What is only sent need not be shared.
    sync::<Completer<std::cell::Cell<u8>>>();

    unpin::<Started<std::marker::PhantomPinned, std::marker::PhantomPinned>>();
    unpin::<Call<u64, u8, Api<u64>>>();
    unpin::<local::Started<u64, u8>>();
    unpin::<local::Call<u64, u8, LocalApi<u64>>>();
    unpin::<CancelWith<Started<u64, u8>, fn(u8)>>();

    unwind_safe::<Completer<std::cell::Cell<u8>>>();
    unwind_safe::<Started<std::cell::Cell<u8>, u8>>();

    // What is not `Send` makes the future that waits for it, or keeps it, not `Send`.
    assert!(!is_send!(Completer<Rc<u8>>));
    assert!(!is_send!(Started<Rc<u8>, ()>));
    assert!(!is_send!(Started<u8, Rc<u8>>));
    assert!(!is_send!(InSlot<Rc<u8>>));
    assert!(!is_send!(SlotCall<'static, u8, Rc<u8>, fn(Completer<u8>) -> Rc<u8>>));
    assert!(!is_send!(local::Completer<u8>));
    assert!(!is_send!(local::Started<u8, ()>));
};

// Calls that are followed carry more.
#[cfg(all(target_pointer_width = "64", not(any(feature = "debug", feature = "tracing"))))]
const _: () = {
    assert!(size_of::<Completer<[u64; 9]>>() == 8);
    assert!(size_of::<local::Completer<u64>>() == 8);
    // Cell and place.
    assert!(size_of::<Started<u64, ()>>() <= 24);
};

#[test]
fn everything_above_was_checked_by_the_compiler() {}
