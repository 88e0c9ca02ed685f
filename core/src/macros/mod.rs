//! The macros that make an API call with a callback put in its marked place.

mod call;
mod events;
mod local;
mod place;
mod start;
