//! What the threads of a program leave for the thread of a loop, and when that is over.
//!
//! | who | does | then |
//! |---|---|---|
//! | any thread | leaves an errand | wakes the loop |
//! | who drops the loop's handle | says that it leaves | wakes the loop |
//! | who drops the last record of an operation | strikes it out of the owner's book, then looks whether somebody has left | if so, wakes the loop |
//! | the loop, before each turn | does the errands, then looks whether somebody has left and nothing is outstanding | turns, or ends |
//!
//! A wake is never lost to a loop that is about to sleep: the library promises that it makes the next turn return. The third row
//! needs no more than the lock: either the loop sees the book as it is now, or the one who strikes out sees that somebody has left.
use crate::ffi::Owner;
use crate::ffi::errands::{Errand, Errands};
use crate::ffi::guard::drop_quietly;
use crate::sync::{Mutex, MutexGuard};
use std::sync::{Arc, PoisonError};

/// Shared by the loop's thread and all who ask something of it.
pub(super) struct Desk<L> {
    pub(super) library: L,
    wake: fn(&L),
    inbox: Mutex<Inbox<L>>,
    pub(super) operations: Owner,
}

struct Inbox<L> {
    errands: Errands<Arc<Desk<L>>>,
    /// The handle has been dropped.
    left: bool,
}

impl<L> Desk<L> {
    pub(super) fn new(library: L, wake: fn(&L)) -> Self {
        let inbox = Mutex::new(Inbox { errands: Errands::new(), left: false });
        Self { library, wake, inbox, operations: Owner::new() }
    }

    /// Leaves an errand, or drops it if the loop has ended.
    pub(super) fn ask(&self, errand: Errand<Arc<Self>>) {
        let taken = self.lock().errands.add(errand);
        match taken {
            Ok(()) => (self.wake)(&self.library),
            Err(refused) => drop_quietly(refused),
        }
    }

    /// Lets the loop end when nothing is outstanding.
    pub(super) fn leave(&self) {
        self.lock().left = true;
        (self.wake)(&self.library);
    }

    /// For the loop, before each turn: does the errands, and says whether it was the last one.
    pub(super) fn is_over(self: &Arc<Self>) -> bool {
        let errands = self.lock().errands.take();
        errands.run(self);
        let inbox = self.lock();
        inbox.left && inbox.errands.is_empty() && self.operations.outstanding() == 0
    }

    /// Fails what is outstanding, and what would still be asked.
    ///
    /// # Safety
    ///
    /// As for [`Owner::close`].
    pub(super) unsafe fn close(&self) {
        let undone = self.lock().errands.close();
        drop(undone);
        // SAFETY: passed on.
        unsafe { self.operations.close() };
    }

    fn lock(&self) -> MutexGuard<'_, Inbox<L>> {
        // No user code runs under the lock, so poison means nothing.
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<L> std::fmt::Debug for Desk<L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("operations", &self.operations).finish_non_exhaustive()
    }
}

/// Kept by an operation of a loop, behind its entry in the loop's book: when it is dropped, the operation has been struck out.
///
/// ```
/// use uncallback::ffi::{Calling, Enrolled, First, Oneshot, Plain, Wakes};
/// # type Callback = extern "C" fn(*mut core::ffi::c_void, u8);
/// # type Library = ();
/// /// What [`LoopThread::begin`](uncallback::ffi::LoopThread::begin) makes of an operation.
/// type OfLoop<S, O> = Oneshot<u8, Callback, Calling<S, First>, Plain<O>, (Enrolled, (Wakes<Library>, ()))>;
/// # fn f(_: OfLoop<fn(Callback), fn(u8) -> u8>) {}
/// ```
pub struct Wakes<L>(pub(super) Arc<Desk<L>>);

impl<L> Drop for Wakes<L> {
    fn drop(&mut self) {
        let left = self.0.lock().left;
        if left {
            (self.0.wake)(&self.0.library);
        }
    }
}

impl<L> std::fmt::Debug for Wakes<L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Wakes").finish_non_exhaustive()
    }
}

#[cfg(all(test, loom))]
mod models {
    use super::*;
    use crate::ffi::owner::Enrolled;
    use loom::sync::Condvar;
    use loom::thread::{self, JoinHandle};

    /// What a loop sleeps on: a wake that comes before it sleeps is not lost.
    struct Bell(Mutex<bool>, Condvar);

    impl Bell {
        fn turn(&self) {
            let mut rung = self.0.lock().unwrap();
            while !*rung {
                rung = self.1.wait(rung).unwrap();
            }
            *rung = false;
        }

        fn wake(&self) {
            *self.0.lock().unwrap() = true;
            self.1.notify_one();
        }
    }

    fn desk() -> Arc<Desk<Bell>> {
        Arc::new(Desk::new(Bell(Mutex::new(false), Condvar::new()), Bell::wake))
    }

    /// Runs the loop to its end; loom reports one that sleeps for ever.
    fn served(desk: &Arc<Desk<Bell>>) -> JoinHandle<()> {
        let desk = desk.clone();
        thread::spawn(move || {
            while !desk.is_over() {
                desk.library.turn();
            }
        })
    }

    #[test]
    fn errand_that_is_left_while_the_loop_goes_to_sleep_is_done() {
        loom::model(|| {
            let (desk, done) = (desk(), Arc::new(Mutex::new(false)));
            let (serves, tells) = (served(&desk), done.clone());
            desk.ask(Box::new(move |_desk| *tells.lock().unwrap() = true));
            desk.leave();
            serves.join().unwrap();
            assert!(*done.lock().unwrap(), "the loop has ended over an errand");
        });
    }

    #[test]
    fn loop_does_not_wait_for_an_operation_that_is_let_go_elsewhere_while_it_is_left() {
        unsafe fn let_go(_token: *mut ()) {}
        loom::model(|| {
            let desk = desk();
            let enrolled = Enrolled::new(&desk.operations);
            enrolled.line().fill(std::ptr::null_mut(), let_go);
            let operation = (enrolled, Wakes(desk.clone()));
            let serves = served(&desk);
            let lets_go = thread::spawn(move || drop(operation));
            desk.leave();
            serves.join().unwrap();
            assert_eq!(desk.operations.outstanding(), 0, "the loop has ended too early");
            lets_go.join().unwrap();
        });
    }
}
