//! Programs with exactly one side condition broken, and their near misses: what stands one step on the right side of it.
//!
//! An accepted program is changed in one place, which is drawn among all places of its last function where the change
//! fits. So a condition is broken behind calls, in branches, in callbacks and at join points alike. The changed program is
//! for the rewriter only: it need not compile.

use super::{Code, Program};

/// How a side condition is broken.
pub struct Break {
    /// What the rewriter must say.
    pub code: &'static str,
    /// Where: this text, in the line that has [`MARK`] in it.
    pub place: &'static str,
    /// The function is converted nevertheless, and the difference is named.
    pub is_note: bool,
    /// What the rewriter is asked for.
    pub options: &'static str,
    /// What the direct style of the unchanged program must have in it.
    pub needs: &'static str,
    broken: &'static [Change],
    near: &'static [Change],
}

/// Stands in the line that a finding must be about, and nowhere else.
pub const MARK: &str = "990";

/// One change of the last function.
enum Change {
    /// Its head: what is replaced, and by what.
    Head(&'static str, &'static str),
    /// These lines at its beginning.
    First(&'static [&'static str]),
    /// These lines at its end, in a function whose callbacks are counted down by `left`.
    Last(&'static [&'static str]),
    /// These lines instead of one of its answers.
    Answer(&'static [&'static str]),
}

use Change::{Answer, First, Head, Last};

const KNOWN: &str = "exact, callees(later(op, op_boxed, op_result, op_option, op_pair, op_str, op_two, op_unit, \
                     op_handle), at_once(op_maybe_now))";

const fn refused(
    code: &'static str,
    place: &'static str,
    broken: &'static [Change],
    near: &'static [Change],
) -> Break {
    Break { code, place, is_note: false, options: "", needs: "", broken, near }
}

/// One for each code that a change of a program can lead to.
pub const BREAKS: &[Break] = &[
    refused(
        "UC01",
        "if",
        &[Answer(&["if x > 990 { done(991); }"])],
        &[Answer(&["if x > 990 { done(991); } else { panic!() }"])],
    ),
    refused(
        "UC02",
        "done(990)",
        &[Answer(&["done(991);", "done(990);"])],
        &[Answer(&["if x > 991 { done(991); return; }", "done(990);"])],
    ),
    refused(
        "UC03",
        "emit(990);",
        &[Answer(&["done(991);", "emit(990);"])],
        &[Answer(&["done(991);", "drop(990);"])],
    ),
    Break {
        options: "callees(at_once(op_maybe_now))",
        ..refused(
            "UC04",
            "emit(990)",
            &[Answer(&["op_maybe_now(991, 1, Box::new(move |v| done(v)));", "emit(990);"])],
            &[Answer(&["emit(990);", "op_maybe_now(991, 1, Box::new(move |v| done(v)));"])],
        )
    },
    refused(
        "UC05",
        "Box::new(done)",
        &[Answer(&["queue990.push(Box::new(done));"])],
        &[Answer(&["op_boxed(990, 1, Box::new(done));"])],
    ),
    refused(
        "UC06",
        "s: &mut String",
        &[Answer(&["op_text(990, move |s: &mut String| op(991, 1, move |v| done(v)));"])],
        &[Answer(&[
            "op_text(990, move |s: &str| { let n = s.len() as i64; op(991, n, move |v| done(v)) });",
        ])],
    ),
    refused(
        "UC07",
        "|v| done(v)",
        &[Answer(&["Some(990).map(|v| done(v));"])],
        &[Answer(&["done(Some(990).map(|v| v + 1).unwrap_or(0));"])],
    ),
    refused("UC08", "done(990)", &[Answer(&["let more = done(990);"])], &[Answer(&["let _ = done(990);"])]),
    refused(
        "UC09",
        "done",
        &[Answer(&["println!(\"{:?}\", done(990));"])],
        &[Answer(&["println!(\"{}\", 990);", "done(991);"])],
    ),
    refused("UC10", "[u8; 990]", &[Head(") {", ") -> [u8; 990] {")], &[Head(") {", ") -> () {")]),
    Break {
        is_note: true,
        needs: "join(",
        ..refused("UC11", "left", &[Last(&["emit(left.get() - 990);"])], &[Last(&["emit(990);"])])
    },
    refused(
        "UC12",
        "for",
        &[Answer(&["for _ in 0..990 { done(1); }"])],
        &[Answer(&["for n in 0..990 { if n > 3 { done(1); return; } }", "done(991);"])],
    ),
    Break {
        is_note: true,
        ..refused(
            "UC13",
            "done(990)",
            &[Answer(&["let g = m.lock().unwrap();", "done(990);"])],
            &[Answer(&["{ let g = m.lock().unwrap(); }", "done(990);"])],
        )
    },
    refused(
        "UC14",
        "second990",
        &[Head("x: i64, ", "x: i64, first: Box<dyn FnOnce(i64)>, second990: Box<dyn FnOnce(i64)>, ")],
        &[Head("x: i64, ", "x: i64, first: Box<i64>, second: Box<i64>, ")],
    ),
    refused(
        "UC15",
        "done(990)",
        &[Answer(&["let again = done.clone();", "again(991);", "done(990);"])],
        &[Answer(&["let again = done.clone();", "if x > 991 { again(991); return; }", "done(990);"])],
    ),
    refused(
        "UC16",
        "[T; 990]",
        &[
            Head("run(x: i64, done: Box<dyn FnOnce(i64)>)", "run<T>(x: i64, done: Box<dyn FnOnce(T)>)"),
            Answer(&["run(x, Box::new(move |v: [T; 990]| done(v.first())));"]),
        ],
        &[
            Head("run(x: i64, done: Box<dyn FnOnce(i64)>)", "run<T>(x: i64, done: Box<dyn FnOnce(T)>)"),
            Answer(&["run(x, Box::new(move |v: T| done(v)));"]),
        ],
    ),
    refused(
        "UC17",
        "[x, 990]",
        &[
            Head("(x: i64, done", "([x, 990]: [i64; 2], done"),
            Answer(&["op(991, 1, move |v| run([v, v], done));"]),
        ],
        &[Head("(x: i64, done", "(x: i64, done"), Answer(&["op(991, 1, move |v| run(v, done));"])],
    ),
    refused(
        "UC18",
        "async",
        &[Head("fn run(", "async fn run("), Head("x: i64", "x: [i64; 990]")],
        &[Head("fn run(", "unsafe fn run(")],
    ),
    refused(
        "UC19",
        "op(990, 1, done)",
        &[Answer(&["let early = done.clone();", "op(991, 1, move |v| early(v));", "op(990, 1, done);"])],
        &[Answer(&["op(991, 1, move |v| emit(v));", "op(990, 1, done);"])],
    ),
    Break {
        options: "eager",
        ..refused(
            "UC20",
            "run",
            &[
                Head("x: i64", "x: i64, name: &[u8; 990]"),
                First(&["if name.is_empty() { done(991); return; }"]),
            ],
            &[
                Head("x: i64", "x: i64, name: [u8; 990]"),
                First(&["if name.is_empty() { done(991); return; }"]),
            ],
        )
    },
    refused(
        "UC21",
        "rx.recv()",
        &[First(&[
            "let (tx, rx) = mpsc::channel();",
            "op(991, 1, move |v| tx.send(v).unwrap());",
            "emit(rx.recv().unwrap() - 990);",
        ])],
        &[First(&[
            "let (tx, rx) = mpsc::channel();",
            "op(991, 1, move |v| tx.send(v).unwrap());",
            "emit(rx.try_recv().unwrap_or(990));",
        ])],
    ),
    refused(
        "UC22",
        "move |_| done(990)",
        &[Answer(&["STATE.with(move |_| done(990));"])],
        &[Answer(&["let s = STATE.with(|s| s.get() - 990);", "done(s);"])],
    ),
    Break {
        options: KNOWN,
        ..refused(
            "UC23",
            "unheard",
            &[Answer(&["unheard(990, 1, done);"])],
            &[Answer(&["op(990, 1, done);"])],
        )
    },
];

impl Break {
    /// The program with its condition broken, and its near miss; nothing where the changes do not fit it.
    pub fn of(&self, program: &Program, draw: usize) -> Option<(String, String)> {
        if program.entry != "run" || program.shape.is_some() {
            return None;
        }
        let changed = |changes: &[Change]| {
            let mut program = program.clone();
            let Some(Code::Block { parts, .. }) = program.functions.last_mut() else { return None };
            let [(head, body)] = &mut parts[..] else { return None };
            changes.iter().try_for_each(|change| change.make(head, body, draw))?;
            Some(program.source())
        };
        Some((changed(self.broken)?, changed(self.near)?))
    }
}

impl Change {
    fn make(&self, head: &mut String, body: &mut Vec<Code>, draw: usize) -> Option<()> {
        let lines = |texts: &[&str]| texts.iter().map(|text| Code::line(*text)).collect::<Vec<_>>();
        match self {
            Head(from, to) => {
                head.contains(from).then(|| *head = head.replacen(from, to, 1))?;
            }
            First(texts) => drop(body.splice(0..0, lines(texts))),
            Last(texts) => {
                let counts = |code: &Code| matches!(code, Code::Line(text) if text.starts_with("let left ="));
                body.iter().any(counts).then(|| body.extend(lines(texts)))?;
            }
            Answer(texts) => {
                let count = answers(body, &mut |_| false);
                let mut number = draw % count.max(1);
                answers(body, &mut |list| {
                    let is_it = number == 0;
                    number = number.wrapping_sub(1);
                    if is_it {
                        list.pop();
                        list.extend(lines(texts));
                    }
                    is_it
                });
                (count > 0).then_some(())?;
            }
        }
        Some(())
    }
}

/// Visits the lists of statements that end in `done(..)`, until `see` wants no more; counts them.
fn answers(list: &mut Vec<Code>, see: &mut dyn FnMut(&mut Vec<Code>) -> bool) -> usize {
    let mut count = 0;
    for code in list.iter_mut() {
        if let Code::Block { parts, .. } = code {
            count += parts.iter_mut().map(|(_, body)| answers(body, see)).sum::<usize>();
        }
    }
    // One behind `return` may be an early end, which is none without it.
    let ends_in_answer = matches!(list.last(), Some(Code::Line(text)) if text.starts_with("done("));
    if ends_in_answer {
        count += 1;
        see(list);
    }
    count
}
