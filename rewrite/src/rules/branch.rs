//! IF, MATCH, EARLY: branches stay the branches that they are.
//!
//! ```text
//! if c { done(a) } else { op(x, move |b| done(b)) }    =>   if c { a } else { call!(op(x, _)).await }
//! if c { done(a); return; }  S                         =>   if c { return a; }  S
//! let n = match x { 0 => { done(0); return; } n => n };   =>   let n = match x { 0 => { return 0; } n => n };
//! ```
//!
//! A branch is staged, so that each way gives a future and the wait comes after it, if code follows it that runs before
//! the callbacks, if a variable of the segment dies on a way that waits, or if its scrutinee may hold a guard:
//!
//! ```text
//! match *m.lock() { 0 => done(0), n => op(n, done) }   =>   let staged = match *m.lock() {
//!                                                               0 => Either::Left(ready(0)),
//!                                                               n => Either::Right(start!(op(n, _))),
//!                                                           };
//!                                                           staged.await
//! ```
use proc_macro2::Delimiter;
use syn::{Expr, Stmt};

use crate::Style;
use crate::cps::tree::{Await, Branch, Last, Otherwise, Seq, Shape, Step, Way};
use crate::order::drops;
use crate::plan::out::{Block, Delim, Line, Piece};
use crate::plan::writer::{Level, Mode, Side, Staged, Writer};
use crate::switch::Rule;

use super::suspend::suspends;

impl<'a> Writer<'a, '_> {
    /// A branch that ends a sequence.
    pub(crate) fn branch(
        &mut self,
        branch: &Branch<'a>,
        rest: &'a [Stmt],
        level: &mut Level<'a>,
        mode: &Mode,
    ) {
        if let Mode::Staged(staged) = mode {
            let staged = Staged { sides: staged.sides.clone(), at_once: staged.at_once || !rest.is_empty() };
            return self.branch_in_stage(branch, rest, level, &staged);
        }
        if self.must_stage(branch, rest, level) {
            let at_once = !rest.is_empty();
            let write = |writer: &mut Self, level: &mut Level<'a>, staged: &Staged| {
                writer.branch_in_stage(branch, rest, level, staged)
            };
            return self.staged(level, mode, write, at_once);
        }
        let mut ways = Ways::all(mode);
        let pieces = self.shape(&branch.shape, level, &mut ways);
        level.push(pieces);
    }

    /// A branch that some ways leave by completing; the others fall through.
    pub(crate) fn fork(&mut self, branch: &Branch<'a>, level: &mut Level<'a>) {
        let leaves = self.leaving.is_some() && branch.suspends();
        let mut ways = Ways::all(if leaves { &Mode::Leave } else { &Mode::Return });
        let pieces = self.shape(&branch.shape, level, &mut ways);
        if let Shape::Match { expr, .. } = &branch.shape {
            level.mark_moved(|name| drops::is_taken_apart(name, expr));
        }
        match branch.binds {
            Some(local) => {
                let Some(init) = &local.init else { return };
                let line = Line::new()
                    .keep(&local.let_token)
                    .ours(" ")
                    .keep(&local.pat)
                    .ours(" ")
                    .keep(&init.eq_token);
                level.push(line.ours(" ").with(pieces).keep(&local.semi_token));
                level.alive.extend(drops::bindings_of(&local.pat, drops::Value::Unknown, self.known));
            }
            None => {
                level.push(pieces);
                if let Shape::LetElse { local, .. } = &branch.shape {
                    level.alive.extend(drops::bindings_of(&local.pat, drops::Value::Unknown, self.known));
                }
            }
        }
    }

    fn must_stage(&self, branch: &Branch<'a>, rest: &[Stmt], level: &Level<'a>) -> bool {
        let mut waits = Vec::new();
        waits_of(&branch.shape, &mut Vec::new(), &mut waits);
        // The next turn of a loop comes after everything of this one is gone.
        waits.retain(|(wait, _)| !self.is_turn(wait));
        if waits.is_empty() {
            return false;
        }
        let scrutinee_holds = self.scrutinee_holds(branch);
        let mut seen = std::collections::BTreeSet::new();
        let dies_on_a_way = level.alive.iter().rev().any(|binding| {
            let name = binding.name();
            // A variable that another one of its name hides cannot be meant by anything that follows.
            let is_hidden = !seen.insert(name.clone());
            let is_alive = binding.visible && !binding.moved;
            let dies_before = |(wait, before): &(&Await<'a>, Vec<&'a Stmt>)| {
                let moved = before.iter().any(|stmt| drops::certainly_moved_in_stmt(&name, stmt));
                is_hidden || (!moved && !wait.captures().contains(&name) && !wait.moves(&name))
            };
            is_alive && waits.iter().any(dies_before)
        });
        let keeps = |rule| self.options.keeps(rule);
        !rest.is_empty()
            || (scrutinee_holds && keeps(Rule::Temporaries))
            || (dies_on_a_way && keeps(Rule::StagedBranch))
    }

    /// Whether what the branch looks at may hold something until its ways are through.
    pub(crate) fn scrutinee_holds(&self, branch: &Branch<'a>) -> bool {
        let patient = self.options.style == Style::Readable;
        let holds = |scrutinee: &Expr| drops::holds_temporaries(scrutinee, patient);
        match &branch.shape {
            // The condition of a plain `if` lets go of everything before its branches run.
            Shape::If { expr, .. } => has_let(&expr.cond) && holds(&expr.cond),
            Shape::Match { expr, .. } => holds(&expr.expr) && !takes_all_apart(expr),
            Shape::LetElse { .. } | Shape::Block { .. } => false,
        }
    }

    fn branch_in_stage(
        &mut self,
        branch: &Branch<'a>,
        rest: &'a [Stmt],
        level: &mut Level<'a>,
        staged: &Staged,
    ) {
        let mut ways = Ways {
            mode: Mode::Staged(staged.clone()),
            number: 0,
            count: count_of(&branch.shape),
            rest: !rest.is_empty(),
        };
        let pieces = self.shape(&branch.shape, level, &mut ways);
        if rest.is_empty() && holds_nothing(&branch.shape) {
            return level.push(pieces);
        }
        // In a statement of its own, so that what the scrutinee holds is let go of before the wait.
        let name = self.fresh("staged");
        level.push(Line::new().ours(format!("let {name} = ")).with(pieces).ours(";"));
        self.rest_lines(rest, &mut level.lines);
        level.push(vec![Piece::Ours(name.into())]);
    }

    fn shape(&mut self, shape: &Shape<'a>, level: &Level<'a>, ways: &mut Ways) -> Vec<Piece<'a>> {
        match shape {
            Shape::If { expr, then, otherwise } => {
                let block = self.way(then, level, ways);
                let mut line =
                    Line::new().keep(&expr.if_token).ours(" ").keep(&*expr.cond).ours(" ").with([block]);
                if let (Some(otherwise), Some((keyword, _))) = (otherwise, &expr.else_branch) {
                    line = line.ours(" ").keep(keyword).ours(" ");
                    line = match &**otherwise {
                        Otherwise::Block(seq) => {
                            let block = self.way(seq, level, ways);
                            line.with([block])
                        }
                        Otherwise::If(shape) => {
                            let pieces = self.shape(shape, level, ways);
                            line.with(pieces)
                        }
                    };
                }
                line.pieces
            }
            Shape::Match { expr, arms } => {
                let mut lines = Vec::new();
                for (arm, way) in expr.arms.iter().zip(arms) {
                    lines.push(self.arm(arm, way, level, ways));
                }
                let arms = Piece::Block(Block::user(&expr.brace_token, lines));
                Line::new().keep(&expr.match_token).ours(" ").keep(&*expr.expr).ours(" ").with([arms]).pieces
            }
            Shape::LetElse { local, otherwise } => {
                let block = self.way(otherwise, level, ways);
                let Some(init) = &local.init else { return vec![Piece::Keep(*local)] };
                let Some((keyword, _)) = &init.diverge else { return vec![Piece::Keep(*local)] };
                let line = Line::new()
                    .keep(&local.let_token)
                    .ours(" ")
                    .keep(&local.pat)
                    .ours(" ")
                    .keep(&init.eq_token);
                let line = line.ours(" ").keep(&*init.expr).ours(" ").keep(keyword).ours(" ");
                line.with([block]).keep(&local.semi_token).pieces
            }
            Shape::Block { expr, body } => {
                let mut line = header(expr);
                line = line.with([self.way(body, level, ways)]);
                line.pieces
            }
        }
    }

    pub(super) fn arm(
        &mut self,
        arm: &'a syn::Arm,
        way: &Way<'a>,
        level: &Level<'a>,
        ways: &mut Ways,
    ) -> Line<'a> {
        let Way::Taken(seq) = way else { return Line::new().keep(arm) };
        let mut line = Line::new();
        for attr in &arm.attrs {
            line = line.keep(attr).ours(" ");
        }
        let line = line.keep(&arm.pat).ours(" ").keep(&arm.fat_arrow_token).ours(" ");
        let lines = self.way_lines(seq, level, ways);
        let body = arm_body(lines, seq.braces);
        match &arm.comma {
            // Braces of ours need no comma behind them.
            Some(_) if body.comma.is_empty() && seq.braces.is_none() => line.with(body.pieces),
            Some(comma) => line.with(body.pieces).keep(comma),
            None => line.with(body.pieces).ours(body.comma),
        }
    }

    pub(super) fn way(&mut self, seq: &Seq<'a>, level: &Level<'a>, ways: &mut Ways) -> Piece<'a> {
        let lines = self.way_lines(seq, level, ways);
        Piece::Block(match seq.braces {
            Some(braces) => Block::user(braces, lines),
            None => Block::ours(lines),
        })
    }

    fn way_lines(&mut self, seq: &Seq<'a>, level: &Level<'a>, ways: &mut Ways) -> Vec<Line<'a>> {
        let mut inner = Level::new(level.alive.iter().cloned());
        let mode = ways.next(seq);
        if mode == Mode::Leave && gives_value(&seq.last) {
            return self.leave(seq, inner);
        }
        self.seq(seq, &mut inner, &mode);
        inner.lines
    }
}

/// The mode for each way in turn.
pub(super) struct Ways {
    mode: Mode,
    number: usize,
    count: usize,
    /// Code follows the branch, which does not run after a way that leaves.
    rest: bool,
}

impl Ways {
    fn all(mode: &Mode) -> Self {
        Ways { mode: mode.clone(), number: 0, count: 1, rest: false }
    }

    /// The ways of a branch in a stage, of which so many give a value.
    pub(super) fn in_stage(staged: &Staged, count: usize) -> Self {
        Ways { mode: Mode::Staged(staged.clone()), number: 0, count, rest: false }
    }

    fn next(&mut self, seq: &Seq<'_>) -> Mode {
        if self.rest && seq.leaves && matches!(self.mode, Mode::Staged(_)) && gives_value(&seq.last) {
            return Mode::Return;
        }
        self.next_to(&seq.last)
    }

    /// The mode for a way that ends like this.
    pub(super) fn next_to(&mut self, last: &Last<'_>) -> Mode {
        let Mode::Staged(staged) = &self.mode else { return self.mode.clone() };
        if !gives_value(last) {
            return self.mode.clone();
        }
        let mut staged = staged.clone();
        staged.sides.extend(sides_of(self.number, self.count));
        self.number += 1;
        Mode::Staged(staged)
    }
}

/// The side of one of several futures. They are the leaves of a comb: Left, Right Left, Right Right Left, ..
pub(super) fn sides_of(number: usize, count: usize) -> Vec<Side> {
    let mut sides = vec![Side::Right; number];
    if number + 1 < count {
        sides.push(Side::Left);
    }
    sides
}

pub(crate) fn gives_value(last: &Last<'_>) -> bool {
    !matches!(last, Last::Open | Last::Diverges)
}

/// How many ways of a branch give a value.
fn count_of(shape: &Shape<'_>) -> usize {
    let one = |seq: &Seq<'_>| usize::from(gives_value(&seq.last));
    match shape {
        Shape::If { then, otherwise, .. } => {
            one(then)
                + match otherwise.as_deref() {
                    Some(Otherwise::Block(seq)) => one(seq),
                    Some(Otherwise::If(shape)) => count_of(shape),
                    None => 0,
                }
        }
        Shape::Match { arms, .. } => {
            arms.iter().filter(|way| matches!(way, Way::Taken(seq) if gives_value(&seq.last))).count()
        }
        Shape::LetElse { otherwise, .. } => one(otherwise),
        Shape::Block { body, .. } => one(body),
    }
}

/// The body of an arm, and the comma that has to follow it.
pub(crate) struct ArmBody<'a> {
    pub(crate) pieces: Vec<Piece<'a>>,
    pub(crate) comma: &'static str,
}

/// One expression stands alone, statements get braces.
pub(crate) fn arm_body<'a>(mut lines: Vec<Line<'a>>, braces: Option<&'a syn::token::Brace>) -> ArmBody<'a> {
    if let Some(braces) = braces {
        return ArmBody { pieces: vec![Piece::Block(Block::user(braces, lines))], comma: "" };
    }
    let is_statement = |line: &Line<'_>| match line.pieces.last() {
        Some(Piece::Ours(text)) => text.ends_with(';'),
        Some(Piece::Keep(_)) => false,
        _ => false,
    };
    let is_return = |line: &Line<'_>| {
        matches!(line.pieces.first(), Some(Piece::Ours(text)) if text.starts_with("return"))
            && is_statement(line)
    };
    match lines.len() {
        0 => ArmBody {
            pieces: vec![Piece::Group(Delim::Ours(Delimiter::Parenthesis), Vec::new())],
            comma: ",",
        },
        1 if is_return(&lines[0]) => {
            let mut pieces = lines.remove(0).pieces;
            match pieces.pop() {
                Some(Piece::Ours(end)) if end == ";" => {}
                Some(Piece::Ours(end)) => {
                    pieces.push(Piece::Ours(end.trim_end_matches(';').to_owned().into()))
                }
                other => pieces.extend(other),
            }
            ArmBody { pieces, comma: "," }
        }
        1 if !is_statement(&lines[0]) => ArmBody { pieces: lines.remove(0).pieces, comma: "," },
        _ => ArmBody { pieces: vec![Piece::Block(Block::ours(lines))], comma: "" },
    }
}

/// Whether a branch may be the value of a block: nothing that it looks at is held until the end of its statement.
fn holds_nothing(shape: &Shape<'_>) -> bool {
    match shape {
        Shape::If { expr, otherwise, .. } => {
            let rest_holds_nothing = match otherwise.as_deref() {
                Some(Otherwise::If(shape)) => holds_nothing(shape),
                Some(Otherwise::Block(_)) | None => true,
            };
            !has_let(&expr.cond) && rest_holds_nothing
        }
        Shape::Match { expr, .. } => matches!(*expr.expr, Expr::Path(_) | Expr::Lit(_)),
        Shape::LetElse { .. } => false,
        Shape::Block { .. } => true,
    }
}

/// What stands in front of the braces of a block or loop.
fn header<'a>(expr: &'a Expr) -> Line<'a> {
    let labelled = |label: &'a Option<syn::Label>| match label {
        Some(label) => Line::new().keep(label).ours(" "),
        None => Line::new(),
    };
    match expr {
        Expr::Block(block) => labelled(&block.label),
        Expr::Unsafe(block) => Line::new().keep(&block.unsafe_token).ours(" "),
        Expr::Loop(repeat) => labelled(&repeat.label).keep(&repeat.loop_token).ours(" "),
        Expr::While(repeat) => {
            labelled(&repeat.label).keep(&repeat.while_token).ours(" ").keep(&*repeat.cond).ours(" ")
        }
        Expr::ForLoop(repeat) => {
            let line = labelled(&repeat.label).keep(&repeat.for_token).ours(" ").keep(&*repeat.pat).ours(" ");
            line.keep(&repeat.in_token).ours(" ").keep(&*repeat.expr).ours(" ")
        }
        _ => Line::new(),
    }
}

fn has_let(cond: &Expr) -> bool {
    match cond {
        Expr::Let(_) => true,
        Expr::Binary(both) => has_let(&both.left) || has_let(&both.right),
        _ => false,
    }
}

/// Whether the patterns move everything out of the scrutinee's value, so that nothing of it stays behind.
fn takes_all_apart(expr: &syn::ExprMatch) -> bool {
    struct Leaves(bool);
    impl<'a> syn::visit::Visit<'a> for Leaves {
        fn visit_pat_wild(&mut self, _: &'a syn::PatWild) {
            self.0 = true;
        }
        fn visit_pat_rest(&mut self, _: &'a syn::PatRest) {
            self.0 = true;
        }
        fn visit_pat_ident(&mut self, pat: &'a syn::PatIdent) {
            self.0 |= pat.by_ref.is_some();
        }
        fn visit_pat_struct(&mut self, pat: &'a syn::PatStruct) {
            self.0 |= pat.rest.is_some();
            syn::visit::visit_pat_struct(self, pat);
        }
    }
    let mut leaves = Leaves(false);
    expr.arms.iter().for_each(|arm| syn::visit::Visit::visit_pat(&mut leaves, &arm.pat));
    let is_plain_call = matches!(&*expr.expr, Expr::Call(call) if call.args.iter().all(is_place))
        || matches!(&*expr.expr, Expr::MethodCall(call) if is_place(&call.receiver) && call.args.iter().all(is_place));
    !leaves.0 && is_plain_call
}

fn is_place(expr: &Expr) -> bool {
    matches!(expr, Expr::Path(_) | Expr::Field(_) | Expr::Lit(_))
        || matches!(expr, Expr::Reference(reference) if is_place(&reference.expr))
}

/// The suspensions to which the ways of a branch lead first, each with the statements before it.
fn waits_of<'s, 'a>(
    shape: &'s Shape<'a>,
    before: &mut Vec<&'a Stmt>,
    waits: &mut Vec<(&'s Await<'a>, Vec<&'a Stmt>)>,
) {
    fn seq<'s, 'a>(
        seq_: &'s Seq<'a>,
        before: &mut Vec<&'a Stmt>,
        waits: &mut Vec<(&'s Await<'a>, Vec<&'a Stmt>)>,
    ) {
        if !suspends(seq_) {
            return;
        }
        let depth = before.len();
        for step in &seq_.steps {
            match step {
                Step::Plain(stmt) => before.push(stmt),
                Step::Fork(branch) => waits_of(&branch.shape, before, waits),
                Step::Alias | Step::Join(_) => {}
            }
        }
        match &seq_.last {
            Last::Await(wait) => waits.push((wait, before.clone())),
            Last::Branch(branch, _) => waits_of(&branch.shape, before, waits),
            Last::FirstWins(race) => waits.extend(race.calls().map(|call| (call, before.clone()))),
            Last::Repeated(repeated) => waits.push((&repeated.events, before.clone())),
            Last::Taken(taken) => seq(&taken.then, before, waits),
            Last::Open | Last::Diverges | Last::Answer(_) | Last::CountDown(_) => {}
        }
        before.truncate(depth);
    }
    match shape {
        Shape::If { then, otherwise, .. } => {
            seq(then, before, waits);
            match otherwise.as_deref() {
                Some(Otherwise::Block(block)) => seq(block, before, waits),
                Some(Otherwise::If(shape)) => waits_of(shape, before, waits),
                None => {}
            }
        }
        Shape::Match { arms, .. } => {
            for way in arms {
                if let Way::Taken(taken) = way {
                    seq(taken, before, waits);
                }
            }
        }
        Shape::LetElse { otherwise, .. } => seq(otherwise, before, waits),
        Shape::Block { body, .. } => seq(body, before, waits),
    }
}
