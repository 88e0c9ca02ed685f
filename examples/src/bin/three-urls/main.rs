//! Fetches three URLs at the same time, prints the size and the first line of each as it arrives, and at the
//! end the average size: with callbacks, converted by `#[uncallback]`, and as written by hand.

mod arguments;
mod by_hand;
mod callback;
mod converted;
mod page;
mod source;
mod transcript;

use std::process::ExitCode;
use std::sync::mpsc;

use page::Failure;
use transcript::Transcript;
use uncallback_examples::block_on;
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

/// Runs the versions one after the other and says whether they printed the same.
fn compare(urls: &[String]) -> ExitCode {
    let versions: [(&str, Version); 3] = [
        ("with callbacks (callback.rs)", run_callbacks),
        ("the same, converted by #[uncallback] (converted.rs)", run_converted),
        ("by hand, with call! and join (by_hand.rs)", run_by_hand),
    ];
    let runs = versions.map(|(title, version)| show(title, version, urls));
    let same = runs.iter().all(|run| run.transcript.same_lines(&runs[0].transcript));
    println!("{}\n", if same { ALL_THE_SAME } else { NOT_THE_SAME });
    let (before, after) = source::before_and_after();
    println!("One function before:\n\n{before}\n\nand after:\n\n{after}");
    let complete = runs.iter().all(|run| run.failures.is_empty());
    if complete && same { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

const ALL_THE_SAME: &str = "The three versions print the same.";
const NOT_THE_SAME: &str = "The three versions print different lines. Has a page changed between the runs?";

/// What a version left behind.
struct Run {
    transcript: Transcript,
    failures: Vec<Failure>,
}

/// A version of the program: runs to the end and gives back what failed.
type Version = fn(Vec<String>, Transcript) -> Vec<Failure>;

fn show(title: &str, version: Version, urls: &[String]) -> Run {
    println!("{title}");
    let transcript = Transcript::default();
    let failures = version(urls.to_vec(), transcript.clone());
    println!();
    Run { transcript, failures }
}

fn run_callbacks(urls: Vec<String>, transcript: Transcript) -> Vec<Failure> {
    let (send, receive) = mpsc::channel();
    callback::three_urls(urls, transcript, move |failures| send.send(failures).expect("main waits"));
    receive.recv().expect("the callback is called once all pages have been dealt with")
}

fn run_converted(urls: Vec<String>, transcript: Transcript) -> Vec<Failure> {
    block_on(converted::three_urls(urls, transcript))
}

fn run_by_hand(urls: Vec<String>, transcript: Transcript) -> Vec<Failure> {
    block_on(by_hand::three_urls(urls, &transcript))
}
