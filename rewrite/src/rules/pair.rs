//! PAIR: a call with two callbacks, of which it calls one, is a match on a `Result`.
//!
//! ```text
//! read(path, move |b| done(b), move |e| done(blank(e)))   =>   match call!(read(path, ok: _, err: _)).await {
//!                                                                  Ok(b) => b,
//!                                                                  Err(e) => blank(e),
//!                                                              }
//! ```
//!
//! Condition: both closures lead to the completion on every path (their own codes otherwise).
use syn::Pat;

use crate::cps::tree::{Await, Callback};
use crate::plan::out::{Block, Line, Piece};
use crate::plan::writer::{Level, Mode, Writer, wrapped};

use super::capture::alive_in;

impl<'a> Writer<'a, '_> {
    pub(crate) fn resume_pair(
        &mut self,
        suspension: &Await<'a>,
        pair: [&Callback<'a>; 2],
        awaited: Vec<Piece<'a>>,
        level: &mut Level<'a>,
        mode: &Mode,
    ) {
        let answer = self.fresh("answer");
        level.push(Line::new().ours(format!("let {answer} = ")).with(awaited).ours(";"));
        let mut arms = Vec::new();
        for (variant, callback) in ["Ok", "Err"].into_iter().zip(pair) {
            let mut inner = Level::new(alive_in(level, suspension, callback, self.known));
            self.seq(&callback.body, &mut inner, mode);
            let params: Vec<&'a Pat> = callback.params().collect();
            let pattern = wrapped(self.variant(variant), arm_pattern(&params));
            let body = super::branch::arm_body(inner.lines, None);
            arms.push(Line::from(pattern).ours(" => ").with(body.pieces).ours(body.comma));
        }
        let arms = Piece::Block(Block::ours(arms));
        level.push(Line::new().ours(format!("match {answer} ")).with([arms]));
    }
}

/// A pattern for what the callback gets. A pattern of an arm has no types, and needs none.
fn arm_pattern<'a>(params: &[&'a Pat]) -> Vec<Piece<'a>> {
    let bare = |pat: &'a Pat| match pat {
        Pat::Type(typed) => vec![Piece::Keep(&*typed.pat)],
        other => vec![Piece::Keep(other)],
    };
    match params {
        [one] => bare(one),
        several => vec![super::answer::tuple(several.iter().map(|pat| bare(pat)))],
    }
}
