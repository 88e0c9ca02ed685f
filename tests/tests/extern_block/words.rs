//! `unwind` and `inside`: what is said about panics and about the time of the call, and held to.
use crate::{now, panic_of};
use core::ffi::{c_char, c_int, c_void};
use uncallback::uncallback;
use uncallback_tests::fixture::{INSIDE, LATER, Lib, OK, fx, fx_row_cb};

type First = unsafe extern "C" fn(*mut c_void, c_int, *const c_char);

#[uncallback]
unsafe extern "C" {
    #[once(
        cb = cb,
        data = data @ first,
        result = |status, _text| -> c_int { status },
        refused = negative,
        cancelled = fires,
        inside = never,
        handle(lib),
        borrowed(text),
    )]
    fn fx_once_first(lib: *mut fx, when: c_int, text: *const c_char, cb: First, data: *mut c_void) -> c_int;

    #[ask(cb = cb, data = data @ first, unwind = abort)]
    safe fn fx_each(n: c_int, cb: Option<fx_row_cb>, data: *mut c_void) -> c_int;
}

#[test]
fn library_that_was_said_to_call_never_inside_is_held_to_it() {
    let lib = Lib::new();
    // SAFETY: the object is alive, and the text is not looked at.
    let (inside, later) = unsafe {
        (
            fx_once_first_async(lib.raw(), INSIDE, std::ptr::null()),
            fx_once_first_async(lib.raw(), LATER, std::ptr::null()),
        )
    };
    lib.turn();
    assert_eq!(now(later), Ok(OK));
    let said = panic_of(|| now(inside));
    if cfg!(debug_assertions) {
        assert!(said.unwrap().starts_with("`fx_once_first` called back before it had returned"));
    } else {
        assert_eq!(said, None);
    }
}

/// Set for the second process of the test below.
const ABORT: &str = "UNCALLBACK_TEST_ABORTS";

#[test]
fn panic_ends_the_process_where_that_was_said() {
    if std::env::var_os(ABORT).is_some() {
        fx_each_with(3, |(row,)| {
            assert!(row != 1, "row {row}");
            0
        });
        unreachable!("the process has ended");
    }
    let this = std::env::current_exe().unwrap();
    let name = "words::panic_ends_the_process_where_that_was_said";
    let output =
        std::process::Command::new(this).args(["--exact", name, "--nocapture"]).env(ABORT, "1").output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("row 1") && !said.contains("has ended"), "{said}");
    #[cfg(unix)]
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(6), "SIGABRT");
}

#[test]
fn question_is_answered_as_ever_where_a_panic_would_abort() {
    assert_eq!(fx_each_with(3, |(row,)| c_int::from(row == 1)), 1);
}
