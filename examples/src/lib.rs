//! What the example programs share: a web server and a clock to talk to, and the smallest executor.

pub mod clock;
#[cfg(all(feature = "curl", unix))]
pub mod curl;
pub mod server;

/// Runs a future on this thread. Any executor will do: the futures bring no runtime along and ask for none.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime without drivers needs nothing of the system").block_on(future)
}

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
