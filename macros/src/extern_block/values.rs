//! What stands behind the keys: places, user data, mappings.
use super::words::words;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, LitInt, Path, Result, Token, Type, parenthesized, punctuated::Punctuated};

/// A place among the callback's parameters.
#[derive(Clone, Copy)]
pub(super) enum Place {
    First,
    Last,
    Nth(usize),
    /// There is no user data.
    Absent,
}

/// How the user data gets to C, and from there to the callback.
#[derive(Clone)]
pub(super) enum Home {
    /// In a parameter of the function; the callback gets it at this place.
    Argument(Place),
    /// In a field of a request, to which the callback gets a pointer at this place.
    Field(FieldPath, Place),
    /// It belongs to an object of the library since that was made; the callback gets it at this place.
    Object(Place),
    /// There is none: the callback is told by which function it is.
    Absent,
}

/// `user_data`, or `base.data`.
pub(super) type FieldPath = Punctuated<Ident, Token![.]>;

/// The user data: which parameter of the function brings it, and where the callback finds it.
#[derive(Clone)]
pub(super) struct Data {
    /// The word `none`, if there is none.
    pub(super) parameter: Ident,
    pub(super) home: Home,
}

impl Data {
    pub(super) fn place(&self) -> Place {
        match self.home {
            Home::Argument(place) | Home::Field(_, place) | Home::Object(place) => place,
            Home::Absent => Place::Absent,
        }
    }
}

/// What runs inside the callback, and the type that it makes.
pub(super) enum Mapping {
    Closure(syn::ExprClosure, Type),
    Function(Path, Type),
}

impl Mapping {
    pub(super) fn ty(&self) -> &Type {
        match self {
            Self::Closure(_, ty) | Self::Function(_, ty) => ty,
        }
    }

    /// How many arguments it takes, if that can be seen.
    pub(super) fn arity(&self) -> Option<usize> {
        match self {
            Self::Closure(closure, _) => Some(closure.inputs.len()),
            Self::Function(..) => None,
        }
    }
}

/// Which parameter a callback goes into, or which field of the request.
pub(super) enum Callback {
    Parameters(Vec<Ident>),
    Field(FieldPath),
}

/// What a keyed operation is known by.
pub(super) enum Id {
    /// C writes it through this parameter.
    Out(Ident),
    /// C returns it.
    Returned,
}

/// Where the id stands in the event, or which parameter of the operation it is.
pub(super) enum Key {
    Place(Place),
    Parameter(Ident),
}

impl Place {
    /// The place that `word` starts, if it is one.
    fn after(word: &Ident, input: ParseStream<'_>) -> Result<Option<Self>> {
        Ok(Some(match word.to_string().as_str() {
            "first" => Self::First,
            "last" => Self::Last,
            "nth" => {
                let inside;
                parenthesized!(inside in input);
                Self::Nth(inside.parse::<LitInt>()?.base10_parse()?)
            }
            _ => return Ok(None),
        }))
    }
}

impl Parse for Place {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let word: Ident = input.parse()?;
        Self::after(&word, input)?
            .ok_or_else(|| Error::new(word.span(), "the place is one of: first, last, nth(index)"))
    }
}

impl Parse for Data {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        const HOMES: &str = "where the callback finds the user data is one of:\n\
                             first, last, nth(index): it is this parameter of the callback, and was passed to the function\n\
                             field(path): it is in this field of the request that the callback gets, as its first parameter; else \
                             field(path, last) or field(path, nth(index))\n\
                             object(first), object(last), object(nth(index)): it is this parameter of the callback, and belongs to an \
                             object of the library since that was made\n\
                             and `data = none`, without a place: the callback has no user data";
        let parameter: Ident = input.parse()?;
        if parameter == "none" && !input.peek(Token![@]) {
            return Ok(Self { parameter, home: Home::Absent });
        }
        input.parse::<Token![@]>()?;
        let word: Ident = input.parse()?;
        let home = match word.to_string().as_str() {
            "field" => {
                let inside;
                parenthesized!(inside in input);
                let path = FieldPath::parse_separated_nonempty(&inside)?;
                let place = if inside.parse::<Option<Token![,]>>()?.is_some() {
                    inside.parse()?
                } else {
                    Place::First
                };
                Home::Field(path, place)
            }
            "object" if input.peek(syn::token::Paren) => {
                let inside;
                parenthesized!(inside in input);
                Home::Object(inside.parse()?)
            }
            _ => Home::Argument(Place::after(&word, input)?.ok_or_else(|| Error::new(word.span(), HOMES))?),
        };
        Ok(Self { parameter, home })
    }
}

/// How many functions there are for callbacks without user data.
pub(super) enum Slots {
    Count(LitInt),
    /// They are made at run time.
    Unlimited,
}

impl Parse for Slots {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(LitInt) {
            return Ok(Self::Count(input.parse()?));
        }
        let word: Ident = input.parse()?;
        if word == "unlimited" { Ok(Self::Unlimited) } else { Err(Error::new(word.span(), SLOTS)) }
    }
}

/// The choices for `slots`.
pub(super) const SLOTS: &str = "how many of these callbacks are there at once, at most? Without user data each needs a function of its own. One of:\n\
                                `slots = n`: n functions, 32 at most, that the compiler writes; what comes beyond is refused\n\
                                `slots = unlimited`: functions are made at run time; with feature `libffi` of `uncallback`";

impl Parse for Callback {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(syn::token::Paren) {
            return Ok(Self::Parameters(words(input)?));
        }
        let word: Ident = input.parse()?;
        if word == "field" && input.peek(syn::token::Paren) {
            let inside;
            parenthesized!(inside in input);
            return Ok(Self::Field(FieldPath::parse_separated_nonempty(&inside)?));
        }
        Ok(Self::Parameters(vec![word]))
    }
}

impl Parse for Id {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.parse::<Option<Token![return]>>()?.is_some() {
            return Ok(Self::Returned);
        }
        Ok(Self::Out(input.parse()?))
    }
}

impl Parse for Key {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let word: Ident = input.parse()?;
        Ok(Place::after(&word, input)?.map_or(Self::Parameter(word), Self::Place))
    }
}

impl Parse for Mapping {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        const TYPE: &str =
            "the type of the result has to be said: `|arguments| -> Type { .. }`, or `function -> Type`";
        if input.peek(Token![|]) || input.peek(Token![||]) || input.peek(Token![move]) {
            let closure: syn::ExprClosure = input.parse()?;
            return match &closure.output {
                syn::ReturnType::Type(_, ty) => Ok(Self::Closure(closure.clone(), (**ty).clone())),
                syn::ReturnType::Default => Err(Error::new_spanned(&closure, TYPE)),
            };
        }
        let path: Path = input.parse()?;
        if !input.peek(Token![->]) {
            return Err(Error::new_spanned(&path, TYPE));
        }
        input.parse::<Token![->]>()?;
        Ok(Self::Function(path, input.parse()?))
    }
}
