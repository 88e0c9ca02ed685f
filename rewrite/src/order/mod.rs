//! What happens when: names, paths and the ends of scopes.
pub(crate) mod drops;
pub(crate) mod names;
pub(crate) mod outcomes;
pub(crate) mod parts;
