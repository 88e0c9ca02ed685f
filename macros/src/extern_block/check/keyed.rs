//! Operations that are told apart by an id: their completions arrive at one callback of the object, or are asked for.
use super::function::{Function, Role, all_names};
use super::{answers, cancellation, place, refused, require};
use crate::extern_block::block::Block;
use crate::extern_block::keys::Keys;
use crate::extern_block::values::{Data, Home, Id, Key, Mapping};
use syn::{Error, Expr, Ident, Result, ReturnType, Type, parse_quote};

pub(in crate::extern_block) struct Keyed {
    pub(in crate::extern_block) function: Function,
    pub(in crate::extern_block) keys: Keys,
    pub(in crate::extern_block) known: Known,
    /// The type of the id in the table.
    pub(in crate::extern_block) id: Type,
    /// The type of what the operation brings.
    pub(in crate::extern_block) value: Type,
    pub(in crate::extern_block) source: Source,
}

/// How the id becomes known.
pub(in crate::extern_block) enum Known {
    /// Through this parameter.
    Out(Ident),
    Returned,
    /// It is this parameter. Pointers are known by their addresses.
    Passed(Ident, bool),
}

/// Where completions come from.
pub(in crate::extern_block) enum Source {
    Event(Box<Event>),
    /// An expression that gives a pointer to the next one, and null at the end.
    Drain(Expr),
}

/// The callback of the object.
pub(in crate::extern_block) struct Event {
    pub(in crate::extern_block) setter: Function,
    pub(in crate::extern_block) callback: Ident,
    pub(in crate::extern_block) data: Data,
    /// Where the id is among the arguments without the user data.
    pub(in crate::extern_block) key: usize,
}

impl Keyed {
    pub(super) fn new(mut function: Function, keys: Keys, block: &Block) -> Result<Self> {
        let (known, id) = known(&mut function, &keys)?;
        function.listed(&keys)?;
        function.pointers(&keys)?;
        refused(&function, &keys)?;
        let class = cancellation(&keys)?;
        require(
            class != "silent_then_destroy",
            class.span(),
            "there is no destroy function in a keyed operation: it is `silent`",
        )?;
        let Some(result) = &keys.result else {
            let form = if keys.drain.is_some() {
                "missing `result = |message| -> (Id, Value) { .. }`: whose completion this is, and what it brings"
            } else {
                "missing `result = |arguments| -> Type { .. }`: what the event brings; pointers in it are valid only during the call"
            };
            return Err(Error::new(keys.span, form));
        };
        let (source, value) = match (&keys.event, &keys.drain) {
            (Some(setter), None) => {
                let event = event(setter, &keys, result, block)?;
                (Source::Event(Box::new(event)), result.ty().clone())
            }
            (None, Some(drain)) => (Source::Drain(drain.clone()), drained(result)?),
            _ => {
                return Err(Error::new(
                    keys.span,
                    "where do completions come from? Say one of:\n\
                     `event = setter`: they arrive at a callback, which this function of the block sets\n\
                     `drain = function(arguments)`: they are asked for, one after the other, until this gives null",
                ));
            }
        };
        Ok(Self { function, known, id, value, source, keys })
    }
}

fn known(function: &mut Function, keys: &Keys) -> Result<(Known, Type)> {
    match (&keys.id, &keys.key) {
        (Some(Id::Out(name)), _) => {
            let Type::Ptr(pointer) = function.type_of(name)? else {
                return Err(Error::new(
                    name.span(),
                    format!("`{name}` is no pointer, so C can't write the id through it"),
                ));
            };
            let id = (*pointer.elem).clone();
            function.set_role(name, Role::Provided)?;
            Ok((Known::Out(name.clone()), id))
        }
        (Some(Id::Returned), _) => match &function.item.sig.output {
            ReturnType::Type(_, ty) => Ok((Known::Returned, (**ty).clone())),
            ReturnType::Default => {
                Err(Error::new(keys.span, "`id = return`, but the function returns nothing"))
            }
        },
        (None, Some(Key::Parameter(name))) if keys.drain.is_some() => {
            let ty = function.type_of(name)?;
            let pointer = matches!(ty, Type::Ptr(_));
            let id = if pointer { parse_quote!(usize) } else { ty.clone() };
            Ok((Known::Passed(name.clone(), pointer), id))
        }
        _ => Err(Error::new(
            keys.span,
            format!(
                "missing `id`: how does the caller learn the operation's id? One of:\n\
                 `id = parameter`: C writes it through this pointer (one of {})\n\
                 `id = return`: C returns it\n\
                 `key = parameter`, with `drain`: it is this argument; pointers are known by their addresses",
                all_names(&function.parameters)
            ),
        )),
    }
}

fn event(setter: &Ident, keys: &Keys, result: &Mapping, block: &Block) -> Result<Event> {
    let mut setter = Function::in_block(block.function(setter, "event")?, block)?;
    let callbacks = setter.callbacks(keys)?;
    let data = setter.data(keys, &callbacks)?;
    require(
        !matches!(data.home, Home::Field(..) | Home::Absent),
        data.parameter.span(),
        "events of an object have their user data in a parameter, or in the object: `@ object(place)`",
    )?;
    answers(keys, setter.bare_callback(&callbacks))?;
    let count = setter.bare_callback(&callbacks).map(|bare| bare.inputs.len());
    // With the user data, as C counts.
    let count = count.or_else(|| result.arity().map(|arity| arity + 1));
    let Some(Key::Place(at)) = &keys.key else {
        let places = count.map_or_else(String::new, |count| format!(", of {count}"));
        return Err(Error::new(
            keys.span,
            format!(
                "missing `key = place`: which parameter of the event's callback is the id? One of: first, last, nth(index){places}, counted from 0 \
                 with the user data"
            ),
        ));
    };
    let key = place::index(*at, data.place(), count, "key", keys.span)?;
    let [callback] = &callbacks[..] else {
        return Err(Error::new(keys.span, "an event has one callback, in a parameter"));
    };
    Ok(Event { callback: callback.clone(), data, key, setter })
}

/// The type of the value, from the pair of id and value that a drained message is made into.
fn drained(result: &Mapping) -> Result<Type> {
    let Mapping::Closure(closure, Type::Tuple(pair)) = result else {
        return Err(Error::new_spanned(
            result.ty(),
            "a message that was drained is made into a pair: `result = |message| -> (Id, Value) { .. }`",
        ));
    };
    match (pair.elems.len(), pair.elems.last(), closure.inputs.len()) {
        (2, Some(value), 1) => Ok(value.clone()),
        _ => Err(Error::new_spanned(closure, "of one message, a pair is made: id and value")),
    }
}
