//! GIO's callbacks with the adapters.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::{Context, Loaded, Object, THREAD, finish};
use core::ffi::CStr;
use uncallback::ffi::{self, Last, LoopThread};

// glue: begin
struct Files {
    thread: LoopThread<Context>,
}

impl Files {
    fn start() -> Self {
        let run = |context: &Context, is_over: &dyn Fn() -> bool| context.run(is_over);
        // SAFETY: GIO calls back inside of the context's turns only.
        Self { thread: unsafe { LoopThread::start(THREAD, Context::new(), run, Context::wake) } }
    }

    fn load(&self, path: &CStr, cancellable: &Object) -> impl Future<Output = Loaded> + Send + use<> {
        let (file, cancellable) = (Object::file(path), cancellable.clone());
        let begun = self.thread.begin(move |_context| {
            let started = cancellable.clone();
            // SAFETY: GIO calls once, with what `finish` asks for, and after cancelling too.
            unsafe {
                ffi::oneshot(
                    Last,
                    move |cb, data| file.load(&started, cb, data),
                    |(file, result)| finish(file, result),
                )
                .cancel_firing(move |()| cancellable.cancel())
            }
        });
        async { begun.await.expect("GIO has forgotten a callback") }
    }
}
// glue: end
