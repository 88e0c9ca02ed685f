//! Several operations at the same time, of which the first one to answer wins.

use super::Code;
use super::grower::{Grower, Grown};
use super::scope::{Completion, Scope};
use super::statements::Allowed;

/// A callback that takes the completion out of the shared cell, as it is written at its call.
struct Racer {
    /// What the closure is called with.
    parameter: &'static str,
    body: Vec<Code>,
}

impl Grower {
    /// Two or three operations, or one for each turn of a loop.
    pub(super) fn first_wins(&mut self, scope: &mut Scope, fuel: u32) -> Grown {
        let cell = format!("winner{}", self.tag());
        let made = self.pick(&["Rc::new(RefCell::new", "Rc::new(Cell::new"]);
        let mut code = vec![Code::line(format!("let {cell} = {made}(Some({})));", scope.completion.name))];
        if self.percent(25) {
            code.extend(self.first_of_a_list(scope, &cell));
            return Grown { code, instant: false };
        }
        let count = 2 + usize::from(self.percent(25));
        let mut instant = false;
        for number in 1..=count {
            let is_last = number == count;
            instant = self.racer(scope, &cell, number, is_last, fuel, &mut code);
            if self.percent(25) && !(is_last && instant) {
                code.extend(self.statements(scope, 2, Allowed::REST, &mut false));
            }
        }
        Grown { code, instant }
    }

    /// One of them. Whether it may answer before the call returns.
    fn racer(
        &mut self,
        scope: &mut Scope,
        cell: &str,
        number: usize,
        is_last: bool,
        fuel: u32,
        code: &mut Vec<Code>,
    ) -> bool {
        let mut call = self.call(scope);
        while call.instant && !is_last {
            call = self.call(scope);
        }
        let clone = format!("{cell}_{number}");
        let (name, form) = if is_last { (cell, 0) } else { (&*clone, self.below(3)) };
        let racer = self.in_closure(|grower| grower.taking(&mut scope.clone(), name, fuel));
        let (open, close) = if call.boxed { ("Box::new(", ")") } else { ("", "") };
        let head = format!("{}{open}", call.head);
        let closure = format!("move |{}| {{", racer.parameter);
        let cloned = Code::line(format!("let {clone} = {cell}.clone();"));
        match form {
            0 => {
                if !is_last {
                    code.push(cloned);
                }
                code.push(Code::block(format!("{head}{closure}"), racer.body, format!("}}{close});")));
            }
            1 => {
                let call = Code::block(format!("{head}{closure}"), racer.body, format!("}}{close});"));
                code.push(Code::block("{", vec![cloned, call], "}"));
            }
            _ => {
                let prepared = vec![cloned, Code::block(closure, racer.body, "}")];
                code.push(Code::block(format!("{head}{{"), prepared, format!("}}{close});")));
            }
        }
        call.instant
    }

    /// What a callback does: perhaps something before it takes, perhaps another operation first.
    fn taking(&mut self, inner: &mut Scope, cell: &str, fuel: u32) -> Racer {
        let parameter = self.int_name();
        inner.declare_int(parameter, false);
        let mut body = vec![];
        if self.percent(50) {
            body.extend(self.statements(inner, 2, Allowed::REST, &mut false));
        }
        if self.percent(20) {
            let (tag, argument) = (self.tag(), self.expr(inner));
            let next = self.in_closure(|grower| grower.taking(&mut inner.clone(), cell, 0));
            let open = format!("op({tag}, {argument}, move |{}| {{", next.parameter);
            body.push(Code::block(open, next.body, "});"));
        } else {
            body.extend(self.taken(inner, cell, fuel));
        }
        Racer { parameter, body }
    }

    /// Takes the completion and goes on with it.
    fn taken(&mut self, scope: &Scope, cell: &str, fuel: u32) -> Vec<Code> {
        let mut inner = scope.clone();
        inner.completion = Completion { name: "answer".into(), ..scope.completion.clone() };
        let winner = match self.percent(50) {
            true => self.completed_alone(&inner),
            false => self.body(&mut inner, fuel.saturating_sub(1)).code,
        };
        match self.below(5) {
            0 => {
                let mut code =
                    vec![Code::line(format!("let Some(answer) = {cell}.take() else {{ return }};"))];
                code.extend(winner);
                code
            }
            1 => {
                let some = Code::block("Some(answer) => {", winner, "}");
                vec![Code::block(
                    format!("match {cell}.take() {{"),
                    vec![some, Code::line("None => {}")],
                    "}",
                )]
            }
            2 => vec![
                Code::line(format!("let taken = {cell}.take();")),
                Code::block("if let Some(answer) = taken {", winner, "}"),
            ],
            _ => vec![Code::block(format!("if let Some(answer) = {cell}.take() {{"), winner, "}")],
        }
    }

    /// Nothing but the answer.
    fn completed_alone(&mut self, scope: &Scope) -> Vec<Code> {
        let answer = self.completed(scope);
        vec![Code::line(if self.percent(50) { answer } else { format!("{answer};") })]
    }

    fn first_of_a_list(&mut self, scope: &Scope, cell: &str) -> Vec<Code> {
        let mut inner = scope.clone();
        // Each turn would move them away.
        inner.owned.clear();
        let racer = self.in_closure(|grower| grower.taking(&mut inner, cell, 0));
        let (tag, count) = (self.tag(), self.below(3) + 1);
        let open = format!("op({tag}, i as i64, move |{}| {{", racer.parameter);
        let each =
            vec![Code::line(format!("let {cell} = {cell}.clone();")), Code::block(open, racer.body, "});")];
        vec![Code::block(format!("for i in 0..{count}usize {{"), each, "}")]
    }
}
