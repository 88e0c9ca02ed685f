//! Small forms that several keys share: lists of names, and words out of a list.
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, Result, Token, parenthesized};

/// `(a, b)`
pub(super) fn words(input: ParseStream<'_>) -> Result<Vec<Ident>> {
    let inside;
    parenthesized!(inside in input);
    Ok(inside.parse_terminated(Ident::parse, Token![,])?.into_iter().collect())
}

/// A word out of a list; any other is an error that shows the list.
pub(super) fn one_of(input: ParseStream<'_>, key: &Ident, choices: &[&str]) -> Result<Ident> {
    // `loop` is a keyword.
    let word = input.call(Ident::parse_any)?;
    if !choices.iter().any(|known| word == known) {
        return Err(Error::new(word.span(), format!("`{key}` is one of: {}", choices.join(", "))));
    }
    Ok(word)
}

/// Puts the value of a key into its place, which must be empty.
pub(super) fn put<T>(key: &Ident, place: &mut Option<T>, value: T) -> Result<()> {
    if place.replace(value).is_some() {
        return Err(Error::new(key.span(), format!("`{key}` is said twice")));
    }
    Ok(())
}
