//! An operation that calls back again and again, and answers once.

use super::Code;
use super::grower::{Grower, Grown};
use super::scope::{Completion, Scope};
use super::statements::Allowed;

impl Grower {
    /// Four events, of which one answers; what the callback does is done for the others as well.
    pub(super) fn repeated(&mut self, scope: &mut Scope, fuel: u32) -> Grown {
        let (tag, done) = (self.tag(), scope.completion.name.clone());
        let (cell, left) = (format!("waiting{tag}"), format!("left{tag}"));
        let (before, answering) = (self.below(3), self.below(3));
        let made = match self.below(3) {
            0 => Code::line(format!("let {cell} = Rc::new(RefCell::new(Some({done})));")),
            _ => Code::line(format!("let mut {cell} = Some({done});")),
        };
        let parameter = self.int_name();
        let argument = self.expr(scope);
        let mut inner = scope.clone();
        // A callback that comes again can't give away what it has captured.
        inner.owned.clear();
        let counts = answering > 0 || self.percent(50);
        let body = self.in_closure(|grower| {
            inner.declare_int(parameter, false);
            let mut body = match before {
                0 => grower.statements(&mut inner, 2, Allowed::IN_LOOP, &mut false),
                _ => vec![],
            };
            let mut winner = inner.clone();
            winner.completion = Completion { name: "answer".into(), ..inner.completion.clone() };
            let take = format!("if let Some(answer) = {cell}.take() {{");
            let take = Code::block(take, grower.body(&mut winner, fuel.saturating_sub(1)).code, "}");
            match counts {
                true => {
                    body.push(Code::line(format!("{left} -= 1;")));
                    body.push(Code::block(format!("if {left} == 0 {{"), vec![take], "}"));
                }
                false => body.push(take),
            }
            body
        });
        let mut code = vec![made];
        if counts {
            code.push(Code::line(format!("let mut {left} = {};", answering + 1)));
        }
        let open = format!("op_events({tag}, {argument}, 4, move |{parameter}| {{");
        code.push(Code::block(open, body, "});"));
        code.extend(self.rest(scope, 40));
        Grown { code, instant: false }
    }
}
