//! UC21: a function that blocks its thread until a callback has run.
//!
//! ```text
//! let (tx, rx) = channel();
//! op(x, move |v| tx.send(v).unwrap());
//! let v = rx.recv().unwrap();            an executor's thread would wait for what only it can make happen
//! ```
use syn::visit::{self, Visit};
use syn::{Block, Expr, Pat};

use super::tree::ident_of;
use crate::order::names;
use crate::refusal::{Code, Finding};

/// The first place that waits for a message that a callback of this function sends.
pub(crate) fn find(block: &Block) -> Option<Finding> {
    let mut look = Look { channels: Vec::new(), sending: Vec::new(), waits: Vec::new() };
    look.visit_block(block);
    let wait = look.waits.iter().find(|(receiver, _)| {
        let pair = look.channels.iter().find(|(_, theirs)| theirs == receiver);
        pair.is_some_and(|(sender, _)| look.sending.contains(sender))
    })?;
    let message = "this blocks the thread until the callback that sends to it has run";
    Some(Finding::about(Code::UC21, wait.1, message))
}

struct Look<'a> {
    /// Sender and receiver of each channel that is made here.
    channels: Vec<(String, String)>,
    /// The senders that a callback has captured.
    sending: Vec<String>,
    /// Where which receiver is waited for.
    waits: Vec<(String, &'a Expr)>,
}

impl<'a> Visit<'a> for Look<'a> {
    fn visit_local(&mut self, local: &'a syn::Local) {
        if let (Pat::Tuple(pair), Some(init)) = (&local.pat, &local.init) {
            let names: Vec<_> =
                pair.elems.iter().flat_map(names::bound_by).map(ToString::to_string).collect();
            if let ([sender, receiver], true) = (&names[..], makes_channel(&init.expr)) {
                self.channels.push((sender.clone(), receiver.clone()));
            }
        }
        visit::visit_local(self, local);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::MethodCall(call) = expr {
            let blocks = ["recv", "recv_timeout", "iter"].iter().any(|method| call.method == method);
            if let (true, Some(receiver)) = (blocks, ident_of(&call.receiver)) {
                self.waits.push((receiver.to_string(), expr));
            }
        }
        visit::visit_expr(self, expr);
    }

    fn visit_expr_closure(&mut self, closure: &'a syn::ExprClosure) {
        // A sender is made before it is captured.
        if !self.channels.is_empty() {
            self.sending.extend(names::of_closure(closure));
        }
        visit::visit_expr_closure(self, closure);
    }
}

fn makes_channel(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else { return false };
    let name = super::place::last_name(&call.func);
    ["channel", "sync_channel", "unbounded", "bounded"].contains(&name.as_str())
}
