//! What the user says of functions whose bodies are not in view: `callees(at_once(cached), later(fetch, Timer::set))`.
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Meta, Path, Token};

/// Functions that are known by name: whether they may call back before they return.
#[derive(Debug, Clone, Default)]
pub struct Callees {
    at_once: Vec<String>,
    later: Vec<String>,
}

impl Callees {
    /// Whether this function may call back before it returns; nothing if it was not declared.
    pub(crate) fn answers_at_once(&self, name: &str) -> Option<bool> {
        let is_among = |names: &[String]| names.iter().any(|known| known == name);
        if is_among(&self.at_once) {
            return Some(true);
        }
        is_among(&self.later).then_some(false)
    }

    /// What several functions that are converted together say.
    pub(crate) fn add(&mut self, other: &Callees) {
        self.at_once.extend_from_slice(&other.at_once);
        self.later.extend_from_slice(&other.later);
    }

    /// Reads `at_once(..), later(..)`. A path or a method is known by its last name.
    pub(crate) fn read(&mut self, list: &syn::MetaList) -> syn::Result<()> {
        const FORM: &str = "`callees(at_once(function, ..), later(function, ..))` is expected here";
        for meta in Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone())? {
            let names = match meta.path().get_ident() {
                Some(ident) if ident == "at_once" => &mut self.at_once,
                Some(ident) if ident == "later" => &mut self.later,
                _ => return Err(syn::Error::new_spanned(meta, FORM)),
            };
            let Meta::List(functions) = &meta else { return Err(syn::Error::new_spanned(meta, FORM)) };
            let functions =
                Punctuated::<Path, Token![,]>::parse_terminated.parse2(functions.tokens.clone())?;
            names.extend(functions.iter().filter_map(|path| Some(path.segments.last()?.ident.to_string())));
        }
        Ok(())
    }
}
