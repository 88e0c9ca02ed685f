//! What a check passes to the callback version: callbacks that record the answer as the async version returns it.
//!
//! ```text
//! done: Box<dyn FnOnce(u64, bool)>   =>   Box::new(|value0, value1| ::uncallback::check::answered(&(value0, value1)))
//! ```
use crate::Options;
use crate::recognise::{Completion, Holder, Part, Role};
use crate::rules::Form;

/// The index of each completion among the parameters, and its recording callback.
pub(super) fn recorders(completion: &Completion<'_>, form: Form, options: &Options) -> Vec<(usize, String)> {
    let recorder = |part: &Part<'_>| {
        let arity = part.answer.arity();
        let values: Vec<_> = (0..arity).map(|index| format!("value{index}")).collect();
        let function = match part.role {
            Role::Whole if form == Form::ErrorFirst => "answered_one_of_both",
            Role::Whole if form == Form::ErrorOnly => "answered_error_or_not",
            Role::Whole => "answered",
            Role::Ok => "answered_ok",
            Role::Err => "answered_err",
        };
        let arguments = match &values[..] {
            [error, value] if form == Form::ErrorFirst => format!("&{error}, &{value}"),
            [one] => format!("&{one}"),
            several => format!("&({})", several.join(", ")),
        };
        let values = values.join(", ");
        let closure = format!("|{values}| {}check::{function}({arguments})", options.root);
        // As a completion is handed on, with the types and names of the standard library written out in full.
        let held = match part.holder {
            Holder::Plain => closure,
            Holder::Box => format!("::std::boxed::Box::new({closure})"),
            Holder::OptionBox => format!("::core::option::Option::Some(::std::boxed::Box::new({closure}))"),
            Holder::Rc => format!("::std::rc::Rc::new({closure})"),
            Holder::Arc => format!("::std::sync::Arc::new({closure})"),
            Holder::Ref => format!("&{closure}"),
        };
        (part.index, held)
    };
    completion.parts.iter().map(recorder).collect()
}
