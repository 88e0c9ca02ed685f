//! GIO's callbacks by hand.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::{Context, Loaded, Object, REMOVE, THREAD, finish};
use core::ffi::{CStr, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use tokio::sync::oneshot;

// glue: begin
struct Files {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    context: Context,
    outstanding: AtomicUsize,
    stop: AtomicBool,
}

/// A file that is to be read, and who waits for it: the user data of both callbacks, one after the other.
struct Load {
    file: Object,
    cancellable: Object,
    shared: Arc<Shared>,
    waits: oneshot::Sender<thread::Result<Loaded>>,
}

/// Cancels when it is dropped, unless it has been taken out.
struct CancelOnDrop(Option<Object>);

/// Begins to read, on the thread that runs the context.
unsafe extern "C" fn on_invoked(data: *mut c_void) -> c_int {
    // SAFETY: the user data is the box of a load, which stays ours to pass on until `on_ready` has come.
    let (file, cancellable) = unsafe {
        let load = &*data.cast::<Load>();
        (load.file.clone(), load.cancellable.clone())
    };
    // SAFETY: the user data is what `on_ready` expects. It may not be touched after this call.
    unsafe { file.load(&cancellable, on_ready, data) };
    REMOVE
}

unsafe extern "C" fn on_ready(file: *mut c_void, result: *mut c_void, data: *mut c_void) {
    // SAFETY: GIO calls once, with the user data of the load.
    let Load { shared, waits, file: _file, cancellable: _cancellable } =
        *unsafe { Box::from_raw(data.cast::<Load>()) };
    // SAFETY: inside of the callback, with what it brings.
    let loaded = catch_unwind(AssertUnwindSafe(|| unsafe { finish(file, result) }));
    shared.outstanding.fetch_sub(1, Ordering::Release);
    // Nobody may be waiting any more. Waking runs other people's code.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(waits.send(loaded))));
}

impl Files {
    fn start() -> Self {
        let shared = Arc::new(Shared {
            context: Context::new(),
            outstanding: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
        });
        let serves = shared.clone();
        let thread = thread::Builder::new().name(THREAD.to_owned()).spawn(move || {
            serves.context.run(|| {
                serves.stop.load(Ordering::Acquire) && serves.outstanding.load(Ordering::Acquire) == 0
            });
        });
        Self { shared, thread: Some(thread.unwrap()) }
    }

    fn load(&self, path: &CStr, cancellable: &Object) -> impl Future<Output = Loaded> + Send + use<> {
        let (waits, hears) = oneshot::channel();
        let load = Box::new(Load {
            file: Object::file(path),
            cancellable: cancellable.clone(),
            shared: self.shared.clone(),
            waits,
        });
        self.shared.outstanding.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the user data is what `on_invoked` expects.
        unsafe { self.shared.context.invoke(on_invoked, Box::into_raw(load).cast()) };
        let mut cancels = CancelOnDrop(Some(cancellable.clone()));
        async move {
            let loaded = hears.await.expect("GIO has forgotten a callback");
            drop(cancels.0.take());
            loaded.unwrap_or_else(|payload| resume_unwind(payload))
        }
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(cancellable) = self.0.take() {
            cancellable.cancel();
        }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        self.shared.context.wake();
        self.thread.take().unwrap().join().unwrap();
    }
}
// glue: end
