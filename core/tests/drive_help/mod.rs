//! Calls that a test completes by hand, and random programs to compare the order of effects.
#![allow(dead_code)] // Each test file uses its own part.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::thread;

use uncallback::{Completer, Started, start_with};

/// A callback that the test calls when it likes, and its future.
pub(crate) fn pending<T: Send + 'static>() -> (Completer<T>, Started<T, ()>) {
    start_with(|done: Completer<T>| done)
}

/// The message of a panic.
pub(crate) fn panic_message(result: thread::Result<impl Sized>) -> String {
    let payload = result.err().expect("it panics");
    payload
        .downcast_ref::<&str>()
        .map(|text| text.to_string())
        .or_else(|| payload.downcast_ref().cloned())
        .unwrap()
}

type Log = Arc<Mutex<Vec<(usize, &'static str)>>>;

/// Completes an operation.
type Complete = Box<dyn FnOnce() + Send>;

/// Something like `drive(future, done).detach()`.
pub(crate) type Drive<'a> = &'a dyn Fn(Pin<Box<dyn Future<Output = ()> + Send>>, Complete);

/// A tree of operations: when one completes, it leaves a mark, completes its children in order, and its own callback
/// leaves another mark.
pub(crate) struct Tree {
    children: Vec<Tree>,
    name: usize,
}

impl Tree {
    /// Some tree, made from a seed.
    fn random(seed: &mut u64, depth: usize, next_name: &mut usize) -> Tree {
        let name = *next_name;
        *next_name += 1;
        *seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let width = if depth == 0 { 0 } else { (*seed >> 33) as usize % 4 };
        Tree { children: (0..width).map(|_| Tree::random(seed, depth - 1, next_name)).collect(), name }
    }

    fn into_callbacks(self, log: Log) -> Complete {
        let children: Vec<_> =
            self.children.into_iter().map(|child| child.into_callbacks(log.clone())).collect();
        Box::new(move || {
            log.lock().unwrap().push((self.name, "begins"));
            children.into_iter().for_each(|complete| complete());
            log.lock().unwrap().push((self.name, "done"));
        })
    }

    fn into_driven(self, log: Log, drive: Drive<'_>) -> Complete {
        let children: Vec<_> =
            self.children.into_iter().map(|child| child.into_driven(log.clone(), drive)).collect();
        let (completer, answer) = pending::<()>();
        let in_done = log.clone();
        let future = async move {
            answer.await;
            log.lock().unwrap().push((self.name, "begins"));
            children.into_iter().for_each(|complete| complete());
        };
        drive(Box::pin(future), Box::new(move || in_done.lock().unwrap().push((self.name, "done"))));
        Box::new(move || completer.complete(()))
    }
}

/// Compares the effects of many trees, as callbacks and driven. `run` is called when the first completion is made.
pub(crate) fn assert_order_of_the_callback_nest(drive: Drive<'_>, run: impl Fn()) {
    for seed in 1..if cfg!(miri) { 10 } else { 200 } {
        let effects = |turn: &dyn Fn(Tree, Log) -> Complete| {
            let log = Log::default();
            turn(Tree::random(&mut { seed }, 5, &mut 0), log.clone())();
            run();
            log.lock().unwrap().clone()
        };
        assert_eq!(
            effects(&|tree, log| tree.into_driven(log, drive)),
            effects(&Tree::into_callbacks),
            "seed {seed}"
        );
    }
}
