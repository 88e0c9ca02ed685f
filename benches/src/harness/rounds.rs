//! Interleaved rounds: every case gets a short slice of time in every round.
//!
//! On a machine that does other work too, two cases that are measured one after the other differ by whatever the
//! machine did in between. Here the cases of a table take turns every few hundred microseconds, and a ratio is
//! formed between slices of the same round. The starting case moves on with each round, so that no case always
//! follows the same neighbour's cache contents.

use std::time::Instant;

use super::allocations::CountingAllocator;
use super::case::{Role, Table};
use super::report::{Report, Row};
use super::statistics::{Comparison, minimum};
use super::versions::Versions;

/// Measures one table.
///
/// # Panics
///
/// If the table has no base, or a case does not do the work.
pub fn measure(
    table: &mut Table,
    rounds: usize,
    allocator: &CountingAllocator,
    versions: &Versions,
) -> Report {
    let allocations = count_allocations(table, allocator);
    let times = run_rounds(table, rounds);
    let base = table.cases.iter().position(|case| case.role == Role::Base).expect("a table has a base");

    let rows = table
        .cases
        .iter()
        .zip(&times)
        .zip(allocations)
        .map(|((case, sample), (allocations, bytes))| Row {
            name: case.name.clone(),
            version: case.package.and_then(|package| versions.of(package)),
            role: case.role,
            comparison: Comparison::new(sample, &times[base]),
            allocations,
            bytes,
        })
        .collect();

    Report {
        id: table.id,
        title: table.title,
        note: table.note,
        base_nanoseconds: minimum(&times[base]) * 1e9 / table.slice as f64,
        rows,
    }
}

/// Requests and bytes per operation of every case, after a slice that lets it fill its pools.
fn count_allocations(table: &mut Table, allocator: &CountingAllocator) -> Vec<(f64, f64)> {
    let Table { slice, expected, .. } = *table;
    table
        .cases
        .iter_mut()
        .map(|case| {
            case.run_checked(slice, expected);
            let counted = allocator.count(|| case.run_checked(slice, expected));
            (counted.requests as f64 / slice as f64, counted.bytes as f64 / slice as f64)
        })
        .collect()
}

/// The seconds of every case's slice, by case and round.
fn run_rounds(table: &mut Table, rounds: usize) -> Vec<Vec<f64>> {
    let Table { slice, expected, .. } = *table;
    let cases = &mut table.cases;
    interleave(cases.len(), rounds, |index| {
        let started = Instant::now();
        cases[index].run_checked(slice, expected);
        started.elapsed().as_secs_f64()
    })
}

/// Lets cases take turns; what `measure` says of each is returned by case and round.
pub fn interleave(cases: usize, rounds: usize, mut measure: impl FnMut(usize) -> f64) -> Vec<Vec<f64>> {
    let mut samples = vec![Vec::with_capacity(rounds); cases];
    for round in 0..rounds {
        for turn in 0..cases {
            let index = (round + turn) % cases;
            samples[index].push(measure(index));
        }
    }
    samples
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;
    use crate::harness::case::Case;

    fn table(cases: Vec<Case>) -> Table {
        Table { workload: 'x', id: "x", title: "", note: "", slice: 1, expected: |_| 0, cases }
    }

    #[test]
    fn each_round_runs_every_case_once_and_starts_one_further() {
        let turns = Rc::new(RefCell::new(Vec::new()));
        let case = |number: usize| {
            let turns = Rc::clone(&turns);
            Case::new(Role::Peer, number.to_string(), move |_| {
                turns.borrow_mut().push(number);
                0
            })
        };
        let times = run_rounds(&mut table(vec![case(0), case(1), case(2)]), 4);
        assert_eq!(*turns.borrow(), [0, 1, 2, 1, 2, 0, 2, 0, 1, 0, 1, 2]);
        assert!(times.iter().all(|sample| sample.len() == 4));
    }

    #[test]
    #[should_panic(expected = "did not do the work")]
    fn a_case_that_skips_the_work_is_not_measured() {
        run_rounds(&mut table(vec![Case::new(Role::Base, "lazy", |_| 1)]), 1);
    }
}
