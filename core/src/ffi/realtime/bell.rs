//! Waking without locks: the real-time thread writes to an eventfd, and another thread wakes the task.
use crate::ffi::guard::quietly;
use crate::ffi::pump::{Interest, Pump, PumpThread, Ready};
use std::collections::HashMap;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Wake, Waker};

/// An eventfd, and the task to be woken when it was written to.
///
/// | who | does |
/// |---|---|
/// | the real-time thread | [`ring`](Bell::ring): one `write` |
/// | the ringers' thread | reads, takes the waker, wakes |
/// | the consumer | [`wakes`](Bell::wakes): leaves its waker |
///
/// The lock is between the last two.
#[derive(Debug)]
pub(super) struct Bell {
    eventfd: OwnedFd,
    task: Mutex<Option<Waker>>,
}

impl Bell {
    /// A bell that the ringers' thread listens to.
    pub(super) fn hang() -> Arc<Self> {
        // SAFETY: no pointers; the descriptor is a new one, and ours.
        let eventfd = unsafe {
            let raw = libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC);
            assert!(raw >= 0, "no eventfd: {}", std::io::Error::last_os_error());
            OwnedFd::from_raw_fd(raw)
        };
        let bell = Arc::new(Self { eventfd, task: Mutex::new(None) });
        let tower = tower();
        tower.lock().insert(bell.number(), bell.clone());
        tower.thread.set(bell.number(), Interest::READ).expect("an eventfd can be watched");
        bell
    }

    /// Nobody listens any more.
    pub(super) fn take_down(&self) {
        let tower = tower();
        tower.thread.set(self.number(), Interest::NONE).expect("forgetting a descriptor needs nothing");
        let bell = tower.lock().remove(&self.number());
        drop(bell);
    }

    /// The task to be woken from now on.
    pub(super) fn wakes(&self, task: &Waker) {
        let mut place = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        let same = place.as_ref().is_some_and(|before| before.will_wake(task));
        let before = if same { None } else { place.replace(task.clone()) };
        drop(place);
        drop(before);
    }

    fn number(&self) -> RawFd {
        self.eventfd.as_raw_fd()
    }

    /// Neither waits nor allocates. A full eventfd has been rung often enough.
    fn ring(&self) {
        let one = 1_u64;
        // SAFETY: eight bytes, read from the stack; the descriptor is open for as long as we are.
        unsafe { libc::write(self.number(), (&raw const one).cast(), size_of::<u64>()) };
    }

    /// Wakes the task, on the ringers' thread.
    fn heard(&self) {
        let mut count = 0_u64;
        // SAFETY: room for eight bytes; the descriptor is open for as long as we are.
        unsafe { libc::read(self.number(), (&raw mut count).cast(), size_of::<u64>()) };
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            // A waker that panics is no reason to wake nobody else any more.
            quietly(|| task.wake());
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}

/// All bells of the process, and the thread that listens to them.
struct Tower {
    bells: Arc<Mutex<HashMap<RawFd, Arc<Bell>>>>,
    thread: PumpThread,
}

impl Tower {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<RawFd, Arc<Bell>>> {
        // No user code runs under the lock.
        self.bells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tower() -> &'static Tower {
    static TOWER: OnceLock<Tower> = OnceLock::new();
    TOWER.get_or_init(|| {
        let bells: Arc<Mutex<HashMap<RawFd, Arc<Bell>>>> = Arc::default();
        let known = bells.clone();
        let thread = Pump::on_thread(move |_pump| {
            move |ready| {
                let Ready::Fd { fd, .. } = ready else { return };
                let bell = known.lock().unwrap_or_else(PoisonError::into_inner).get(&fd).cloned();
                if let Some(bell) = bell {
                    bell.heard();
                }
            }
        });
        Tower { bells, thread }
    })
}
