//! How cases are measured, independent of what they do.

pub mod allocations;
pub mod case;
pub mod options;
pub mod report;
pub mod rounds;
pub mod statistics;
pub mod summary;
pub mod task;
pub mod versions;
