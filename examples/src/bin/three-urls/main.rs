//! Fetches three URLs at the same time, prints the size and the first line of each as it arrives, and at the
//! end the average size.

mod arguments;
mod callback;
mod page;
mod transcript;

use std::process::ExitCode;
use std::sync::mpsc;

use page::Failure;
use transcript::Transcript;
use uncallback_examples::server::Server;

fn main() -> ExitCode {
    match arguments::read(std::env::args().skip(1)) {
        arguments::Read::Help => {
            println!("{}", arguments::HELP);
            ExitCode::SUCCESS
        }
        arguments::Read::Wrong(message) => {
            eprintln!("three-urls: {message}\n\n{}", arguments::HELP);
            ExitCode::from(2)
        }
        arguments::Read::Urls(urls) if urls.is_empty() => with_own_server(),
        arguments::Read::Urls(urls) => compare(&urls),
    }
}

/// Runs all versions against a server of their own.
fn with_own_server() -> ExitCode {
    let_local_requests_pass_by_the_proxy();
    match Server::start() {
        Ok(server) => compare(&["/tides", "/ferries", "/weather"].map(|page| server.url(page))),
        Err(error) => {
            eprintln!("three-urls: could not start the server on 127.0.0.1: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Where the environment names a proxy, the client would ask it for our own server, which it cannot reach.
fn let_local_requests_pass_by_the_proxy() {
    let others = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy")).unwrap_or_default();
    // SAFETY: the program has only this one thread so far, so nothing reads the environment at this moment.
    unsafe { std::env::set_var("NO_PROXY", format!("127.0.0.1,{others}")) };
}

/// Runs the program on these URLs.
fn compare(urls: &[String]) -> ExitCode {
    let failures = run_callbacks(urls.to_vec(), Transcript::default());
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run_callbacks(urls: Vec<String>, transcript: Transcript) -> Vec<Failure> {
    let (send, receive) = mpsc::channel();
    callback::three_urls(urls, transcript, move |failures| send.send(failures).expect("main waits"));
    receive.recv().expect("the callback is called once all pages have been dealt with")
}
