//! An async sibling of a method that keeps its callback form: for a trait, whose implementations are elsewhere.
//!
//! ```text
//! fn fetch(&self, id: u64, done: Box<dyn FnOnce(User)>);    =>   the same, and beside it
//!
//!                                                                fn fetch_async(&self, id: u64) -> Started<User, ()> {
//!                                                                    start_with!(self.fetch(id, Box::new(_))).1
//!                                                                }
//! ```
//!
//! The future has a type with a name and borrows nothing: the trait stays usable as a trait object, and what the future
//! gives can be awaited anywhere. It has started when the method returns, as the callback form has.
//!
//! Condition: the other parameters are names, so that they can be handed on.
use syn::{FnArg, Pat, ReturnType};

use super::out::{Block, Delim, Line, Piece};
use super::signature::{Kind, Signature};
use crate::recognise::Completion;
use crate::refusal::{Code, Finding};
use crate::rules::{Form, mark_of_completion};
use crate::{Converted, Function, Options};
use proc_macro2::{Delimiter, Ident};

/// Writes the sibling alone.
pub(crate) fn write<'a>(
    function: Function<'a>,
    completion: &Completion<'a>,
    options: &Options,
) -> Result<Converted<'a>, Finding> {
    let returns = matches!(&function.sig.output, ReturnType::Type(..));
    let kind = if returns { Kind::StartedWith } else { Kind::Started };
    let signature =
        Signature { function, completion, options, kind, form: Form::Same, is_assigned: &|_| false };

    let mut args: Vec<Vec<Piece<'a>>> = Vec::new();
    let mut callee = vec![Piece::Ours("Self::".into())];
    for (index, input) in function.sig.inputs.iter().enumerate() {
        let typed = match input {
            FnArg::Receiver(receiver) => {
                let this = Ident::new("self", receiver.self_token.span);
                callee = vec![Piece::Name(this), Piece::Ours(".".into())];
                continue;
            }
            FnArg::Typed(typed) => typed,
        };
        if let Some(part) = completion.parts.iter().find(|part| part.index == index) {
            args.push(vec![Piece::Ours(mark_of_completion(part, false).into())]);
            continue;
        }
        let Pat::Ident(name) = &*typed.pat else {
            let message = "this parameter is a pattern, which the async sibling cannot hand on";
            return Err(Finding::about(Code::UC17, &*typed.pat, message));
        };
        args.push(vec![Piece::Name(name.ident.clone())]);
    }
    let mut inside = callee;
    inside.push(Piece::Name(function.sig.ident.clone()));
    inside.push(crate::rules::tuple(args));
    let call = Piece::Group(Delim::Ours(Delimiter::Parenthesis), inside);
    let end = if returns { "" } else { ".1" };
    let body = Line::new().ours(format!("{}start_with!", options.root)).with([call]).ours(end);
    let line = signature.write().with([Piece::Block(Block::ours(vec![body]))]);
    Ok(Converted { pieces: line.pieces, notes: Vec::new(), uses: vec!["start_with"], recorders: Vec::new() })
}
