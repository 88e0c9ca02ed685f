//! From statements to the CPS tree, with the path analysis on the way.
use quote::ToTokens;
use syn::{Block, Expr, Local, Pat, Stmt};

use super::place::{self, Aliases, What, mentions};
use super::tree::*;
use crate::order::names;
use crate::order::outcomes::{Outcomes, Trail};
use crate::recognise::{Completion, Role};
use crate::refusal::{Code, Finding, Step as Decision, ends_of, quoted};

/// Builds the tree of a function's body, or says why there is none.
pub(crate) fn build<'a>(
    block: &'a Block,
    completion: &Completion<'a>,
    unit: &names::Names,
    refuses_late: bool,
) -> Result<Seq<'a>, Vec<Finding>> {
    if let Some(finding) = super::blocking::find(block) {
        return Err(vec![finding]);
    }
    // A completion that is put into a cell is called by whoever takes it out. If the paths show that this happens once,
    // the cell is just another name of it. If not (callbacks that are counted down, or of which the first one wins),
    // the cell itself is what the function starts, and its callbacks stay as they are.
    if let Some(join) = count_down(block, completion, unit, refuses_late) {
        return Ok(join);
    }
    match build_with(block, completion, unit, refuses_late, Cells::AreNames) {
        Err(findings) => {
            build_with(block, completion, unit, refuses_late, Cells::AreHandles).map_err(|_| findings)
        }
        built => built,
    }
}

/// A body whose callbacks are counted down.
fn count_down<'a>(
    block: &'a Block,
    completion: &Completion<'a>,
    unit: &names::Names,
    refuses_late: bool,
) -> Option<Seq<'a>> {
    let [part] = &completion.parts[..] else { return None };
    let shape = super::count_down::find(block, &part.name.to_string())?;
    let cells = Cells::AreNames;
    let mut builder = Builder { findings: Vec::new(), completion, unit, cells, refuses_late, cloned: false };
    let alias = Alias { role: part.role, cloned: false, join: None };
    let aliases: Aliases = shape.cells.iter().map(|cell| (cell.clone(), alias.clone())).collect();
    let (zero, outcomes) = builder.block(shape.zero, &aliases);
    builder.accept(outcomes, "end of callback", &aliases);
    if !builder.findings.is_empty() {
        return None;
    }
    let last = Last::CountDown(Box::new(shape.with(zero)));
    Some(Seq { steps: Vec::new(), last, braces: None, leaves: false })
}

/// What putting the completion into a cell means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cells {
    AreNames,
    AreHandles,
}

fn build_with<'a>(
    block: &'a Block,
    completion: &Completion<'a>,
    unit: &names::Names,
    refuses_late: bool,
    cells: Cells,
) -> Result<Seq<'a>, Vec<Finding>> {
    let mut builder = Builder { findings: Vec::new(), completion, unit, cells, refuses_late, cloned: false };
    let mut aliases = Aliases::new();
    for part in &completion.parts {
        aliases.insert(part.name.to_string(), Alias { role: part.role, cloned: false, join: None });
    }
    let (seq, outcomes) = builder.block(block, &aliases);
    builder.accept(outcomes, "end of function", &aliases);
    if builder.findings.is_empty() { Ok(seq) } else { Err(builder.findings) }
}

/// What a statement turned out to be.
enum Node<'a> {
    Step(Step<'a>),
    Last(Last<'a>),
}

struct Builder<'a, 'c> {
    findings: Vec<Finding>,
    completion: &'c Completion<'a>,
    /// The names of the functions that are converted together with this one, and its own.
    unit: &'c names::Names,
    cells: Cells,
    /// Code behind the answer is a reason to refuse.
    refuses_late: bool,
    /// Whether a clone of the completion has a name of its own.
    cloned: bool,
}

impl<'a> Builder<'a, '_> {
    /// Every way out must have completed exactly once.
    fn accept(&mut self, outcomes: Outcomes, end: &str, aliases: &Aliases) {
        let outcomes = outcomes.arrive();
        let name = self.name_of_completion();
        for trail in &outcomes.falls[0] {
            let message =
                format!("this path ends without calling {name}; an `.await` on it would never finish");
            self.report_path(Code::UC01, trail, message, Some(end));
        }
        for trail in &outcomes.falls[2] {
            let cloned = self.cloned || aliases.values().any(|alias| alias.cloned);
            let (code, message) = if cloned {
                (Code::UC15, format!("two clones of {name} are called on this path"))
            } else {
                (Code::UC02, format!("{name} has already been called on this path"))
            };
            self.report_path(code, trail, message, Some("second call"));
        }
    }

    fn report_path(&mut self, code: Code, trail: &Trail, message: String, end: Option<&str>) {
        // A function without any completion on a path has nothing else to say, so one finding a place is enough.
        let mut finding = Finding::between(code, trail.last, message);
        finding.path = trail.steps.clone();
        if let Some(end) = end {
            finding.path.push(Decision { at: trail.last.1, text: end.into() });
        }
        self.findings.push(finding);
    }

    fn refuse(&mut self, code: Code, at: &dyn ToTokens, message: impl Into<String>) -> Outcomes {
        self.findings.push(Finding::about(code, at, message));
        // As if it had completed, so that no further finding comes of this one.
        Outcomes::falls(1, ends_of(at))
    }

    fn name_of_completion(&self) -> String {
        let names: Vec<_> = self.completion.parts.iter().map(|part| format!("`{}`", part.name)).collect();
        names.join(" or ")
    }

    fn block(&mut self, block: &'a Block, aliases: &Aliases) -> (Seq<'a>, Outcomes) {
        let braces = (block.brace_token.span.open(), block.brace_token.span.close());
        let (mut seq, outcomes) = self.stmts(&block.stmts, Outcomes::falls(0, braces), aliases.clone());
        seq.braces = Some(&block.brace_token);
        (seq, outcomes)
    }

    fn stmts(&mut self, stmts: &'a [Stmt], mut total: Outcomes, mut aliases: Aliases) -> (Seq<'a>, Outcomes) {
        let mut steps = Vec::new();
        let open = |steps, leaves| Seq { steps, last: Last::Open, braces: None, leaves };
        for (index, stmt) in stmts.iter().enumerate() {
            let rest = &stmts[index + 1..];
            if !concerns(stmt, &aliases) {
                steps.push(Step::Plain(stmt));
                forget_shadowed(stmt, &mut aliases);
                if diverges(stmt) {
                    let broken = breaks_label(stmt).then(|| Outcomes::breaks(ends_without_semicolon(stmt)));
                    total = total.then(broken.unwrap_or_default());
                    return (Seq { steps, last: Last::Diverges, braces: None, leaves: false }, total);
                }
                let mut plain = Outcomes::falls(0, ends_without_semicolon(stmt));
                if breaks_label(stmt) {
                    plain = plain.or(Outcomes::breaks(ends_without_semicolon(stmt)));
                }
                total = total.then(plain);
                continue;
            }
            let (node, outcomes, returned) = self.stmt(stmt, &mut aliases);
            match node {
                _ if returned && !outcomes.can_fall() && matches!(node, Node::Step(_)) => {
                    return (open(steps, true), total.then(outcomes));
                }
                Node::Last(last) if outcomes.completes() || returned || all_leave(&outcomes) => {
                    let (last, leaves, more) = self.with_rest(last, rest, &aliases);
                    let outcomes = total.then(outcomes);
                    let outcomes = match more {
                        Some(more) => outcomes.then(more),
                        None => outcomes,
                    };
                    let outcomes = if leaves { outcomes.leave() } else { outcomes };
                    let leaves = leaves || returned;
                    return (Seq { steps, last, braces: None, leaves }, outcomes);
                }
                Node::Last(Last::Branch(branch, _)) => {
                    steps.push(Step::Fork(*branch));
                    total = total.then(outcomes);
                }
                Node::Last(_) => total = total.then(outcomes),
                Node::Step(step) => {
                    steps.push(step);
                    total = total.then(outcomes);
                }
            }
        }
        (open(steps, false), total)
    }

    /// What stands behind the statement that completes, and its outcomes if the completion is in it.
    fn with_rest(
        &mut self,
        last: Last<'a>,
        rest: &'a [Stmt],
        aliases: &Aliases,
    ) -> (Last<'a>, bool, Option<Outcomes>) {
        if let Some(end) = rest.last().filter(|_| rest.iter().any(|stmt| mentions_completion(stmt, aliases)))
        {
            let (_, more) = self.stmts(rest, Outcomes::falls(0, ends_of(end)), aliases.clone());
            return (last, false, Some(more));
        }
        let (rest, leaves) = match rest.split_last() {
            Some((Stmt::Expr(Expr::Return(bare), _), before)) if bare.expr.is_none() => (before, true),
            _ => (rest, false),
        };
        let last = match last {
            Last::Await(mut suspension) => {
                suspension.rest = rest;
                Last::Await(suspension)
            }
            Last::Branch(branch, _) => {
                if !rest.is_empty() && answers_at_once(&branch.shape) {
                    self.refuse_late(rest);
                }
                Last::Branch(branch, rest)
            }
            last => {
                self.refuse_late(rest);
                last
            }
        };
        (last, leaves, None)
    }

    /// Nothing can run after the answer, unless it only drops what dies here anyway.
    fn refuse_late(&mut self, rest: &'a [Stmt]) {
        let is_drop = |stmt: &Stmt| match stmt {
            Stmt::Expr(Expr::Call(call), _) => place::last_name(&call.func) == "drop",
            Stmt::Item(_) => true,
            _ => false,
        };
        if let Some(stmt) = rest.iter().find(|stmt| !is_drop(stmt) && self.refuses_late) {
            let message = "this runs after everything that the caller does with the answer; after `return` nothing can run";
            self.refuse(Code::UC03, stmt, message);
        }
    }

    /// A statement that mentions the completion or returns. The last of the three: the statement is a `return`.
    fn stmt(&mut self, stmt: &'a Stmt, aliases: &mut Aliases) -> (Node<'a>, Outcomes, bool) {
        match stmt {
            Stmt::Local(local) => {
                let (node, outcomes) = self.local(local, aliases);
                forget_shadowed_by(&local.pat, aliases, &node);
                (node, outcomes, false)
            }
            Stmt::Expr(expr, semi) => self.expr(expr, semi.is_some(), aliases),
            Stmt::Macro(mac) => {
                let outcomes = self.refuse_macro(&mac.mac, aliases);
                (Node::Step(Step::Plain(stmt)), outcomes, false)
            }
            Stmt::Item(_) => (Node::Step(Step::Plain(stmt)), Outcomes::falls(0, ends_of(stmt)), false),
        }
    }

    fn local(&mut self, local: &'a Local, aliases: &mut Aliases) -> (Node<'a>, Outcomes) {
        let nothing = Outcomes::falls(0, ends_of(local));
        let Some(init) = &local.init else { return (Node::Step(Step::Alias), nothing) };
        if let Some((_, diverge)) = &init.diverge {
            if mentions(&init.expr, aliases) {
                let outcomes = self.refuse_use(&init.expr, aliases);
                return (Node::Step(Step::Alias), outcomes);
            }
            let (otherwise, outcomes) = self.tail(diverge, aliases);
            let missed = Decision {
                at: ends_of(&local.pat).0,
                text: format!("{} does not match", quoted(&local.pat)),
            };
            let outcomes = outcomes.after(missed).or(nothing);
            let shape = Shape::LetElse { local, otherwise };
            return (Node::Step(Step::Fork(Branch { shape, binds: None })), outcomes);
        }
        let alias = alias_of(&init.expr, aliases)
            .filter(|_| self.cells == Cells::AreNames || !fills_cell(&init.expr));
        if let (Pat::Ident(name), Some(alias)) = (&local.pat, alias) {
            self.cloned |= alias.cloned;
            aliases.insert(name.ident.to_string(), alias);
            return (Node::Step(Step::Alias), nothing);
        }
        if let (Pat::Ident(name), Expr::Closure(closure)) = (&local.pat, &*init.expr) {
            return self.join_point(local, name, closure, aliases);
        }
        match &*init.expr {
            expr @ (Expr::If(_) | Expr::Match(_)) => {
                let (shape, outcomes) = self.branch(expr, aliases);
                let node = Last::Branch(Box::new(Branch { shape, binds: Some(local) }), &[]);
                if !outcomes.falls[1].is_empty() || !outcomes.falls[2].is_empty() {
                    let outcomes = self.refuse_use(&init.expr, aliases);
                    return (Node::Last(node), outcomes);
                }
                (Node::Last(node), outcomes)
            }
            Expr::Call(call) if self.role_of(&call.func, aliases).is_some() => {
                if matches!(local.pat, Pat::Wild(_)) {
                    let (node, outcomes, _) = self.expr(&init.expr, true, aliases);
                    return (node, outcomes);
                }
                (Node::Step(Step::Alias), self.refuse_use(&init.expr, aliases))
            }
            expr @ (Expr::Call(_) | Expr::MethodCall(_) | Expr::Try(_)) => {
                let (node, outcomes) = self.call(expr, true, aliases);
                match node {
                    Node::Last(Last::Await(mut suspension)) => {
                        suspension.handle = Some(local);
                        (Node::Last(Last::Await(suspension)), outcomes)
                    }
                    node => (node, outcomes),
                }
            }
            Expr::Macro(mac) => {
                let outcomes = self.refuse_macro(&mac.mac, aliases);
                (Node::Step(Step::Alias), outcomes)
            }
            other => (Node::Step(Step::Alias), self.refuse_use(other, aliases)),
        }
    }

    /// Whether some path gets to an answer before a call that certainly waits. A call of a function of the same unit may
    /// not wait; which ones do is known only when all are built.
    fn may_answer_at_once(&self, seq: &Seq<'a>) -> bool {
        let mut all_wait = true;
        crate::cps::walk::first_ends(seq, &mut |last| {
            all_wait &= match last {
                Last::Answer(_) => false,
                Last::Await(suspension) => !self.unit.contains(&place::callee_name(suspension.call)),
                Last::Open | Last::Diverges | Last::Branch(..) | Last::CountDown(_) => true,
            };
        });
        !all_wait
    }

    /// `let k = move |v| J;`
    fn join_point(
        &mut self,
        local: &'a Local,
        name: &syn::PatIdent,
        closure: &'a syn::ExprClosure,
        aliases: &mut Aliases,
    ) -> (Node<'a>, Outcomes) {
        let mut inside = aliases.clone();
        closure.inputs.iter().for_each(|pat| forget(pat, &mut inside));
        let (body, outcomes) = self.tail(&closure.body, &inside);
        let entered = Decision { at: name.ident.span(), text: format!("`{}`", name.ident) };
        self.accept(outcomes.after(entered), "end of callback", &inside);
        let join = Join { arity: closure.inputs.len(), at_once: self.may_answer_at_once(&body) };
        let alias = Alias { role: Role::Whole, cloned: false, join: Some(join) };
        aliases.insert(name.ident.to_string(), alias);
        let point = JoinPoint { local, closure, body };
        (Node::Step(Step::Join(Box::new(point))), Outcomes::falls(0, ends_of(local)))
    }

    fn expr(
        &mut self,
        expr: &'a Expr,
        is_statement: bool,
        aliases: &mut Aliases,
    ) -> (Node<'a>, Outcomes, bool) {
        let (node, outcomes) = match expr {
            Expr::Paren(inner) => return self.expr(&inner.expr, is_statement, aliases),
            Expr::Group(inner) => return self.expr(&inner.expr, is_statement, aliases),
            Expr::Return(leave) => {
                let Some(value) = &leave.expr else {
                    let outcomes = Outcomes::falls(0, ends_of(expr)).leave();
                    return (Node::Step(Step::Alias), outcomes, true);
                };
                let (node, outcomes, _) = self.expr(value, true, aliases);
                return (node, outcomes.leave(), true);
            }
            Expr::Call(call) => match self.role_of(&call.func, aliases) {
                Some(Alias { join: Some(join), .. }) => {
                    if let Some(arg) = call.args.iter().find(|arg| mentions(arg, aliases)) {
                        (Node::Step(Step::Alias), self.refuse_use(arg, aliases))
                    } else {
                        let suspension = Await {
                            joins: true,
                            joins_at_once: join.at_once,
                            ..Await::of(expr, is_statement)
                        };
                        (Node::Last(Last::Await(Box::new(suspension))), Outcomes::falls(1, ends_of(expr)))
                    }
                }
                Some(alias) => {
                    let part = self.completion.part(alias.role);
                    if part.returns && !is_statement {
                        (Node::Step(Step::Alias), self.refuse_use(expr, aliases))
                    } else if let Some(arg) = call.args.iter().find(|arg| mentions(arg, aliases)) {
                        (Node::Step(Step::Alias), self.refuse_use(arg, aliases))
                    } else {
                        let args = call.args.iter().collect();
                        let answer = Answer { call: expr, role: alias.role, args, is_statement };
                        (Node::Last(Last::Answer(answer)), Outcomes::falls(1, ends_of(expr)))
                    }
                }
                None => self.call(expr, is_statement, aliases),
            },
            Expr::MethodCall(_) | Expr::Try(_) => self.call(expr, is_statement, aliases),
            Expr::If(branch) if branch.else_branch.is_none() && opened(&branch.cond, aliases).is_some() => {
                self.opening(expr, branch, aliases)
            }
            Expr::If(_) | Expr::Match(_) | Expr::Block(_) | Expr::Unsafe(_) => {
                let (shape, outcomes) = self.branch(expr, aliases);
                (Node::Last(Last::Branch(Box::new(Branch { shape, binds: None }), &[])), outcomes)
            }
            Expr::Macro(mac) => (Node::Step(Step::Alias), self.refuse_macro(&mac.mac, aliases)),
            Expr::ForLoop(repeat) => {
                self.repeat(expr, &repeat.for_token, &repeat.body, Some(&repeat.pat), aliases)
            }
            Expr::While(repeat) => self.repeat(expr, &repeat.while_token, &repeat.body, None, aliases),
            Expr::Loop(repeat) => self.repeat(expr, &repeat.loop_token, &repeat.body, None, aliases),
            Expr::Assign(assign) => {
                let message =
                    "the completion is kept for later: this function is a leaf; there is no chain to flatten";
                (Node::Step(Step::Alias), self.refuse(Code::UC05, &assign.right, message))
            }
            other => (Node::Step(Step::Alias), self.refuse_use(other, aliases)),
        };
        (node, outcomes, false)
    }

    /// An expression that is the end of a function, of a callback or of a way.
    fn tail(&mut self, expr: &'a Expr, aliases: &Aliases) -> (Seq<'a>, Outcomes) {
        if let Expr::Block(block) = expr {
            if block.label.is_none() && block.attrs.is_empty() {
                return self.block(&block.block, aliases);
            }
        }
        let mut aliases = aliases.clone();
        let (node, outcomes, leaves) = self.expr(expr, false, &mut aliases);
        let last = match node {
            Node::Last(last) => last,
            Node::Step(_) => Last::Open,
        };
        (Seq { steps: Vec::new(), last, braces: None, leaves }, outcomes)
    }

    fn branch(&mut self, expr: &'a Expr, aliases: &Aliases) -> (Shape<'a>, Outcomes) {
        match expr {
            Expr::If(branch) => self.condition(branch, aliases),
            Expr::Match(branch) => {
                if mentions(&branch.expr, aliases) {
                    let outcomes = self.refuse_use(&branch.expr, aliases);
                    return (Shape::Match { expr: branch, arms: Vec::new() }, outcomes);
                }
                let mut arms = Vec::new();
                let mut total = Outcomes::diverges();
                for arm in &branch.arms {
                    let mut inside = aliases.clone();
                    forget(&arm.pat, &mut inside);
                    let taken =
                        Decision { at: ends_of(&arm.pat).0, text: format!("{} matches", quoted(&arm.pat)) };
                    let (way, outcomes) = if mentions(&arm.body, &inside) || returns(&arm.body) {
                        let (seq, outcomes) = self.tail(&arm.body, &inside);
                        (Way::Taken(seq), outcomes)
                    } else if diverges_expr(&arm.body) {
                        (Way::Kept, Outcomes::diverges())
                    } else {
                        (Way::Kept, Outcomes::falls(0, ends_of(&arm.body)))
                    };
                    arms.push(way);
                    total = total.or(outcomes.after(taken));
                }
                (Shape::Match { expr: branch, arms }, total)
            }
            Expr::Block(block) => {
                let (body, outcomes) = self.block(&block.block, aliases);
                let outcomes = if block.label.is_some() { outcomes.landed() } else { outcomes };
                (Shape::Block { expr, body }, outcomes)
            }
            Expr::Unsafe(block) => {
                let (body, outcomes) = self.block(&block.block, aliases);
                (Shape::Block { expr, body }, outcomes)
            }
            _ => unreachable!("only called for branches"),
        }
    }

    fn condition(&mut self, branch: &'a syn::ExprIf, aliases: &Aliases) -> (Shape<'a>, Outcomes) {
        if mentions(&branch.cond, aliases) {
            let outcomes = self.refuse_use(&branch.cond, aliases);
            let then = Seq { steps: Vec::new(), last: Last::Open, braces: None, leaves: false };
            return (Shape::If { expr: branch, then, otherwise: None }, outcomes);
        }
        let at = ends_of(&branch.cond).0;
        let decision = |value| Decision { at, text: format!("{} is {value}", quoted(&branch.cond)) };
        let mut inside = aliases.clone();
        forget_conditions(&branch.cond, &mut inside);
        let (then, outcomes) = self.block(&branch.then_branch, &inside);
        let outcomes = outcomes.after(decision("true"));
        let (otherwise, other) = match &branch.else_branch {
            None => (None, Outcomes::falls(0, (branch.if_token.span, branch.if_token.span))),
            Some((_, expr)) => match &**expr {
                Expr::If(nested) => {
                    let (shape, outcomes) = self.condition(nested, aliases);
                    (Some(Box::new(Otherwise::If(shape))), outcomes)
                }
                other => {
                    let (seq, outcomes) = self.tail(other, aliases);
                    (Some(Box::new(Otherwise::Block(seq))), outcomes)
                }
            },
        };
        (Shape::If { expr: branch, then, otherwise }, outcomes.or(other.after(decision("false"))))
    }

    /// `if let Some(done) = done.take() { .. }`: whoever awaits is there to be answered.
    fn opening(
        &mut self,
        expr: &'a Expr,
        branch: &'a syn::ExprIf,
        aliases: &Aliases,
    ) -> (Node<'a>, Outcomes) {
        let mut inside = aliases.clone();
        if let Some((name, alias)) = opened(&branch.cond, aliases) {
            inside.insert(name.to_string(), alias);
        }
        let (body, outcomes) = self.block(&branch.then_branch, &inside);
        if body.steps.is_empty() {
            return (Node::Last(body.last), outcomes);
        }
        let shape = Shape::Block { expr, body };
        (Node::Last(Last::Branch(Box::new(Branch { shape, binds: None }), &[])), outcomes)
    }

    fn repeat(
        &mut self,
        expr: &'a Expr,
        keyword: &dyn ToTokens,
        body: &'a Block,
        pat: Option<&'a Pat>,
        aliases: &Aliases,
    ) -> (Node<'a>, Outcomes) {
        let mut inside = aliases.clone();
        if let Some(pat) = pat {
            forget(pat, &mut inside);
        }
        let (seq, outcomes) = self.block(body, &inside);
        let name = self.name_of_completion();
        if !outcomes.falls[1].is_empty() || !outcomes.falls[2].is_empty() {
            let message = format!("{name} is called once per turn of this loop");
            let outcomes = self.refuse(Code::UC12, keyword, message);
            return (Node::Step(Step::Alias), outcomes);
        }
        // The loop may end without having completed, or leave from inside.
        let exits = Outcomes { falls: Default::default(), ..outcomes };
        let endless = matches!(expr, Expr::Loop(repeat) if !breaks(&repeat.body));
        let outcomes = if endless { exits } else { exits.or(Outcomes::falls(0, ends_of(expr))) };
        let shape = Shape::Block { expr, body: seq };
        (Node::Last(Last::Branch(Box::new(Branch { shape, binds: None }), &[])), outcomes)
    }

    /// A call that takes the completion, or a closure that leads to it.
    fn call(&mut self, expr: &'a Expr, is_statement: bool, aliases: &Aliases) -> (Node<'a>, Outcomes) {
        let mut places = match place::find(expr, aliases) {
            Ok(places) => places,
            Err(refused) => {
                let outcomes = match refused.code {
                    Code::UC09 => self.refuse_use(refused.at, aliases),
                    code => self.refuse(code, refused.at, refused.message),
                };
                return (Node::Step(Step::Alias), outcomes);
            }
        };
        let suspend = |places, callbacks| {
            let suspension = Await { places, callbacks, ..Await::of(expr, is_statement) };
            (Node::Last(Last::Await(Box::new(suspension))), Outcomes::falls(1, ends_of(expr)))
        };
        match places.len() {
            0 => (Node::Step(Step::Alias), self.refuse_use(expr, aliases)),
            1 => {
                let place = places.remove(0);
                match place.what {
                    What::Completion(ref alias) => {
                        if let Some(join) = alias.join {
                            let suspension = Await {
                                places: vec![place],
                                joins: true,
                                arity_of_join: join.arity,
                                joins_at_once: join.at_once,
                                ..Await::of(expr, is_statement)
                            };
                            return (
                                Node::Last(Last::Await(Box::new(suspension))),
                                Outcomes::falls(1, ends_of(expr)),
                            );
                        }
                        if self.completion.parts.len() == 2 {
                            // One half of a pair is handed on; what becomes of the other half cannot be seen.
                            let role = alias.role;
                            let name = self.completion.part(role).name;
                            let message = format!(
                                "`{name}` is handed on alone; the other half of the pair stays behind"
                            );
                            return (Node::Step(Step::Alias), self.refuse(Code::UC05, place.arg, message));
                        }
                        suspend(vec![place], Vec::new())
                    }
                    What::Closure(closure, prepare) => {
                        let callback = self.callback(expr, closure, prepare, aliases);
                        suspend(vec![place], vec![callback])
                    }
                }
            }
            2 => {
                let second = places.remove(1);
                let first = places.remove(0);
                match (&first.what, &second.what) {
                    (What::Completion(a), What::Completion(b)) if a.role != b.role => {
                        suspend(vec![first, second], Vec::new())
                    }
                    (What::Closure(a, prepare_a), What::Closure(b, prepare_b)) => {
                        let a = self.callback(expr, a, prepare_a, aliases);
                        let b = self.callback(expr, b, prepare_b, aliases);
                        suspend(vec![first, second], vec![a, b])
                    }
                    _ => {
                        let message = "one of these two callbacks is the completion itself and the other one leads to it";
                        (Node::Step(Step::Alias), self.refuse(Code::UC05, second.arg, message))
                    }
                }
            }
            _ => {
                let message = "more than two callbacks of this call lead to the completion";
                (Node::Step(Step::Alias), self.refuse(Code::UC14, expr, message))
            }
        }
    }

    fn callback(
        &mut self,
        call: &'a Expr,
        closure: &'a syn::ExprClosure,
        prepare: &'a [Stmt],
        aliases: &Aliases,
    ) -> Callback<'a> {
        let mut inside = aliases.clone();
        for stmt in prepare {
            match stmt {
                Stmt::Local(Local { pat: Pat::Ident(name), init: Some(init), .. }) => {
                    match alias_of(&init.expr, &inside) {
                        Some(alias) => drop(inside.insert(name.ident.to_string(), alias)),
                        None => forget_shadowed(stmt, &mut inside),
                    }
                }
                other => forget_shadowed(other, &mut inside),
            }
        }
        closure.inputs.iter().for_each(|pat| forget(pat, &mut inside));
        let (body, outcomes) = self.tail(&closure.body, &inside);
        let entered = Decision {
            at: closure.inputs_begin.span,
            text: format!("callback of `{}`", place::callee_name(call)),
        };
        self.accept(outcomes.after(entered), "end of callback", &inside);
        Callback { closure, prepare, body }
    }

    fn role_of(&self, func: &Expr, aliases: &Aliases) -> Option<Alias> {
        alias_of(func, aliases)
    }

    fn refuse_macro(&mut self, mac: &'a syn::Macro, aliases: &Aliases) -> Outcomes {
        let name = mac.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let message = format!(
            "{} occurs inside `{name}!`; the rewriter does not look into macros",
            self.name_of_completion()
        );
        match ident_in(mac.tokens.clone(), aliases) {
            Some(ident) => self.refuse(Code::UC09, &ident, message),
            None => self.refuse(Code::UC09, mac, message),
        }
    }

    /// The completion is used in a way that has no direct style: its value, a place to keep it, a macro.
    fn refuse_use(&mut self, expr: &'a Expr, aliases: &Aliases) -> Outcomes {
        struct Uses<'a, 'k> {
            aliases: &'k Aliases,
            call: Option<&'a Expr>,
            mac: Option<&'a syn::Macro>,
        }
        impl<'a> syn::visit::Visit<'a> for Uses<'a, '_> {
            fn visit_expr(&mut self, expr: &'a Expr) {
                if let Expr::Call(call) = expr {
                    if ident_of(&call.func).is_some_and(|ident| self.aliases.contains_key(&ident.to_string()))
                    {
                        self.call.get_or_insert(expr);
                    }
                }
                syn::visit::visit_expr(self, expr);
            }
            fn visit_macro(&mut self, mac: &'a syn::Macro) {
                if ident_in(mac.tokens.clone(), self.aliases).is_some() {
                    self.mac.get_or_insert(mac);
                }
            }
        }
        let mut uses = Uses { aliases, call: None, mac: None };
        syn::visit::Visit::visit_expr(&mut uses, expr);
        if let Some(mac) = uses.mac {
            return self.refuse_macro(mac, aliases);
        }
        if let Some(call) = uses.call {
            let message = format!(
                "the value of {} is used; an async function gets nothing back from its caller",
                quoted(call)
            );
            return self.refuse(Code::UC08, call, message);
        }
        let message = format!(
            "{} is kept for later: this function is a leaf; there is no chain to flatten",
            self.name_of_completion()
        );
        self.refuse(Code::UC05, expr, message)
    }
}

/// The first identifier in a macro's tokens that names the completion.
fn ident_in(tokens: proc_macro2::TokenStream, aliases: &Aliases) -> Option<proc_macro2::Ident> {
    tokens.into_iter().find_map(|tree| match tree {
        proc_macro2::TokenTree::Ident(ident) if aliases.contains_key(&ident.to_string()) => Some(ident),
        proc_macro2::TokenTree::Group(group) => ident_in(group.stream(), aliases),
        _ => None,
    })
}

/// Whether the branch falls through right after an answer on some way.
fn answers_at_once(shape: &Shape<'_>) -> bool {
    fn seq(seq: &Seq<'_>) -> bool {
        !seq.leaves
            && match &seq.last {
                Last::Answer(_) => true,
                Last::Branch(branch, _) => answers_at_once(&branch.shape),
                Last::Open | Last::Diverges | Last::Await(_) | Last::CountDown(_) => false,
            }
    }
    match shape {
        Shape::If { then, otherwise, .. } => {
            seq(then)
                || match otherwise.as_deref() {
                    Some(Otherwise::Block(block)) => seq(block),
                    Some(Otherwise::If(shape)) => answers_at_once(shape),
                    None => false,
                }
        }
        Shape::Match { arms, .. } => arms.iter().any(|arm| matches!(arm, Way::Taken(taken) if seq(taken))),
        Shape::LetElse { .. } => false,
        Shape::Block { body, .. } => seq(body),
    }
}

/// No way falls through, and some leave: nothing behind it runs.
fn all_leave(outcomes: &Outcomes) -> bool {
    !outcomes.can_fall()
}

/// Constructors that hold a completion without calling it.
const HOLDERS: &[&str] = &["Box", "Rc", "Arc", "Cell", "RefCell", "Mutex"];

/// What an expression is another name of, if it is the completion in some holder, or taken out of one.
fn alias_of(expr: &Expr, aliases: &Aliases) -> Option<Alias> {
    match expr {
        Expr::MethodCall(call) if call.method == "clone" && call.args.is_empty() => {
            alias_of(&call.receiver, aliases).map(|alias| Alias { cloned: true, ..alias })
        }
        Expr::MethodCall(call) if is_taking_out(&call.method) => alias_of(&call.receiver, aliases),
        Expr::Call(call) if call.args.len() == 1 => {
            let Expr::Path(path) = &*call.func else { return None };
            let mut segments = path.path.segments.iter().rev();
            let name = &segments.next()?.ident;
            let holder = segments.next().map(|segment| segment.ident.to_string()).unwrap_or_default();
            let holds =
                name == "Some" || (HOLDERS.contains(&holder.as_str()) && (name == "new" || name == "clone"));
            holds.then(|| alias_of(&call.args[0], aliases)).flatten()
        }
        Expr::Reference(inner) => alias_of(&inner.expr, aliases),
        Expr::Paren(inner) => alias_of(&inner.expr, aliases),
        other => ident_of(other).and_then(|ident| aliases.get(&ident.to_string())).cloned(),
    }
}

/// Whether an expression puts something into a cell.
fn fills_cell(expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) => {
            let cell = quoted(&call.func);
            ["Cell::new", "RefCell::new", "Mutex::new"]
                .iter()
                .any(|new| cell.trim_matches('`').ends_with(new))
                || call.args.iter().any(fills_cell)
        }
        _ => false,
    }
}

/// Methods between a cell with the completion in it and the completion.
fn is_taking_out(method: &syn::Ident) -> bool {
    ["take", "unwrap", "expect", "borrow_mut", "lock", "into_inner"].iter().any(|known| method == known)
}

/// `let Some(done) = done.take()`: the name that the completion gets, and which one it is.
fn opened<'c>(cond: &'c Expr, aliases: &Aliases) -> Option<(&'c syn::Ident, Alias)> {
    let Expr::Let(condition) = cond else { return None };
    let Pat::TupleStruct(some) = &*condition.pat else { return None };
    let is_some = some.path.segments.last().is_some_and(|last| last.ident == "Some");
    match (is_some, some.elems.first()) {
        (true, Some(Pat::Ident(name))) => Some((&name.ident, alias_of(&condition.expr, aliases)?)),
        _ => None,
    }
}

/// Whether the paths through a statement matter: it mentions the completion, or may leave what stands behind it.
fn concerns(stmt: &Stmt, aliases: &Aliases) -> bool {
    mentions_completion(stmt, aliases) || returns_in(stmt)
}

fn mentions_completion(stmt: &Stmt, aliases: &Aliases) -> bool {
    names::of_stmts(std::slice::from_ref(stmt)).iter().any(|name| aliases.contains_key(name))
}

fn forget(pat: &Pat, aliases: &mut Aliases) {
    for ident in names::bound_by(pat) {
        aliases.remove(&ident.to_string());
    }
}

fn forget_shadowed(stmt: &Stmt, aliases: &mut Aliases) {
    if let Stmt::Local(local) = stmt {
        forget(&local.pat, aliases);
    }
}

/// As [`forget_shadowed`], unless the `let` has just made the name one of the completion's.
fn forget_shadowed_by(pat: &Pat, aliases: &mut Aliases, node: &Node<'_>) {
    if !matches!(node, Node::Step(Step::Alias | Step::Join(_))) {
        forget(pat, aliases);
    }
}

fn forget_conditions(cond: &Expr, aliases: &mut Aliases) {
    match cond {
        Expr::Let(condition) => forget(&condition.pat, aliases),
        Expr::Binary(both) => {
            forget_conditions(&both.left, aliases);
            forget_conditions(&both.right, aliases);
        }
        _ => {}
    }
}

struct Leaves {
    returns: bool,
}

impl<'a> syn::visit::Visit<'a> for Leaves {
    fn visit_expr_return(&mut self, _: &'a syn::ExprReturn) {
        self.returns = true;
    }
    fn visit_expr_closure(&mut self, _: &'a syn::ExprClosure) {}
    fn visit_expr_async(&mut self, _: &'a syn::ExprAsync) {}
    fn visit_item(&mut self, _: &'a syn::Item) {}
}

fn returns(expr: &Expr) -> bool {
    let mut leaves = Leaves { returns: false };
    syn::visit::Visit::visit_expr(&mut leaves, expr);
    leaves.returns
}

/// Whether a statement may leave the function by `return`.
pub(crate) fn returns_in(stmt: &Stmt) -> bool {
    let mut leaves = Leaves { returns: false };
    syn::visit::Visit::visit_stmt(&mut leaves, stmt);
    leaves.returns
}

/// Whether a statement may leave a labelled block that it stands in.
fn breaks_label(stmt: &Stmt) -> bool {
    struct Labels(Vec<String>, bool);
    impl<'a> syn::visit::Visit<'a> for Labels {
        fn visit_expr_break(&mut self, expr: &'a syn::ExprBreak) {
            self.1 |= expr.label.as_ref().is_some_and(|label| !self.0.contains(&label.ident.to_string()));
        }
        fn visit_label(&mut self, label: &'a syn::Label) {
            self.0.push(label.name.ident.to_string());
        }
        fn visit_expr_closure(&mut self, _: &'a syn::ExprClosure) {}
        fn visit_item(&mut self, _: &'a syn::Item) {}
    }
    let mut labels = Labels(Vec::new(), false);
    syn::visit::Visit::visit_stmt(&mut labels, stmt);
    labels.1
}

fn breaks(body: &Block) -> bool {
    struct Breaks {
        found: bool,
        depth: usize,
    }
    impl<'a> syn::visit::Visit<'a> for Breaks {
        fn visit_expr_break(&mut self, expr: &'a syn::ExprBreak) {
            self.found |= self.depth == 0 || expr.label.is_some();
        }
        fn visit_expr_closure(&mut self, _: &'a syn::ExprClosure) {}
        fn visit_item(&mut self, _: &'a syn::Item) {}
        fn visit_expr_loop(&mut self, expr: &'a syn::ExprLoop) {
            self.depth += 1;
            syn::visit::visit_expr_loop(self, expr);
            self.depth -= 1;
        }
        fn visit_expr_while(&mut self, expr: &'a syn::ExprWhile) {
            self.depth += 1;
            syn::visit::visit_expr_while(self, expr);
            self.depth -= 1;
        }
        fn visit_expr_for_loop(&mut self, expr: &'a syn::ExprForLoop) {
            self.depth += 1;
            syn::visit::visit_expr_for_loop(self, expr);
            self.depth -= 1;
        }
    }
    let mut breaks = Breaks { found: false, depth: 0 };
    syn::visit::Visit::visit_block(&mut breaks, body);
    breaks.found
}

fn diverges(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Expr(expr, _) => diverges_expr(expr),
        Stmt::Macro(mac) => is_panic(&mac.mac),
        _ => false,
    }
}

fn diverges_expr(expr: &Expr) -> bool {
    match expr {
        Expr::Macro(mac) => is_panic(&mac.mac),
        Expr::Paren(inner) => diverges_expr(&inner.expr),
        Expr::Loop(repeat) => !breaks(&repeat.body),
        Expr::Block(block) => block.block.stmts.iter().any(diverges),
        Expr::Call(call) => {
            let path = quoted(&call.func);
            ["process::exit", "process::abort", "panic::resume_unwind", "resume_unwind"]
                .iter()
                .any(|end| path.trim_matches('`').ends_with(end))
        }
        Expr::Break(_) | Expr::Continue(_) => true,
        _ => false,
    }
}

fn is_panic(mac: &syn::Macro) -> bool {
    mac.path.segments.last().is_some_and(|last| {
        ["panic", "unreachable", "todo", "unimplemented"].iter().any(|name| last.ident == name)
    })
}

/// The ends of a statement's expression.
fn ends_without_semicolon(stmt: &Stmt) -> (proc_macro2::Span, proc_macro2::Span) {
    match stmt {
        Stmt::Expr(expr, _) => ends_of(expr),
        other => ends_of(other),
    }
}
