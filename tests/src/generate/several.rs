//! Several operations at the same time, joined as people join them by hand.

use super::Code;
use super::grower::{Grower, Grown};
use super::scope::{Answer, Scope};

impl Grower {
    pub(super) fn several(&mut self, scope: &mut Scope, fuel: u32) -> Grown {
        // A join point in a cell stays there, with its callbacks; those can't call converted functions.
        let is_join_point = scope.completion.name.starts_with('k');
        if !is_join_point && self.percent(50) {
            return match self.percent(60) {
                true => self.first_wins(scope, fuel),
                false => self.repeated(scope, fuel),
            };
        }
        if scope.completion.answer == Answer::Res && !is_join_point {
            return Grown { code: self.first_error(scope), instant: false };
        }
        if scope.completion.answer != Answer::Int {
            return self.pass_on(scope);
        }
        let code = match self.percent(50) {
            true => self.counter_join(scope),
            false => self.list(scope),
        };
        Grown { code, instant: false }
    }

    /// An effect of a branch before it writes its slot, or nothing.
    fn prefix(&mut self) -> Vec<Code> {
        if self.percent(50) { vec![Code::line("emit(v);")] } else { vec![] }
    }

    fn counter_join(&mut self, scope: &Scope) -> Vec<Code> {
        let done = &scope.completion.name;
        let mut code = vec![
            Code::line("let left = Rc::new(Cell::new(2));"),
            Code::line("let first = Rc::new(Cell::new(0));"),
            Code::line("let second = Rc::new(Cell::new(0));"),
            Code::line(format!("let last = Rc::new(RefCell::new(Some({done})));")),
        ];
        let finish = "last.take().unwrap()(first.get() * 10 + second.get())";
        for slot in ["first", "second"] {
            let mut body = self.prefix();
            body.push(Code::line(format!("{slot}.set(v);")));
            body.push(Code::line("left.set(left.get() - 1);"));
            body.push(Code::block("if left.get() == 0 {", vec![Code::line(finish)], "}"));
            let (tag, argument) = (self.tag(), self.expr(scope));
            let open = format!("op({tag}, {argument}, move |v| {{");
            let operation = Code::block(open, body, "});");
            if slot == "first" {
                let clones = "let (left, first, second, last) = \
                              (left.clone(), first.clone(), second.clone(), last.clone());";
                code.push(Code::block("{", vec![Code::line(clones), operation], "}"));
            } else {
                code.push(operation);
            }
        }
        code
    }

    /// A list that is counted down, or ended by the first error.
    fn first_error(&mut self, scope: &Scope) -> Vec<Code> {
        let done = &scope.completion.name;
        let take =
            || Code::block("if let Some(answer) = last.take() {", vec![Code::line("answer(Err(e))")], "}");
        let count = vec![
            Code::line("sum.set(sum.get() % 1000 + v);"),
            Code::line("left.set(left.get() - 1);"),
            Code::block("if left.get() == 0 {", vec![Code::line("last.take().unwrap()(Ok(sum.get()))")], "}"),
        ];
        let mut counted = self.prefix();
        counted.extend(count);
        let body = match self.percent(50) {
            true => {
                let ok = Code::block("Ok(v) => {", counted, "}");
                let err = Code::block("Err(e) => {", vec![take()], "}");
                let arms = if self.percent(50) { vec![ok, err] } else { vec![err, ok] };
                vec![Code::block("match r {", arms, "}")]
            }
            false => {
                let mut failed = vec![Code::line("emit(-1);")];
                failed.extend([take(), Code::line("return;")]);
                let arms = vec![Code::line("Ok(v) => v,"), Code::block("Err(e) => {", failed, "}")];
                let mut body = vec![Code::block("let v = match r {", arms, "};")];
                body.extend(counted);
                body
            }
        };
        let (tag, number, count) = (self.tag(), self.expr(scope), self.below(3) + 1);
        let each = vec![
            Code::line("let (sum, left, last) = (sum.clone(), left.clone(), last.clone());"),
            Code::block(format!("op_result({tag}, i, move |r| {{"), body, "});"),
        ];
        vec![
            Code::line("let sum = Rc::new(Cell::new(0));"),
            Code::line(format!("let left = Rc::new(Cell::new({count}));")),
            Code::line(format!("let last = Rc::new(RefCell::new(Some({done})));")),
            Code::line(format!("let first = {number};")),
            Code::block(format!("for i in first..first + {count} {{"), each, "}"),
        ]
    }

    fn list(&mut self, scope: &Scope) -> Vec<Code> {
        let done = &scope.completion.name;
        let (count, by_index) = (self.below(3) + 1, self.percent(50));
        let (start, write) = match by_index {
            true => (format!("vec![0; {count}]"), "out.borrow_mut()[i] = v;"),
            false => ("Vec::new()".to_owned(), "out.borrow_mut().push(v);"),
        };
        let mut body = self.prefix();
        let finish = vec![
            Code::line("let answers: Vec<i64> = out.take();"),
            Code::line("last.take().unwrap()(answers.iter().fold(7, |all, one| all * 3 + one))"),
        ];
        body.push(Code::line(write));
        body.push(Code::line("left.set(left.get() - 1);"));
        body.push(Code::block("if left.get() == 0 {", finish, "}"));
        let tag = self.tag();
        let each = vec![
            Code::line("let (out, left, last) = (out.clone(), left.clone(), last.clone());"),
            Code::block(format!("op({tag}, i as i64, move |v| {{"), body, "});"),
        ];
        vec![
            Code::line(format!("let out = Rc::new(RefCell::new({start}));")),
            Code::line(format!("let left = Rc::new(Cell::new({count}usize));")),
            Code::line(format!("let last = Rc::new(RefCell::new(Some({done})));")),
            Code::block(format!("for i in 0..{count}usize {{"), each, "}"),
        ]
    }
}
