//! Turns a callback that comes again and again into a stream, and says what happens when it comes too fast.

use std::thread;
use std::time::Duration;

use uncallback::events;
use uncallback_examples::{block_on, clock};

fn main() {
    block_on(async {
        // Of ticks that nobody has taken yet, the last four are kept.
        let mut ticks = events!(clock::every(Duration::from_millis(10), _), drop_oldest(4));
        while let Some(tick) = ticks.next().await {
            println!("tick {tick}");
            if tick >= 3 {
                break;
            }
        }

        println!("not looking for a while");
        while ticks.lagged() == 0 {
            thread::sleep(Duration::from_millis(10));
        }
        let mut kept = Vec::new();
        ticks.drain(|tick| kept.push(tick));
        println!("some were lost, and the last {} are here", kept.len());
        // Dropped here, the stream drops the alarm that `every` returned, and the clock stops.
    });
}
