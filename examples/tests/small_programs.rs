//! Runs the smaller examples and reads what they print.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn alarms_of_a_wrapped_api_all_ring_and_one_that_is_dropped_holds_nobody_up() {
    let output = output_of(env!("CARGO_BIN_EXE_wrap-an-api"));
    // Which of them rings first is for the clock to say.
    assert!(output.contains("the first alarm to ring") && output.contains("the second alarm"), "{output}");
}

#[test]
fn a_server_that_never_answers_loses_against_the_timeout() {
    let output = output_of(env!("CARGO_BIN_EXE_race-with-a-timeout"));
    assert!(output.contains("Ok(\"West wind, force 4"), "{output}");
    assert!(output.contains("Err(\"no answer within 100ms\")"), "{output}");
}

#[test]
fn ticks_that_nobody_took_are_dropped_and_counted() {
    let output = output_of(env!("CARGO_BIN_EXE_events-as-a-stream"));
    assert!(output.starts_with("tick "), "{output}");
    assert!(output.contains("some were lost, and the last 4 are here"), "{output}");
}

/// What a program prints. One that hangs is ended and fails the test.
fn output_of(program: &str) -> String {
    let mut child = Command::new(program)
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let deadline = Instant::now() + Duration::from_secs(120);
    while child.try_wait().expect("the program can be waited for").is_none() {
        if Instant::now() > deadline {
            child.kill().expect("the program can be ended");
            panic!("{program} hangs");
        }
        thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().expect("the output can be read");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("the output is text")
}
