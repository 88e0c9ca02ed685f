//! Source text as a tree of lines and blocks, which is all that printing and shrinking need to know.

/// A piece of source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// One line.
    Line(String),
    /// An opening line with a body, perhaps more of them (`} else {`), and a closing line.
    Block {
        /// Opening lines with the bodies under them.
        parts: Vec<(String, Vec<Code>)>,
        /// The closing line.
        close: String,
    },
}

impl Code {
    pub(super) fn line(text: impl Into<String>) -> Self {
        Code::Line(text.into())
    }

    pub(super) fn block(open: impl Into<String>, body: Vec<Code>, close: impl Into<String>) -> Self {
        Code::Block { parts: vec![(open.into(), body)], close: close.into() }
    }

    pub(super) fn if_else(cond: &str, then: Vec<Code>, other: Vec<Code>) -> Self {
        let parts = vec![(format!("if {cond} {{"), then), ("} else {".into(), other)];
        Code::Block { parts, close: "}".into() }
    }

    /// Appends the text, indented.
    pub(super) fn print(&self, level: usize, out: &mut String) {
        let mut put = |text: &str| {
            out.extend(std::iter::repeat_n("    ", level));
            out.push_str(text);
            out.push('\n');
        };
        match self {
            Code::Line(text) => put(text),
            Code::Block { parts, close } => {
                if let Some(line) = one_line(parts, close) {
                    return put(&line);
                }
                for (open, body) in parts {
                    out.extend(std::iter::repeat_n("    ", level));
                    out.push_str(open);
                    out.push('\n');
                    for code in body {
                        code.print(level + 1, out);
                    }
                }
                out.extend(std::iter::repeat_n("    ", level));
                out.push_str(close);
                out.push('\n');
            }
        }
    }

    /// All programs that are one piece smaller than this list.
    pub(crate) fn smaller(list: &[Code]) -> Vec<Vec<Code>> {
        let mut all = vec![];
        for at in 0..list.len() {
            let replaced = |with: Vec<Code>| {
                let mut copy = list.to_vec();
                copy.splice(at..=at, with);
                copy
            };
            all.push(replaced(vec![]));
            let Code::Block { parts, close } = &list[at] else { continue };
            for (_, body) in parts {
                all.push(replaced(body.clone()));
            }
            for (n, (open, body)) in parts.iter().enumerate() {
                for smaller in Code::smaller(body) {
                    let mut parts = parts.clone();
                    parts[n] = (open.clone(), smaller);
                    all.push(replaced(vec![Code::Block { parts, close: close.clone() }]));
                }
            }
        }
        all
    }
}

/// Closures and match arms of one expression often have no braces; whether they do depends on the text alone.
fn one_line(parts: &[(String, Vec<Code>)], close: &str) -> Option<String> {
    let [(open, body)] = parts else { return None };
    let [Code::Line(text)] = &body[..] else { return None };
    let expression = !text.ends_with(';') && !text.starts_with("//");
    if !expression || text.len() % 2 == 1 {
        return None;
    }
    if let Some(arm) = open.strip_suffix("=> {") {
        return Some(format!("{arm}=> {text},"));
    }
    let closure = open.strip_suffix("| {")?;
    Some(format!("{closure}| {text}{}", close.strip_prefix('}')?))
}
