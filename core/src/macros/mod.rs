//! The macros that make an API call with a callback put in its marked place.

mod call;
mod local;
mod events;
mod place;
mod start;
