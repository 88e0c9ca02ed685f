//! One file per workload.

mod c_callback;
mod chain;
mod cross_thread;
mod in_flight;
mod inside;
mod later;
mod mixed;
mod scheduled;
mod stream;

use crate::harness::case::Table;

/// Every table, in reading order.
pub fn all() -> Vec<Table> {
    [
        inside::tables(),
        later::tables(),
        mixed::tables(),
        scheduled::tables(),
        cross_thread::tables(),
        in_flight::tables(),
        chain::tables(),
        c_callback::tables(),
        stream::tables(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::case::Role;

    #[test]
    fn every_case_does_the_work_of_its_table() {
        for table in &mut all() {
            for case in &mut table.cases {
                for operations in [0, 1, 3, 200] {
                    case.run_checked(operations, table.expected);
                }
            }
        }
    }

    #[test]
    fn every_table_has_one_base_and_distinct_names() {
        for table in all() {
            let bases = table.cases.iter().filter(|case| case.role == Role::Base).count();
            assert_eq!(bases, 1, "({})", table.id);
            let mut names: Vec<&str> = table.cases.iter().map(|case| case.name.as_str()).collect();
            names.sort_unstable();
            assert!(names.is_sorted_by(|one, next| one < next), "({}) names a case twice", table.id);
            assert!(table.id.starts_with(table.workload));
        }
    }

    #[test]
    fn tables_have_distinct_names() {
        let mut ids: Vec<&str> = all().iter().map(|table| table.id).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
