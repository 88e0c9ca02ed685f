//! Callbacks that say what a library waits for: they feed a pump.
use super::function::Function;
use super::{answers, require};
use crate::extern_block::keys::{Keys, Kind};
use crate::extern_block::values::{Data, Home, Mapping};
use syn::{Error, ExprClosure, Ident, Result};

pub(in crate::extern_block) struct Pump {
    pub(in crate::extern_block) function: Function,
    pub(in crate::extern_block) feeds: Vec<Feed>,
    pub(in crate::extern_block) data: Data,
}

/// One of its callbacks.
pub(in crate::extern_block) struct Feed {
    pub(in crate::extern_block) callback: Ident,
    pub(in crate::extern_block) data: Data,
    pub(in crate::extern_block) result: Mapping,
    pub(in crate::extern_block) keys: Keys,
}

impl Pump {
    /// From one attribute at least.
    pub(super) fn new(mut function: Function, all: Vec<Keys>) -> Result<Self> {
        let mut feeds: Vec<Feed> = Vec::new();
        for mut keys in all {
            let callbacks = function.callbacks(&keys)?;
            let [callback] = &callbacks[..] else {
                return Err(Error::new(keys.span, "the callback is a parameter: `cb = parameter`"));
            };
            // The second callback shares the user data of the first.
            let data = match (feeds.first(), &keys.data) {
                (Some(first), Some(data)) if data.parameter == first.data.parameter => data.clone(),
                (Some(first), _) => {
                    let message = format!(
                        "both callbacks have the same user data: `data = {} @ place`",
                        first.data.parameter
                    );
                    return Err(Error::new(keys.span, message));
                }
                (None, _) => function.data(&keys, &callbacks)?,
            };
            require(
                !matches!(data.home, Home::Field(..) | Home::Absent),
                data.parameter.span(),
                "a pump's user data is in a parameter, or in the object: `@ object(place)`",
            )?;
            function.listed(&keys)?;
            answers(&keys, function.bare_callback(&callbacks))?;
            let (callback, result) = (callback.clone(), result(&mut keys)?);
            if let Some(ready) = &keys.ready {
                ready_takes_three(ready)?;
            }
            feeds.push(Feed { callback, data, result, keys });
        }
        let data = feeds[0].data.clone();
        Ok(Self { function, feeds, data })
    }
}

fn result(keys: &mut Keys) -> Result<Mapping> {
    let form = if keys.kind == Kind::Timer {
        "missing `result = |arguments| -> Option<Duration> { .. }`: when the timer is due; `None` takes it back"
    } else {
        "missing `result = |arguments| -> (RawFd, Interest) { .. }`: a descriptor, and what the library waits for on it"
    };
    keys.result.take().ok_or_else(|| Error::new(keys.span, form))
}

fn ready_takes_three(ready: &ExprClosure) -> Result<()> {
    if ready.inputs.len() == 3 {
        return Ok(());
    }
    let message = "`ready = |fd, read, write| function(arguments)`: what to tell the library when a descriptor is ready";
    Err(Error::new_spanned(ready, message))
}
