//! What every adapter of a case works with: when C calls, how it is cancelled, and what panics.
use crate::probe::{Census, Token};
use core::ffi::c_int;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use uncallback::ffi::Cancel;
use uncallback_tests::fixture::*;

/// Where something panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Panics {
    Nowhere,
    InTheClosure,
    /// And the payload panics when it is dropped.
    WithANastyPayload,
    WhenTheValueIsDropped,
    /// In the start closure, after C has taken the user data or refused it.
    WhileStarting,
    /// In the cancelling closure, after C has cancelled.
    WhileCancelling,
}
pub(super) const PANICS: [Panics; 6] = [
    Panics::Nowhere,
    Panics::InTheClosure,
    Panics::WithANastyPayload,
    Panics::WhenTheValueIsDropped,
    Panics::WhileStarting,
    Panics::WhileCancelling,
];

pub(super) type Stop = unsafe extern "C" fn(*mut fx, c_int) -> c_int;

/// The ways to cancel, and what they let a wrapper say.
pub(super) const CLASSES: [Option<(Stop, Cancel)>; 5] = [
    None,
    Some((fx_cancel_firing, Cancel::StillFires)),
    Some((fx_cancel_firing_later, Cancel::StillFires)),
    Some((fx_cancel_silently, Cancel::Silenced)),
    Some((fx_cancel_blocking, Cancel::Silenced)),
];

/// Panics when it is dropped; without the panic hook, so that thousands of them stay quiet.
struct Nasty;

impl Drop for Nasty {
    fn drop(&mut self) {
        resume_unwind(Box::new("dropped something nasty"));
    }
}

/// What the callbacks bring. The token is dropped first.
pub(super) struct Value {
    _token: Token,
    _nasty: Option<Nasty>,
}

impl Value {
    /// One whose drop does not panic.
    pub(super) fn plain(census: &Census) -> Self {
        Self { _token: census.token(), _nasty: None }
    }
}

/// What all adapters of one case work with.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) lib: Addr,
    pub(super) when: When,
    pub(super) class: Option<(Stop, Cancel)>,
    pub(super) panics: Panics,
    pub(super) census: Census,
    /// Cleared before the object goes: a wrapper would know.
    pub(super) alive: Arc<AtomicBool>,
}

/// The library object's address; the fixture takes it on any thread.
#[derive(Clone, Copy)]
pub(super) struct Addr(pub(super) *mut fx);
// SAFETY: as for `Lib`.
unsafe impl Send for Addr {}
// SAFETY: as for `Lib`.
unsafe impl Sync for Addr {}

impl Case {
    /// What runs inside the callback.
    pub(super) fn value(&self) -> Value {
        match self.panics {
            Panics::InTheClosure => resume_unwind(Box::new("in the closure")),
            Panics::WithANastyPayload => resume_unwind(Box::new(Nasty)),
            _ => Value {
                _token: self.census.token(),
                // Lazily: one that is not wanted would be dropped, and panic.
                _nasty: (self.panics == Panics::WhenTheValueIsDropped).then(|| Nasty),
            },
        }
    }

    /// A closure that holds a token and makes the value.
    pub(super) fn on(&self) -> impl Fn() -> Value + Send + Sync + 'static {
        let (case, token) = (self.clone(), self.census.token());
        move || {
            let _dropped_with_it = &token;
            case.value()
        }
    }

    /// What the C function said; or a panic instead.
    pub(super) fn started(&self, said: c_int) -> c_int {
        if self.panics == Panics::WhileStarting {
            resume_unwind(Box::new("while starting"));
        }
        said
    }

    /// Whether cancelling takes the user data away from C.
    pub(super) fn is_silenced(&self) -> bool {
        self.class.is_some_and(|(_, said)| said == Cancel::Silenced)
    }

    fn cancelled(&self) {
        if self.panics == Panics::WhileCancelling {
            resume_unwind(Box::new("while cancelling"));
        }
    }

    pub(super) fn cancel(&self, id: c_int, silenced: Cancel) -> Cancel {
        // ORDERING: one thread clears it, and drops what is left afterwards.
        let Some((stop, said)) = self.class.filter(|_| self.alive.load(Ordering::Relaxed)) else {
            return Cancel::Unsupported;
        };
        // SAFETY: the object is alive.
        let found = unsafe { stop(self.lib.0, id) };
        self.cancelled();
        match found {
            1 if said == Cancel::Silenced => silenced,
            1 => said,
            _ => Cancel::TooLate,
        }
    }

    pub(super) fn unsubscribe(&self, handle: c_int) {
        // ORDERING: as in `cancel`.
        if self.alive.load(Ordering::Relaxed) {
            // SAFETY: the object is alive.
            unsafe { fx_unsubscribe(self.lib.0, handle) };
            self.cancelled();
        }
    }

    pub(super) fn canceller(&self, silenced: Cancel) -> impl FnOnce(&c_int) -> Cancel + Send + use<> {
        let case = self.clone();
        move |id| case.cancel(*id, silenced)
    }
}
