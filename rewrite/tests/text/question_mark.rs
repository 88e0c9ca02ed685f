//! Errors that are handed on unchanged become `?`; all others keep their test.
use crate::{checked, rewrites};

#[test]
fn an_error_that_is_handed_on_becomes_a_question_mark() {
    rewrites(
        "\
use uncallback::call;

fn load(id: u64, done: impl FnOnce(Result<String, Error>) + Send + 'static) {
    fetch(id, move |reply| match reply {
        // hand it on
        Err(error) => done(Err(error)),
        Ok(reply) => parse(reply.body, move |parsed| match parsed {
            Ok(page) => done(Ok(page.title)), // the title
            Err(error) => done(Err(error)),
        }),
    });
}
",
        "\
use uncallback::{call, start};

async fn load(id: u64) -> Result<String, Error> {
    let pending = {
        // hand it on
        let reply = call!(fetch(id, _)).await?;
        start!(parse(reply.body, _))
    };
    let page = pending.await?;
    Ok(page.title) // the title
}
",
    );
}

#[test]
fn an_error_that_is_tested_for_and_handed_on_becomes_a_question_mark() {
    rewrites(
        "\
use uncallback::call;

fn load(id: u64, done: Box<dyn FnOnce(Result<u64, Error>)>) {
    fetch(id, move |found| {
        if let Err(error) = found {
            return done(Err(error));
        }
        let found = found.unwrap(); // it is there
        parse(found, move |parsed| {
            if let Err(error) = parsed {
                done(Err(Error::Parse(error)));
                return;
            }
            let parsed = parsed.expect(\"tested\");
            done(Ok(parsed + 1));
        });
    });
}
",
        "\
use uncallback::call;

async fn load(id: u64) -> Result<u64, Error> {
    let found = call!(fetch(id, _)).await?; // it is there
    let parsed = call!(parse(found, _)).await.map_err(Error::Parse)?;
    Ok(parsed + 1)
}
",
    );
}

#[test]
fn an_error_that_is_tested_for_and_changed_keeps_its_test() {
    for (test, unwrapped) in [
        ("if let Err(error) = &found", "found.unwrap()"),
        ("if let Err(error) = other", "found.unwrap()"),
        ("if let Err(error) = found", "found.unwrap_or(0)"),
        ("if let Err(error) = found", "other.unwrap()"),
    ] {
        let (_, text) = checked(&format!(
            "fn load(id: u64, other: Found, done: Box<dyn FnOnce(Result<u64, Error>)>) {{
                fetch(id, move |found| {{
                    {test} {{ return done(Err(error)); }}
                    let found = {unwrapped};
                    done(Ok(found));
                }});
            }}"
        ));
        assert!(text.contains(test) && !text.contains('?'), "{text}");
    }
}
