//! Writes the async siblings of C functions.
mod future;
mod keyed;
mod mapping;
mod object;
mod operation;
mod pump;
mod registered;
mod shared;
mod sibling;

use super::block::Block;
use super::check::Plan;
use proc_macro2::TokenStream;

pub(super) use object::owner;

pub(super) fn siblings(plan: &Plan, block: &Block) -> TokenStream {
    match plan {
        Plan::Operation(operation) => operation::sibling(operation, block),
        Plan::Keyed(keyed) => keyed::siblings(keyed, block),
        Plan::Pump(pump) => pump::siblings(pump, block),
    }
}
