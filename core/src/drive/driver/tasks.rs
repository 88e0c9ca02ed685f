//! The tasks of one driver, each in a place of a slab.
//!
//! # Protocol
//!
//! All steps are made on the driver's thread. A place says who has its task:
//!
//! | state | the task |
//! |---|---|
//! | `Free` | there is none |
//! | `Idle` | is in its place, and waits for a wake |
//! | `Woken` | is in its place; its key is in the list, to poll it |
//! | `Finished` | is in its place with the future's output; its key is in the list, to deliver that |
//! | `Running` | is with whoever polls it |
//! | `RunningWoken` | as `Running`; it was woken meanwhile |
//! | `Cancelled` | as `Running`; whoever polls it drops it then |
//! | `Root`, `RootWoken` | is the future of a `block_on`, which keeps it elsewhere |
//!
//! | from | event | to | duty |
//! |---|---|---|---|
//! | `Idle` | wake, and it may run at once | `Running` | poll |
//! | `Idle` | any other wake | `Woken` | put the key in the list |
//! | `Running` | wake | `RunningWoken` | none |
//! | `Root` | wake | `RootWoken` | none; `block_on` looks |
//! | `Free`, `Woken`, `Finished`, `RunningWoken`, `Cancelled`, `RootWoken` | wake | the same | none |
//! | `Woken` | its turn | `Running` | poll |
//! | `Finished` | its turn | `Free` | deliver |
//! | `Running` | the future is pending | `Idle` | none |
//! | `RunningWoken` | the future is pending | `Woken` | put the key in the list, behind everything |
//! | `Running`, `RunningWoken` | the future is ready, and nobody waits for a turn | `Free` | deliver |
//! | `Running`, `RunningWoken` | the future is ready | `Finished` | put the key in the list, behind what the task has woken |
//! | `Idle`, `Woken`, `Finished` | cancel | `Free` | drop the task |
//! | `Running`, `RunningWoken` | cancel | `Cancelled` | none |
//! | `Cancelled` | the poll has returned | `Free` | drop the task |
//! | any of a poll | it panics, or awaits a lost callback | `Free` | drop the task |
//! | any | the driver ends | no place | drop the task; one that is being polled, when the poll has returned |
//!
//! A place that becomes `Free` passes to the next generation, so keys of the old one find nothing. No function here runs
//! user code: what is to be dropped or called is given to the caller.

use alloc::vec::Vec;
use core::mem;

use super::number::{Key, TASKS};
use super::task::Task;
use crate::drive::turn::Next;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Free,
    Idle,
    Woken,
    Finished,
    Running,
    RunningWoken,
    Cancelled,
    Root,
    RootWoken,
}

struct Place {
    /// Of the task that has this place now, or has it next.
    key: Key,
    /// The task, if it is in its place.
    task: Option<Task>,
    state: State,
    /// In `Free`: the place that is free after this one, or `NONE`.
    next_free: u32,
}

/// No place.
const NONE: u32 = u32::MAX;
const _: () = assert!(TASKS <= NONE as usize);

impl Place {
    #[inline]
    fn put_back(&mut self, task: Task, state: State) {
        self.state = state;
        let none = self.task.replace(task);
        debug_assert!(none.is_none(), "a running task is not in its place");
        // The compiler need not know.
        mem::forget(none);
    }
}

/// What is to be done with a task that was taken out of its place.
pub(super) enum Step {
    Poll(Task),
    Deliver(Task),
}

/// What is to be done after a poll.
pub(super) enum Polled {
    Next(Next<Key>),
    Drop(Task),
}

pub(super) struct Tasks {
    places: Vec<Place>,
    /// The first place that is free, or `NONE`.
    first_free: u32,
    len: usize,
}

impl Tasks {
    pub(super) const fn new() -> Tasks {
        Tasks { places: Vec::new(), first_free: NONE, len: 0 }
    }

    #[inline]
    fn insert(&mut self, state: State, task: Option<Task>) -> Key {
        let key = match self.places.get_mut(self.first_free as usize) {
            Some(place) => {
                self.first_free = place.next_free;
                place.state = state;
                // A free place has no task.
                mem::forget(mem::replace(&mut place.task, task));
                place.key
            }
            None => self.grow(state, task),
        };
        self.len += 1;
        key
    }

    /// # Panics
    ///
    /// If all numbers of tasks are in use.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, state: State, task: Option<Task>) -> Key {
        let index = self.places.len();
        assert!(index < TASKS, "a driver holds at most {TASKS} tasks");
        let key = Key::first(index);
        self.places.push(Place { key, task, state, next_free: NONE });
        key
    }

    /// A new task that is to be put in the list.
    pub(super) fn insert_woken(&mut self, task: Task) -> Key {
        self.insert(State::Woken, Some(task))
    }

    /// A place for a new task that the caller is about to poll.
    #[inline]
    pub(super) fn insert_running(&mut self) -> Key {
        self.insert(State::Running, None)
    }

    pub(super) fn insert_root(&mut self) -> Key {
        self.insert(State::RootWoken, None)
    }

    /// The place of a task, if that is not over.
    #[inline]
    fn place(&mut self, key: Key) -> Option<&mut Place> {
        let place = self.places.get_mut(key.index())?;
        if place.key == key { Some(place) } else { None }
    }

    /// Notes a wake. True if the task is to be put in the list.
    pub(super) fn wake(&mut self, key: Key) -> bool {
        let Some(place) = self.place(key) else { return false };
        place.state = match place.state {
            State::Idle => State::Woken,
            State::Running => State::RunningWoken,
            State::Root => State::RootWoken,
            _ => return false,
        };
        place.state == State::Woken
    }

    /// Takes a task out of its place if it waits there, to poll it.
    #[inline]
    pub(super) fn start_idle(&mut self, key: Key) -> Option<Task> {
        let place = self.place(key)?;
        if place.state != State::Idle {
            return None;
        }
        place.state = State::Running;
        place.task.take()
    }

    /// Takes a task out of its place when it has its turn. `None` if it was cancelled meanwhile.
    pub(super) fn start(&mut self, key: Key) -> Option<Step> {
        let place = self.place(key)?;
        match place.state {
            State::Woken => {
                place.state = State::Running;
                place.task.take().map(Step::Poll)
            }
            State::Finished => self.free(key).map(Step::Deliver),
            _ => None,
        }
    }

    /// Puts a task back whose future is pending, if nothing has happened to it meanwhile.
    #[inline]
    pub(super) fn pause(&mut self, key: Key, task: Task) -> Result<(), Task> {
        match self.place(key) {
            Some(place) if place.state == State::Running => {
                place.put_back(task, State::Idle);
                Ok(())
            }
            _ => Err(task),
        }
    }

    /// Decides what becomes of a task whose future is pending, if something has happened to it meanwhile.
    pub(super) fn pause_otherwise(&mut self, key: Key, task: Task) -> Polled {
        match self.place(key) {
            Some(place) if place.state == State::RunningWoken => {
                place.put_back(task, State::Woken);
                Polled::Next(Next::Later(key))
            }
            _ => self.abandon(key, task),
        }
    }

    /// Frees the place of a task whose future is ready, if it was not cancelled meanwhile: its output can be delivered.
    #[inline]
    pub(super) fn end(&mut self, key: Key) -> bool {
        let ends =
            self.place(key).is_some_and(|place| matches!(place.state, State::Running | State::RunningWoken));
        if ends {
            self.free(key);
        }
        ends
    }

    /// Decides what becomes of a task whose future is ready, if it can't be [ended](Self::end) at once.
    pub(super) fn finish(&mut self, key: Key, task: Task) -> Polled {
        match self.place(key) {
            Some(place) if matches!(place.state, State::Running | State::RunningWoken) => {
                place.put_back(task, State::Finished);
                Polled::Next(Next::Deliver(key))
            }
            _ => self.abandon(key, task),
        }
    }

    /// After the poll of a task that was cancelled meanwhile, or whose driver has gone with all places.
    #[cold]
    fn abandon(&mut self, key: Key, task: Task) -> Polled {
        self.forget(key);
        Polled::Drop(task)
    }

    /// Ends a task: one that stands in its place is given to the caller, one that runs ends when its poll returns.
    pub(super) fn cancel(&mut self, key: Key) -> Option<Task> {
        let place = self.place(key)?;
        if matches!(place.state, State::Running | State::RunningWoken | State::Cancelled) {
            place.state = State::Cancelled;
            return None;
        }
        self.free(key)
    }

    /// Frees the place of a task that is not in it.
    pub(super) fn forget(&mut self, key: Key) {
        if self.place(key).is_some() {
            let none = self.free(key);
            debug_assert!(none.is_none(), "the task is with the caller");
        }
    }

    /// Frees a place, and passes it to the next generation.
    #[inline]
    fn free(&mut self, key: Key) -> Option<Task> {
        let index = key.index();
        let place = &mut self.places[index];
        place.state = State::Free;
        place.key = key.successor();
        // An index is below `TASKS`, which fits.
        place.next_free = mem::replace(&mut self.first_free, index as u32);
        self.len -= 1;
        place.task.take()
    }

    /// Whether a root was woken since this was asked last.
    pub(super) fn take_root_wake(&mut self, key: Key) -> bool {
        let woken = self.root_is_woken(key);
        if let Some(place) = self.place(key) {
            place.state = State::Root;
        }
        woken
    }

    pub(super) fn root_is_woken(&mut self, key: Key) -> bool {
        self.place(key).is_some_and(|place| place.state == State::RootWoken)
    }

    pub(super) fn contains(&mut self, key: Key) -> bool {
        self.place(key).is_some()
    }

    /// How many tasks are not over.
    pub(super) fn len(&self) -> usize {
        self.len
    }
}
