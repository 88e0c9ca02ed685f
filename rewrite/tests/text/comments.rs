//! Comments are never lost, and stay with the code that they are about.
use crate::rewrites;

#[test]
fn the_example_of_the_documentation_comes_out_to_the_letter() {
    rewrites(
        "\
use uncallback::call;

pub fn total(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, /* cached */ move |a| {
        // sum both
        done(a + 1 /* carry */) // report
    });
}
",
        "\
use uncallback::call;

pub async fn total(id: u64) -> u64 {
    let a = call!(fetch(id, /* cached */ _)).await;
    // sum both
    a + 1 /* carry */ // report
}
",
    );
}

#[test]
fn comments_of_a_removed_parameter_stay_with_its_neighbours() {
    rewrites(
        "\
use uncallback::call;

fn total(
    id: u64, // which one
    // Called once.
    done: impl FnOnce(u64) + 'static, // never twice
    /* the rest */
    limit: u64,
) {
    fetch(id, limit, done)
}
",
        "\
use uncallback::call;

async fn total(
    id: u64, // which one
    // Called once.
    /* the rest */
    limit: u64
) -> u64 { // never twice
    call!(fetch(id, limit, _)).await
}
",
    );
}

#[test]
fn comments_behind_closing_delimiters_stay_on_the_line_of_their_call() {
    rewrites(
        "\
use uncallback::call;

fn total(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, move |a| { // outer begins
        step(a, move |b| { // inner begins
            done(a + b);
        }); // inner ends
    }); // outer ends
}
",
        "\
use uncallback::call;

async fn total(id: u64) -> u64 {
    let a = call!(fetch(id, _)).await; // outer begins
    // outer ends
    let b = call!(step(a, _)).await; // inner begins
    // inner ends
    a + b
}
",
    );
}

#[test]
fn comments_at_the_end_of_a_body_stay_at_its_end() {
    rewrites(
        "\
use uncallback::call;

fn total(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, move |a| {
        done(a);
        // the callback ends here
    });
    // the function ends here
}
",
        "\
use uncallback::call;

async fn total(id: u64) -> u64 {
    call!(fetch(id, _)).await
    // the callback ends here
    // the function ends here
}
",
    );
}

#[test]
fn comments_between_branches_stay_in_their_branch() {
    rewrites(
        "\
use uncallback::call;

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, move |a| {
        // before the if
        if a > 3 {
            // a is big
            done(a); // big
            // stop here
            return;
        } // end of if
        // a is small
        step(a, done); // small
    });
}
",
        "\
use uncallback::call;

async fn load(id: u64) -> u64 {
    let a = call!(fetch(id, _)).await;
    // before the if
    if a > 3 {
        // a is big
        return a; // big
        // stop here
    } // end of if
    // a is small
    call!(step(a, _)).await // small
}
",
    );
}

#[test]
fn code_that_was_commented_out_stays_at_the_margin() {
    rewrites(
        "\
use uncallback::call;

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, move |a| {
        done(a + 1);
//      done(a + 2);
    });
}
",
        "\
use uncallback::call;

async fn load(id: u64) -> u64 {
    let a = call!(fetch(id, _)).await;
    a + 1
//      done(a + 2);
}
",
    );
}

#[test]
fn a_comment_of_code_that_moves_moves_with_it() {
    rewrites(
        "\
use uncallback::start;

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    // start it
    fetch(id, move |a| {
        // then add
        let b = a + 1; // one more

        /* and
           answer */
        done(b) // all
    }); // started
    // meanwhile
    tick(); // once

    // and again
    tick();
}
",
        "\
use uncallback::start;

async fn load(id: u64) -> u64 {
    // start it
    let pending = start!(fetch(id, _)); // started
    // meanwhile
    tick(); // once

    // and again
    tick();
    let a = pending.await;
    // then add
    let b = a + 1; // one more

    /* and
       answer */
    b // all
}
",
    );
}

#[test]
fn comments_in_awkward_places_of_a_call_are_all_kept() {
    rewrites(
        "\
use uncallback::call;

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(/* id */ id /* after id */, /* before move */ move /* after move */ | /* a */ a /* a end */ | /* body */ {
        done(/* sum */ a /* plus */ + /* one */ 1 /* end */) /* after */
    } /* closed */) /* call closed */; // semicolon
}
",
        "\
use uncallback::call;

async fn load(id: u64) -> u64 {
    let /* a */ a /* a end */ /* body */ = call!(fetch(/* id */ id /* after id */, /* before move */ /* after move */ _ /* closed */) /* call closed */).await; // semicolon
    /* sum */ a /* plus */ + /* one */ 1 /* end */ /* after */
}
",
    );
}

#[test]
fn doc_comments_and_attributes_stay_in_front_of_the_function() {
    rewrites(
        "\
use uncallback::call;

impl Client {
    /// Loads it.
    ///
    /// Twice.
    #[inline] // hot
    // not public
    fn load(&self, id: u64, done: impl FnOnce(u64) + 'static) {
        self.fetch(id, done)
    }
}
",
        "\
use uncallback::call;

impl Client {
    /// Loads it.
    ///
    /// Twice.
    #[inline] // hot
    // not public
    async fn load(&self, id: u64) -> u64 {
        call!(self.fetch(id, _)).await
    }
}
",
    );
}

#[test]
fn what_looks_like_a_comment_in_a_string_is_none() {
    rewrites(
        r##"
use uncallback::call;

fn load(id: u64, done: impl FnOnce(String) + 'static) {
    fetch("http://x/*", id, move |a| {
        let b = r#"// "/* "#; // url
        let c = '"'; let d = b"//"; let e = c"/*"; let f: &'static str = "\\"; // '
        done(format!("{a}//{b}{c}{d:?}{e:?}{f}"))
    });
}
"##,
        r##"
use uncallback::call;

async fn load(id: u64) -> String {
    let a = call!(fetch("http://x/*", id, _)).await;
    let b = r#"// "/* "#; // url
    let c = '"';
    let d = b"//";
    let e = c"/*";
    let f: &'static str = "\\"; // '
    format!("{a}//{b}{c}{d:?}{e:?}{f}")
}
"##,
    );
}

#[test]
fn comments_of_callbacks_of_which_the_first_one_wins_are_kept() {
    rewrites(
        "\
use uncallback::{race, start};

/// The page, or nothing if it takes too long.
fn page(url: Url, limit: Duration, done: impl FnOnce(Option<Page>) + 'static) {
    // Whoever comes first takes it.
    let done = Rc::new(RefCell::new(Some(done))); // shared
    let late = done.clone();
    fetch(url, move |page| {
        // in time
        if let Some(done) = done.take() {
            done(Some(page)) // found
        }
    });
    after(limit, move || {
        if let Some(done) = late.take() {
            // too late
            done(None)
        }
    });
}
",
        "\
use uncallback::{race, start};

/// The page, or nothing if it takes too long.
async fn page(url: Url, limit: Duration) -> Option<Page> { // shared
    // Whoever comes first takes it.
    let pending = start!(fetch(url, _));
    let branch = async move {
        let page = pending.await;
        // in time
        Some(page) // found
    };
    let pending2 = start!(after(limit, ||));
    let branch2 = async move {
        pending2.await;
        // too late
        None
    };
    race((branch, branch2)).await
}
",
    );
}

#[test]
fn comments_of_a_callback_that_becomes_a_loop_are_kept() {
    rewrites(
        "\
use uncallback::events;

fn last_of(bus: &Bus, done: impl FnOnce(u64) + 'static) {
    // Called once, however often the bus calls.
    let mut done = Some(done);
    let mut count = 0; // of events
    bus.on_event(move |event: Event| {
        count += 1; // one more
        if event.is_last {
            // the end
            if let Some(done) = done.take() {
                done(count) // all of them
            }
        }
    });
}
",
        "\
use uncallback::{events, lost};

async fn last_of(bus: &Bus) -> u64 {
    // Called once, however often the bus calls.
    let mut count = 0; // of events
    let mut events = events!(bus.on_event(_), unbounded);
    while let Some(event) = events.next().await {
        count += 1; // one more
        if event.is_last {
            // the end
            return count; // all of them
        }
    }
    lost()
}
",
    );
}

#[test]
fn comments_of_callbacks_that_end_with_the_first_error_are_kept() {
    rewrites(
        "\
use uncallback::{call, kick_now, try_join_detached};

fn sizes(urls: Vec<Url>, done: impl FnOnce(Result<usize, Error>) + Send + 'static) {
    let left = Arc::new(AtomicUsize::new(urls.len()));
    let sum = Arc::new(AtomicUsize::new(0)); // of all pages
    let done = Arc::new(Mutex::new(Some(done)));
    for url in urls {
        let (left, sum, done) = (left.clone(), sum.clone(), done.clone());
        fetch(url, move |page| {
            let page = match page {
                Ok(page) => page,
                // The first one counts.
                Err(error) => {
                    if let Some(done) = done.lock().unwrap().take() {
                        done(Err(error)) // and no other
                    }
                    return;
                }
            };
            sum.fetch_add(page.len(), Relaxed);
            if left.fetch_sub(1, AcqRel) == 1 {
                // That was the last.
                done.lock().unwrap().take().unwrap()(Ok(sum.load(Relaxed)))
            }
        });
    }
}
",
        "\
use uncallback::{call, kick_now, try_join_detached};

async fn sizes(urls: Vec<Url>) -> Result<usize, Error> {
    let sum = Arc::new(AtomicUsize::new(0)); // of all pages
    let mut branches = Vec::new();
    for url in urls {
        let sum = sum.clone();
        branches.push(kick_now(async move {
            let page = call!(fetch(url, _)).await;
            let page = match page {
                Ok(page) => page,
                // The first one counts.
                Err(error) => {
                    return Err(error); // and no other
                }
            };
            sum.fetch_add(page.len(), Relaxed);
            Ok(())
        }));
    }
    try_join_detached(branches).await?;
    // That was the last.
    Ok(sum.load(Relaxed))
}
",
    );
}
