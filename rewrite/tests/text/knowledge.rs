//! What the rest of a file says of types and callees: fewer blocks, where nothing can be seen to die.
use super::{checked, rewrites};

const USER: &str = "
struct User { id: u64, name: Option<String>, rights: Rights }
#[derive(Clone, Copy)]
enum Rights { All(Handle), None }
";

const CHAIN: &str = "
fn fetch_user(id: u64, done: impl FnOnce(User)) { todo!() }

fn posts(id: u64, done: impl FnOnce(Vec<Post>) + 'static) {
    fetch_user(id, move |user| fetch_posts(user.id, move |posts| done(posts)));
}
";

/// The part of the new text that is the converted function.
fn posts_in(declarations: &str, chain: &str) -> String {
    let (_, text) = checked(&format!("{declarations}{chain}"));
    text[text.find("async fn posts").unwrap()..].to_owned()
}

const FLAT: &str = "async fn posts(id: u64) -> Vec<Post> {
    let user = call!(fetch_user(id, _)).await;
    call!(fetch_posts(user.id, _)).await
}
";

const IN_A_BLOCK: &str = "async fn posts(id: u64) -> Vec<Post> {
    let pending = {
        let user = call!(fetch_user(id, _)).await;
        start!(fetch_posts(user.id, _))
    };
    pending.await
}
";

#[test]
fn a_plain_value_of_a_callee_in_view_needs_no_block() {
    assert_eq!(posts_in(USER, CHAIN), FLAT);
}

#[test]
fn a_value_whose_destructor_could_be_seen_still_dies_before_the_wait() {
    let with_destructor = format!("{USER}impl Drop for User {{ fn drop(&mut self) {{ log(); }} }}");
    let further_in =
        format!("{USER}mod inner {{ impl Drop for super::Rights {{ fn drop(&mut self) {{}} }} }}");
    let holds_a_guard = USER.replace("id: u64", "id: u64, _guard: Guard");
    let generic = USER.replace("struct User", "struct User<T>");
    for declarations in ["", &with_destructor, &further_in, &holds_a_guard, &generic] {
        assert_eq!(posts_in(declarations, CHAIN), IN_A_BLOCK, "{declarations}");
    }
}

#[test]
fn a_callee_that_could_be_one_of_two_is_not_believed() {
    let methods = "
        impl A { fn fetch_user(&self, id: u64, done: impl FnOnce(User)) {} }
        impl B { fn fetch_user(&self, id: u64, done: impl FnOnce(Guard)) {} }
        impl C {
            fn posts(&self, id: u64, done: impl FnOnce(u64) + 'static) {
                self.fetch_user(id, move |user| fetch_posts(user.id, move |posts| done(posts)));
            }
        }";
    assert!(checked(&format!("{USER}{methods}")).1.contains("let pending = {"));
}

#[test]
fn what_is_left_of_a_plain_result_behind_a_question_mark_is_plain() {
    let chain = "
fn fetch_user(id: u64, done: impl FnOnce(Result<User, String>)) { todo!() }

fn posts(id: u64, done: impl FnOnce(Result<Vec<Post>, String>) + 'static) {
    fetch_user(id, move |user| match user {
        Err(e) => done(Err(e)),
        Ok(user) => fetch_posts(user.id, move |posts| done(posts)),
    });
}
";
    let text = posts_in(USER, chain);
    assert!(
        text.contains(
            "    let user = call!(fetch_user(id, _)).await?;\n    call!(fetch_posts(user.id, _)).await\n"
        ),
        "{text}"
    );
}

#[test]
fn parameters_and_locals_of_plain_types_need_no_block() {
    rewrites(
        "
use uncallback::call;
struct Query { text: String }
fn query(text: &str) -> Query { Query { text: text.to_owned() } }
fn find(text: Query, done: impl FnOnce(u64) + 'static) {
    let first = query(\"a\");
    let second = Query { text: String::new() };
    ask(&text, &first, &second, move |n| done(n + 1));
}
",
        "
use uncallback::call;
struct Query { text: String }
fn query(text: &str) -> Query { Query { text: text.to_owned() } }
async fn find(text: Query) -> u64 {
    let first = query(\"a\");
    let second = Query { text: String::new() };
    let n = call!(ask(&text, &first, &second, _)).await;
    n + 1
}
",
    );
}
