//! One module of callback functions, and the file in which its versions stand together.

use crate::generate::{Program, RoundTrip};
use crate::sources::Pair;

/// What every version starts with.
const HEADER: &str = "use std::cell::{Cell, RefCell};\n\
                      use std::rc::Rc;\n\
                      use std::sync::{Arc, Mutex};\n\
                      use uncallback_tests::trace::ops::*;\n\
                      use uncallback_tests::trace::*;\n";

/// Pairs that are about a drop which the readable style takes for invisible.
const NOT_EXACT_TO_READ: [&str; 2] =
    ["temporary_of_a_scrutinee_dies_with_its_turn", "unused_handle_dies_at_once"];

/// A module of callback functions, one of which is compared.
#[derive(Clone, Debug)]
pub struct Case {
    /// Used as a module name.
    pub name: String,
    /// The functions.
    pub source: String,
    /// The function that is compared.
    pub entry: String,
    /// Whether the attribute stands on the module, as functions that call each other need it; otherwise it stands on
    /// each function.
    pub together: bool,
    /// The shape of its completion, if it is not a plain one: a function of [`shapes`](crate::shapes).
    pub shape: Option<String>,
    /// Whether it takes a tracer as its first parameter.
    pub takes_tracer: bool,
    /// Whether the style that people read is exact for it as well. It assumes that the temporaries of a scrutinee and a
    /// value that a call returns and nobody keeps have no visible drop.
    pub readable: bool,
    /// Whether the version that the attribute makes is compared too.
    pub attribute: bool,
    /// Direct versions besides the one that the attribute makes: a name, and a file of functions.
    pub versions: Vec<(&'static str, String)>,
}

impl Case {
    /// The case of a random program.
    pub fn of_program(program: &Program) -> Self {
        Case {
            name: format!("p{}", program.seed),
            source: program.source(),
            together: program.together,
            entry: program.entry.into(),
            shape: program.shape.map(Into::into),
            takes_tracer: program.takes_tracer,
            readable: program.readable,
            attribute: true,
            versions: vec![],
        }
    }

    /// The case of a random async function and its callback form.
    pub fn of_round_trip(function: &RoundTrip) -> Self {
        Case {
            name: format!("r{}", function.seed),
            source: function.callback.clone(),
            together: false,
            entry: "run".into(),
            shape: None,
            takes_tracer: false,
            readable: true,
            attribute: true,
            versions: vec![("original", format!("{HEADER}\n{}", function.original))],
        }
    }

    /// The case of a hand-written pair.
    pub fn of_pair(pair: &Pair) -> Self {
        // A module of functions is a file of its own here.
        let inside = pair.source.trim_end().split_once('{').and_then(|(_, rest)| rest.strip_suffix('}'));
        let tracer = pair.shape.as_deref() == Some("with_tracer");
        Case {
            name: pair.name.clone(),
            source: match inside {
                Some(functions) if pair.together => functions.replace("pub(super)", "pub"),
                _ => format!("pub {}", pair.source),
            },
            together: pair.together,
            entry: if pair.together { "run".into() } else { pair.name.clone() },
            shape: pair.shape.clone().filter(|_| !tracer),
            takes_tracer: tracer,
            readable: !NOT_EXACT_TO_READ.contains(&pair.name.as_str()),
            attribute: true,
            versions: vec![],
        }
    }

    /// The callback version as a file of its own, as the command would see it.
    pub fn module(&self) -> String {
        format!("{HEADER}\n{}", self.source)
    }

    /// The names of all direct versions.
    pub fn version_names(&self) -> Vec<&'static str> {
        let attribute = self.attribute.then_some("attribute");
        attribute.into_iter().chain(self.versions.iter().map(|(name, _)| *name)).collect()
    }

    /// The file with all versions and a function that compares them.
    pub(super) fn file(&self) -> String {
        let mut file = format!("pub mod callback {{\n{}}}\n", self.module());
        if self.attribute && self.together {
            file += &format!("#[uncallback::uncallback]\npub mod attribute {{\n{}}}\n", self.module());
        } else if self.attribute {
            let marked = mark_functions(&self.source);
            file += &format!("pub mod attribute {{\n{HEADER}{marked}}}\n");
        }
        for (version, text) in &self.versions {
            file += &format!("pub mod {version} {{\n{text}}}\n");
        }
        let tracer = if self.takes_tracer { "uncallback_tests::trace::Tracer(70), " } else { "" };
        let entry = &self.entry;
        let callback = match &self.shape {
            Some(shape) => format!("uncallback_tests::shapes::{shape}(callback::{entry})"),
            None => format!("|x, done| callback::{entry}({tracer}x, done)"),
        };
        file += "pub fn check(child: &mut uncallback_tests::programs::Child) {\n";
        for version in self.version_names() {
            file += &format!(
                "    child.compare({name:?}, {version:?}, {callback}, |x| Box::pin({version}::{entry}({tracer}x)));\n",
                name = self.name,
            );
        }
        file + "}\n"
    }
}

/// Puts the attribute on each function that stands at the margin.
fn mark_functions(source: &str) -> String {
    let mut marked = String::new();
    for line in source.lines() {
        if line.starts_with("fn ") || line.starts_with("pub fn ") {
            marked += "#[uncallback::uncallback]\n";
        }
        marked += line;
        marked.push('\n');
    }
    marked
}
