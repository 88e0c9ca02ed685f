//! CONVERTED: a call of a function that is converted together with this one is awaited itself.
//!
//! ```text
//! fetch_twice(id, move |v| C)     =>   let v = fetch_twice(id).await;  C
//! fetch_twice(id, move |v| C); R  =>   let pending = kick_now(fetch_twice(id));  R  let v = pending.await;  C
//! walk(n - 1, move |v| C)         =>   let v = Box::pin(walk(n - 1)).await;  C      within `walk`
//! ```
//!
//! Condition: the callee can't answer before it suspends, or nothing stands behind the call, or the callback suspends
//! again (UC04, in `rest.rs`).
use quote::ToTokens;
use syn::Expr;

use crate::cps::tree::Await;
use crate::plan::out::{Piece, parens};
use crate::plan::writer::{Writer, wrapped};
use crate::switch::Rule;

impl<'a> Writer<'a, '_> {
    /// The callee's own future, if the suspension calls a converted function or a join point.
    pub(crate) fn direct(&mut self, suspension: &Await<'a>, starts: bool) -> Option<Vec<Piece<'a>>> {
        let mut future = if suspension.calls_join_point() {
            vec![Piece::Keep(suspension.call)]
        } else {
            let new_name = self.unit.callee(suspension)?.new_name.as_deref();
            let call = without_places(suspension, new_name);
            if self.unit.is_recursive(&self.function, suspension) && self.options.keeps(Rule::Boxed) {
                wrapped("Box::pin", call)
            } else {
                call
            }
        };
        if starts {
            future = wrapped(self.core("kick_now"), future);
        }
        Some(future)
    }

    /// Whether a suspension calls a converted function or a join point.
    pub(crate) fn is_direct(&self, suspension: &Await<'a>) -> bool {
        suspension.calls_join_point() || self.unit.callee(suspension).is_some()
    }
}

/// The call without the arguments that were callbacks.
fn without_places<'a>(suspension: &Await<'a>, new_name: Option<&str>) -> Vec<Piece<'a>> {
    let (mut pieces, paren, args): (Vec<Piece<'a>>, _, _) = match suspension.call {
        Expr::Call(call) => {
            let callee = match (new_name, &*call.func) {
                (Some(name), Expr::Path(path)) if path.path.segments.len() > 1 => {
                    Piece::Ours(format!("Self::{name}").into())
                }
                (Some(name), _) => Piece::Ours(name.to_owned().into()),
                (None, func) => Piece::Keep(func),
            };
            (vec![callee], &call.paren_token, &call.args)
        }
        Expr::MethodCall(call) => {
            let mut pieces: Vec<Piece<'a>> = vec![Piece::Keep(&*call.receiver), Piece::Keep(&call.dot_token)];
            pieces.push(match new_name {
                Some(name) => Piece::Ours(name.to_owned().into()),
                None => Piece::Keep(&call.method),
            });
            pieces.extend(call.turbofish.as_ref().map(|turbofish| Piece::Keep(turbofish as &dyn ToTokens)));
            (pieces, &call.paren_token, &call.args)
        }
        other => return vec![Piece::Keep(other)],
    };
    let kept: Vec<_> = args.pairs().filter(|pair| !suspension.is_callback(pair.value())).collect();
    let count = kept.len();
    let mut inside = Vec::new();
    for (index, pair) in kept.into_iter().enumerate() {
        let (arg, comma) = pair.into_tuple();
        inside.push(Piece::Keep(arg as &dyn ToTokens));
        if let (Some(comma), true) = (comma, index + 1 < count) {
            inside.push(Piece::Keep(comma));
        }
    }
    pieces.push(parens(paren, inside));
    pieces
}
