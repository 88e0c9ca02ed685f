//! Random programs: what they draw from, values that count themselves, and panics that make no noise.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Once, OnceLock};
use std::thread;

use super::waker::{Counts, counting};
use std::task::Waker;

/// splitmix64: a seed gives the same program on every machine.
pub struct Random(Cell<u64>);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(Cell::new(seed))
    }

    /// A generator of its own, for another thread.
    pub fn split(&self) -> Self {
        Random::new(self.below(u64::MAX))
    }

    pub fn below(&self, n: u64) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut z = self.0.get();
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    /// True once in `n` times.
    pub fn once_in(&self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub fn pause(&self) {
        match self.below(4) {
            0 => thread::yield_now(),
            1 => (0..self.below(200)).for_each(|_| std::hint::spin_loop()),
            _ => {}
        }
    }
}

/// Counts how many values were made and dropped.
#[derive(Clone, Default)]
pub struct Ledger(Arc<[AtomicUsize; 2]>);

impl Ledger {
    fn made(&self) {
        self.0[0].fetch_add(1, SeqCst);
    }

    fn dropped(&self) {
        self.0[1].fetch_add(1, SeqCst);
    }

    #[track_caller]
    pub fn every_value_was_dropped_once(&self) {
        let [made, dropped] = [0, 1].map(|at: usize| self.0[at].load(SeqCst));
        assert!(made > 0);
        assert_eq!(made, dropped, "values made, and dropped");
    }
}

/// What callbacks bring.
pub trait Value: Send + 'static {
    fn ledger() -> Ledger {
        Ledger::default()
    }
    fn new(ledger: &Ledger) -> Self;
}

/// On the heap, so that a sanitizer sees a second drop as well.
pub struct Boxed(Ledger, Box<u8>);

impl Value for Boxed {
    fn new(ledger: &Ledger) -> Self {
        ledger.made();
        Boxed(ledger.clone(), Box::new(1))
    }
}

impl Drop for Boxed {
    fn drop(&mut self) {
        assert_eq!(*self.1, 1);
        self.0.dropped();
    }
}

/// Fits no cell of the pool.
#[repr(align(64))]
pub struct Aligned(Boxed);

impl Value for Aligned {
    fn new(ledger: &Ledger) -> Self {
        Aligned(Boxed::new(ledger))
    }
}

impl Drop for Aligned {
    fn drop(&mut self) {
        assert_eq!((&raw const self.0).addr() % 64, 0);
    }
}

/// Panics when it is dropped, unless that would end the process.
pub struct Nasty(#[allow(dead_code, reason = "dropped after the panic")] Boxed);

impl Value for Nasty {
    fn new(ledger: &Ledger) -> Self {
        Nasty(Boxed::new(ledger))
    }
}

impl Drop for Nasty {
    fn drop(&mut self) {
        if !thread::panicking() {
            resume_unwind(Box::new("in drop"));
        }
    }
}

/// Without a size, so it is counted for the whole process: one test of a program may use it.
pub struct Empty;

impl Value for Empty {
    fn ledger() -> Ledger {
        static LEDGER: OnceLock<Ledger> = OnceLock::new();
        LEDGER.get_or_init(Ledger::default).clone()
    }
    fn new(ledger: &Ledger) -> Self {
        ledger.made();
        Empty
    }
}

impl Drop for Empty {
    fn drop(&mut self) {
        Self::ledger().dropped();
    }
}

/// Runs a test on each kind of value.
#[macro_export]
macro_rules! on_each_value {
    ($($test:ident)+) => { $( mod $test {
        use $crate::helpers::stress::{Aligned, Boxed, Empty, Nasty};
        #[test] fn on_the_heap() { super::$test::<Boxed>(); }
        #[test] fn over_aligned() { super::$test::<Aligned>(); }
        #[test] fn without_a_size() { super::$test::<Empty>(); }
        #[test] fn that_panic_when_dropped() { super::$test::<Nasty>(); }
    } )+ };
}

/// What `f` returns, or `None` if it panics. The payload may panic as well, when it is dropped.
pub fn caught<R>(f: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(value) => Some(value),
        Err(payload) => {
            drop(catch_unwind(AssertUnwindSafe(|| drop(payload))));
            None
        }
    }
}

/// Drops what may panic.
pub fn dropped<T>(value: T) {
    caught(|| drop(value));
}

/// Keeps the panics of awaiters whose callback is lost from being printed: the programs are full of them.
pub fn quiet_about_losses() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let text = info.payload().downcast_ref::<String>();
            if !text.is_some_and(|text| text.starts_with("the callback of the call at")) {
                default(info);
            }
        }));
    });
}

/// Two wakers that count.
pub struct Wakers([(std::mem::ManuallyDrop<Waker>, Arc<Counts>); 2]);

impl Wakers {
    pub fn new() -> Self {
        Wakers([counting(), counting()])
    }

    pub fn one(&self, random: &Random) -> &Waker {
        &self.0[random.below(2) as usize].0
    }

    #[track_caller]
    pub fn none_is_stored(&self) {
        assert!(self.0.iter().all(|(_, counts)| counts.stored() == 0));
    }
}
