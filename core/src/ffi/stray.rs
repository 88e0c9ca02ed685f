//! Calls that should not have come: counted and reported, instead of being undefined behaviour.
use std::panic::Location;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// A call from C that found nothing to complete: a second one, a late one, one on a foreign thread.
///
/// ```
/// uncallback::ffi::on_stray_call(|stray| eprintln!("{stray}"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stray {
    place: Option<&'static Location<'static>>,
    foreign: bool,
}

impl Stray {
    pub(crate) fn late(place: Option<&'static Location<'static>>) -> Self {
        Self { place, foreign: false }
    }

    pub(crate) fn on_foreign_thread(place: &'static Location<'static>) -> Self {
        Self { place: Some(place), foreign: true }
    }

    /// Where the operation was started, if its entry in the table has not been used again since.
    ///
    /// ```
    /// uncallback::ffi::on_stray_call(|stray| match stray.place() {
    ///     Some(place) => eprintln!("C called back too often what {place} had started"),
    ///     None => eprintln!("C called back with user data that nobody knows"),
    /// });
    /// ```
    pub fn place(&self) -> Option<&'static Location<'static>> {
        self.place
    }

    /// Whether the call came on another thread than the operation allows; otherwise it was a second or a late one.
    ///
    /// ```
    /// uncallback::ffi::on_stray_call(|stray| assert!(!stray.is_foreign(), "not on this thread"));
    /// # uncallback::ffi::on_stray_call(|_| ());
    /// ```
    pub fn is_foreign(&self) -> bool {
        self.foreign
    }
}

impl std::fmt::Display for Stray {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = if self.foreign { "on a foreign thread" } else { "a second time, or too late" };
        match self.place {
            Some(place) => write!(f, "C called back {what}: the operation was started at {place}"),
            None => write!(f, "C called back {what}: the operation is not known any more"),
        }
    }
}

static COUNT: AtomicU64 = AtomicU64::new(0);
static HOOK: AtomicPtr<()> = AtomicPtr::new(std::ptr::null_mut());

/// How many stray calls there have been in this process.
///
/// ```
/// assert_eq!(uncallback::ffi::stray_calls(), 0);
/// ```
pub fn stray_calls() -> u64 {
    // ORDERING: a statistic; it publishes nothing.
    COUNT.load(Ordering::Relaxed)
}

/// Has `hook` called for every stray call, on the thread on which it came.
///
/// The hook runs between frames of C: a panic in it is caught and dropped. The last hook wins.
///
/// ```
/// uncallback::ffi::on_stray_call(|stray| eprintln!("bug in the library: {stray}"));
/// ```
pub fn on_stray_call(hook: fn(&Stray)) {
    // ORDERING: a function is there from the start; the pointer publishes nothing else.
    HOOK.store(hook as *mut (), Ordering::Relaxed);
}

pub(crate) fn report(stray: Stray) {
    // ORDERING: a statistic.
    COUNT.fetch_add(1, Ordering::Relaxed);
    // ORDERING: as in `on_stray_call`.
    let hook = HOOK.load(Ordering::Relaxed);
    if !hook.is_null() {
        // SAFETY: only `on_stray_call` stores here, and it stores a `fn(&Stray)`.
        let hook = unsafe { std::mem::transmute::<*mut (), fn(&Stray)>(hook) };
        super::guard::quietly(|| hook(&stray));
    }
}
