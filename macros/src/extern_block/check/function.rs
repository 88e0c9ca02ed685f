//! The C function: its parameters, what becomes of each, and which of them is the callback.
use super::require;
use crate::extern_block::block::Block;
use crate::extern_block::keys::{Keys, Kind};
use crate::extern_block::values::{Callback, Data, Home};
use syn::{Error, FnArg, ForeignItemFn, Ident, Pat, Result, Type, TypeFnPtr};

pub(in crate::extern_block) struct Function {
    pub(in crate::extern_block) item: ForeignItemFn,
    pub(in crate::extern_block) parameters: Vec<Parameter>,
    /// Types behind whose names a pointer may be: the compiler checks that there is none.
    pub(in crate::extern_block) no_pointers: Vec<Type>,
}

pub(in crate::extern_block) struct Parameter {
    pub(in crate::extern_block) name: Ident,
    pub(in crate::extern_block) ty: Type,
    pub(in crate::extern_block) role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::extern_block) enum Role {
    /// Passed on by the sibling's caller.
    Passed,
    /// The object of the block's owner: passed as that.
    Object,
    /// Owned by the operation until C lets go.
    Kept,
    /// Provided by the sibling: callback, user data, destroy function, id.
    Provided,
}

pub(in crate::extern_block) fn all_names(parameters: &[Parameter]) -> String {
    parameters.iter().map(|p| format!("`{}`", p.name)).collect::<Vec<_>>().join(", ")
}

impl Function {
    pub(in crate::extern_block) fn new(item: &ForeignItemFn) -> Result<Self> {
        let named = |input: &FnArg| match input {
            FnArg::Typed(typed) => match &*typed.pat {
                Pat::Ident(name) => {
                    Ok(Parameter { name: name.ident.clone(), ty: (*typed.ty).clone(), role: Role::Passed })
                }
                other => Err(Error::new_spanned(other, "give this parameter a name")),
            },
            FnArg::Receiver(receiver) => Err(Error::new_spanned(receiver, "C functions have no receiver")),
        };
        let parameters = item.sig.inputs.iter().map(named).collect::<Result<_>>()?;
        Ok(Self { item: item.clone(), parameters, no_pointers: Vec::new() })
    }

    /// With the object of the block's owner marked.
    pub(in crate::extern_block) fn in_block(item: &ForeignItemFn, block: &Block) -> Result<Self> {
        let mut function = Self::new(item)?;
        for parameter in &mut function.parameters {
            if block.is_object(&parameter.ty) {
                parameter.role = Role::Object;
            }
        }
        Ok(function)
    }

    pub(in crate::extern_block) fn type_of(&self, name: &Ident) -> Result<&Type> {
        self.parameters.iter().find(|p| p.name == *name).map(|p| &p.ty).ok_or_else(|| {
            Error::new(
                name.span(),
                format!("there is no parameter `{name}`; there are {}", all_names(&self.parameters)),
            )
        })
    }

    pub(super) fn set_role(&mut self, name: &Ident, role: Role) -> Result<()> {
        self.type_of(name)?;
        let it = self.parameters.iter_mut().filter(|parameter| parameter.name == *name);
        for parameter in it {
            require(
                matches!(parameter.role, Role::Passed | Role::Object),
                name.span(),
                format!(
                    "`{name}` has two roles; a parameter is callback, user data, destroy function, id or kept"
                ),
            )?;
            parameter.role = role;
        }
        Ok(())
    }

    /// The parameters that are callbacks, which the sibling provides from now on: those that were named, or all there are if
    /// they are as many as this kind wants.
    pub(super) fn callbacks(&mut self, keys: &Keys) -> Result<Vec<Ident>> {
        let wanted = if keys.kind == Kind::Pair { 2 } else { 1 };
        let found = match &keys.cb {
            Some(Callback::Parameters(named)) => named.clone(),
            Some(Callback::Field(_)) => return Ok(Vec::new()),
            None => {
                let callback =
                    |p: &&Parameter| bare_fn(&p.ty).is_some() && Some(&p.name) != keys.destroy.as_ref();
                self.parameters.iter().filter(callback).map(|p| p.name.clone()).collect()
            }
        };
        let form = if wanted == 2 { "`cb = (success, failure)`" } else { "`cb = parameter`" };
        require(
            found.len() == wanted,
            keys.span,
            format!("which parameter is the callback? Say {form}; there are {}", all_names(&self.parameters)),
        )?;
        for name in &found {
            if let Some(bare) = bare_fn(self.type_of(name)?).filter(|bare| bare.abi.is_none()) {
                return Err(Error::new_spanned(bare, "a callback that C calls is an `extern \"C\" fn(..)`"));
            }
            self.set_role(name, Role::Provided)?;
        }
        Ok(found)
    }

    /// The user data, whose parameter the sibling provides if it is one.
    pub(super) fn data(&mut self, keys: &Keys, callbacks: &[Ident]) -> Result<Data> {
        let Some(data) = &keys.data else { return Err(self.missing_data(keys, callbacks)) };
        if let Home::Absent = data.home {
            return Ok(data.clone());
        }
        self.type_of(&data.parameter)?;
        if let Home::Argument(_) = data.home {
            self.set_role(&data.parameter, Role::Provided)?;
        }
        Ok(data.clone())
    }

    fn missing_data(&self, keys: &Keys, callbacks: &[Ident]) -> Error {
        let others: Vec<_> = self
            .parameters
            .iter()
            .filter(|p| !callbacks.contains(&p.name))
            .map(|p| p.name.to_string())
            .collect();
        let places = match self.bare_callback(callbacks) {
            Some(bare) => {
                let pointers =
                    bare.inputs.iter().enumerate().filter(|(_, input)| matches!(input.ty, Type::Ptr(_)));
                let list: Vec<_> = pointers.map(|(i, _)| format!("nth({i})")).collect();
                format!("its pointers are at {}; `first` and `last` are the ends", list.join(", "))
            }
            None => "`first`, `last` or `nth(index)`".to_owned(),
        };
        Error::new(
            keys.span,
            format!(
                "missing `data = parameter @ place`: which parameter takes the user data (one of {}), and where the callback gets \
                 it ({places}). Types don't tell; the C documentation says which pointer is \"passed through\". `data = none` if there is none",
                others.join(", ")
            ),
        )
    }

    /// The type of the first callback, if it is written down here and not behind a name.
    pub(in crate::extern_block) fn bare_callback(&self, callbacks: &[Ident]) -> Option<&TypeFnPtr> {
        bare_fn(self.type_of(callbacks.first()?).ok()?)
    }

    /// Every pointer that the caller passes must be said to be safe to pass.
    pub(super) fn pointers(&mut self, keys: &Keys) -> Result<()> {
        for parameter in &self.parameters {
            let known = keys.borrowed.contains(&parameter.name) || keys.handle.contains(&parameter.name);
            if parameter.role != Role::Passed || known {
                continue;
            }
            if let Type::Path(_) = parameter.ty {
                self.no_pointers.push(parameter.ty.clone());
            }
            if let Type::Ptr(_) | Type::Reference(_) = parameter.ty {
                let name = &parameter.name;
                return Err(Error::new(
                    name.span(),
                    format!(
                        "how long does C use the pointer `{name}`? One of:\n\
                         `borrowed({name})`: only until the function returns\n\
                         `keep({name})`: until the callback; the async function takes the buffer by value and keeps it\n\
                         `handle({name})`: it is an object of the library, which outlives the operation"
                    ),
                ));
            }
        }
        Ok(())
    }

    /// The names that `borrowed(..)` and `handle(..)` list exist.
    pub(super) fn listed(&self, keys: &Keys) -> Result<()> {
        keys.borrowed.iter().chain(&keys.handle).try_for_each(|name| self.type_of(name).map(drop))
    }
}

/// The function-pointer type behind `extern "C" fn(..)` and `Option<extern "C" fn(..)>`; `None` for a name of a type.
fn bare_fn(ty: &Type) -> Option<&TypeFnPtr> {
    match ty {
        Type::FnPtr(bare) => Some(bare),
        Type::Path(path) => {
            let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
            let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
            let Some(syn::GenericArgument::Type(inner)) = arguments.args.first() else { return None };
            bare_fn(inner)
        }
        _ => None,
    }
}
