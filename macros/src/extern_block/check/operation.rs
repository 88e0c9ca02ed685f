//! Functions whose callback belongs to one operation, or to a closure: `once`, `pair`, `list`, `stream`, `ask`.
use super::function::{Function, Role};
use super::{answers, cancellation, on_panic, refused, require};
use crate::extern_block::block::Block;
use crate::extern_block::keys::{Keys, Kind};
use crate::extern_block::values::{Callback, Data, Home, Mapping, Place};
use proc_macro2::Span;
use syn::{Error, Expr, ExprCall, Ident, Path, Result, ReturnType, Type, parse_quote};

pub(in crate::extern_block) struct Operation {
    pub(in crate::extern_block) function: Function,
    pub(in crate::extern_block) keys: Keys,
    pub(in crate::extern_block) data: Data,
    /// The parameters that take callbacks; none if the callback goes into a field.
    pub(in crate::extern_block) callbacks: Vec<Ident>,
    /// Argument types that are handed on as they are: the compiler checks that they can't dangle.
    pub(in crate::extern_block) by_value: Vec<Type>,
    /// Where a question's name is among the arguments without the user data.
    pub(in crate::extern_block) question: usize,
}

impl Operation {
    pub(super) fn new(mut function: Function, keys: Keys, block: &Block) -> Result<Self> {
        let callbacks = function.callbacks(&keys)?;
        let data = function.data(&keys, &callbacks)?;
        if let Some(name) = &keys.destroy {
            function.set_role(name, Role::Provided)?;
        }
        for name in &keys.keep {
            function.set_role(name, Role::Kept)?;
        }
        function.listed(&keys)?;
        if keys.kind != Kind::Ask {
            // A question's call is over when the sibling returns: everything is borrowed for it.
            function.pointers(&keys)?;
            refused(&function, &keys)?;
        }
        let mut operation = Self { function, keys, data, callbacks, by_value: Vec::new(), question: 0 };
        operation.home()?;
        operation.on_loop(block)?;
        match operation.keys.kind {
            Kind::Once => operation.once(block),
            Kind::Pair => operation.pair(block),
            Kind::List => operation.list(block),
            Kind::Stream => operation.stream(block),
            Kind::Hook => operation.hook(block),
            Kind::Notify => operation.notify(block),
            Kind::Reply => operation.reply(block),
            _ => operation.ask(),
        }?;
        Ok(operation)
    }

    pub(in crate::extern_block) fn on_object(&self) -> bool {
        matches!(self.data.home, Home::Object(_))
    }

    /// Which kinds can have their user data where it was said to be.
    fn home(&self) -> Result<()> {
        let (keys, span) = (&self.keys, self.data.parameter.span());
        match self.data.home {
            Home::Argument(_) => {}
            Home::Field(..) => {
                require(
                    keys.kind == Kind::Once && keys.destroy.is_none() && keys.answer.is_none(),
                    span,
                    "user data in a field is for `once` without `destroy` and `answer`; for others write the callback by hand, with `ffi::Shared`",
                )?;
                let message = "missing `result = |request, arguments| -> Type { .. }`: a closure that reads the request";
                require(matches!(keys.result, Some(Mapping::Closure(..))), keys.span, message)?;
            }
            Home::Object(_) if keys.destroy.is_some() => {
                let message = "user data of an object is not destroyed with one of its callbacks: leave `destroy` out, or say where the user data \
                               of this one is";
                return Err(Error::new(span, message));
            }
            Home::Object(_) => require(
                matches!(keys.kind, Kind::Ask | Kind::Stream),
                span,
                "user data of an object can't tell one operation from another: if they have ids, it is `keyed(..)`; a callback that comes again \
                 and again is `stream(..)`, one that a closure answers is `ask(..)`",
            )?,
            Home::Absent => self.absent()?,
        }
        if let (Some(_), false) = (&keys.slots, matches!(self.data.home, Home::Absent)) {
            return Err(Error::new(
                keys.span,
                "`slots` goes together with `data = none`: user data tells callbacks apart",
            ));
        }
        require(
            !matches!(keys.cb, Some(Callback::Field(_))) || matches!(self.data.home, Home::Field(..)),
            keys.span,
            "`cb = field(path)` goes together with `data = request @ field(path)`, which says whose field it is",
        )
    }

    /// What begins on another thread, later, can't borrow, and belongs to that thread's loop.
    fn on_loop(&self, block: &Block) -> Result<()> {
        if !self.keys.on_loop() {
            return Ok(());
        }
        if let Some(name) = self.keys.borrowed.first() {
            return Err(Error::new(
                name.span(),
                format!(
                    "with `thread = loop` the function is called on the loop's thread, when the sibling has returned: `{name}` can't be borrowed. \
                     One of:\n\
                     `keep({name})`: the async function takes the buffer by value and keeps it until the callback\n\
                     `handle({name})`: it is an object of the library, which outlives the operation"
                ),
            ));
        }
        let owner = self.keys.owner.or_else(|| block.owner.as_ref().map(|_| self.keys.span));
        owner.map_or(Ok(()), |span| {
            let message = "with `thread = loop` an operation belongs to its loop, an `ffi::LoopThread`, and to no other owner: leave out either";
            Err(Error::new(span, message))
        })
    }

    fn once(&mut self, block: &Block) -> Result<()> {
        self.cancellation(block)?;
        answers(&self.keys, self.function.bare_callback(&self.callbacks))?;
        require(
            self.keys.destroy.is_none() || self.keys.answer.is_none(),
            self.keys.span,
            "a callback with an answer and a destroy function is not supported",
        )?;
        self.result()
    }

    fn pair(&self, block: &Block) -> Result<()> {
        self.cancellation(block)?;
        require(
            self.keys.ok.is_some() && self.keys.err.is_some(),
            self.keys.span,
            "missing `ok = |arguments| -> Type { .. }` or `err = ..`: what the two callbacks bring",
        )
    }

    fn cancellation(&self, block: &Block) -> Result<()> {
        let keys = &self.keys;
        let class = cancellation(keys)?;
        require(
            class != "silent_then_destroy" || keys.destroy.is_some(),
            class.span(),
            "missing `destroy = parameter`: the parameter that takes the destroy function",
        )?;
        require(
            class != "none"
                || keys.owner.is_some()
                || block.owner.is_some()
                || keys.destroy.is_some()
                || keys.on_loop(),
            class.span(),
            "a callback that is lost can't be seen: add `owner`, so that closing the object fails what is outstanding, or `destroy = parameter`",
        )?;
        self.owner(block, true)
    }

    fn list(&self, block: &Block) -> Result<()> {
        self.overflow()?;
        self.owner(block, false)?;
        let step =
            "missing `result = |arguments| -> Step<Item, Error> { .. }`: an item, the end, or a failure";
        require(self.keys.result.is_some(), self.keys.span, step)
    }

    fn stream(&mut self, block: &Block) -> Result<()> {
        self.overflow()?;
        if self.on_object() {
            answers(&self.keys, self.function.bare_callback(&self.callbacks))?;
            self.owner(block, false)?;
        } else {
            self.lasts(block)?;
            self.returns_nothing("it is a question, `#[ask(..)]`, or `#[hook(..)]` if it stays registered")?;
        }
        self.result()
    }

    fn ask(&self) -> Result<()> {
        let callback = self.function.bare_callback(&self.callbacks);
        let returns_nothing = callback.is_some_and(|bare| matches!(bare.output, ReturnType::Default));
        if returns_nothing && self.keys.on_panic.is_none() { Ok(()) } else { on_panic(&self.keys) }
    }

    pub(super) fn overflow(&self) -> Result<()> {
        let choices = "one of: Unbounded, DropNewest(n), DropOldest(n), Latest. A callback can't wait, so something has to give";
        let Some(overflow) = &self.keys.overflow else {
            return Err(Error::new(self.keys.span, format!("missing `overflow`: {choices}")));
        };
        let word: Option<&Path> = match overflow {
            Expr::Path(path) => Some(&path.path),
            Expr::Call(ExprCall { func, args, .. }) if args.len() == 1 => match &**func {
                Expr::Path(path) => Some(&path.path),
                _ => None,
            },
            _ => None,
        };
        let known = |path: &&Path| {
            ["Unbounded", "DropNewest", "DropOldest", "Latest"].iter().any(|known| path.is_ident(known))
        };
        if word.filter(known).is_none() {
            return Err(Error::new_spanned(overflow, format!("`overflow` is {choices}")));
        }
        Ok(())
    }

    /// What was not said about the result is the callback's arguments themselves: allowed if none of them can dangle.
    fn result(&mut self) -> Result<()> {
        if self.keys.result.is_some() {
            return Ok(());
        }
        let missing = || {
            Error::new(
                self.keys.span,
                "missing `result = |arguments| -> Type { .. }`: pointers in a callback are valid only during the call, so what \
                 is kept must be copied there; see the C documentation for how long each lives",
            )
        };
        let bare = self.function.bare_callback(&self.callbacks).ok_or_else(missing)?;
        let at = match self.data.place() {
            Place::First => 0,
            Place::Last => bare.inputs.len().saturating_sub(1),
            Place::Nth(at) => at,
            Place::Absent => usize::MAX,
        };
        let others = bare.inputs.iter().enumerate().filter(|(i, _)| *i != at);
        let types: Vec<Type> = others.map(|(_, input)| input.ty.clone()).collect();
        if types.iter().any(|ty| !matches!(ty, Type::Path(_))) {
            return Err(missing());
        }
        let names: Vec<Ident> =
            (0..types.len()).map(|i| Ident::new(&format!("a{i}"), Span::mixed_site())).collect();
        let (closure, ty): (syn::ExprClosure, Type) = match &names[..] {
            [one] => (parse_quote!(|#one| -> #(#types)* { #one }), parse_quote!(#(#types)*)),
            names => {
                (parse_quote!(|#(#names),*| -> (#(#types),*) { (#(#names),*) }), parse_quote!((#(#types),*)))
            }
        };
        self.keys.result = Some(Mapping::Closure(closure, ty));
        self.by_value = types;
        Ok(())
    }
}
