//! S9: driving a library that asks for descriptors and timers. One contract, kept by every driver there is.
mod contract;
mod host;
mod hosted;
mod thread;

use crate::probe::{DEADLINE, block_on};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::task::Poll;
use uncallback::ffi::pump::{Driven, Pump, Reactor, Ready};

/// A way to drive a pump.
trait Backend {
    /// Makes a handler, drives it beside `work`, closes the pump and waits for the driver to end.
    fn drive<H, T>(
        make: impl FnOnce(&Pump) -> H + Send + 'static,
        work: impl AsyncFnOnce(&Pump) -> T,
    ) -> (T, io::Result<()>)
    where
        H: FnMut(Ready) + 'static;

    /// Drives until the driver ends by itself; `before` may drop or keep the pump.
    fn to_the_end<H>(make: impl FnOnce(&Pump) -> H + Send + 'static, before: impl FnOnce(Pump))
    where
        H: FnMut(Ready) + 'static;
}

struct Thread;
struct Tokio;
struct AsyncIo;

impl Backend for Thread {
    fn drive<H, T>(
        make: impl FnOnce(&Pump) -> H + Send + 'static,
        work: impl AsyncFnOnce(&Pump) -> T,
    ) -> (T, io::Result<()>)
    where
        H: FnMut(Ready) + 'static,
    {
        let pump = Pump::on_thread(make);
        let done = block_on(work(&pump));
        (done, pump.join())
    }

    fn to_the_end<H>(make: impl FnOnce(&Pump) -> H + Send + 'static, before: impl FnOnce(Pump))
    where
        H: FnMut(Ready) + 'static,
    {
        let (alive, ended) = channel::<()>();
        let thread = Pump::on_thread(move |pump| {
            // Dropped in this order.
            let mut both = (make(pump), alive);
            move |ready| {
                let (handler, _alive) = &mut both;
                handler(ready);
            }
        });
        // Once the thread has run something, the handler is made.
        block_on(thread.run(|| ()));
        before(thread.pump());
        drop(thread);
        assert_eq!(
            ended.recv_timeout(DEADLINE),
            Err(RecvTimeoutError::Disconnected),
            "it did not end in time"
        );
    }
}

impl Backend for Tokio {
    fn drive<H, T>(
        make: impl FnOnce(&Pump) -> H + Send + 'static,
        work: impl AsyncFnOnce(&Pump) -> T,
    ) -> (T, io::Result<()>)
    where
        H: FnMut(Ready) + 'static,
    {
        let (pump, driver) = Pump::on_tokio(make);
        on_tokio(beside(pump, driver, work))
    }

    fn to_the_end<H>(make: impl FnOnce(&Pump) -> H + Send + 'static, before: impl FnOnce(Pump))
    where
        H: FnMut(Ready) + 'static,
    {
        let (pump, driver) = Pump::on_tokio(make);
        before(pump);
        on_tokio(driver).unwrap();
    }
}

impl Backend for AsyncIo {
    fn drive<H, T>(
        make: impl FnOnce(&Pump) -> H + Send + 'static,
        work: impl AsyncFnOnce(&Pump) -> T,
    ) -> (T, io::Result<()>)
    where
        H: FnMut(Ready) + 'static,
    {
        let (pump, driver) = Pump::on_async_io(make);
        // The reactor has a thread of its own: any executor will do.
        block_on(beside(pump, driver, work))
    }

    fn to_the_end<H>(make: impl FnOnce(&Pump) -> H + Send + 'static, before: impl FnOnce(Pump))
    where
        H: FnMut(Ready) + 'static,
    {
        let (pump, driver) = Pump::on_async_io(make);
        before(pump);
        block_on(driver).unwrap();
    }
}

fn on_tokio<F: Future>(work: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(DEADLINE, work).await.expect("it did not end in time") })
}

/// Runs a driver and `work` in one task.
async fn beside<H: FnMut(Ready), R: Reactor, T>(
    pump: Pump,
    driver: Driven<H, R>,
    work: impl AsyncFnOnce(&Pump) -> T,
) -> (T, io::Result<()>) {
    let mut driver = pin!(driver);
    let done = {
        let mut work = pin!(work(&pump));
        poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(done);
            }
            match driver.as_mut().poll(cx) {
                Poll::Ready(ended) => panic!("the driver has ended: {ended:?}"),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    };
    pump.close();
    (done, driver.await)
}
