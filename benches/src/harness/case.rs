//! What is compared: cases, and the table they stand in.

/// One way of doing a table's work.
pub struct Case {
    /// Short and unique in its table.
    pub name: String,
    /// The package whose version is stated beside the name.
    pub package: Option<&'static str>,
    /// On which side it stands.
    pub role: Role,
    /// Does the work so many times and returns the sum of the results.
    pub run: Box<dyn FnMut(u64) -> u64>,
}

/// On which side a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// All ratios of the table are ratios to this case.
    Base,
    /// Another crate that does the same work.
    Peer,
    /// This project.
    Ours,
    /// Shown for orientation: it does less than the others, so it is never the best peer.
    Reference,
}

/// Cases that do the same work.
pub struct Table {
    /// The letter by which a person selects the workload.
    pub workload: char,
    /// Unique among all tables: the letter and, after a dash, the variant.
    pub id: &'static str,
    /// What one operation is.
    pub title: &'static str,
    /// What a reader must know before reading the figures, if anything.
    pub note: &'static str,
    /// Operations in one slice of a round.
    pub slice: u64,
    /// The sum that so many operations must give, whoever does them.
    pub expected: fn(u64) -> u64,
    /// The cases, base first.
    pub cases: Vec<Case>,
}

impl Case {
    /// A case of the given side.
    pub fn new(role: Role, name: impl Into<String>, run: impl FnMut(u64) -> u64 + 'static) -> Self {
        Self { name: name.into(), package: None, role, run: Box::new(run) }
    }

    /// States the version of `package` beside the name.
    pub fn of(mut self, package: &'static str) -> Self {
        self.package = Some(package);
        self
    }

    /// Runs so many operations.
    ///
    /// # Panics
    ///
    /// If the case did not do the work: a figure of a case that skips some of it would be worthless.
    pub fn run_checked(&mut self, operations: u64, expected: fn(u64) -> u64) {
        let found = (self.run)(operations);
        assert_eq!(found, expected(operations), "`{}` did not do the work of its table", self.name);
    }
}

/// The sum of the results if operation number `i` results in `i`.
pub fn sum_of_indices(operations: u64) -> u64 {
    operations * operations.saturating_sub(1) / 2
}
