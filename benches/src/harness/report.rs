//! One table on the terminal.

use std::fmt;

use super::case::Role;
use super::statistics::Comparison;

/// The figures of one table.
pub struct Report {
    /// See [`Table::id`](super::case::Table::id).
    pub id: &'static str,
    /// What one operation is.
    pub title: &'static str,
    /// What a reader must know before reading the figures.
    pub note: &'static str,
    /// The base's fastest operation, for scale only.
    pub base_nanoseconds: f64,
    /// One row per case.
    pub rows: Vec<Row>,
}

/// The figures of one case.
pub struct Row {
    /// The case's name.
    pub name: String,
    /// Of the measured package.
    pub version: Option<&'static str>,
    /// On which side it stands.
    pub role: Role,
    /// Time, in units of the base's time.
    pub comparison: Comparison,
    /// Requests to the allocator per operation.
    pub allocations: f64,
    /// Bytes requested per operation.
    pub bytes: f64,
}

impl Report {
    /// The crate with the lowest median, the base among them if it is one.
    pub fn best_peer(&self) -> Option<&Row> {
        self.rows
            .iter()
            .filter(|row| row.role == Role::Peer || (row.role == Role::Base && row.version.is_some()))
            .min_by(|one, other| one.comparison.ratio.median.total_cmp(&other.comparison.ratio.median))
    }

    /// The rows in reading order: the base, then by side and speed.
    fn sorted(&self) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by(|one, other| {
            let by_side = side(one.role).cmp(&side(other.role));
            by_side.then(one.comparison.ratio.median.total_cmp(&other.comparison.ratio.median))
        });
        rows
    }

    fn mark(&self, row: &Row) -> String {
        let mut marks = Vec::new();
        if row.role == Role::Base {
            marks.push("base");
        } else if row.role == Role::Reference {
            marks.push("does less");
        }
        if self.best_peer().is_some_and(|best| best.name == row.name) {
            marks.push("best peer");
        }
        if row.comparison.is_noisy() {
            marks.push("noisy");
        }
        marks.join(", ")
    }
}

fn side(role: Role) -> u8 {
    match role {
        Role::Base => 0,
        Role::Reference => 1,
        Role::Peer => 2,
        Role::Ours => 3,
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "({}) {}", self.id, self.title)?;
        if !self.note.is_empty() {
            writeln!(f, "    {}", self.note)?;
        }
        writeln!(f, "    For scale only: the base takes {:.1} ns per operation.", self.base_nanoseconds)?;
        writeln!(
            f,
            "  {:<44} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9}",
            "", "median", "q1", "q3", "minima", "alloc/op", "bytes/op"
        )?;
        for row in self.sorted() {
            let name = match row.version {
                Some(version) => format!("{} ({version})", row.name),
                None => row.name.clone(),
            };
            let Comparison { ratio, of_minima } = row.comparison;
            let line = format!(
                "  {name:<44} {:>8.3} {:>8.3} {:>8.3} {:>8.3} {:>8.2} {:>9.1}  {}",
                ratio.median,
                ratio.first,
                ratio.third,
                of_minima,
                row.allocations,
                row.bytes,
                self.mark(row)
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, role: Role, median: f64) -> Row {
        let comparison = Comparison::new(&[median; 4], &[1.0; 4]);
        Row { name: name.into(), version: None, role, comparison, allocations: 0.0, bytes: 0.0 }
    }

    fn report() -> Report {
        let rows = vec![
            row("base", Role::Base, 1.0),
            row("ours", Role::Ours, 0.1),
            row("slow", Role::Peer, 0.7),
            row("fast", Role::Peer, 0.5),
            row("half the work", Role::Reference, 0.2),
        ];
        Report { id: "x", title: "", note: "", base_nanoseconds: 1.0, rows }
    }

    #[test]
    fn the_best_peer_is_neither_ours_nor_one_that_does_less() {
        assert_eq!(report().best_peer().unwrap().name, "fast");
    }

    #[test]
    fn the_code_that_a_chain_replaces_is_no_peer() {
        let mut report = report();
        report.rows[0].comparison = Comparison::new(&[0.1; 4], &[1.0; 4]);
        assert_eq!(report.best_peer().unwrap().name, "fast");
        report.rows[0].version = Some("1.0.0");
        assert_eq!(report.best_peer().unwrap().name, "base");
    }

    #[test]
    fn rows_are_read_from_the_base_to_ours() {
        let report = report();
        let names: Vec<&str> = report.sorted().iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["base", "half the work", "fast", "slow", "ours"]);
    }

    #[test]
    fn a_noisy_row_says_so() {
        let mut report = report();
        report.rows[3].comparison = Comparison::new(&[0.4, 0.5, 0.9, 0.5], &[1.0; 4]);
        assert_eq!(report.mark(&report.rows[3]), "best peer, noisy");
        assert_eq!(report.mark(&report.rows[1]), "");
    }
}
