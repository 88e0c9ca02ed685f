//! The CPS tree. Every leaf points into the syntax tree; nothing of the user's is rebuilt.
//!
//! ```text
//! emit(x);                              Step::Plain
//! if x < 0 { done(0); return; }         Step::Fork        completes and leaves, or falls through
//! fetch(x, move |a| { .. });            Last::Await       the rest runs before the callback's body
//! log();                                  .rest
//! ```
use std::cell::OnceCell;

use syn::{Expr, ExprClosure, Ident, Pat, Stmt};

use super::count_down::CountDown;
use super::first_wins::{FirstWins, Taken};
use super::place::Place;
use super::repeated::Repeated;
use crate::order::names::{self, Names};
use crate::recognise::Role;

/// Statements, of which the last one completes, or diverges, or (in a branch) leaves completing to the code behind it.
pub(crate) struct Seq<'a> {
    pub(crate) steps: Vec<Step<'a>>,
    pub(crate) last: Last<'a>,
    /// The user's braces round it, if it has some.
    pub(crate) braces: Option<&'a syn::token::Brace>,
    /// It ends in `return`: code behind the enclosing statement does not run after it.
    pub(crate) leaves: bool,
}

/// A statement before the one that completes.
pub(crate) enum Step<'a> {
    /// It has nothing to do with completions.
    Plain(&'a Stmt),
    /// It only names the completion anew; direct style has no use for it.
    Alias,
    /// A local continuation: `let k = move |v| ..;`
    Join(Box<JoinPoint<'a>>),
    /// Some ways through it complete and leave, the others fall through.
    Fork(Branch<'a>),
}

/// How a sequence ends.
pub(crate) enum Last<'a> {
    /// It falls through without having completed.
    Open,
    /// It never gets to its end.
    Diverges,
    /// The answer is known here.
    Answer(Answer<'a>),
    /// A call whose callback leads to the completion.
    Await(Box<Await<'a>>),
    /// A condition, every way of which completes.
    Branch(Box<Branch<'a>>, &'a [Stmt]),
    /// Callbacks that are counted down.
    CountDown(Box<CountDown<'a>>),
    /// Callbacks of which the first one answers.
    FirstWins(Box<FirstWins<'a>>),
    /// A callback that may come again and again.
    Repeated(Box<Repeated<'a>>),
    /// In one of those: it takes the completion out of the cell.
    Taken(Box<Taken<'a>>),
}

/// `done(a, b)`
pub(crate) struct Answer<'a> {
    pub(crate) call: &'a Expr,
    pub(crate) role: Role,
    pub(crate) args: Vec<&'a Expr>,
    /// The call was a statement: temporaries in it died at the semicolon.
    pub(crate) is_statement: bool,
    /// The call is of a join point that never waits: it gives the answer itself.
    pub(crate) joins: bool,
}

/// A suspension: the call of a function that calls back.
pub(crate) struct Await<'a> {
    /// The whole call expression.
    pub(crate) call: &'a Expr,
    /// Where in it the callbacks stand.
    pub(crate) places: Vec<Place<'a>>,
    /// The closures that go on, one for each place; none if the completion itself is the callback.
    pub(crate) callbacks: Vec<Callback<'a>>,
    /// The call's value has a name: `let handle = call(..);`
    pub(crate) handle: Option<&'a syn::Local>,
    /// The call was a statement: its value died at the semicolon.
    pub(crate) is_statement: bool,
    /// What stands behind the call, and so runs before the callback.
    pub(crate) rest: &'a [Stmt],
    /// The join point that it goes through: it calls one, or one is the callback.
    pub(crate) join: Option<Join>,
    /// Its callback comes again and again, until one of the calls answers.
    pub(crate) repeats: bool,
}

/// A closure of the user's that leads to the completion, and is called where several ways meet.
pub(crate) struct JoinPoint<'a> {
    pub(crate) local: &'a syn::Local,
    pub(crate) closure: &'a ExprClosure,
    pub(crate) body: Seq<'a>,
    /// It gives a future: it may wait, or has to be called by value to change what it has captured.
    pub(crate) gives_future: bool,
}

/// The closure that is called back.
pub(crate) struct Callback<'a> {
    pub(crate) closure: &'a ExprClosure,
    /// Statements in front of the closure, in a block that prepares its captures: `{ let s = s.clone(); move |a| .. }`.
    /// Those that only name the completion anew are not among them.
    pub(crate) prepare: Vec<&'a Stmt>,
    pub(crate) body: Seq<'a>,
    /// Found once: callbacks nest, and a rule asks at every level.
    mentioned: OnceCell<Names>,
}

impl<'a> Await<'a> {
    /// A call without callbacks yet.
    pub(crate) fn of(call: &'a Expr, is_statement: bool) -> Self {
        Await {
            call,
            places: Vec::new(),
            callbacks: Vec::new(),
            handle: None,
            is_statement,
            rest: &[],
            join: None,
            repeats: false,
        }
    }

    /// Whether the call is of a join point, and not of a function that calls one back.
    pub(crate) fn calls_join_point(&self) -> bool {
        self.join.is_some() && self.places.is_empty()
    }
}

impl<'a> Callback<'a> {
    pub(crate) fn new(closure: &'a ExprClosure, prepare: Vec<&'a Stmt>, body: Seq<'a>) -> Self {
        Callback { closure, prepare, body, mentioned: OnceCell::new() }
    }

    /// The free names of the closure.
    pub(crate) fn mentioned(&self) -> &Names {
        self.mentioned.get_or_init(|| names::of_closure(self.closure))
    }

    pub(crate) fn params(&self) -> impl Iterator<Item = &'a Pat> {
        self.closure.inputs.iter()
    }
}

/// A statement that takes one of several ways.
pub(crate) struct Branch<'a> {
    pub(crate) shape: Shape<'a>,
    /// The branch gives a `let` its value: `let n = match x { .. };`
    pub(crate) binds: Option<&'a syn::Local>,
}

/// The ways of a branch.
pub(crate) enum Shape<'a> {
    If {
        expr: &'a syn::ExprIf,
        then: Seq<'a>,
        otherwise: Option<Box<Otherwise<'a>>>,
    },
    Match {
        expr: &'a syn::ExprMatch,
        arms: Vec<Way<'a>>,
    },
    /// `let p = v else { .. };`
    LetElse {
        local: &'a syn::Local,
        otherwise: Seq<'a>,
    },
    /// `{ .. }`, `unsafe { .. }`
    Block {
        expr: &'a Expr,
        body: Seq<'a>,
    },
}

/// What stands behind `else`.
pub(crate) enum Otherwise<'a> {
    Block(Seq<'a>),
    If(Shape<'a>),
}

/// A way that may have no completion in it and is then kept as it stands.
pub(crate) enum Way<'a> {
    Kept,
    Taken(Seq<'a>),
}

/// A name that stands for the completion.
#[derive(Clone, Debug)]
pub(crate) struct Alias {
    pub(crate) role: Role,
    /// It is a clone: a second call would be of the same completion.
    pub(crate) cloned: bool,
    /// It is a join point.
    pub(crate) join: Option<Join>,
    /// It is shared by callbacks of which the first one answers.
    pub(crate) shared: Option<Shared>,
}

/// What a name stands for among callbacks of which the first one answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shared {
    /// The cell.
    Cell,
    /// What was in it: the completion, or nothing any more.
    Content,
}

/// What is known of a join point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Join {
    pub(crate) arity: usize,
    /// It may answer without waiting.
    pub(crate) at_once: bool,
    /// It gives a future; if not, it is a plain closure in direct style as well.
    pub(crate) gives_future: bool,
}

/// A variable of the user's.
pub(crate) fn ident_of(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident(),
        Expr::Paren(inner) => ident_of(&inner.expr),
        Expr::Group(inner) => ident_of(&inner.expr),
        _ => None,
    }
}
