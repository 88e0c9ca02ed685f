//! Lines are broken, joined and indented as a careful person would.
use crate::rewrites;

#[test]
fn a_callback_on_one_line_becomes_lines() {
    rewrites(
        "\
use uncallback::call;

fn load(id: u64, done: impl FnOnce(u64) + 'static) { fetch(id, move |a| { let b = a + 1; step(b, move |c| done(b + c)) }) }
",
        "\
use uncallback::call;

async fn load(id: u64) -> u64 {
    let a = call!(fetch(id, _)).await;
    let b = a + 1;
    let c = call!(step(b, _)).await;
    b + c
}
",
    );
}

#[test]
fn a_branch_on_one_line_stays_on_one_line() {
    rewrites(
        "\
use uncallback::call;

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, move |a| if a > 3 { done(a) } else { done(0) })
}
",
        "\
use uncallback::call;

async fn load(id: u64) -> u64 {
    let a = call!(fetch(id, _)).await;
    if a > 3 { a } else { 0 }
}
",
    );
}

#[test]
fn a_branch_with_a_statement_gets_lines() {
    rewrites(
        "\
use uncallback::call;

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    if id == 0 { done(0); return; }
    fetch(id, move |a| if a > 3 { done(a) } else { step(a, move |b| done(b + 1)) })
}
",
        "\
use uncallback::call;

async fn load(id: u64) -> u64 {
    if id == 0 {
        return 0;
    }
    let a = call!(fetch(id, _)).await;
    if a > 3 {
        a
    } else {
        let b = call!(step(a, _)).await;
        b + 1
    }
}
",
    );
}

#[test]
fn a_branch_that_gets_too_long_is_broken() {
    rewrites(
        "\
use uncallback::call;

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    if id == 0 { done(0) } else if id > 1000 { fetch_from_the_archive(id, done) } else { fetch_it(id, done) }
}
",
        "\
use uncallback::call;

async fn load(id: u64) -> u64 {
    if id == 0 {
        0
    } else if id > 1000 {
        call!(fetch_from_the_archive(id, _)).await
    } else {
        call!(fetch_it(id, _)).await
    }
}
",
    );
}

#[test]
fn a_parameter_list_that_fits_again_goes_back_to_one_line() {
    rewrites(
        "\
use uncallback::call;

fn load(
    id: u64,
    limit: u64,
    done: impl FnOnce(u64) + 'static,
) {
    fetch(id, limit, done)
}
",
        "\
use uncallback::call;

async fn load(id: u64, limit: u64) -> u64 {
    call!(fetch(id, limit, _)).await
}
",
    );
}

#[test]
fn a_parameter_list_that_does_not_fit_keeps_its_lines() {
    rewrites(
        "\
use uncallback::call;

fn load_with_a_name_that_is_long(
    the_first_parameter_of_them: u64,
    the_second_parameter_of_them: u64,
    done: impl FnOnce(u64) + 'static,
) {
    fetch(the_first_parameter_of_them, the_second_parameter_of_them, done)
}
",
        "\
use uncallback::call;

async fn load_with_a_name_that_is_long(
    the_first_parameter_of_them: u64,
    the_second_parameter_of_them: u64
) -> u64 {
    call!(fetch(the_first_parameter_of_them, the_second_parameter_of_them, _)).await
}
",
    );
}

#[test]
fn a_chain_over_several_lines_is_joined_if_it_fits() {
    rewrites(
        r#"
use uncallback::call;

fn load(client: Client, done: impl FnOnce(u64) + 'static) {
    client
        .get("x")
        .on_done(move |reply| {
            done(reply.len());
        })
        .send();
}
"#,
        r#"
use uncallback::{call, start};

async fn load(client: Client) -> u64 {
    let pending = {
        let client = client;
        start!(client.get("x").on_done(_).send())
    };
    let reply = pending.await;
    reply.len()
}
"#,
    );
}

#[test]
fn a_where_clause_goes_with_its_last_bound() {
    rewrites(
        "\
use uncallback::call;

fn load<T, F>(id: T, done: F)
where
    F: FnOnce(u64) + 'static,
{
    fetch(id, done)
}

fn keep<T, F>(id: T, done: F)
where
    T: Clone,
    F: FnOnce(u64) + 'static,
{
    fetch(id, done)
}
",
        "\
use uncallback::call;

async fn load<T>(id: T) -> u64 {
    call!(fetch(id, _)).await
}

async fn keep<T>(id: T) -> u64
where
    T: Clone,
{
    call!(fetch(id, _)).await
}
",
    );
}

#[test]
fn code_is_dedented_but_never_inside_of_a_string() {
    rewrites(
        r#"
use uncallback::call;

fn load(id: u64, done: impl FnOnce(String) + 'static) {
    fetch(id, move |a| {
        let text = "first
        second";
        let raw = r"
            third
        ";
        let list = [
            a, // one
            1,
        ];
        done(format!(
            "{text}{raw}{}",
            list.len(),
        ));
    });
}
"#,
        r#"
use uncallback::call;

async fn load(id: u64) -> String {
    let a = call!(fetch(id, _)).await;
    let text = "first
        second";
    let raw = r"
            third
        ";
    let list = [
        a, // one
        1,
    ];
    format!(
        "{text}{raw}{}",
        list.len(),
    )
}
"#,
    );
}

#[test]
fn tabs_are_removed_as_they_are_written() {
    rewrites(
        "\
use uncallback::call;

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
	fetch(id, move |a| {
		let b = compute(a,
		                1);
		step(b, move |c| done(b + c));
	});
}
",
        "\
use uncallback::call;

async fn load(id: u64) -> u64 {
	let a = call!(fetch(id, _)).await;
	let b = compute(a,
	                1);
	let c = call!(step(b, _)).await;
	b + c
}
",
    );
}

#[test]
fn two_spaces_are_a_step_if_the_file_says_so() {
    rewrites(
        "\
use uncallback::start;

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
  let guard = Guard::new();
  fetch(id, move |a| {
    done(a + 1)
  });
  tick(&guard);
}
",
        "\
use uncallback::start;

async fn load(id: u64) -> u64 {
  let pending = {
    let guard = Guard::new();
    let pending = start!(fetch(id, _));
    tick(&guard);
    pending
  };
  let a = pending.await;
  a + 1
}
",
    );
}

#[test]
fn empty_lines_between_statements_stay_and_none_appear() {
    rewrites(
        "\
use uncallback::call;

fn load(id: u64, done: impl FnOnce(u64) + 'static) {

    let id = id + 1;

    fetch(id, move |a| {

        let b = a + 1;


        step(b, move |c| {
            let d = b + c;

            done(d);

        });
    });
}
",
        "\
use uncallback::call;

async fn load(id: u64) -> u64 {

    let id = id + 1;

    let a = call!(fetch(id, _)).await;

    let b = a + 1;

    let c = call!(step(b, _)).await;
    let d = b + c;

    d
}
",
    );
}

#[test]
fn a_match_keeps_its_arms() {
    rewrites(
        "\
use uncallback::call;

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    match id {
        // nothing
        0 => done(0),
        1 => {
            tick();
            done(1) // one
        }

        n if n > 9 => step(n, done),
        n => fetch(n, move |a| done(a + n)), // the rest
    }
}
",
        "\
use uncallback::call;

async fn load(id: u64) -> u64 {
    match id {
        // nothing
        0 => 0,
        1 => {
            tick();
            1 // one
        }

        n if n > 9 => call!(step(n, _)).await,
        n => {
            let a = call!(fetch(n, _)).await; // the rest
            a + n
        }
    }
}
",
    );
}

#[test]
fn what_a_callback_mentions_says_nothing_of_the_call_that_waits_for_it() {
    rewrites(
        "\
use uncallback::call;

fn add(total: Arc<Mutex<u64>>, id: u64, done: Box<dyn FnOnce(u64) + Send>) {
    fetch(id, move |n| {
        let mut total = total.lock().unwrap();
        *total += n;
        done(n)
    });
}
",
        "\
use uncallback::call;

async fn add(total: Arc<Mutex<u64>>, id: u64) -> u64 {
    let n = call!(fetch(id, _)).await;
    let mut total = total.lock().unwrap();
    *total += n;
    n
}
",
    );
}

#[test]
fn a_nested_module_keeps_its_indentation() {
    rewrites(
        "\
mod outer {
    mod inner {
        use uncallback::call;

        #[cfg(unix)]
        pub(crate) fn load(id: u64, done: impl FnOnce(u64) + 'static) {
            fetch(id, move |a| done(a + 1))
        }
    }
}
",
        "\
mod outer {
    mod inner {
        use uncallback::call;

        #[cfg(unix)]
        pub(crate) async fn load(id: u64) -> u64 {
            let a = call!(fetch(id, _)).await;
            a + 1
        }
    }
}
",
    );
}
