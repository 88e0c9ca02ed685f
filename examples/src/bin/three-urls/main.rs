//! Fetches three URLs at the same time, prints the size and the first line of each as it arrives, and at the
//! end the average size: with callbacks, converted by `#[uncallback]`, and as written by hand.
//!
//! The client is ehttp, which calls back from threads of its own; or, with `--client curl`, libcurl on an event loop.

mod arguments;
mod by_hand;
mod callback;
mod converted;
#[cfg(all(feature = "curl", unix))]
mod over_curl;
mod page;
mod source;
mod terminal;
mod transcript;

use std::process::ExitCode;
use std::sync::mpsc;

use arguments::Client;
use page::Failure;
use transcript::Transcript;
use uncallback_examples::block_on;
use uncallback_examples::server::Server;

fn main() -> ExitCode {
    match arguments::read(std::env::args().skip(1)) {
        arguments::Read::Help => {
            terminal::line(arguments::HELP);
            ExitCode::SUCCESS
        }
        arguments::Read::Wrong(message) => {
            eprintln!("three-urls: {message}\n\n{}", arguments::HELP);
            ExitCode::from(2)
        }
        arguments::Read::Fetch(client, urls) => match Program::over(client) {
            Some(program) if urls.is_empty() => with_own_server(&program),
            Some(program) => compare(&program, &urls),
            None => {
                eprintln!("three-urls: {WITHOUT_CURL}");
                ExitCode::from(2)
            }
        },
    }
}

const WITHOUT_CURL: &str = "built without libcurl. This builds it, in a minute, and runs:
cargo run -p uncallback-examples --features curl --bin three-urls -- --client curl";

/// The versions over one client.
struct Program {
    versions: Versions,
    /// The source of the callback version.
    source: &'static str,
}

/// A version of the program: runs to the end and gives back what failed.
type Version = fn(Vec<String>, Transcript) -> Vec<Failure>;

/// The versions, and what to say of each.
type Versions = [(&'static str, Version); 3];

impl Program {
    /// The program over this client, if it was built.
    fn over(client: Client) -> Option<Self> {
        match client {
            Client::Ehttp => Some(Self { versions: VERSIONS, source: include_str!("callback.rs") }),
            #[cfg(all(feature = "curl", unix))]
            Client::Curl => Some(Self { versions: over_curl::VERSIONS, source: over_curl::SOURCE }),
            #[cfg(not(all(feature = "curl", unix)))]
            Client::Curl => None,
        }
    }
}

/// Runs all versions against a server of their own.
fn with_own_server(program: &Program) -> ExitCode {
    let_local_requests_pass_by_the_proxy();
    match Server::start() {
        Ok(server) => compare(program, &["/tides", "/ferries", "/weather"].map(|page| server.url(page))),
        Err(error) => {
            eprintln!("three-urls: could not start the server on 127.0.0.1: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Where the environment names a proxy, the client would ask it for our own server, which it cannot reach.
fn let_local_requests_pass_by_the_proxy() {
    let others = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy")).unwrap_or_default();
    // One client reads the one name, one the other.
    for name in ["NO_PROXY", "no_proxy"] {
        // SAFETY: the program has only this one thread so far, so nothing reads the environment at this moment.
        unsafe { std::env::set_var(name, format!("127.0.0.1,{others}")) };
    }
}

/// Runs the versions one after the other and says whether they printed the same.
fn compare(program: &Program, urls: &[String]) -> ExitCode {
    let runs = program.versions.map(|(title, version)| show(title, version, urls));
    let same = runs.iter().all(|run| run.transcript.same_lines(&runs[0].transcript));
    terminal::line(if same { ALL_THE_SAME } else { NOT_THE_SAME });
    let (before, after) = source::before_and_after(program.source);
    terminal::line(format_args!("\nOne function before:\n\n{before}\n\nand after:\n\n{after}"));
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

fn show(title: &str, version: Version, urls: &[String]) -> Run {
    terminal::line(title);
    let transcript = Transcript::default();
    let failures = version(urls.to_vec(), transcript.clone());
    terminal::line("");
    Run { transcript, failures }
}

const VERSIONS: Versions = [
    ("with callbacks (callback.rs)", run_callbacks),
    ("the same, converted by #[uncallback] (converted.rs)", run_converted),
    ("by hand, with call! and join (by_hand.rs)", run_by_hand),
];

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
