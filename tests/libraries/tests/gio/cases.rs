//! What must hold for GIO, whoever writes the glue. All of this starts operations from a thread that is not the one of the
//! context, and `plain::finish` sees to it that callbacks come there.

use super::Files;
use crate::plain::{CANCELLED, NOT_FOUND, Object};
use std::ffi::CString;
use std::path::PathBuf;
use std::time::Duration;

/// A file of one test, gone with it.
struct File(PathBuf);

impl File {
    fn with(name: &str, contents: &[u8]) -> Self {
        // Both versions of a test run at the same time.
        let unique = format!("uncallback-{}-{name}-{}", std::process::id(), module_path!().replace(':', "-"));
        let path = std::env::temp_dir().join(unique);
        std::fs::write(&path, contents).unwrap();
        Self(path)
    }

    fn path(&self) -> CString {
        CString::new(self.0.to_str().unwrap()).unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

/// Runs a test on this thread, with a deadline.
fn in_time<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime
        .block_on(async { tokio::time::timeout(Duration::from_secs(60), work).await.expect("done in time") })
}

#[test]
fn files_are_loaded_at_once_and_hold_what_was_written() {
    let (files, never) = (Files::start(), Object::cancellable());
    let (one, other) = (File::with("one", b"west wind"), File::with("other", &[7; 100_000]));
    let (one, other) =
        in_time(async { tokio::join!(files.load(&one.path(), &never), files.load(&other.path(), &never)) });
    assert_eq!(one.unwrap(), b"west wind");
    assert_eq!(other.unwrap(), [7; 100_000]);
}

#[test]
fn missing_file_is_an_error_with_its_code_and_message() {
    let files = Files::start();
    let missing = in_time(files.load(c"/there/is/no/such/file", &Object::cancellable())).unwrap_err();
    assert_eq!(missing.code, NOT_FOUND);
    assert!(missing.message.contains("/there/is/no/such/file"), "{}", missing.message);
}

#[test]
fn cancelling_is_an_answer_that_comes_by_the_callback() {
    let (files, cancellable) = (Files::start(), Object::cancellable());
    // It has no end, so it is under way until it is cancelled.
    let endless = files.load(c"/dev/zero", &cancellable);
    cancellable.cancel();
    assert_eq!(in_time(endless).unwrap_err().code, CANCELLED);
    let early = in_time(files.load(c"/dev/zero", &cancellable));
    assert_eq!(early.unwrap_err().code, CANCELLED);
}

#[test]
fn dropping_the_future_cancels_and_the_late_callback_is_quiet() {
    let (files, cancellable) = (Files::start(), Object::cancellable());
    drop(files.load(c"/dev/zero", &cancellable));
    // The thread ends when every callback has come.
    drop(files);
    assert!(cancellable.is_cancelled());
}

#[test]
fn what_is_under_way_is_finished_before_the_thread_ends() {
    let (files, never) = (Files::start(), Object::cancellable());
    let file = File::with("late", b"still here");
    let loads: Vec<_> = (0..8).map(|_| files.load(&file.path(), &never)).collect();
    drop(files);
    for load in loads {
        assert_eq!(in_time(load).unwrap(), b"still here");
    }
    assert!(!never.is_cancelled());
}

#[test]
fn operations_may_start_and_be_awaited_on_any_thread() {
    let (files, never) = (Files::start(), Object::cancellable());
    let file = File::with("many", b"from anywhere");
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                let load = files.load(&file.path(), &never);
                let elsewhere = std::thread::spawn(move || in_time(load));
                assert_eq!(elsewhere.join().unwrap().unwrap(), b"from anywhere");
            });
        }
    });
}
