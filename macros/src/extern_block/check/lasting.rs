//! Callbacks that stay registered until they are taken back, and those without user data.
use super::function::Role;
use super::operation::Operation;
use super::{on_panic, place, require};
use crate::extern_block::block::Block;
use crate::extern_block::keys::Kind;
use crate::extern_block::values::{Home, SLOTS};
use syn::{Error, Pat, Result, ReturnType};

impl Operation {
    /// Whom the operation belongs to: the key `owner`, or the object of the block.
    pub(super) fn owner(&self, block: &Block, needed: bool) -> Result<()> {
        let Some(owner) = &block.owner else { return Ok(()) };
        if let Some(span) = self.keys.owner {
            return Err(Error::new(span, format!("the owner is `{}`, as the block says", owner.name)));
        }
        let objects = self.function.parameters.iter().filter(|p| p.role == Role::Object).count();
        require(
            objects == 1 || objects == 0 && !needed,
            self.keys.span,
            format!(
                "the operation belongs to a `{}`, but {objects} parameters have the type of its handle",
                owner.name
            ),
        )
    }

    /// What ends a registration.
    pub(super) fn lasts(&self, block: &Block) -> Result<()> {
        self.owner(block, false)?;
        require(
            self.keys.unregister.is_some(),
            self.keys.span,
            "missing `unregister = function(arguments)`: what ends the subscription; `handle` is what the function returned",
        )
    }

    /// C does not want to hear anything from a callback of this kind.
    pub(super) fn returns_nothing(&self, otherwise: &str) -> Result<()> {
        let callback = self.function.bare_callback(&self.callbacks);
        let returns = callback.is_some_and(|bare| !matches!(bare.output, ReturnType::Default));
        require(
            !returns && self.keys.answer.is_none(),
            self.keys.span,
            format!("this callback returns a value to C: {otherwise}"),
        )
    }

    pub(super) fn hook(&self, block: &Block) -> Result<()> {
        self.lasts(block)?;
        let callback = self.function.bare_callback(&self.callbacks);
        let returns_nothing = callback.is_some_and(|bare| matches!(bare.output, ReturnType::Default));
        if returns_nothing && self.keys.on_panic.is_none() { Ok(()) } else { on_panic(&self.keys) }
    }

    pub(super) fn notify(&self, block: &Block) -> Result<()> {
        self.lasts(block)?;
        self.returns_nothing("it is a question, `#[hook(..)]`")
    }

    pub(super) fn reply(&mut self, block: &Block) -> Result<()> {
        self.lasts(block)?;
        self.returns_nothing("write it by hand, with `ffi::Shared::register` and `ffi::Reply`")?;
        self.overflow()?;
        let (keys, span) = (&self.keys, self.keys.span);
        let Some(question) = keys.question else {
            let message = "missing `question = place`: which parameter of the callback names the question to C when it is answered? One of: first, \
             last, nth(index), counted from 0 with the user data";
            return Err(Error::new(span, message));
        };
        let Some(send) = &keys.send else {
            let message = "missing `send = |answer: Type| function(question, answer)`: how C gets the answer; `question` is what the callback brought";
            return Err(Error::new(span, message));
        };
        require(
            matches!(send.inputs.first(), Some(Pat::Type(_))) && send.inputs.len() == 1,
            span,
            "`send` is a closure with one parameter, whose type is said: `|answer: Type| function(question, answer)`",
        )?;
        require(
            keys.dropped.is_some(),
            span,
            "missing `dropped = expression`: what C hears if nobody answers, because a panic, a full stream or a lost task has dropped the question",
        )?;
        let Some(result) = &keys.result else {
            let message = "missing `result = |arguments| -> Type { .. }`: what is asked; pointers in it are valid only during the call";
            return Err(Error::new(span, message));
        };
        let any = keys.thread.as_ref().is_some_and(|word| word == "any");
        let message = "missing `thread = any`: C may be answered on any thread, because the question goes to whatever task answers it. If it may \
                       not, write it by hand, with `ffi::Reply`, and answer on C's thread";
        require(any, span, message)?;
        let seen = self.function.bare_callback(&self.callbacks).map(|bare| bare.inputs.len());
        let with_data = usize::from(!matches!(self.data.home, Home::Absent));
        let count = seen.or_else(|| result.arity().map(|arity| arity + with_data));
        self.question = place::index(question, self.data.place(), count, "question", span)?;
        Ok(())
    }

    /// A callback without user data.
    pub(super) fn absent(&self) -> Result<()> {
        let (keys, span) = (&self.keys, self.data.parameter.span());
        require(
            keys.kind != Kind::Pair && keys.destroy.is_none(),
            span,
            "without user data, success and failure can't be told to belong together, and there is nothing to destroy: write it by hand, with `ffi::lend_once`",
        )?;
        require(keys.kind == Kind::Ask || keys.slots.is_some(), span, format!("missing `slots`: {SLOTS}"))
    }
}
