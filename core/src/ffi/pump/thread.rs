//! A driver with a thread of its own, for programs without a runtime and for libraries with thread affinity.
use super::table::{Table, Want};
use super::{Pump, Ready, poll};
use crate::ffi::errands::Errands;
use crate::{Started, start};
use std::io::{self, Read, Write};
use std::ops::Deref;
use std::os::fd::{OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::JoinHandle;
use std::time::Instant;

/// A pump whose driver is a thread of its own; made by [`Pump::on_thread`]. It is a [`Pump`], and can run closures there.
///
/// # What happens when
///
/// - it is **dropped**: nobody waits for the thread, which ends if that was the last handle; see
///   [`Pump`](Pump#what-happens-when). [`join`](PumpThread::join) waits, and so does [`closed`](PumpThread::closed), in a
///   task.
/// - a closure is **never** run, because the pump was closed before: it is dropped, and who awaits it hears of a loss.
/// - the handler **panics**: the thread ends; [`join`](PumpThread::join) and [`closed`](PumpThread::closed) panic.
///
/// ```
/// use uncallback::ffi::pump::{Pump, PumpThread};
/// # uncallback::__private::block_on(async {
/// let pump: PumpThread = Pump::on_thread(|_pump| |_ready| {});
/// assert_eq!(pump.run(|| 6 * 7).await, 42); // on its thread
/// pump.close();
/// assert!(pump.run(|| 6 * 7).checked().await.is_err()); // too late
/// # });
/// ```
#[derive(Debug)]
pub struct PumpThread {
    pump: Pump,
    desk: Arc<Desk>,
    thread: JoinHandle<()>,
    /// What the loop has said in the end, or its panic.
    ended: Started<io::Result<()>, ()>,
}

/// What other threads want done on this one.
struct Desk {
    errands: Mutex<Errands<()>>,
    /// A byte in it wakes the thread from `poll`.
    bell: UnixStream,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

impl Desk {
    fn ring(&self) {
        // Full means that the thread has been rung for already; closed, that it has gone.
        let _ = (&self.bell).write(&[1]);
    }

    fn lock(&self) -> MutexGuard<'_, Errands<()>> {
        // No user code runs under the lock.
        self.errands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops what is left when the thread ends, by a panic too: whoever awaits it would wait for ever.
struct Closes(Arc<Desk>);

impl Drop for Closes {
    fn drop(&mut self) {
        let undone = self.0.lock().close();
        drop(undone);
    }
}

/// Wakes the thread when the table has changed.
struct Ring(Arc<Desk>);

impl Wake for Ring {
    fn wake(self: Arc<Self>) {
        self.0.ring();
    }
}

impl Pump {
    /// Starts a thread that makes a handler and drives it: what `make` creates never leaves that thread.
    ///
    /// # Panics
    ///
    /// If the operating system gives no thread or no socket pair.
    ///
    /// See the example of [`Pump`].
    pub fn on_thread<H>(make: impl FnOnce(&Pump) -> H + Send + 'static) -> PumpThread
    where
        H: FnMut(Ready),
    {
        let (bell, hears) = UnixStream::pair().expect("no socket pair for a pump");
        for end in [&bell, &hears] {
            end.set_nonblocking(true).expect("a socket can be made non-blocking");
        }
        let pump = Pump::new();
        let desk = Arc::new(Desk { errands: Mutex::new(Errands::new()), bell });
        let (table, weak, its_desk) = (pump.table.clone(), pump.downgrade(), desk.clone());
        let drive = move || {
            let _closes = Closes(its_desk.clone());
            // The handle may have gone already: then there is nothing to do.
            let Some(pump) = weak.upgrade() else { return Ok(()) };
            let handler = make(&pump);
            drop(pump);
            drive(&table, &its_desk, &hears, handler)
        };
        let mut thread = None;
        let ended = start(|ended| {
            let run = move || ended.complete_with(drive);
            let builder = std::thread::Builder::new().name("uncallback-pump".to_owned());
            thread = Some(builder.spawn(run).expect("no thread for a pump"));
        });
        let thread = thread.expect("spawned above");
        PumpThread { pump, desk, thread, ended }
    }
}

impl PumpThread {
    /// Runs a closure on the pump's thread: the place for calls of a library with thread affinity.
    ///
    /// # Panics
    ///
    /// The future, with a panic of the closure; and if the pump is closed before the closure ran, which is dropped then: see
    /// [`checked`](Started::checked) to have an error instead.
    ///
    /// # Cancel safety
    ///
    /// The closure runs all the same; its value is dropped.
    ///
    /// ```
    /// # use uncallback::ffi::pump::Pump;
    /// # uncallback::__private::block_on(async {
    /// let pump = Pump::on_thread(|_pump| |_ready| {});
    /// let name = pump.run(|| std::thread::current().name().map(str::to_owned)).await;
    /// assert_eq!(name.as_deref(), Some("uncallback-pump"));
    /// # });
    /// ```
    #[track_caller]
    pub fn run<T: Send + 'static>(&self, f: impl FnOnce() -> T + Send + 'static) -> Started<T, ()> {
        let started = start(|done| {
            let refused = self.desk.lock().add(Box::new(move |()| done.complete_with(f)));
            drop(refused);
        });
        self.desk.ring();
        started
    }

    /// A handle to the pump itself.
    ///
    /// ```
    /// # use uncallback::ffi::pump::Pump;
    /// let thread = Pump::on_thread(|_pump| |_ready| {});
    /// let pump: Pump = thread.pump();
    /// # drop(pump);
    /// ```
    pub fn pump(&self) -> Pump {
        self.pump.clone()
    }

    /// Closes the pump and waits for its thread.
    ///
    /// # Errors
    ///
    /// If waiting for descriptors has failed.
    ///
    /// # Panics
    ///
    /// With a panic of the handler. On the pump's own thread, which would wait for itself.
    ///
    /// ```
    /// # use uncallback::ffi::pump::Pump;
    /// Pump::on_thread(|_pump| |_ready| {}).join()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn join(self) -> io::Result<()> {
        assert!(
            self.thread.thread().id() != std::thread::current().id(),
            "a pump's thread can't wait for itself"
        );
        self.pump.close();
        // It has no panic of its own: what the handler throws goes the way of the result.
        self.thread.join().ok();
        match pin!(self.ended).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(ended) => ended,
            Poll::Pending => unreachable!("the thread has ended"),
        }
    }

    /// Closes the pump now; the future is ready when the thread has dropped the handler and will run nothing more.
    ///
    /// # Errors
    ///
    /// If waiting for descriptors has failed.
    ///
    /// # Panics
    ///
    /// The future, with a panic of the handler.
    ///
    /// # Cancel safety
    ///
    /// Dropped, nobody waits; the thread ends all the same.
    ///
    /// ```
    /// # use uncallback::ffi::pump::Pump;
    /// # uncallback::__private::block_on(async {
    /// Pump::on_thread(|_pump| |_ready| {}).closed().await?;
    /// # Ok::<(), std::io::Error>(()) }).unwrap();
    /// ```
    pub fn closed(self) -> Started<io::Result<()>, ()> {
        self.pump.close();
        self.ended
    }
}

impl Deref for PumpThread {
    type Target = Pump;
    fn deref(&self) -> &Pump {
        &self.pump
    }
}

/// The loop: errands, then timers that are due, then what is ready; everything is asked anew in each round, because
/// every call may change what the library waits for.
fn drive(
    table: &Table,
    desk: &Arc<Desk>,
    bell: &UnixStream,
    mut handler: impl FnMut(Ready),
) -> io::Result<()> {
    let waker = Waker::from(Arc::new(Ring(desk.clone())));
    let hears = OwnedFd::from(bell.try_clone()?);
    while table.listen(&waker).is_some() {
        let errands = desk.lock().take();
        errands.run(&());
        while let Some(timer) = table.due(Instant::now()) {
            handler(timer);
        }
        let fds = table.fds();
        let mut questions = vec![poll::question(&hears, super::Interest::READ)];
        questions.extend(fds.iter().map(|(_, want)| poll::question(&want.duplicate, want.interest)));
        let left = table.next_deadline().map(|at| at.saturating_duration_since(Instant::now()));
        poll::wait(&mut questions, left)?;
        silence(bell);
        for ((fd, want), question) in fds.iter().zip(&questions[1..]) {
            report(table, *fd, want, question, &mut handler);
        }
    }
    Ok(())
}

/// Tells the handler about one descriptor, unless an earlier call has made it outdated.
fn report(table: &Table, fd: RawFd, want: &Want, question: &libc::pollfd, handler: &mut impl FnMut(Ready)) {
    let Some(interest) = table.still_wants(fd, want.registration) else { return };
    if let Some(ready) = poll::answer(fd, question, interest) {
        handler(ready);
    }
}

/// Takes all rings out of the bell.
fn silence(mut bell: &UnixStream) {
    let mut rings = [0; 64];
    while matches!(bell.read(&mut rings), Ok(n) if n > 0) {}
}
