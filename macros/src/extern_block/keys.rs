//! What `#[once(..)]` and the other helper attributes say, and which key belongs to which of them.
use super::values::{Callback, Data, Id, Key, Mapping, Place, Slots};
use super::words::{one_of, put, words};
use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{Attribute, Error, Expr, ExprClosure, Ident, Result, Token};

/// What kind of callback the function takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Once,
    Pair,
    List,
    Stream,
    Ask,
    Hook,
    Notify,
    Reply,
    Keyed,
    FdInterest,
    Timer,
}
use Kind::{Ask, FdInterest, Hook, Keyed, List, Notify, Once, Pair, Reply, Stream, Timer};

const KINDS: [(Kind, &str); 11] = [
    (Once, "once"),
    (Pair, "pair"),
    (List, "list"),
    (Stream, "stream"),
    (Ask, "ask"),
    (Hook, "hook"),
    (Notify, "notify"),
    (Reply, "reply"),
    (Keyed, "keyed"),
    (FdInterest, "fd_interest"),
    (Timer, "timer"),
];

impl Kind {
    pub(super) fn of(attribute: &Attribute) -> Option<Self> {
        let name = attribute.path().get_ident()?;
        KINDS.iter().find_map(|(kind, word)| (name == word).then_some(*kind))
    }

    pub(super) fn word(self) -> &'static str {
        KINDS.iter().find_map(|(kind, word)| (*kind == self).then_some(*word)).unwrap_or_default()
    }
}

const ALL: &[Kind] = &[Once, Pair, List, Stream, Ask, Hook, Notify, Reply, Keyed, FdInterest, Timer];
/// What stays registered, and ends with an object.
const LASTING: [Kind; 4] = [Stream, Hook, Notify, Reply];

/// Every key, and the kinds for which it means something.
const KEYS: [(&str, &[Kind]); 31] = [
    ("cb", ALL),
    ("data", ALL),
    ("slots", &[Once, List, Stream, Hook, Notify, Reply]),
    ("result", &[Once, List, Stream, Reply, Keyed, FdInterest, Timer]),
    ("ok", &[Pair]),
    ("err", &[Pair]),
    ("id", &[Keyed]),
    ("key", &[Keyed]),
    ("event", &[Keyed]),
    ("drain", &[Keyed]),
    ("refused", &[Once, Pair, List, Stream, Hook, Notify, Reply, Keyed]),
    ("failed", &[Once, Pair]),
    ("cancelled", &[Once, Pair, Keyed]),
    ("cancel", &[Once, Pair, List, Keyed]),
    ("unregister", &LASTING),
    ("destroy", &[Once, Stream]),
    ("overflow", &[List, Stream, Reply]),
    ("answer", &[Once, Stream, Keyed, FdInterest, Timer]),
    ("on_panic", &[Once, Stream, Ask, Hook, Keyed, FdInterest, Timer]),
    ("question", &[Reply]),
    ("send", &[Reply]),
    ("dropped", &[Reply]),
    ("unwind", ALL),
    ("thread", &[Once, Pair, Reply]),
    ("inside", &[Once, Pair]),
    ("owner", &[Once, Pair, List, Stream, Hook, Notify, Reply]),
    ("ready", &[FdInterest]),
    ("due", &[Timer]),
    ("keep", &[Once, Pair]),
    ("borrowed", ALL),
    ("handle", ALL),
];

/// Everything that one helper attribute says.
pub(super) struct Keys {
    pub(super) kind: Kind,
    /// The attribute's name: what errors about missing keys point to.
    pub(super) span: Span,
    pub(super) cb: Option<Callback>,
    pub(super) data: Option<Data>,
    pub(super) slots: Option<Slots>,
    pub(super) result: Option<Mapping>,
    pub(super) ok: Option<Mapping>,
    pub(super) err: Option<Mapping>,
    pub(super) id: Option<Id>,
    pub(super) key: Option<Key>,
    pub(super) event: Option<Ident>,
    pub(super) drain: Option<Expr>,
    pub(super) refused: Option<Ident>,
    pub(super) failed: Option<Expr>,
    pub(super) cancelled: Option<Ident>,
    pub(super) cancel: Option<Expr>,
    pub(super) unregister: Option<Expr>,
    pub(super) destroy: Option<Ident>,
    pub(super) overflow: Option<Expr>,
    pub(super) answer: Option<Expr>,
    pub(super) on_panic: Option<Expr>,
    pub(super) question: Option<Place>,
    pub(super) send: Option<ExprClosure>,
    pub(super) dropped: Option<Expr>,
    pub(super) unwind: Option<Ident>,
    pub(super) thread: Option<Ident>,
    pub(super) inside: Option<Ident>,
    pub(super) owner: Option<Span>,
    pub(super) ready: Option<ExprClosure>,
    pub(super) due: Option<Expr>,
    pub(super) keep: Vec<Ident>,
    pub(super) borrowed: Vec<Ident>,
    pub(super) handle: Vec<Ident>,
}

impl Keys {
    pub(super) fn parse(attribute: &Attribute) -> Result<Self> {
        let span = attribute.path().get_ident().map_or_else(Span::call_site, Ident::span);
        let kind = Kind::of(attribute).ok_or_else(|| Error::new(span, "not a kind of callback"))?;
        let mut keys = Self {
            kind,
            span,
            cb: None,
            data: None,
            slots: None,
            result: None,
            ok: None,
            err: None,
            id: None,
            key: None,
            event: None,
            drain: None,
            refused: None,
            failed: None,
            cancelled: None,
            cancel: None,
            unregister: None,
            destroy: None,
            overflow: None,
            answer: None,
            on_panic: None,
            question: None,
            send: None,
            dropped: None,
            unwind: None,
            thread: None,
            inside: None,
            owner: None,
            ready: None,
            due: None,
            keep: Vec::new(),
            borrowed: Vec::new(),
            handle: Vec::new(),
        };
        if let syn::Meta::List(list) = &attribute.meta {
            list.parse_args_with(|input: ParseStream<'_>| {
                while !input.is_empty() {
                    keys.parse_one(input)?;
                    if !input.is_empty() {
                        input.parse::<Token![,]>()?;
                    }
                }
                Ok(())
            })?;
        }
        Ok(keys)
    }

    fn parse_one(&mut self, input: ParseStream<'_>) -> Result<()> {
        let key: Ident = input.parse()?;
        self.belongs(&key)?;
        match key.to_string().as_str() {
            "owner" => return put(&key, &mut self.owner, key.span()),
            "keep" => return extend(input, &mut self.keep),
            "borrowed" => return extend(input, &mut self.borrowed),
            "handle" => return extend(input, &mut self.handle),
            _ => input.parse::<Token![=]>()?,
        };
        match key.to_string().as_str() {
            "cb" => put(&key, &mut self.cb, input.parse()?),
            "data" => put(&key, &mut self.data, input.parse()?),
            "slots" => put(&key, &mut self.slots, input.parse()?),
            "result" => put(&key, &mut self.result, input.parse()?),
            "ok" => put(&key, &mut self.ok, input.parse()?),
            "err" => put(&key, &mut self.err, input.parse()?),
            "id" => put(&key, &mut self.id, input.parse()?),
            "key" => put(&key, &mut self.key, input.parse()?),
            "event" => put(&key, &mut self.event, input.parse()?),
            "drain" => put(&key, &mut self.drain, input.parse()?),
            "refused" => put(&key, &mut self.refused, one_of(input, &key, &REFUSALS)?),
            "failed" => put(&key, &mut self.failed, input.parse()?),
            "cancelled" => put(&key, &mut self.cancelled, one_of(input, &key, &CLASSES)?),
            "cancel" => put(&key, &mut self.cancel, input.parse()?),
            "unregister" => put(&key, &mut self.unregister, input.parse()?),
            "destroy" => put(&key, &mut self.destroy, input.parse()?),
            "overflow" => put(&key, &mut self.overflow, input.parse()?),
            "answer" => put(&key, &mut self.answer, input.parse()?),
            "on_panic" => put(&key, &mut self.on_panic, input.parse()?),
            "question" => put(&key, &mut self.question, input.parse()?),
            "send" => put(&key, &mut self.send, input.parse()?),
            "dropped" => put(&key, &mut self.dropped, input.parse()?),
            "unwind" => put(&key, &mut self.unwind, one_of(input, &key, &["catch", "abort"])?),
            "thread" => put(&key, &mut self.thread, one_of(input, &key, &["same", "loop", "any"])?),
            "inside" => put(&key, &mut self.inside, one_of(input, &key, &["maybe", "never"])?),
            "ready" => put(&key, &mut self.ready, input.parse()?),
            _ => put(&key, &mut self.due, input.parse()?),
        }
    }

    /// Whether this kind has such a key.
    fn belongs(&self, key: &Ident) -> Result<()> {
        let kind = self.kind;
        let own = KEYS.iter().filter(|(_, kinds)| kinds.contains(&kind));
        let own = own.map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let Some((_, kinds)) = KEYS.iter().find(|(word, _)| key == word) else {
            let message = format!("unknown key `{key}`; `{}` has {own}", kind.word());
            return Err(Error::new(key.span(), message));
        };
        if kinds.contains(&kind) {
            return Ok(());
        }
        let others: Vec<_> = kinds.iter().map(|kind| format!("`{}`", kind.word())).collect();
        let message = format!(
            "`{key}` means nothing for `{}`, which has {own}; it is for {}",
            kind.word(),
            others.join(", ")
        );
        Err(Error::new(key.span(), message))
    }

    pub(super) fn aborts(&self) -> bool {
        self.unwind.as_ref().is_some_and(|word| word == "abort")
    }

    /// Whether operations begin on the thread of the library's own loop.
    pub(super) fn on_loop(&self) -> bool {
        self.thread.as_ref().is_some_and(|word| word == "loop")
    }

    pub(super) fn never_inside(&self) -> bool {
        self.inside.as_ref().is_some_and(|word| word == "never")
    }
}

const REFUSALS: [&str; 4] = ["nonzero", "negative", "null", "never"];
const CLASSES: [&str; 5] = ["fires", "silent", "silent_then_destroy", "blocks", "none"];

fn extend(input: ParseStream<'_>, place: &mut Vec<Ident>) -> Result<()> {
    place.extend(words(input)?);
    Ok(())
}
