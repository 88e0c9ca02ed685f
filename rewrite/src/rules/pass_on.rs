//! ETA: the completion itself is the callback.
//!
//! ```text
//! fetch(id, done)        =>   call!(fetch(id, _)).await
//! read(path, ok, err)    =>   call!(read(path, ok: _, err: _)).await
//! ```
//!
//! Condition: the completion is a whole argument; `Box::new(done)`, `Some(done)`, `&done` are seen through (UC05).
use crate::cps::place::{Place, What};
use crate::plan::writer::Writer;
use crate::switch::Rule;

use super::call::{Mark, mark_of_arity, mark_of_completion};

impl<'a> Writer<'a, '_> {
    pub(crate) fn marks_of_completion<'p>(&self, places: &'p [Place<'a>]) -> Vec<Mark<'p, 'a>> {
        let mark = |place: &'p Place<'a>| {
            let What::Completion(alias) = &place.what else { unreachable!("only completions are passed on") };
            let is_wrapped = place.wrapped || !self.options.keeps(Rule::Marks);
            // A join point is a closure of the user's, which says itself what it takes.
            let text = match alias.join {
                Some(join) => mark_of_arity(join.arity),
                None => mark_of_completion(self.completion.part(alias.role), is_wrapped),
            };
            Mark { place, text }
        };
        places.iter().map(mark).collect()
    }
}
