//! The tasks of one driver, each in a place of a slab.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::task::Context;

use super::number::{GENERATIONS, Key, TASKS};
use crate::drive::turn::Next;
use crate::group::slot::Slot;

/// A future and the callback for its output, whatever their types.
pub(super) trait Task {
    /// Polls the future. True if it is ready; then the task is not polled again.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool;
    /// Calls the callback with the output of the finished future.
    fn deliver(self: Pin<Box<Self>>);
}

pub(super) type Boxed = Pin<Box<dyn Task>>;

pub(super) struct Work<F: Future, D> {
    /// Pinned with the task.
    pub(super) future: Slot<F>,
    pub(super) done: D,
}

impl<F: Future, D: FnOnce(F::Output)> Task for Work<F, D> {
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        // SAFETY: the slot is pinned with the task.
        unsafe { self.map_unchecked_mut(|work| &mut work.future) }.poll(cx)
    }

    fn deliver(mut self: Pin<Box<Self>>) {
        // SAFETY: the slot is pinned with the task.
        let output = unsafe { self.as_mut().map_unchecked_mut(|work| &mut work.future) }.take();
        // SAFETY: the slot is empty now, and nothing else in the task is pinned.
        let Work { done, .. } = *unsafe { Pin::into_inner_unchecked(self) };
        done(output);
    }
}

/// What stands in a place.
enum Place {
    Free,
    /// Waits for a wake.
    Idle(Boxed),
    /// Woken; its key is in the list.
    Woken(Boxed),
    /// The output waits to be delivered; its key is in the list.
    Finished(Boxed),
    /// Its task is being polled.
    Running {
        woken: bool,
        cancelled: bool,
    },
    /// The future of a `block_on`, which is kept elsewhere.
    Root {
        woken: bool,
    },
}

/// What is to be done with a task that was taken out to run.
pub(super) enum Step {
    Poll(Boxed),
    Deliver(Boxed),
}

#[derive(Default)]
pub(super) struct Tasks {
    places: Vec<(usize, Place)>,
    free: Vec<usize>,
}

impl Tasks {
    /// # Panics
    ///
    /// If all numbers of tasks are in use.
    fn insert(&mut self, place: Place) -> Key {
        if let Some(index) = self.free.pop() {
            let (generation, free) = &mut self.places[index];
            *free = place;
            return Key { index, generation: *generation };
        }
        let index = self.places.len();
        assert!(index < TASKS, "a driver holds at most {TASKS} tasks");
        self.places.push((0, place));
        Key { index, generation: 0 }
    }

    /// A new task, which is to be put in the list.
    pub(super) fn insert_woken(&mut self, task: Boxed) -> Key {
        self.insert(Place::Woken(task))
    }

    pub(super) fn insert_root(&mut self) -> Key {
        self.insert(Place::Root { woken: true })
    }

    /// The place of a task, if that is not over.
    fn place(&mut self, key: Key) -> Option<&mut Place> {
        let (generation, place) = self.places.get_mut(key.index)?;
        (*generation == key.generation).then_some(place)
    }

    /// Frees a place. What stood in it is to be dropped by the caller, outside all borrows.
    fn free(&mut self, key: Key) -> Option<Boxed> {
        let (generation, place) = &mut self.places[key.index];
        *generation = (*generation + 1) % GENERATIONS;
        self.free.push(key.index);
        match mem::replace(place, Place::Free) {
            Place::Idle(task) | Place::Woken(task) | Place::Finished(task) => Some(task),
            Place::Free | Place::Running { .. } | Place::Root { .. } => None,
        }
    }

    /// Notes a wake. True if the task is to be put in the list.
    pub(super) fn wake(&mut self, key: Key) -> bool {
        let Some(place) = self.place(key) else { return false };
        match mem::replace(place, Place::Free) {
            Place::Idle(task) => {
                *place = Place::Woken(task);
                return true;
            }
            Place::Running { cancelled, .. } => *place = Place::Running { woken: true, cancelled },
            Place::Root { .. } => *place = Place::Root { woken: true },
            same @ (Place::Free | Place::Woken(_) | Place::Finished(_)) => *place = same,
        }
        false
    }

    /// Takes a task out of its place if it waits there, to run it.
    pub(super) fn start_idle(&mut self, key: Key) -> Option<Boxed> {
        let place = self.place(key)?;
        if !matches!(place, Place::Idle(_)) {
            return None;
        }
        match mem::replace(place, Place::Running { woken: false, cancelled: false }) {
            Place::Idle(task) => Some(task),
            _ => unreachable!("just seen to be idle"),
        }
    }

    /// Takes a task out of its place, to run it. `None` if it was cancelled meanwhile.
    pub(super) fn start(&mut self, key: Key) -> Option<Step> {
        let place = self.place(key)?;
        match mem::replace(place, Place::Running { woken: false, cancelled: false }) {
            Place::Woken(task) => Some(Step::Poll(task)),
            Place::Finished(task) => {
                self.free(key);
                Some(Step::Deliver(task))
            }
            other => {
                *place = other;
                None
            }
        }
    }

    /// Puts a task back after a poll. If it was cancelled meanwhile, it is left to the caller, who drops it outside
    /// all borrows.
    pub(super) fn stop(&mut self, key: Key, task: &mut Option<Boxed>, ready: bool) -> Next<Key> {
        // The driver may have gone during the poll, with all places.
        let Some(place) = self.place(key) else { return Next::Rest };
        let Place::Running { woken, cancelled } = *place else {
            unreachable!("a running task keeps its place")
        };
        if cancelled {
            self.free(key);
            return Next::Rest;
        }
        let Some(task) = task.take() else { unreachable!("the caller has the task that it polled") };
        let (now, next) = match (ready, woken) {
            (true, _) => (Place::Finished(task), Next::Deliver(key)),
            (false, true) => (Place::Woken(task), Next::Later(key)),
            (false, false) => (Place::Idle(task), Next::Rest),
        };
        // `Running` has no destructor to run.
        mem::forget(mem::replace(place, now));
        next
    }

    /// Ends a task: one that stands in its place is given to the caller, one that runs ends when its poll returns.
    pub(super) fn cancel(&mut self, key: Key) -> Option<Boxed> {
        match self.place(key)? {
            Place::Running { cancelled, .. } => {
                *cancelled = true;
                None
            }
            _ => self.free(key),
        }
    }

    /// Frees the place of a task whose poll panicked, or of a root.
    pub(super) fn forget(&mut self, key: Key) {
        if self.place(key).is_some() {
            self.free(key);
        }
    }

    /// Whether a root was woken since this was asked last.
    pub(super) fn take_root_wake(&mut self, key: Key) -> bool {
        match self.place(key) {
            Some(Place::Root { woken }) => mem::take(woken),
            _ => unreachable!("a root keeps its place until it is done"),
        }
    }

    pub(super) fn root_is_woken(&mut self, key: Key) -> bool {
        matches!(self.place(key), Some(Place::Root { woken: true }))
    }

    pub(super) fn contains(&mut self, key: Key) -> bool {
        self.place(key).is_some()
    }

    /// How many tasks are not over.
    pub(super) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }
}
