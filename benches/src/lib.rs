//! Ways of awaiting a callback, side by side.
//!
//! `cargo bench -p uncallback-benches` runs every workload with this project's adapters and with the crates that
//! people bridge callbacks with today, and prints one table per workload. How to run it, how to read it and what it
//! found stand in this package's `README.md`.
//!
//! # Why an own harness
//!
//! criterion and divan measure one case after the other and compare two separately measured means. On a machine
//! that does anything else at the same time those means differ by what the machine did in between, which here is
//! more than the differences worth knowing. [`harness::rounds`] lets all cases of a table take turns every few
//! hundred microseconds, and a figure is the median of the ratios of slices *of the same round*. Allocations are
//! counted beside the clock, and `benches/instructions` counts instructions, which no neighbour can disturb.
//!
//! # Where to look
//!
//! | module | subject |
//! |---|---|
//! | [`harness`] | rounds, statistics, allocation counter, tables |
//! | [`api`] | the callback APIs that all cases call |
//! | [`peers`] | one trait per kind of peer, one implementation per crate |
//! | [`workloads`] | one file per workload, (a) to (g) |

pub mod api;
pub mod harness;
pub mod peers;
pub mod workloads;
