//! The place in the user's code from which a callback was called or dropped.
//!
//! Callers can't pass it: a destructor has no caller that the compiler could tell. So it is read from a backtrace, which
//! needs line tables; without them there is no place.

use alloc::{borrow::ToOwned, format, string::String};
use core::panic::Location;
use std::{backtrace::Backtrace, env};

/// Where the sources of this crate are, as the compiler saw them.
const OURS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// Where the sources of the standard library are: as it was built, and as the component `rust-src`.
const STD: [&str; 2] = ["/rustc/", "/lib/rustlib/src/rust/library/"];

/// `file:line:column` of the innermost frame that belongs to the user.
pub(super) fn users_place() -> Option<String> {
    find(&format!("{:#}", Backtrace::force_capture()), None)
}

/// As [`users_place`], and passes over the callback itself, which a macro has put where the call was `made`.
pub(super) fn users_place_outside(made: &Location<'_>) -> Option<String> {
    find(&format!("{:#}", Backtrace::force_capture()), Some(made))
}

/// Reads the textual form: for each frame a line with the function, and one with the place if it is known.
fn find(backtrace: &str, made: Option<&Location<'_>>) -> Option<String> {
    let callback = made.map(|made| format!("{}:{}:", made.file(), made.line()));
    let place = backtrace
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("at "))
        .filter(|place| !place.starts_with(OURS) && !STD.iter().any(|std| place.contains(std)))
        .find(|place| !callback.as_ref().is_some_and(|callback| place.contains(callback)))?;
    let folder = env::current_dir().ok();
    let relative = folder.and_then(|folder| place.strip_prefix(folder.to_str()?)?.strip_prefix('/'));
    Some(relative.unwrap_or(place).to_owned())
}

#[cfg(test)]
mod tests {
    use super::{OURS, find};

    #[test]
    fn frames_of_the_library_and_of_std_are_passed_over() {
        let text = format!(
            "   0:     0x55 - create
                               at /rustc/abc/library/std/src/backtrace.rs:331:13
   1:     0x55 - report_loss
                               at {OURS}/debug/hooks.rs:80:5
   2:     0x55 - drop_in_place<Completer<u8>>
   3:     0x55 - call_once
                               at /home/me/.rustup/lib/rustlib/src/rust/library/alloc/src/boxed.rs:1985:9
   4:     0x55 - close
                               at /app/src/network.rs:12:9
   5:     0x55 - main
                               at /app/src/main.rs:3:5
"
        );
        assert_eq!(find(&text, None).as_deref(), Some("/app/src/network.rs:12:9"));
    }

    #[test]
    fn callback_itself_is_passed_over_when_it_is_asked_who_called_it() {
        let made = core::panic::Location::caller();
        let text = format!(
            "   0: callback
             at /app/{}:{}:9
   1: api
             at /app/src/api.rs:3:5
",
            made.file(),
            made.line()
        );
        assert_eq!(find(&text, Some(made)).as_deref(), Some("/app/src/api.rs:3:5"));
    }

    #[test]
    fn without_line_tables_there_is_no_place() {
        assert_eq!(find("   0: lang_start\n   1: main\n", None), None);
        assert_eq!(find("unsupported backtrace", None), None);
    }
}
