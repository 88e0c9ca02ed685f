//! A waker that counts what is done to it, and can misbehave while it is done.

use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{RawWaker, RawWakerVTable, Waker};

/// What happened to a waker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Clone,
    Wake,
    Drop,
}

type Hook = Box<dyn FnMut(Event) + Send>;

#[derive(Default)]
pub struct Counts {
    clones: AtomicUsize,
    wakes: AtomicUsize,
    consumed: AtomicUsize,
    drops: AtomicUsize,
    hook: Mutex<Option<Hook>>,
}

impl Counts {
    pub fn clones(&self) -> usize {
        self.clones.load(SeqCst)
    }

    /// How often it was woken, by value or by reference.
    pub fn wakes(&self) -> usize {
        self.wakes.load(SeqCst)
    }

    pub fn drops(&self) -> usize {
        self.drops.load(SeqCst)
    }

    /// How many clones of the waker are stored somewhere.
    pub fn stored(&self) -> usize {
        self.clones() - self.consumed.load(SeqCst) - self.drops()
    }

    /// Runs `hook` at the next event of this kind, once.
    pub fn at_next(&self, event: Event, hook: impl FnOnce() + Send + 'static) {
        let mut hook = Some(hook);
        *self.hook.lock().unwrap() = Some(Box::new(move |now| {
            if now == event {
                if let Some(hook) = hook.take() {
                    hook();
                }
            }
        }));
    }

    fn happened(&self, event: Event) {
        // Taken out while it runs: a hook may cause further events.
        let hook = self.hook.lock().unwrap().take();
        if let Some(mut hook) = hook {
            let back = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| hook(event)));
            self.hook.lock().unwrap().get_or_insert(hook);
            if let Err(payload) = back {
                std::panic::resume_unwind(payload);
            }
        }
    }
}

/// A counting waker. It is not counted itself, its clones are.
pub fn counting() -> (ManuallyDrop<Waker>, Arc<Counts>) {
    let counts = Arc::new(Counts::default());
    // SAFETY: the pointer is kept alive by the returned `Arc`; each clone has a count of its own.
    let waker = unsafe { Waker::new(Arc::as_ptr(&counts).cast(), &VTABLE) };
    (ManuallyDrop::new(waker), counts)
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

/// # Safety
/// `data` is from `counting`, whose `Arc` is alive or has a clone that is.
unsafe fn counts(data: *const ()) -> Arc<Counts> {
    let data = data.cast::<Counts>();
    // SAFETY: from `Arc::as_ptr` (contract).
    unsafe {
        Arc::increment_strong_count(data);
        Arc::from_raw(data)
    }
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the waker that is being cloned keeps it alive.
    let counts = unsafe { counts(data) };
    // First the hook: if it panics, there is no clone.
    counts.happened(Event::Clone);
    counts.clones.fetch_add(1, SeqCst);
    RawWaker::new(Arc::into_raw(counts).cast(), &VTABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: takes over the clone's own count.
    let counts = unsafe { Arc::from_raw(data.cast::<Counts>()) };
    counts.wakes.fetch_add(1, SeqCst);
    counts.consumed.fetch_add(1, SeqCst);
    counts.happened(Event::Wake);
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: the waker that is being woken keeps it alive.
    let counts = unsafe { counts(data) };
    counts.wakes.fetch_add(1, SeqCst);
    counts.happened(Event::Wake);
}

unsafe fn drop_waker(data: *const ()) {
    // SAFETY: takes over the clone's own count.
    let counts = unsafe { Arc::from_raw(data.cast::<Counts>()) };
    counts.drops.fetch_add(1, SeqCst);
    counts.happened(Event::Drop);
}
