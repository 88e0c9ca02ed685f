//! Whole functions and programs.

use super::grower::{Callee, Grower};
use super::scope::{Answer, Completion, Owned, Scope};
use super::{Code, Program};

/// In which form a function declares its completion.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Boxed,
    Anonymous,
    Inline,
    Where,
}

pub(super) fn program(mut grower: Grower, seed: u64, size: u32) -> Program {
    let mut functions = vec![];
    let mut together = false;
    for n in 0..grower.weighted(&[60, 30, 10]) {
        let (code, callee) = grower.helper(&format!("f{n}"), size.saturating_sub(1));
        functions.push(code);
        grower.callees.push(callee);
    }
    let takes_tracer = grower.percent(15);
    let answer = grower.pick(&[Answer::Int, Answer::Int, Answer::Res, Answer::Opt]);
    functions.push(grower.function("run", answer, takes_tracer, size).0);
    together |= functions.len() > 1 || grower.called_others;
    Program {
        seed,
        functions,
        together,
        entry: "run",
        shape: None,
        takes_tracer,
        readable: !grower.tracers_in_scrutinees,
    }
}

impl Grower {
    /// A function that later functions call; perhaps it calls itself.
    fn helper(&mut self, name: &str, size: u32) -> (Code, Callee) {
        if self.percent(60) {
            let (code, instant, boxed) = self.function(name, Answer::Int, false, size);
            return (
                code,
                Callee { name: name.into(), recursive: false, instant, boxed, answer: Answer::Int },
            );
        }
        let callee =
            Callee { name: name.into(), recursive: true, instant: true, boxed: true, answer: Answer::Int };
        self.itself = Some(callee.clone());
        let mut scope = Scope::new(Completion { name: "done".into(), answer: Answer::Int, boxed: true });
        scope.declare_int("x", false);
        let stop = vec![Code::line(format!("{};", self.completed(&scope))), Code::line("return;")];
        let mut code = vec![Code::block("if left <= 0 {", stop, "}")];
        code.extend(self.body(&mut scope, size).code);
        self.itself = None;
        let head = format!("fn {name}(left: i64, x: i64, done: Box<dyn FnOnce(i64)>) {{");
        (Code::block(head, code, "}"), callee)
    }

    /// A function, whether it may complete at once, and whether its completion must be in a box.
    fn function(&mut self, name: &str, answer: Answer, takes_tracer: bool, size: u32) -> (Code, bool, bool) {
        let form = match self.weighted(&[70, 10, 10, 10]) {
            0 => Form::Boxed,
            1 => Form::Anonymous,
            2 => Form::Inline,
            _ => Form::Where,
        };
        let boxed = form == Form::Boxed;
        let mut scope = Scope::new(Completion { name: "done".into(), answer, boxed });
        let mutable = self.percent(15);
        scope.declare_int("x", mutable);
        let x = if mutable { "mut x" } else { "x" };
        let tracer = match takes_tracer {
            true => format!("{}: Tracer, ", self.declare_owned(&mut scope, Owned::Tracer)),
            false => String::new(),
        };
        // Counters are understood where the function itself sets them up.
        let body = match self.percent(15) {
            true => self.several(&mut scope, size),
            false => self.body(&mut scope, size),
        };
        let (visible, ty) = (if name == "run" { "pub " } else { "" }, answer.ty());
        let head = match form {
            Form::Boxed => format!("{visible}fn {name}({tracer}{x}: i64, done: Box<dyn FnOnce({ty})>) {{"),
            Form::Anonymous => {
                format!("{visible}fn {name}({tracer}{x}: i64, done: impl FnOnce({ty}) + 'static) {{")
            }
            Form::Inline => {
                format!("{visible}fn {name}<F: FnOnce({ty}) + 'static>({tracer}{x}: i64, done: F) {{")
            }
            Form::Where => {
                format!("{visible}fn {name}<F>({tracer}{x}: i64, done: F) where F: FnOnce({ty}) + 'static {{")
            }
        };
        (Code::block(head, body.code, "}"), body.instant, boxed)
    }
}
