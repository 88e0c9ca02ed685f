//! Random programs over C operations, with a library that is a thread: it calls, calls twice, destroys, forgets, while
//! futures are polled and dropped, owners close and tables fail. Every value and every closure is dropped exactly once.
#![cfg(feature = "ffi")]

mod helpers;

use std::ffi::{c_int, c_void};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll};
use std::thread;

use helpers::stress::{Boxed, Ledger, Random, Value, Wakers, caught, dropped, quiet_about_losses};
use uncallback::ffi::{self, Cancel, DestroyFn, First, Keyed, Outlet, Owner, Started};
use uncallback::stream::mpsc;

const PROGRAMS: usize = if cfg!(uncallback_delay) { 300 } else { 3_000 };

type Callback = unsafe extern "C" fn(*mut c_void, c_int);
type Job = Box<dyn FnOnce(&Random) + Send>;

/// What the library holds of an operation. By key, so that calls too many find nothing.
#[derive(Clone, Copy)]
struct Held {
    callback: Callback,
    data: *mut c_void,
    destroy: Option<DestroyFn<*mut c_void>>,
}
// SAFETY: user data may go to any thread.
unsafe impl Send for Held {}

impl Held {
    fn call(self) {
        // SAFETY: what the start function got.
        unsafe { (self.callback)(self.data, 7) };
    }

    /// What the library does with it, sooner or later.
    fn happens(self, random: &Random) {
        random.pause();
        for _ in 0..[0, 1, 1, 1, 2][random.below(5) as usize] {
            self.call();
            random.pause();
        }
        if let Some(destroy) = self.destroy {
            // SAFETY: as above, once, and after every call.
            unsafe { destroy(self.data) };
        }
    }
}

/// What all programs of a test work with.
struct Program<'a> {
    ledger: &'a Ledger,
    random: &'a Random,
    library: &'a Sender<Job>,
    owner: &'a Owner,
}

impl Program<'_> {
    /// Does it here, as a library does that calls inside of the call, or on the library's thread.
    fn later(&self, job: impl FnOnce(&Random) + Send + 'static) {
        if self.random.once_in(4) {
            job(self.random);
        } else {
            self.library.send(Box::new(job)).unwrap();
            self.random.pause();
        }
    }

    /// The closure of an operation: it holds a value, and makes others.
    fn on<V: Value>(&self) -> impl Fn((c_int,)) -> V + Send + Sync + use<V> {
        let (ledger, panics) = (self.ledger.clone(), self.random.once_in(6));
        // Not one that panics when it is dropped: what a closure returns leaks if a drop at its end panics.
        let held = Boxed::new(&ledger);
        move |_| {
            let _dropped_with_it = &held;
            let value = V::new(&ledger);
            if panics { resume_unwind(Box::new(value)) } else { value }
        }
    }

    /// Polls a few times and drops.
    fn consume<T>(&self, mut future: impl Future<Output = T> + Unpin) {
        let wakers = Wakers::new();
        for _ in 0..self.random.below(4) {
            let mut cx = Context::from_waker(wakers.one(self.random));
            match caught(|| Pin::new(&mut future).poll(&mut cx)) {
                Some(Poll::Pending) => self.random.pause(),
                outcome => {
                    dropped(outcome);
                    break;
                }
            }
        }
        dropped(future);
    }

    fn operation<V: Value>(&self) {
        let start = |callback, data| {
            if self.random.once_in(8) {
                return Started::Refused(-1);
            }
            let held = Held { callback, data, destroy: None };
            self.later(move |random| held.happens(random));
            Started::Pending(())
        };
        // SAFETY: by key, so that a second call finds nothing; refused ones are not called.
        let described =
            unsafe { ffi::oneshot(First, start, self.on::<V>()) }.checked().keep(V::new(self.ledger));
        self.consume(described.owned_by(self.owner).start());
    }

    fn silenced_operation<V: Value>(&self) {
        let (sender, removed) = channel::<Held>();
        let start = |callback, data| {
            sender.send(Held { callback, data, destroy: None }).unwrap();
        };
        // SAFETY: who takes it out of the channel calls it, or nobody does.
        let described = unsafe {
            ffi::oneshot(First, start, self.on::<V>())
                .checked()
                .keep(V::new(self.ledger))
                .cancel_with(move |()| Cancel::silenced_if(removed.try_recv().is_ok()))
        };
        self.consume(described.start());
    }

    fn destroyed_operation<V: Value>(&self) {
        let start = |callback, data, destroy| {
            let held = Held { callback, data, destroy: Some(destroy) };
            self.later(move |random| held.happens(random));
        };
        // SAFETY: by key, and destroyed once, after every call.
        let described =
            unsafe { ffi::oneshot_destroying(First, start, self.on::<V>()) }.keep(V::new(self.ledger));
        self.consume(described.owned_by(self.owner).start());
    }

    fn subscription<V: Value>(&self) {
        let start = |callback, data| {
            let held = Held { callback, data, destroy: None };
            self.later(move |random| held.happens(random));
        };
        // SAFETY: calls that come too late find nothing.
        let stream = unsafe { ffi::subscribe(First, mpsc::unbounded(), start, |()| (), self.on::<V>()) };
        let mut stream = stream.expect("it is never refused");
        for _ in 0..self.random.below(3) {
            caught(|| drop(stream.poll_event(&mut Context::from_waker(Wakers::new().one(self.random)))));
            self.random.pause();
        }
        dropped(stream);
    }

    fn event_of_an_object<V: Value>(&self, outlet: &Outlet<V>) {
        let stream = outlet.connect(mpsc::unbounded());
        let (outlet, ledger) = (outlet.clone(), self.ledger.clone());
        self.later(move |random| {
            random.pause();
            caught(|| outlet.emit_with(|| V::new(&ledger)));
        });
        dropped(stream);
    }

    fn keyed<V: Value>(&self, table: &Keyed<u64, V>) {
        let id = self.random.below(4);
        let reserved = table.reserve();
        for _ in 0..self.random.below(3) {
            let (table, ledger) = (table.clone(), self.ledger.clone());
            self.later(move |random| {
                random.pause();
                caught(|| match random.below(8) {
                    0 => table.fail_all(|_id| V::new(&ledger)),
                    1 => _ = table.finish_with(id, || resume_unwind(Box::new(V::new(&ledger)))),
                    _ => _ = table.finish(id, V::new(&ledger)),
                });
            });
        }
        // An event that nobody has claimed may panic as it is dropped.
        if let Some(bound) = caught(|| reserved.bind(id)) {
            self.consume(bound);
        }
    }
}

fn every_value_of_an_operation_is_dropped_exactly_once<V: Value>() {
    quiet_about_losses();
    let ledger = V::ledger();
    let random = Random::new(4);
    let (library, jobs) = channel::<Job>();
    let theirs = random.split();
    let thread = thread::spawn(move || jobs.into_iter().for_each(|job| job(&theirs)));
    let (table, outlet) = (Keyed::<u64, V>::new(), Outlet::<V>::new());
    let mut owner = Owner::new();
    for _ in 0..PROGRAMS {
        let program = Program { ledger: &ledger, random: &random, library: &library, owner: &owner };
        match random.below(6) {
            0 => program.operation::<V>(),
            1 => program.silenced_operation::<V>(),
            2 => program.destroyed_operation::<V>(),
            3 => program.subscription::<V>(),
            4 => program.event_of_an_object(&outlet),
            _ => program.keyed(&table),
        }
        if random.once_in(20) {
            // SAFETY: the operations go by key, so calls that come all the same find nothing.
            caught(|| unsafe { owner.close() });
            owner = Owner::new();
        }
    }
    drop(library);
    thread.join().unwrap();
    // SAFETY: the library is gone. What it has forgotten fails here.
    caught(|| unsafe { owner.close() });
    caught(|| table.fail_all(|_id| V::new(&ledger)));
    ledger.every_value_was_dropped_once();
}

on_each_value! { every_value_of_an_operation_is_dropped_exactly_once }
