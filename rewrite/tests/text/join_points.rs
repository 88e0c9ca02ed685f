//! Local continuations: a closure that waits gives a future, one that does not stays a plain closure.
use super::rewrites;

#[test]
fn a_continuation_that_never_waits_stays_a_plain_closure() {
    rewrites(
        "\
use uncallback::call;

fn load(x: u64, done: impl FnOnce(Result<u64, Error>) + 'static) {
    let finish = move |n: u64| {
        log(n);
        if n == 0 {
            return done(Err(Error)); // nothing
        }
        done(Ok(n + 1));
    };
    match x {
        0 => finish(0),
        1 => fetch(1, finish),
        _ => fetch(x, move |n: u64| finish(n * 2)),
    }
}
",
        "\
use uncallback::call;

async fn load(x: u64) -> Result<u64, Error> {
    let finish = move |n: u64| {
        log(n);
        if n == 0 {
            return Err(Error); // nothing
        }
        Ok(n + 1)
    };
    match x {
        0 => finish(0),
        1 => {
            let joined = call!(fetch(1, _)).await;
            finish(joined)
        }
        _ => {
            let n: u64 = call!(fetch(x, _)).await;
            finish(n * 2)
        }
    }
}
",
    );
}

#[test]
fn a_continuation_that_may_wait_gives_a_future() {
    rewrites(
        "\
use uncallback::call;

fn load(x: u64, done: impl FnOnce(u64) + 'static) {
    let finish = move |n: u64| if n == 0 { done(0) } else { fetch(n, done) };
    if x == 0 { finish(1) } else { fetch(x, finish) }
}
",
        "\
use uncallback::call;

async fn load(x: u64) -> u64 {
    let finish = move |n: u64| async move {
        if n == 0 { 0 } else { call!(fetch(n, _)).await }
    };
    if x == 0 {
        finish(1).await
    } else {
        let joined = call!(fetch(x, _)).await;
        finish(joined).await
    }
}
",
    );
}
