//! User data, and the callback itself, in fields of a request that the library has allocated.
use crate::now;
use core::ffi::{c_int, c_void};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use uncallback::ffi::{Buffer, CallbackError};
use uncallback::uncallback;
use uncallback_tests::fixture::{
    INSIDE, LATER, Lib, NEVER, OK, REFUSE, THREAD, fx, fx_alloc_transfer, fx_cancel_firing,
    fx_cancel_silently, fx_free_transfer, fx_transfer,
};

#[uncallback]
unsafe extern "C" {
    #[once(
        cb = field(callback),
        data = transfer @ field(user_data),
        result = |transfer| -> c_int { (*transfer).status },
        refused = negative,
        cancelled = silent,
        cancel = fx_cancel_silently(lib, handle),
        handle(lib),
        keep(transfer),
    )]
    fn fx_submit_transfer(lib: *mut fx, when: c_int, transfer: *mut fx_transfer) -> c_int;

    #[link_name = "fx_submit_transfer"]
    #[once(
        cb = field(callback),
        data = transfer @ field(user_data),
        result = |transfer| -> c_int { (*transfer).status },
        refused = negative,
        cancelled = fires,
        cancel = fire_and_look(lib, handle, transfer),
        handle(lib),
        keep(transfer),
    )]
    fn fx_submit_looked_at(lib: *mut fx, when: c_int, transfer: *mut fx_transfer) -> c_int;
}

std::thread_local! {
    /// How many transfers this thread has freed, and how many of them before a cancelling function had returned.
    static FREED: Cell<(usize, Option<usize>)> = const { Cell::new((0, None)) };
}

/// Cancels a transfer: its callback comes inside, and the library is not done with it then.
unsafe fn fire_and_look(lib: *mut fx, id: c_int, _transfer: *mut fx_transfer) {
    // SAFETY: by contract, the object is there.
    unsafe { fx_cancel_firing(lib, id) };
    let (freed, _) = FREED.get();
    FREED.set((freed, Some(freed)));
}

/// A transfer, freed by the library's function; counts that.
struct Transfer(*mut fx_transfer, Arc<AtomicUsize>);

// SAFETY: the fixture's transfers may be used on any thread.
unsafe impl Send for Transfer {}

// SAFETY: the library allocates it, and it stays there until it is freed.
unsafe impl Buffer<*mut fx_transfer> for Transfer {
    fn pointer(&mut self) -> *mut fx_transfer {
        self.0
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        // ORDERING: read after the library's threads were joined.
        self.1.fetch_add(1, Ordering::Relaxed);
        let (freed, too_early) = FREED.get();
        FREED.set((freed + 1, too_early));
        // SAFETY: allocated below, and kept until C is done with it.
        unsafe { fx_free_transfer(self.0) };
    }
}

fn transfer(freed: &Arc<AtomicUsize>) -> Transfer {
    // SAFETY: no arguments.
    let raw = unsafe { fx_alloc_transfer() };
    // SAFETY: just allocated.
    unsafe { (*raw).user_data = std::ptr::dangling_mut::<c_void>() };
    Transfer(raw, freed.clone())
}

fn freed(count: &Arc<AtomicUsize>) -> usize {
    // ORDERING: as in `drop`.
    count.load(Ordering::Relaxed)
}

#[test]
fn transfer_completes_and_is_freed_after_its_callback() {
    let (lib, count) = (Lib::new(), Arc::default());
    for (n, when) in [INSIDE, LATER, THREAD].into_iter().enumerate() {
        // SAFETY: the object is alive.
        let pending = unsafe { fx_submit_transfer_async(lib.raw(), when, transfer(&count)) };
        lib.turn();
        lib.join();
        assert_eq!(freed(&count), n + 1, "C is done, whether the future was polled or not");
        assert_eq!(now(pending), Ok(OK));
    }
}

#[test]
fn transfer_that_is_refused_or_cancelled_is_freed_once() {
    let (lib, count) = (Lib::new(), Arc::default());
    // SAFETY: the object is alive.
    let refused = unsafe { fx_submit_transfer_async(lib.raw(), REFUSE, transfer(&count)) };
    assert_eq!((now(refused), freed(&count)), (Err(CallbackError::Refused(-7)), 1));
    // SAFETY: as above.
    let cancelled = unsafe { fx_submit_transfer_async(lib.raw(), NEVER, transfer(&count)) };
    drop(cancelled);
    assert_eq!((lib.pending(), freed(&count)), (0, 2));
}

#[test]
fn transfer_that_is_being_cancelled_is_not_freed_by_its_own_callback() {
    let (lib, count) = (Lib::new(), Arc::default());
    // SAFETY: the object is alive.
    let cancelled = unsafe { fx_submit_looked_at_async(lib.raw(), NEVER, transfer(&count)) };
    drop(cancelled);
    assert_eq!(FREED.get(), (1, Some(0)), "it was freed while the library looked at it");
    assert_eq!((lib.pending(), freed(&count)), (0, 1));
}
