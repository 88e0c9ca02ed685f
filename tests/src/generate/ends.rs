//! How a segment ends: with the completion, a branch, or an operation in whose callback the program goes on.

use super::Code;
use super::grower::{Callee, Grower, Grown};
use super::scope::{Answer, Completion, Scope};
use super::statements::Allowed;

/// An operation with one number as its answer, or a function of the program.
pub(super) struct Call {
    /// Up to the callback.
    pub(super) head: String,
    /// Whether the callback must be in a box.
    pub(super) boxed: bool,
    /// Whether it may call back before it returns.
    pub(super) instant: bool,
}

impl Grower {
    /// Statements and an end: on each path exactly one completion.
    pub(super) fn body(&mut self, scope: &mut Scope, fuel: u32) -> Grown {
        let mut instant = false;
        let mut code = self.statements(scope, 3, Allowed::ALL, &mut instant);
        self.comment(&mut code);
        let end = self.end(scope, fuel);
        code.extend(end.code);
        Grown { code, instant: instant || end.instant }
    }

    fn end(&mut self, scope: &mut Scope, fuel: u32) -> Grown {
        if fuel == 0 {
            return match self.percent(60) {
                true => self.done(scope),
                false => self.pass_on(scope),
            };
        }
        match self.weighted(&[6, 6, 14, 10, 34, 12, 6, 8, 10, 6]) {
            0 => self.done(scope),
            1 => self.pass_on(scope),
            2 => self.if_else(scope, fuel),
            3 => self.matched(scope, fuel),
            4 => self.suspend(scope, fuel),
            5 => self.fallible(scope, fuel),
            6 => self.wrapped(scope, fuel),
            7 => self.join_point(scope, fuel),
            8 => self.several(scope, fuel),
            _ => self.leave_by_operation(scope, fuel),
        }
    }

    /// `done(e)`, without its semicolon.
    pub(super) fn completed(&mut self, scope: &Scope) -> String {
        let (name, value) = (&scope.completion.name, self.expr(scope));
        match scope.completion.answer {
            Answer::Int => format!("{name}({value})"),
            Answer::Res if self.percent(30) => format!("{name}(Err(format!(\"e{{}}\", {value})))"),
            Answer::Res => format!("{name}(Ok({value}))"),
            Answer::Opt if self.percent(30) => format!("{name}(None)"),
            Answer::Opt => format!("{name}(Some({value}))"),
        }
    }

    pub(super) fn done(&mut self, scope: &Scope) -> Grown {
        let answer = self.completed(scope);
        let code = match self.below(6) {
            0 => vec![Code::line(format!("return {answer};"))],
            1 => vec![Code::line(format!("{answer};")), Code::line("return;")],
            2 | 3 => vec![Code::line(format!("{answer};"))],
            _ => vec![Code::line(answer)],
        };
        Grown { code, instant: true }
    }

    /// The completion as an argument, with or without code after the call.
    pub(super) fn pass_on(&mut self, scope: &mut Scope) -> Grown {
        let Completion { name, answer, boxed } = scope.completion.clone();
        let call = match answer {
            Answer::Int => self.call(scope),
            Answer::Res => self.fallible_call("op_result", scope),
            Answer::Opt => self.fallible_call("op_option", scope),
        };
        let argument = if call.boxed && !boxed { format!("Box::new({name})") } else { name };
        let rest = if call.instant { vec![] } else { self.rest(scope, 30) };
        let stop = if rest.is_empty() && self.percent(50) { "" } else { ";" };
        let mut code = vec![Code::line(format!("{}{argument}){stop}", call.head))];
        code.extend(rest);
        Grown { code, instant: call.instant }
    }

    fn if_else(&mut self, scope: &Scope, fuel: u32) -> Grown {
        let cond = self.cond(scope);
        let then = self.in_branch(|grower| grower.body(&mut scope.clone(), fuel.saturating_sub(1)));
        let other = self.in_branch(|grower| grower.body(&mut scope.clone(), fuel.saturating_sub(1)));
        Grown {
            code: vec![Code::if_else(&cond, then.code, other.code)],
            instant: then.instant || other.instant,
        }
    }

    fn matched(&mut self, scope: &Scope, fuel: u32) -> Grown {
        let mut subject = self.expr(scope);
        if !self.tracers_in_scrutinees && subject.contains("Tracer") {
            subject = self.below(9).to_string();
        }
        let bound = self.int_name();
        let literal = format!("{}", self.below(4));
        let guard = format!("{bound} if {bound} % 2 == 1");
        let mut instant = false;
        let arms = [literal.as_str(), &guard, bound]
            .map(|pattern| {
                let mut inner = scope.clone();
                if pattern.starts_with(bound) {
                    inner.declare_int(bound, false);
                }
                let arm = self.in_branch(|grower| grower.body(&mut inner, fuel.saturating_sub(1)));
                instant |= arm.instant;
                Code::block(format!("{pattern} => {{"), arm.code, "}")
            })
            .to_vec();
        Grown { code: vec![Code::block(format!("match {subject} {{"), arms, "}")], instant }
    }

    /// `if c { T; return; } T`, where the first T has an operation as well.
    fn leave_by_operation(&mut self, scope: &mut Scope, fuel: u32) -> Grown {
        let cond = self.cond(scope);
        let first = self.in_branch(|grower| {
            let mut inner = scope.clone();
            let mut grown = grower.suspend(&mut inner, fuel.saturating_sub(1));
            end_with_semicolon(&mut grown.code);
            grown.code.push(Code::line("return;"));
            grown
        });
        let second = self.body(scope, fuel.saturating_sub(1));
        let mut code = vec![Code::block(format!("if {cond} {{"), first.code, "}")];
        code.extend(second.code);
        Grown { code, instant: first.instant || second.instant }
    }

    /// A block round the end.
    fn wrapped(&mut self, scope: &Scope, fuel: u32) -> Grown {
        let open = self.pick(&["{", "unsafe {", "'b: {"]);
        let inner = self.body(&mut scope.clone(), fuel.saturating_sub(1));
        Grown { code: vec![Code::block(open, inner.code, "}")], instant: inner.instant }
    }

    /// `let k = move |v: i64| J; T[k]`.
    fn join_point(&mut self, scope: &mut Scope, fuel: u32) -> Grown {
        self.join_points += 1;
        let (name, parameter) = (format!("k{}", self.join_points), self.int_name());
        let mut inside = scope.clone();
        let after = self.in_closure(|grower| {
            inside.declare_int(parameter, false);
            grower.body(&mut inside, fuel.saturating_sub(1))
        });
        let open = format!("let {name} = move |{parameter}: i64| {{");
        let mut code = vec![Code::block(open, after.code, "};")];
        let mut branch = scope.clone();
        branch.completion = Completion { name, answer: Answer::Int, boxed: false };
        let before = self.body(&mut branch, fuel.saturating_sub(1));
        code.extend(before.code);
        Grown { code, instant: before.instant && after.instant }
    }

    /// An operation, or a function of this program, that answers with a number.
    pub(super) fn call(&mut self, scope: &Scope) -> Call {
        let argument = format!("{}{}", self.inline_comment(), self.expr(scope));
        let callees: Vec<Callee> =
            self.callees.iter().chain(&self.itself).filter(|c| c.answer == Answer::Int).cloned().collect();
        if !callees.is_empty() && self.percent(30) {
            let callee = self.pick(&callees);
            let itself = self.itself.as_ref().is_some_and(|itself| itself.name == callee.name);
            self.called_others |= !itself;
            let rounds = match (itself, callee.recursive) {
                (true, _) => "left - 1, ",
                (_, true) => "2, ",
                _ => "",
            };
            let head = format!("{}({rounds}{argument}, ", callee.name);
            return Call { head, boxed: callee.boxed, instant: callee.instant };
        }
        let tag = self.tag();
        match self.weighted(&[30, 40, 12, 6, 6]) {
            0 => Call { head: format!("op({tag}, {argument}, "), boxed: false, instant: false },
            1 => Call { head: format!("op_boxed({tag}, {argument}, "), boxed: true, instant: false },
            2 => Call { head: format!("op_maybe_now({tag}, {argument}, "), boxed: true, instant: true },
            3 => {
                Call { head: format!("Client::new({tag}).op(0, {argument}, "), boxed: false, instant: false }
            }
            _ => Call {
                head: format!("Client::new({tag}).inner.op({argument}, "),
                boxed: false,
                instant: false,
            },
        }
    }

    /// `f(a, move |p| C); R`.
    pub(super) fn suspend(&mut self, scope: &mut Scope, fuel: u32) -> Grown {
        let call = self.call(scope);
        let parameter = self.int_name();
        let mutable = self.percent(10);
        let mut inner = scope.clone();
        let body = self.in_closure(|grower| {
            inner.declare_int(parameter, mutable);
            grower.body(&mut inner, fuel.saturating_sub(1))
        });
        let parameter = if mutable { format!("mut {parameter}") } else { parameter.to_owned() };
        self.with_callback(scope, call, &parameter, body)
    }

    /// The call with its callback and the code after it.
    pub(super) fn with_callback(
        &mut self,
        scope: &mut Scope,
        call: Call,
        parameter: &str,
        body: Grown,
    ) -> Grown {
        let instant = call.instant && body.instant;
        let rest = if instant { vec![] } else { self.rest(scope, 45) };
        let (open, close) = if call.boxed { ("Box::new(", "}))") } else { ("", "})") };
        let stop = if rest.is_empty() && self.percent(50) { "" } else { ";" };
        let open = format!("{}{open}move |{parameter}| {{", call.head);
        let mut code = vec![Code::block(open, body.code, format!("{close}{stop}"))];
        code.extend(rest);
        Grown { code, instant }
    }

    /// Code after a call, with the given chance.
    pub(super) fn rest(&mut self, scope: &mut Scope, chance: u32) -> Vec<Code> {
        if !self.percent(chance) {
            return vec![];
        }
        let mut rest = self.statements(scope, 3, Allowed::REST, &mut false);
        // A comment alone is not code after the call.
        if rest.iter().all(|code| matches!(code, Code::Line(text) if text.starts_with("//"))) {
            rest.clear();
        }
        rest
    }
}

/// Makes a statement of a final expression.
fn end_with_semicolon(code: &mut [Code]) {
    match code.last_mut() {
        Some(Code::Line(text) | Code::Block { close: text, .. }) if !text.ends_with([';', '}']) => {
            text.push(';')
        }
        _ => {}
    }
}
