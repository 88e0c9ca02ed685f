//! Runs the program `three-urls` as a person would and reads what it prints.

use std::borrow::BorrowMut;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use uncallback_examples::server::Server;

/// How many versions of the program one run shows.
const VERSIONS: usize = 3;

#[test]
fn every_version_shows_every_page_and_the_same_average() {
    let run = run(three_urls());
    assert_eq!(run.code, 0, "{run:?}");
    for line in [
        "34 bytes  http://127.0.0.1:PORT/weather  \"West wind, force 4\"",
        "72 bytes  http://127.0.0.1:PORT/ferries  \"The noon ferry sails\"",
        "105 bytes  http://127.0.0.1:PORT/tides  \"High water 06:12 and 18:40\"",
        "average: 70 bytes over 3 pages",
    ] {
        assert_eq!(run.count(line), VERSIONS, "{line}\n{run:?}");
    }
    assert_eq!(run.count("FAILED"), 0, "{run:?}");
}

#[test]
fn the_versions_are_compared_and_print_the_same() {
    let run = run(three_urls());
    assert_eq!(run.count("The three versions print the same."), 1, "{run:?}");
}

#[test]
fn one_function_is_shown_before_and_after() {
    let run = run(three_urls());
    let (_, shown) = run.output.split_once("One function before:").expect("it is shown");
    let (before, after) = shown.split_once("and after:").expect("both are shown");
    assert!(before.contains("fn fetch_text(url: String, done: impl FnOnce"), "{before}");
    assert!(after.contains("async fn fetch_text(url: String) -> Result<Page, Failure> {"), "{after}");
    assert!(!after.contains("done") && !after.contains("move |"), "no callback is left\n{after}");
    assert_eq!(
        after.matches("call!(ehttp::fetch(ehttp::Request::get(&url), _)).await").count(),
        2,
        "{after}"
    );
    let comment = "// If the second request is not answered at all, the first answer stands.";
    assert!(before.contains(comment) && after.contains(comment), "comments stay\n{after}");
}

#[test]
fn one_page_that_is_missing_is_named_with_its_cause_and_the_others_arrive() {
    let server = Server::start().unwrap();
    let run = run(three_urls().args(["/tides", "/no-such-page", "/weather"].map(|page| server.url(page))));
    assert_eq!(run.code, 1, "{run:?}");
    let failure = "FAILED  http://127.0.0.1:PORT/no-such-page  the server answered 404 Not Found";
    assert_eq!(run.count(failure), VERSIONS, "{run:?}");
    assert_eq!(run.count("PORT/tides  \"High water"), VERSIONS, "{run:?}");
    assert_eq!(run.count("PORT/weather  \"West wind"), VERSIONS, "{run:?}");
    assert_eq!(run.count("average: 69 bytes over 2 pages"), VERSIONS, "{run:?}");
}

#[test]
fn a_dead_port_is_a_failure_and_not_a_hang() {
    // Free a port that was ours a moment ago: nobody listens there.
    let dead = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let server = Server::start().unwrap();
    let run = run(three_urls().args([format!("http://{dead}/"), server.url("/ferries")]));
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(run.count("FAILED  http://127.0.0.1:PORT/  "), VERSIONS, "{run:?}");
    assert_eq!(run.count("refused"), VERSIONS, "the cause is named\n{run:?}");
    assert_eq!(run.count("PORT/ferries  \"The noon ferry sails\""), VERSIONS, "{run:?}");
}

#[test]
fn a_page_that_is_not_text_does_not_spoil_the_average() {
    let server = Server::start().unwrap();
    let run = run(three_urls().args(["/chart", "/weather"].map(|page| server.url(page))));
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(run.count("FAILED  http://127.0.0.1:PORT/chart  the page is not text"), VERSIONS, "{run:?}");
    assert_eq!(run.count("average: 34 bytes over 1 page\n"), VERSIONS, "{run:?}");
}

#[test]
fn when_everything_fails_there_is_no_average_and_no_panic() {
    let run = run(three_urls().args(["not a url", "http://"]));
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(run.count("no page arrived"), VERSIONS, "{run:?}");
    assert_eq!(run.count("panicked"), 0, "{run:?}");
}

#[test]
fn a_proxy_in_the_environment_does_not_catch_the_requests_to_the_own_server() {
    let nobody = "http://127.0.0.1:1";
    let run = run(three_urls().env("HTTP_PROXY", nobody).env("http_proxy", nobody).env_remove("NO_PROXY"));
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
#[cfg(not(feature = "curl"))]
fn a_client_that_was_not_built_in_says_how_to_build_it() {
    let run = run(three_urls().args(["--client", "curl"]));
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.errors.contains("--features curl --bin three-urls -- --client curl"), "{run:?}");
}

#[test]
#[cfg(feature = "curl")]
fn over_an_event_loop_every_version_shows_every_page() {
    let run = run(three_urls().args(["--client", "curl"]));
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(run.count("The three versions print the same."), 1, "{run:?}");
    assert_eq!(run.count("average: 70 bytes over 3 pages"), VERSIONS, "{run:?}");
    assert_eq!(run.count("call!(client.get(url.clone(), _)).await"), 1, "{run:?}");
}

#[test]
#[cfg(feature = "curl")]
fn over_an_event_loop_failures_are_named_and_nothing_hangs() {
    let dead = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let server = Server::start().unwrap();
    let pages = ["/no-such-page", "/chart", "/ferries"].map(|page| server.url(page));
    let run = run(three_urls().args(["--client", "curl"]).args(pages).arg(format!("http://{dead}/")));
    assert_eq!(run.code, 1, "{run:?}");
    for cause in ["the server answered 404", "the page is not text", "Could not connect to server"] {
        assert_eq!(run.count(cause), VERSIONS, "{cause}\n{run:?}");
    }
    assert_eq!(run.count("average: 72 bytes over 1 page\n"), VERSIONS, "{run:?}");
}

#[test]
fn an_unknown_client_is_refused_with_the_usage() {
    for arguments in [&["--client", "wget"][..], &["--client"]] {
        let run = run(three_urls().args(arguments));
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.errors.contains("usage: three-urls"), "{run:?}");
    }
}

#[test]
fn a_misspelt_option_is_refused_with_the_usage() {
    let run = run(three_urls().arg("--hepl"));
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.errors.contains("unknown option `--hepl`"), "{run:?}");
    assert!(run.errors.contains("usage: three-urls"), "{run:?}");
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_program_without_a_panic() {
    let mut child = three_urls().spawn().unwrap();
    // As `| head -0` does.
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "nobody asked for an error");
}

#[test]
fn help_is_an_answer_and_not_an_error() {
    let run = run(three_urls().arg("--help"));
    assert_eq!((run.code, run.count("usage: three-urls [--client ehttp|curl] [URL]...")), (0, 1), "{run:?}");
}

#[test]
fn the_converted_functions_are_the_text_of_the_callback_functions() {
    let pairs = [
        (
            include_str!("../src/bin/three-urls/callback.rs"),
            include_str!("../src/bin/three-urls/converted.rs"),
        ),
        (
            include_str!("../src/bin/three-urls/over_curl/callback.rs"),
            include_str!("../src/bin/three-urls/over_curl/converted.rs"),
        ),
    ];
    // Indentation and line breaks apart: the converted functions stand in a module.
    let words = |text: &str| {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        words.replace("( ", "(").replace(", )", ")")
    };
    for (callback, converted) in pairs {
        let (_, module) = converted.split_once("mod functions {").expect("the module is there");
        let functions =
            &module[module.find("///").expect("a documented function")..module.find("\n}").unwrap()];
        assert!(words(callback).contains(&words(functions)), "callback.rs and converted.rs have come apart");
    }
}

/// The program, out of reach of a proxy of this machine.
fn three_urls() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_three-urls"));
    command.env("NO_PROXY", "127.0.0.1").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What a run left behind. Port numbers are replaced by `PORT`.
#[derive(Debug)]
struct Run {
    code: i32,
    output: String,
    errors: String,
}

impl Run {
    fn count(&self, text: &str) -> usize {
        self.output.matches(text).count()
    }
}

/// Runs the program to its end. One that hangs is ended and fails the test.
fn run(mut command: impl BorrowMut<Command>) -> Run {
    let mut child = command.borrow_mut().spawn().expect("the program starts");
    let deadline = Instant::now() + Duration::from_secs(120);
    while child.try_wait().expect("the program can be waited for").is_none() {
        if Instant::now() > deadline {
            child.kill().expect("the program can be ended");
            panic!("the program hangs: {:?}", child.wait_with_output());
        }
        thread::sleep(Duration::from_millis(10));
    }
    let Output { status, stdout, stderr } = child.wait_with_output().expect("the output can be read");
    let text = |bytes| without_ports(&String::from_utf8(bytes).expect("the output is text"));
    Run { code: status.code().expect("no signal"), output: text(stdout), errors: text(stderr) }
}

fn without_ports(text: &str) -> String {
    let mut parts = text.split("127.0.0.1:");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        result.push_str("127.0.0.1:PORT");
        result.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    result
}
