//! Code behind a call runs before the callback: in a form that is read easily, and is exact if the callee is known.
use super::{checked, rewrites};

#[test]
fn code_behind_the_call_of_an_unknown_callee_stands_before_the_wait() {
    let (rewritten, text) = checked(
        "\
use uncallback::{call, start};

fn load(db: &Db, id: u64, done: impl FnOnce(u64) + 'static) {
    db.fetch(id, move |found: u64| step(found, done));
    db.count(1); // one more
}
",
    );
    assert_eq!(
        text,
        "\
use uncallback::{call, start};

async fn load(db: &Db, id: u64) -> u64 {
    let pending = start!(db.fetch(id, _));
    db.count(1); // one more
    let found: u64 = pending.await;
    call!(step(found, _)).await
}
"
    );
    let [note] = &rewritten.findings[..] else { panic!("{:?}", rewritten.findings) };
    assert_eq!(note.code.to_string(), "UC04");
    assert!(note.message.contains("`fetch` must not call back before it returns"), "{}", note.message);
}

#[test]
fn code_behind_the_call_of_a_callee_that_may_answer_at_once_runs_between_start_and_wait() {
    rewrites(
        "\
use uncallback::{call, kick_now, start};

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    cached(id, move |found| step(found, done));
    count(1);
}

fn cached(id: u64, done: impl FnOnce(u64) + 'static) {
    if id == 0 { done(0) } else { fetch(id, done) }
}
",
        "\
use uncallback::{call, kick_now, start};

async fn load(id: u64) -> u64 {
    let staged = {
        let pending = kick_now(cached(id));
        let staged2 = kick_now(async move {
            let found = pending.await;
            call!(step(found, _)).await
        });
        count(1);
        staged2
    };
    staged.await
}

async fn cached(id: u64) -> u64 {
    if id == 0 { 0 } else { call!(fetch(id, _)).await }
}
",
    );
}

#[test]
fn a_callee_that_is_declared_is_taken_at_its_word() {
    let load = |callees: &str| {
        let (rewritten, text) = checked(&format!(
            "#[uncallback(callees({callees}))]
            fn load(id: u64, done: impl FnOnce(u64) + 'static) {{
                cached(id, move |found: u64| step(found, done));
                count(1);
            }}"
        ));
        assert!(rewritten.findings.is_empty(), "{:?}", rewritten.findings);
        text
    };
    assert!(!load("later(cached)").contains("kick_now"));
    assert!(load("at_once(cached)").contains("kick_now"));
}
