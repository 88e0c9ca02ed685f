//! GIO's callbacks with the adapters.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::{Context, Loaded, Object, REMOVE, THREAD, finish};
use core::ffi::CStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use uncallback::ffi::{self, Cancel, Last, Owner};

// glue: begin
/// The thread ends only when nothing is outstanding.
const SERVED: &str = "GIO has forgotten a callback";

struct Files {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    context: Context,
    operations: Owner,
    stop: AtomicBool,
}

impl Files {
    fn start() -> Self {
        let shared = Arc::new(Shared {
            context: Context::new(),
            operations: Owner::new(),
            stop: AtomicBool::new(false),
        });
        let serves = shared.clone();
        let thread = std::thread::Builder::new().name(THREAD.to_owned()).spawn(move || {
            serves
                .context
                .run(|| serves.stop.load(Ordering::Acquire) && serves.operations.outstanding() == 0);
        });
        Self { shared, thread: Some(thread.unwrap()) }
    }

    fn load(&self, path: &CStr, cancellable: &Object) -> impl Future<Output = Loaded> + Send + use<> {
        let (file, cancellable, shared) = (Object::file(path), cancellable.clone(), self.shared.clone());
        let begin = move || {
            let started = cancellable.clone();
            // SAFETY: GIO calls once, with what `finish` asks for, and after cancelling too.
            unsafe {
                ffi::oneshot(
                    Last,
                    |cb, data| file.load(&started, cb, data),
                    |(file, result)| finish(file, result),
                )
                .cancel_with(move |()| {
                    cancellable.cancel();
                    Cancel::StillFires
                })
            }
            .owned_by(&shared.operations)
            .start()
        };
        // SAFETY: GIO calls once, on the thread that runs the context.
        let begun = unsafe {
            ffi::oneshot_answering(
                Last,
                |cb, data| self.shared.context.invoke(cb, data),
                |()| (begin(), REMOVE),
                REMOVE,
            )
        }
        .owned_by(&self.shared.operations)
        .start();
        async { begun.await.expect(SERVED).await.expect(SERVED) }
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
