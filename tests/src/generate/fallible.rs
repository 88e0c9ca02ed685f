//! Operations that can fail, and the shapes in which people look at their answers.

use super::Code;
use super::ends::Call;
use super::grower::{Grower, Grown};
use super::scope::{Answer, Scope};
use super::statements::Allowed;

impl Grower {
    pub(super) fn fallible_call(&mut self, name: &str, scope: &Scope) -> Call {
        let (tag, argument) = (self.tag(), self.expr(scope));
        Call { head: format!("{name}({tag}, {argument}, "), boxed: false, instant: false }
    }

    /// An operation that can fail, with both outcomes handled.
    pub(super) fn fallible(&mut self, scope: &mut Scope, fuel: u32) -> Grown {
        match self.below(8) {
            0..=3 => self.result(scope, fuel),
            4 | 5 => self.option(scope, fuel),
            6 => self.two_arguments(scope, fuel),
            _ => self.reference(scope, fuel),
        }
    }

    fn result(&mut self, scope: &mut Scope, fuel: u32) -> Grown {
        let call = self.fallible_call("op_result", scope);
        let body = self.in_closure(|grower| {
            let shape = grower.below(5);
            let failed = grower.failed(scope, fuel);
            let value = grower.int_name();
            let mut inner = scope.clone();
            inner.declare_int(value, false);
            let good = grower.body(&mut inner, fuel.saturating_sub(1));
            let e = if failed.named { "e" } else { "_" };
            let good_arm = Code::block(format!("Ok({value}) => {{"), good.code.clone(), "}");
            let code = match shape {
                0 => {
                    let bad_arm = Code::block(format!("Err({e}) => {{"), failed.code, "}");
                    let arms =
                        if grower.percent(50) { vec![good_arm, bad_arm] } else { vec![bad_arm, good_arm] };
                    vec![Code::block("match r {", arms, "}")]
                }
                1 => {
                    let bad_arm = Code::block(format!("Err({e}) => {{"), leaving(failed.code), "}");
                    let arms = vec![Code::line(format!("Ok({value}) => {value},")), bad_arm];
                    let head = Code::block(format!("let {value} = match r {{"), arms, "};");
                    [vec![head], good.code].concat()
                }
                2 => {
                    let head = Code::block(format!("if let Err({e}) = r {{"), leaving(failed.code), "}");
                    [vec![head, Code::line(format!("let {value} = r.unwrap();"))], good.code].concat()
                }
                3 if !failed.named => {
                    let head =
                        Code::block(format!("let Ok({value}) = r else {{"), leaving(failed.code), "};");
                    [vec![head], good.code].concat()
                }
                _ => {
                    let bad_arm = Code::block(format!("Err({e}) => {{"), failed.code, "}");
                    vec![Code::block("match r {", vec![bad_arm, good_arm], "}")]
                }
            };
            Grown { code, instant: failed.instant || good.instant }
        });
        self.with_callback(scope, call, "r", body)
    }

    /// What happens with an error `e`.
    fn failed(&mut self, scope: &Scope, fuel: u32) -> Failed {
        let name = scope.completion.name.clone();
        if scope.completion.answer == Answer::Res && self.percent(75) {
            let mut instant = true;
            let mut code = match self.percent(70) {
                true => vec![],
                false => self.in_branch(|grower| {
                    grower.statements(&mut scope.clone(), 1, Allowed::REST, &mut instant)
                }),
            };
            code.push(Code::line(match self.below(5) {
                0 => format!("{name}(Err(format!(\"{{e}}!\")))"),
                1 => format!("{name}(Err(e.to_uppercase()))"),
                _ => format!("{name}(Err(e))"),
            }));
            return Failed { code, instant, named: true };
        }
        let grown = self.in_branch(|grower| grower.body(&mut scope.clone(), fuel.saturating_sub(1)));
        Failed { code: grown.code, instant: grown.instant, named: false }
    }

    fn option(&mut self, scope: &mut Scope, fuel: u32) -> Grown {
        let call = self.fallible_call("op_option", scope);
        let body = self.in_closure(|grower| {
            let shape = grower.below(3);
            let nothing = match scope.completion.answer == Answer::Opt && grower.percent(70) {
                true => {
                    let name = &scope.completion.name;
                    Grown { code: vec![Code::line(format!("{name}(None)"))], instant: true }
                }
                false => grower.in_branch(|grower| grower.body(&mut scope.clone(), fuel.saturating_sub(1))),
            };
            let value = grower.int_name();
            let mut inner = scope.clone();
            inner.declare_int(value, false);
            let good = grower.body(&mut inner, fuel.saturating_sub(1));
            let instant = nothing.instant || good.instant;
            let code = match shape {
                0 => {
                    let head =
                        Code::block(format!("let Some({value}) = o else {{"), leaving(nothing.code), "};");
                    [vec![head], good.code].concat()
                }
                1 => {
                    let parts = vec![
                        (format!("if let Some({value}) = o {{"), good.code),
                        ("} else {".into(), nothing.code),
                    ];
                    vec![Code::Block { parts, close: "}".into() }]
                }
                _ => {
                    let arms = vec![
                        Code::block("None => {", nothing.code, "}"),
                        Code::block(format!("Some({value}) => {{"), good.code, "}"),
                    ];
                    vec![Code::block("match o {", arms, "}")]
                }
            };
            Grown { code, instant }
        });
        self.with_callback(scope, call, "o", body)
    }

    fn two_arguments(&mut self, scope: &mut Scope, fuel: u32) -> Grown {
        let call = self.fallible_call("op_two", scope);
        let value = self.int_name();
        let mut inner = scope.clone();
        let body = self.in_closure(|grower| {
            inner.declare_int(value, false);
            let even = grower.in_branch(|grower| grower.body(&mut inner.clone(), fuel.saturating_sub(1)));
            let odd = grower.in_branch(|grower| grower.body(&mut inner.clone(), fuel.saturating_sub(1)));
            let code = vec![Code::if_else("even", even.code, odd.code)];
            Grown { code, instant: even.instant || odd.instant }
        });
        self.with_callback(scope, call, &format!("{value}, even"), body)
    }

    /// The callback gets a reference, from which it takes an owned value first.
    fn reference(&mut self, scope: &mut Scope, fuel: u32) -> Grown {
        let call = self.fallible_call("op_str", scope);
        let value = self.int_name();
        let mut inner = scope.clone();
        let body = self.in_closure(|grower| {
            inner.declare_int(value, false);
            let mut code = vec![Code::line(format!("let {value} = text.len() as i64;"))];
            let next = grower.suspend(&mut inner, fuel.saturating_sub(1));
            code.extend(next.code);
            Grown { code, instant: next.instant }
        });
        self.with_callback(scope, call, "text: &str", body)
    }
}

struct Failed {
    code: Vec<Code>,
    instant: bool,
    /// Whether it mentions `e`.
    named: bool,
}

/// The same, with `return;` at its end unless it is there.
fn leaving(mut code: Vec<Code>) -> Vec<Code> {
    let returns = matches!(code.last(), Some(Code::Line(text)) if text.starts_with("return"));
    if !returns {
        if let Some(Code::Line(text) | Code::Block { close: text, .. }) = code.last_mut()
            && !text.ends_with([';', '}'])
        {
            text.push(';');
        }
        code.push(Code::line("return;"));
    }
    code
}
