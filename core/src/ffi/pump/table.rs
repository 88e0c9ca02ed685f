//! What a library waits for, shared by its callbacks and the driver. No lock is held while anything else runs.
use super::{Interest, Ready};
use crate::sync::{Mutex, MutexGuard};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};
use std::sync::{Arc, PoisonError};
use std::task::Waker;
use std::time::Instant;

#[derive(Debug, Default)]
pub(super) struct Table {
    wants: Mutex<Wants>,
}

#[derive(Debug, Default)]
struct Wants {
    fds: HashMap<RawFd, Want>,
    timers: BTreeMap<u64, Instant>,
    /// How many descriptors there have been: tells one from the next under the same number.
    registrations: u64,
    /// The driver's, to be woken when something has changed.
    driver: Option<Waker>,
    closed: bool,
}

impl Wants {
    /// Waits for something else on a descriptor that is being watched. Whether it is.
    fn change(&mut self, fd: RawFd, interest: Interest) -> bool {
        self.fds.get_mut(&fd).map(|want| want.interest = interest).is_some()
    }
}

/// A descriptor that is being watched.
#[derive(Clone, Debug)]
pub(super) struct Want {
    /// Our own duplicate.
    pub(super) duplicate: Arc<OwnedFd>,
    pub(super) interest: Interest,
    pub(super) registration: u64,
}

impl Table {
    fn lock(&self) -> MutexGuard<'_, Wants> {
        // Nothing that panics runs under the lock.
        self.wants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something, then wakes the driver.
    fn change<R>(&self, change: impl FnOnce(&mut Wants) -> R) -> R {
        let (answer, driver) = {
            let mut wants = self.lock();
            (change(&mut wants), wants.driver.take())
        };
        if let Some(driver) = driver {
            driver.wake();
        }
        answer
    }

    pub(super) fn set(&self, fd: RawFd, interest: Interest) -> io::Result<()> {
        if interest == Interest::NONE {
            let forgotten = self.change(|wants| wants.fds.remove(&fd));
            drop(forgotten);
            return Ok(());
        }
        let known = self.change(|wants| wants.closed || wants.change(fd, interest));
        if known {
            return Ok(());
        }
        // SAFETY: the library says that it waits for this descriptor, so it is open now.
        let duplicate = Arc::new(unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned()?);
        let surplus = self.change(|wants| {
            // Things may have changed while no lock was held.
            if wants.closed || wants.change(fd, interest) {
                return Some(duplicate);
            }
            wants.registrations += 1;
            wants.fds.insert(fd, Want { duplicate, interest, registration: wants.registrations });
            None
        });
        drop(surplus);
        Ok(())
    }

    pub(super) fn timer(&self, key: u64, at: Option<Instant>) {
        self.change(|wants| match at {
            // Nothing fires after the end: the handler that closes may go on to set a timer.
            Some(at) if !wants.closed => {
                wants.timers.insert(key, at);
            }
            _ => {
                wants.timers.remove(&key);
            }
        });
    }

    pub(super) fn close(&self) {
        let forgotten = self.change(|wants| {
            wants.closed = true;
            wants.timers.clear();
            std::mem::take(&mut wants.fds)
        });
        drop(forgotten);
    }

    /// For the driver: `None` once closed, else leaves the waker for the next change.
    pub(super) fn listen(&self, waker: &Waker) -> Option<()> {
        let waker = waker.clone();
        let mut wants = self.lock();
        let before = wants.driver.replace(waker);
        let open = (!wants.closed).then_some(());
        drop(wants);
        drop(before);
        open
    }

    pub(super) fn fds(&self) -> Vec<(RawFd, Want)> {
        self.lock().fds.iter().map(|(fd, want)| (*fd, want.clone())).collect()
    }

    /// Whether what the driver is about to report is still wanted: an earlier handler call may have changed it.
    pub(super) fn still_wants(&self, fd: RawFd, registration: u64) -> Option<Interest> {
        let wants = self.lock();
        let want = wants.fds.get(&fd)?;
        (want.registration == registration).then_some(want.interest)
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.lock().timers.values().min().copied()
    }

    /// Takes one timer that is due.
    pub(super) fn due(&self, now: Instant) -> Option<Ready> {
        let mut wants = self.lock();
        let (key, _) = wants.timers.iter().filter(|(_, at)| **at <= now).min_by_key(|(_, at)| **at)?;
        let key = *key;
        wants.timers.remove(&key);
        Some(Ready::Timer(key))
    }
}

#[cfg(all(test, loom))]
mod models {
    use super::*;
    use loom::thread;
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::task::Wake;

    #[derive(Default)]
    struct Flag(AtomicUsize);

    impl Wake for Flag {
        fn wake(self: Arc<Self>) {
            // ORDERING: a count that `join` publishes.
            self.0.fetch_add(1, SeqCst);
        }
    }

    /// A driver looks once while `change` happens on another thread: it sees the change, or it is woken to look again.
    fn seen_or_woken(change: fn(&Table, RawFd), seen: fn(&Table) -> bool) {
        // Descriptors are of no importance to the model, but they must be real.
        let (end, _other) = UnixStream::pair().unwrap();
        let fd = end.as_raw_fd();
        loom::model(move || {
            let (table, flag) = (Arc::new(Table::default()), Arc::new(Flag::default()));
            let changer = {
                let table = table.clone();
                thread::spawn(move || change(&table, fd))
            };
            let open = table.listen(&flag.clone().into()).is_some();
            let looked = seen(&table) || !open;
            changer.join().unwrap();
            // ORDERING: as above.
            assert!(looked || flag.0.load(SeqCst) > 0, "a change was lost");
            assert!(seen(&table) || table.listen(Waker::noop()).is_none());
        });
    }

    #[test]
    fn timer_that_is_set_while_the_driver_looks_is_not_lost() {
        seen_or_woken(
            |table, _| table.timer(0, Some(Instant::now())),
            |table| table.next_deadline().is_some(),
        );
    }

    #[test]
    fn descriptor_that_is_set_while_the_driver_looks_is_not_lost() {
        seen_or_woken(|table, fd| table.set(fd, Interest::READ).unwrap(), |table| !table.fds().is_empty());
    }

    #[test]
    fn closing_while_the_driver_looks_is_not_lost() {
        seen_or_woken(|table, _| table.close(), |_| false);
    }

    #[test]
    fn descriptor_that_is_set_while_the_pump_closes_is_not_kept() {
        let (end, _other) = UnixStream::pair().unwrap();
        let fd = end.as_raw_fd();
        loom::model(move || {
            let table = Arc::new(Table::default());
            let closer = {
                let table = table.clone();
                thread::spawn(move || table.close())
            };
            table.set(fd, Interest::READ).unwrap();
            closer.join().unwrap();
            assert!(table.fds().is_empty(), "a duplicate that nobody forgets");
        });
    }
}
