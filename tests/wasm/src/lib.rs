//! What of the core needs no threads, in WebAssembly, with the timers of JavaScript as callback API.
//!
//! Built and run by `.ci/wasm`, on `wasm32-unknown-unknown`. For other targets this crate is empty. A panic ends the whole
//! program there, so a test that fails is the last one.
#![cfg(target_arch = "wasm32")]

mod javascript;
mod tests;

use javascript::{finished, print};

/// Starts all tests, one after the other. JavaScript hears of the end.
#[unsafe(no_mangle)]
extern "C" fn run() {
    std::panic::set_hook(Box::new(|panic| print(&panic.to_string())));
    let run_all = async {
        let mut count = 0;
        for (name, test) in tests::all() {
            test.await;
            print(&format!("ok: {name}"));
            count += 1;
        }
        count
    };
    uncallback::local::drive(run_all, finished).detach();
}
