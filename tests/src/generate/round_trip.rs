//! Random async functions, together with their callback form.
//!
//! From direct style to callbacks is the easy direction: what follows an `await` becomes the callback, what follows a
//! branch becomes a continuation closure that both sides call. The rewriter has to find the way back.

use super::Code;
use super::grower::Grower;
use super::scope::{Answer, Completion, Scope};

/// A random async function and the same function in callback style. Both are called `run`.
#[derive(Clone, Debug)]
pub struct RoundTrip {
    /// Which random function this is.
    pub seed: u64,
    /// The async function.
    pub original: String,
    /// The callback function.
    pub callback: String,
}

enum Step {
    Line(String),
    /// `let name = call!(..).await;`, with the call up to its callback.
    Await(&'static str, String),
    /// The same with `?`.
    Question(&'static str, String),
    /// `let name = if cond { .. } else { .. };`
    Choose(&'static str, String, Block, Block),
    /// `if cond { return value; }`
    Return(String, String),
}

struct Block {
    steps: Vec<Step>,
    value: String,
}

impl RoundTrip {
    /// The function of a seed.
    pub fn new(seed: u64, size: u32) -> Self {
        let mut grower = Grower::new(seed);
        let answer = grower.pick(&[Answer::Int, Answer::Res]);
        let mut scope = Scope::new(Completion { name: "done".into(), answer, boxed: true });
        scope.declare_int("x", false);
        let block = grower.block(&mut scope, size, true);
        let ty = answer.ty();
        let original =
            Code::block(format!("pub async fn run(x: i64) -> {ty} {{"), direct(&block, answer), "}");
        let head = format!("pub fn run(x: i64, done: Box<dyn FnOnce({ty})>) {{");
        let mut names = 0;
        let callback =
            Code::block(head, callbacks(&block.steps, &block.value, "done", answer, &mut names), "}");
        let print = |code: Code| {
            let mut text = String::new();
            code.print(0, &mut text);
            text
        };
        RoundTrip { seed, original: print(original), callback: print(callback) }
    }
}

impl Grower {
    /// Steps and a value. Only the outermost block may leave the function.
    fn block(&mut self, scope: &mut Scope, size: u32, outermost: bool) -> Block {
        let mut steps = vec![];
        for _ in 0..=size + self.below(3) {
            let name = self.int_name();
            let fallible = outermost && scope.completion.answer == Answer::Res;
            match self.weighted(&[5, 3, 3, 2, if fallible { 4 } else { 0 }, if outermost { 2 } else { 0 }]) {
                0 => {
                    steps.push(Step::Await(name, self.operation("op", scope)));
                    scope.declare_int(name, false);
                }
                1 => {
                    steps.push(Step::Line(format!("let {name} = {};", self.number(scope))));
                    scope.declare_int(name, false);
                }
                2 => steps.push(Step::Line(format!("emit({});", self.number(scope)))),
                3 if size > 0 => {
                    let cond = self.cond(scope);
                    let then = self.block(&mut scope.clone(), size - 1, false);
                    let other = self.block(&mut scope.clone(), size - 1, false);
                    steps.push(Step::Choose(name, cond, then, other));
                    scope.declare_int(name, false);
                }
                4 => {
                    steps.push(Step::Question(name, self.operation("op_result", scope)));
                    scope.declare_int(name, false);
                }
                5 => steps.push(Step::Return(self.cond(scope), self.number(scope))),
                _ => {}
            }
        }
        Block { steps, value: self.number(scope) }
    }

    fn operation(&mut self, name: &str, scope: &Scope) -> String {
        format!("{name}({}, {}, ", self.tag(), self.number(scope))
    }

    /// A number without a temporary: an async function keeps those, a callback function does not.
    fn number(&mut self, scope: &Scope) -> String {
        let names: Vec<_> = scope.ints.iter().map(|int| int.name).collect();
        format!("{} {} {}", self.pick(&names), self.pick(&["+", "-", "*"]), self.below(9))
    }
}

fn answered(value: &str, answer: Answer) -> String {
    match answer {
        Answer::Res => format!("Ok({value})"),
        _ => value.to_owned(),
    }
}

fn direct(block: &Block, answer: Answer) -> Vec<Code> {
    let mut code: Vec<Code> = block.steps.iter().map(|step| direct_step(step, answer)).collect();
    code.push(Code::line(answered(&block.value, answer)));
    code
}

fn direct_step(step: &Step, answer: Answer) -> Code {
    match step {
        Step::Line(text) => Code::line(text),
        Step::Await(name, call) => Code::line(format!("let {name} = uncallback::call!({call}_)).await;")),
        Step::Question(name, call) => Code::line(format!("let {name} = uncallback::call!({call}_)).await?;")),
        Step::Choose(name, cond, then, other) => Code::Block {
            parts: vec![
                (format!("let {name} = if {cond} {{"), direct(then, Answer::Int)),
                ("} else {".into(), direct(other, Answer::Int)),
            ],
            close: "};".into(),
        },
        Step::Return(cond, value) => {
            let leave = Code::line(format!("return {};", answered(value, answer)));
            Code::block(format!("if {cond} {{"), vec![leave], "}")
        }
    }
}

/// The steps in callback style; the value goes to the continuation `k`.
fn callbacks(steps: &[Step], value: &str, k: &str, answer: Answer, names: &mut u32) -> Vec<Code> {
    let Some((first, rest)) = steps.split_first() else {
        return vec![Code::line(format!("{k}({})", answered(value, answer)))];
    };
    match first {
        Step::Line(text) => {
            let mut code = vec![Code::line(text)];
            code.extend(callbacks(rest, value, k, answer, names));
            code
        }
        Step::Await(name, call) => {
            let body = callbacks(rest, value, k, answer, names);
            vec![Code::block(format!("{call}move |{name}| {{"), body, "})")]
        }
        Step::Question(name, call) => {
            let good =
                Code::block(format!("Ok({name}) => {{"), callbacks(rest, value, k, answer, names), "}");
            let bad = Code::line(format!("Err(e) => {k}(Err(e)),"));
            let matched = Code::block("match r {", vec![bad, good], "}");
            vec![Code::block(format!("{call}move |r| {{"), vec![matched], "})")]
        }
        Step::Choose(name, cond, then, other) => {
            *names += 1;
            let next = format!("k{names}");
            let after = callbacks(rest, value, k, answer, names);
            let then = callbacks(&then.steps, &then.value, &next, Answer::Int, names);
            let other = callbacks(&other.steps, &other.value, &next, Answer::Int, names);
            let continuation = Code::block(format!("let {next} = move |{name}: i64| {{"), after, "};");
            vec![continuation, Code::if_else(cond, then, other)]
        }
        Step::Return(cond, early) => {
            let leave = vec![Code::line(format!("{k}({});", answered(early, answer))), Code::line("return;")];
            let mut code = vec![Code::block(format!("if {cond} {{"), leave, "}")];
            code.extend(callbacks(rest, value, k, answer, names));
            code
        }
    }
}
