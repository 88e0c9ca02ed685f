//! What a piece of a program may mention.

/// A binding of a number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Int {
    pub(super) name: &'static str,
    pub(super) mutable: bool,
}

/// What an owned binding holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owned {
    /// A `Tracer`.
    Tracer,
    /// An `Rc<i64>`.
    Shared,
}

/// A binding that a `move` closure takes away.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binding {
    pub(super) name: &'static str,
    pub(super) kind: Owned,
    /// Tells bindings of the same name apart.
    pub(super) number: usize,
}

/// What a completion delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Int,
    Res,
    Opt,
}

impl Answer {
    pub(super) fn ty(self) -> &'static str {
        match self {
            Answer::Int => "i64",
            Answer::Res => "Result<i64, String>",
            Answer::Opt => "Option<i64>",
        }
    }
}

/// The name that denotes the completion here.
#[derive(Clone, Debug)]
pub(super) struct Completion {
    pub(super) name: String,
    pub(super) answer: Answer,
    /// Whether it is a box already.
    pub(super) boxed: bool,
}

/// The names in scope.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) ints: Vec<Int>,
    pub(super) owned: Vec<Binding>,
    pub(super) completion: Completion,
}

impl Scope {
    pub(super) fn new(completion: Completion) -> Self {
        Scope { ints: vec![], owned: vec![], completion }
    }

    pub(super) fn declare_int(&mut self, name: &'static str, mutable: bool) {
        self.ints.retain(|int| int.name != name);
        self.ints.push(Int { name, mutable });
    }

    pub(super) fn declare_owned(&mut self, binding: Binding) {
        self.owned.retain(|old| old.name != binding.name);
        self.owned.push(binding);
    }
}
