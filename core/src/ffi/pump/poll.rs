//! `poll(2)`: the one system call that tells how things are, instead of what has changed.
use super::{Interest, Ready};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// What to ask about one descriptor.
pub(super) fn question(fd: &OwnedFd, interest: Interest) -> libc::pollfd {
    let mut events = 0;
    if interest.read {
        events |= libc::POLLIN;
    }
    if interest.write {
        events |= libc::POLLOUT;
    }
    libc::pollfd { fd: fd.as_raw_fd(), events, revents: 0 }
}

/// Waits until one of them is ready, for `timeout` at most; for ever if there is none.
pub(super) fn wait(questions: &mut [libc::pollfd], timeout: Option<Duration>) -> io::Result<()> {
    // Rounded up: waking a millisecond early would mean asking again and again until it has passed.
    let timeout =
        timeout.map_or(-1, |t| t.as_nanos().div_ceil(1_000_000).try_into().unwrap_or(libc::c_int::MAX));
    let Ok(count) = questions.len().try_into() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many file descriptors"));
    };
    // SAFETY: the array is as long as said, and borrowed for the call.
    if unsafe { libc::poll(questions.as_mut_ptr(), count, timeout) } < 0 {
        let error = io::Error::last_os_error();
        // A signal: nothing is ready, and the caller asks again.
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    Ok(())
}

/// The answer to a question, in terms of what is wanted now; `None` if there is nothing to tell.
pub(super) fn answer(fd: RawFd, question: &libc::pollfd, interest: Interest) -> Option<Ready> {
    let trouble = question.revents & (libc::POLLERR | libc::POLLHUP | libc::POLLNVAL) != 0;
    let read = interest.read && (trouble || question.revents & libc::POLLIN != 0);
    let write = interest.write && (trouble || question.revents & libc::POLLOUT != 0);
    (read || write).then_some(Ready::Fd { fd, read, write })
}
