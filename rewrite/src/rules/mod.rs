//! The rules: one file each, before and after at its top.
mod answer;
mod branch;
mod call;
mod capture;
mod count_down;
mod direct;
mod first_wins;
mod forms;
mod join_point;
mod lent;
mod pair;
mod pass_on;
mod question_mark;
mod race_form;
mod recursion;
mod repeated;
mod rest;
mod resume;
mod split;
mod staged;
mod suspend;

pub(crate) use answer::tuple;
pub(crate) use call::mark_of_completion;
pub(crate) use forms::Form;
pub(crate) use recursion::Turns;
