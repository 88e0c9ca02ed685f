//! What a user can ask for.

/// How the output is going to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// By the compiler alone: the most careful form, whatever it looks like.
    #[default]
    Strict,
    /// By people: the flattest form that is exact, `?` where it means the same.
    Readable,
}

/// The options of a conversion, from the attribute's arguments or the command line.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Who reads the output.
    pub style: Style,
    /// What stands before the names of the core crate in generated code, such as `::uncallback::`; empty if they are imported.
    pub root: String,
    /// `wrap`: keep the body and await its completion where it cannot be flattened.
    pub wrap: bool,
    /// `eager`: the part before the first suspension runs when the function is called.
    pub eager: bool,
    /// `keep`: the callback function stays, and the async one is named after it.
    pub keep: bool,
    /// `name = ".."`: the name of the async function.
    pub name: Option<String>,
    /// `done = param`: which parameter is the completion.
    pub done: Option<String>,
}
