//! Which parameter of a function is its completion, and what its answer is.
mod completion;

pub(crate) use completion::{
    AnswerType, Completion, Found, Holder, Part, Role, callback_args, find, inside, is_lent, is_param,
    lent_answer,
};
