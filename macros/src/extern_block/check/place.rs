//! Places among a callback's parameters, held against how many there are.
use crate::extern_block::values::Place;
use proc_macro2::Span;
use syn::{Error, Result};

/// The index of the parameter `place`, named by the key `what`, in the tuple of arguments without the user data. Both places are
/// counted with it, as C does; `count` is how many parameters there are, if that can be seen.
pub(super) fn index(
    place: Place,
    user_data: Place,
    count: Option<usize>,
    what: &str,
    span: Span,
) -> Result<usize> {
    let unknown =
        || Error::new(span, "how many parameters the callback has can't be seen here: say `nth(index)`");
    let absolute = |place: Place| match place {
        Place::First => Ok(0),
        Place::Nth(at) => Ok(at),
        Place::Last => count.map(|count| count.saturating_sub(1)).ok_or_else(unknown),
        Place::Absent => Ok(usize::MAX),
    };
    let index = absolute(place)?;
    // Where the callback ends does not matter for what comes before.
    let user_data = match (user_data, place) {
        (Place::Last, Place::Last) => index,
        (Place::Last, _) => usize::MAX,
        (user_data, _) => absolute(user_data)?,
    };
    super::require(index != user_data, span, format!("`{what}` and the user data are at the same place"))?;
    Ok(index - usize::from(index > user_data))
}
