//! The same programs in other clothes: two completions instead of a `Result`, methods instead of functions.
//!
//! Both are changes of the finished text, so that every program has them that can wear them.

use super::{Code, Program};

/// The program with a completion for success and one for failure, if it never does anything with its completion but to
/// call it and to hand it on.
pub(super) fn as_pair(mut program: Program) -> Program {
    let undressed = program.clone();
    let Some(Code::Block { parts, .. }) = program.functions.last_mut() else { return undressed };
    let [(head, body)] = &mut parts[..] else { return undressed };
    let completion = "done: Box<dyn FnOnce(Result<i64, String>)>";
    if program.takes_tracer || !head.contains(completion) {
        return undressed;
    }
    *head = head.replace(completion, "ok: Box<dyn FnOnce(i64)>, err: Box<dyn FnOnce(String)>");
    each_text(body, &mut |text| *text = calls_of_a_pair(text));
    let mut is_left = false;
    each_text(body, &mut |text| is_left |= mentions(text, "done"));
    if is_left {
        return undressed;
    }
    Program { shape: Some("ok_err"), ..program }
}

fn calls_of_a_pair(text: &str) -> String {
    let mut text = text.to_owned();
    for (call, with) in [("done(Ok(", "ok("), ("done(Err(", "err(")] {
        if let (true, Some(end)) = (text.contains(call), text.rfind("))")) {
            text.remove(end);
            text = text.replacen(call, with, 1);
        }
    }
    let both = "move |r| match r { Ok(v) => ok(v), Err(e) => err(e) })";
    text.replace("Box::new(done)", &format!("Box::new({both}")).replace(" done)", &format!(" {both}"))
}

/// The program as an `impl`, whose methods own the value that they are called on.
pub(super) fn as_methods(mut program: Program) -> Program {
    for function in &mut program.functions {
        let Code::Block { parts, .. } = function else { continue };
        for (head, body) in parts {
            let parameters = match head.contains("<F") {
                true => head.find(">(").map(|at| at + 2),
                false => head.find('(').map(|at| at + 1),
            };
            if let Some(at) = parameters {
                head.insert_str(at, "self, ");
            }
            each_text(body, &mut |text| {
                for name in ["f0(", "f1("] {
                    if mentions(text, &name[..2]) {
                        *text = text.replace(name, &format!("self.{name}"));
                    }
                }
            });
        }
    }
    let methods = std::mem::take(&mut program.functions);
    program.functions = vec![
        Code::line("#[derive(Clone, Copy)]\npub struct Host;"),
        Code::block("impl Host {", methods, "}"),
    ];
    Program { entry: "Host.run", together: true, ..program }
}

fn each_text(codes: &mut [Code], see: &mut dyn FnMut(&mut String)) {
    for code in codes {
        match code {
            Code::Line(text) => see(text),
            Code::Block { parts, close } => {
                for (open, body) in parts {
                    see(open);
                    each_text(body, see);
                }
                see(close);
            }
        }
    }
}

/// Whether a text has this word in it.
fn mentions(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_programs_wear_other_clothes() {
        let programs: Vec<_> = (0..400).map(|seed| Program::new(seed, 1 + (seed % 3) as u32)).collect();
        let pairs = programs.iter().filter(|program| program.shape.is_some()).count();
        let methods = programs.iter().filter(|program| program.entry != "run").count();
        let called = programs.iter().filter(|program| program.source().contains("self.f0(")).count();
        assert!(pairs > 10 && methods > 40 && called > 5, "{pairs} pairs, {methods} methods, {called} calls");
    }

    #[test]
    fn calls_of_a_result_become_calls_of_one_of_two() {
        assert_eq!(calls_of_a_pair("return done(Ok(f(x)));"), "return ok(f(x));");
        assert_eq!(calls_of_a_pair("Err(e) => done(Err(e)),"), "Err(e) => err(e),");
        let handed_on = "op_result(1, x, move |r| match r { Ok(v) => ok(v), Err(e) => err(e) })";
        assert_eq!(calls_of_a_pair("op_result(1, x, done)"), handed_on);
    }
}
