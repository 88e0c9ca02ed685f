//! The attribute `#[uncallback]`: the command makes permanent what it does at each build.
use syn::{Attribute, Meta};

use crate::Options;

/// The name of the attribute, and of the crate that it comes from.
pub(super) const NAME: &str = "uncallback";

/// Takes the attribute out of a list.
pub(super) fn take(attributes: &mut Vec<Attribute>) -> Option<Attribute> {
    let at = attributes.iter().position(is_ours)?;
    Some(attributes.remove(at))
}

/// Whether this is `#[uncallback]` or `#[uncallback::uncallback]`.
pub(super) fn is_ours(attribute: &Attribute) -> bool {
    let segments = &attribute.path().segments;
    segments.len() <= 2 && segments.iter().all(|segment| segment.ident == NAME)
}

/// What the attribute asks for, on top of what is asked for in general.
pub(super) fn options(attribute: &Attribute, general: &Options) -> syn::Result<Options> {
    let mut options = Options { declared: true, ..general.clone() };
    if let Meta::List(list) = &attribute.meta {
        options.from_attribute(list.tokens.clone())?;
    }
    Ok(options)
}
