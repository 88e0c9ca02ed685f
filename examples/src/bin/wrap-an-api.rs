//! Puts an async face on a callback API: one line per function.

use std::time::Duration;

use uncallback::{call, join};
use uncallback_examples::{block_on, clock};

/// The callback has no argument, so its mark is `||`. The alarm that `after` returns is kept until it has rung; when the
/// future is dropped early, so is the alarm, which calls it off.
async fn sleep(delay: Duration) {
    call!(clock::after(delay, ||)).await
}

fn main() {
    block_on(async {
        println!("one after the other");
        sleep(Duration::from_millis(30)).await;
        sleep(Duration::from_millis(30)).await;

        println!("at the same time");
        let late = async {
            sleep(Duration::from_millis(300)).await;
            println!("  the second alarm in the list");
        };
        let early = async {
            sleep(Duration::from_millis(30)).await;
            println!("  the first alarm to ring");
        };
        join((early, late)).await;

        println!("a sleep that nobody waits for any more is called off");
        drop(sleep(Duration::from_secs(3600)));
    });
}
