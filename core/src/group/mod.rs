//! Several futures at once, in the order in which their answers arrive.
//!
//! A callback program that waits for several answers runs what follows each of them as it arrives. The groups here
//! keep that order: first polls in program order, then one poll per wake, first woken first.

mod arrivals;
mod children;
#[cfg(feature = "std")]
mod detached;
mod either;
mod join;
mod kick;
mod queue;
mod race;
mod rest;
pub(crate) mod slot;
mod try_join;

pub use children::{Children, RaceChildren, TryChildren};
#[cfg(feature = "std")]
pub(crate) use detached::local;
#[cfg(feature = "std")]
pub use detached::{race_detached, try_join_detached};
pub use either::Either;
pub use join::{Join, join};
pub use kick::{Kick, Kicked, kick, kick_now};
pub use race::{Race, RaceRest, race, race_rest};
pub use rest::Rest;
pub use try_join::{TryJoin, TryJoinRest, try_join, try_join_rest};
