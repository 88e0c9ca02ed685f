//! Callback APIs as futures and streams.
#![cfg_attr(not(feature = "std"), no_std)]
extern crate alloc;

mod group;
mod sync;

pub use group::{
    Children, Either, Join, Kick, Kicked, Race, RaceChildren, RaceRest, Rest, TryChildren, TryJoin,
    TryJoinRest, join, kick, kick_now, race, race_rest, try_join, try_join_rest,
};

#[cfg(feature = "macros")]
pub use uncallback_macros::uncallback;
