//! Statements: what runs in a segment without ending it.

use super::Code;
use super::grower::Grower;
use super::scope::{Owned, Scope};

/// What statements may do here.
#[derive(Clone, Copy)]
pub(super) struct Allowed {
    /// Complete and leave (`if c { done(e); return; }`).
    pub(super) exits: bool,
    /// Start detached operations, whose callbacks own what they mention.
    pub(super) closures: bool,
}

impl Allowed {
    /// Before the end of a segment.
    pub(super) const ALL: Allowed = Allowed { exits: true, closures: true };
    /// After the call that took the completion away.
    pub(super) const REST: Allowed = Allowed { exits: false, closures: true };
    /// In a loop body, which runs several times.
    pub(super) const IN_LOOP: Allowed = Allowed { exits: false, closures: false };
}

impl Grower {
    /// Up to `most` statements. Early exits among them are told in `instant`.
    pub(super) fn statements(
        &mut self,
        scope: &mut Scope,
        most: u32,
        allowed: Allowed,
        instant: &mut bool,
    ) -> Vec<Code> {
        let mut code = vec![];
        for _ in 0..self.below(most + 1) {
            self.comment(&mut code);
            self.statement(scope, allowed, instant, &mut code);
        }
        code
    }

    fn statement(&mut self, scope: &mut Scope, allowed: Allowed, instant: &mut bool, code: &mut Vec<Code>) {
        match self.weighted(&[16, 10, 14, 8, 12, 12, 6, 10, 4, 4, 8, 3, 4]) {
            0 => {
                let (value, mutable) = (self.expr(scope), self.percent(50));
                let name = self.int_name();
                let keyword = if mutable { "let mut" } else { "let" };
                scope.declare_int(name, mutable);
                code.push(Code::line(format!("{keyword} {name} = {value};")));
            }
            1 => {
                let name = self.declare_owned(scope, Owned::Tracer);
                code.push(Code::line(format!("let {name} = Tracer({});", self.tracer())));
            }
            2 => {
                let value = self.expr(scope);
                code.push(Code::line(format!("emit({value});")));
            }
            3 => {
                let text = self.say(scope);
                code.push(text);
            }
            4 => {
                let mutable: Vec<_> =
                    scope.ints.iter().filter(|int| int.mutable).map(|int| int.name).collect();
                if !mutable.is_empty() {
                    let (name, sign) = (self.pick(&mutable), self.pick(&["=", "+=", "-="]));
                    let value = self.expr(scope);
                    code.push(Code::line(format!("{name} {sign} {value};")));
                }
            }
            5 => {
                let tracers = self.usable(scope, Owned::Tracer);
                if !tracers.is_empty() {
                    let tracer = self.pick(&tracers);
                    self.mention(tracer);
                    code.push(Code::line(format!("touch(&{});", tracer.name)));
                }
            }
            6 => {
                let cond = self.cond(scope);
                let no_exits = Allowed { exits: false, ..allowed };
                let then = self.statements(&mut scope.clone(), 2, no_exits, instant);
                let other = self.statements(&mut scope.clone(), 1, no_exits, instant);
                code.push(if other.is_empty() {
                    Code::block(format!("if {cond} {{"), then, "}")
                } else {
                    Code::if_else(&cond, then, other)
                });
            }
            7 if allowed.exits => {
                *instant = true;
                code.push(self.early_exit(scope));
            }
            8 => {
                let name = self.int_name();
                let bound = self.below(3) + 1;
                let mut inner = scope.clone();
                inner.declare_int(name, false);
                let mut body = self.statements(&mut inner, 2, Allowed::IN_LOOP, instant);
                if allowed.exits && self.percent(30) {
                    *instant = true;
                    body.push(self.early_exit(&inner));
                }
                code.push(Code::block(format!("for {name} in 0..{bound} {{"), body, "}"));
            }
            9 => {
                let label = self.pick(&["", "'a: "]);
                let mut body = self.statements(&mut scope.clone(), 3, allowed, instant);
                if !label.is_empty() {
                    let cond = self.cond(scope);
                    body.insert(0, Code::block(format!("if {cond} {{"), vec![Code::line("break 'a;")], "}"));
                }
                code.push(Code::block(format!("{label}{{"), body, "}"));
            }
            10 if allowed.closures => code.push(self.detached(scope)),
            11 => {
                let value = self.expr(scope);
                let name = self.declare_owned(scope, Owned::Shared);
                code.push(Code::line(format!("let {name} = Rc::new({value});")));
            }
            12 if allowed.exits => {
                *instant = true;
                let (value, answer) = (self.expr(scope), self.completed(scope));
                let name = self.int_name();
                let leave = vec![Code::line(format!("{answer};")), Code::line("return;")];
                let open = format!("let {name} = match {value} % 5 {{");
                let arms = vec![
                    Code::block(format!("{} => {{", self.below(5)), leave, "}"),
                    Code::line("other => other * 2,"),
                ];
                scope.declare_int(name, false);
                code.push(Code::block(open, arms, "};"));
            }
            _ => {}
        }
    }

    /// Completes and leaves.
    fn early_exit(&mut self, scope: &Scope) -> Code {
        let cond = self.cond(scope);
        let mut instant = true;
        let mut inner = scope.clone();
        let body = self.in_branch(|grower| {
            let mut body = grower.statements(&mut inner, 1, Allowed::REST, &mut instant);
            let answer = grower.completed(&inner);
            if grower.percent(25) {
                body.push(Code::line(format!("return {answer};")));
            } else {
                body.push(Code::line(format!("{answer};")));
                body.push(Code::line("return;"));
            }
            body
        });
        Code::block(format!("if {cond} {{"), body, "}")
    }

    /// An operation whose callback has nothing to do with the completion.
    fn detached(&mut self, scope: &Scope) -> Code {
        let (tag, argument, name) = (self.tag(), self.expr(scope), self.int_name());
        let mut inner = scope.clone();
        let repeated = self.percent(15);
        let body = self.in_closure(|grower| {
            // Names of the outside are the callback's own copies: it may change those that are mutable.
            inner.declare_int(name, false);
            let mut body = vec![Code::line(format!("emit({name});"))];
            body.extend(grower.statements(&mut inner, 2, Allowed::IN_LOOP, &mut false));
            body
        });
        let open = match repeated {
            true => format!("op_events({tag}, {argument}, 2, move |{name}| {{"),
            false => format!("op({tag}, {argument}, move |{name}| {{"),
        };
        Code::block(open, body, "});")
    }

    /// A text with captured names, which only the compiler sees.
    fn say(&mut self, scope: &Scope) -> Code {
        let names: Vec<_> = scope.ints.iter().map(|int| int.name).collect();
        let texts: Vec<_> = (0..=self.below(2)).map(|_| format!("{{{}}}", self.pick(&names))).collect();
        Code::line(format!("say(format!(\"{}\"));", texts.join(" ")))
    }

    /// A number.
    pub(super) fn expr(&mut self, scope: &Scope) -> String {
        let names: Vec<_> = scope.ints.iter().map(|int| int.name).collect();
        let (one, two) = (self.pick(&names), self.pick(&names));
        let literal = self.below(20);
        match self.weighted(&[4, 12, 10, 8, 3, 3]) {
            0 => literal.to_string(),
            1 => one.to_owned(),
            2 => format!("{one} {} {literal}", self.pick(&["+", "-", "*"])),
            3 => format!("{one} {} {two}", self.pick(&["+", "-"])),
            4 => format!("peek(&Tracer({}), {one})", self.tracer()),
            _ => match self.usable(scope, Owned::Shared)[..] {
                [shared, ..] => {
                    self.mention(shared);
                    format!("*{} + {one}", shared.name)
                }
                [] => one.to_owned(),
            },
        }
    }

    /// A condition.
    pub(super) fn cond(&mut self, scope: &Scope) -> String {
        let names: Vec<_> = scope.ints.iter().map(|int| int.name).collect();
        let (one, two) = (self.pick(&names), self.pick(&names));
        match self.below(4) {
            0 => format!("{one} % 2 == 0"),
            1 => format!("{one} > {}", self.below(60)),
            2 => format!("{one} < {two}"),
            _ => format!("{one} % 3 != {}", self.below(3)),
        }
    }
}
