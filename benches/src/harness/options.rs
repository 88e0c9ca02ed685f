//! The command line of the benchmark.

use clap::Parser;

/// Measures ways of awaiting a callback side by side and prints one table per workload.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo bench -p uncallback-benches --")]
pub struct Options {
    /// The workloads to run, by letter; without any, all of them.
    #[arg(value_name = "WORKLOAD")]
    pub workloads: Vec<char>,

    /// Fewer rounds: enough to see whether something broke, not to publish.
    #[arg(long)]
    pub quick: bool,

    /// Only name the cases, one per line, as `TABLE/CASE`.
    #[arg(long)]
    pub list: bool,

    /// Run one case once, without a clock, for a tool that counts instructions.
    #[arg(long, value_name = "TABLE/CASE", requires = "operations")]
    pub case: Option<String>,

    /// How many operations that one case runs.
    #[arg(long, value_name = "NUMBER")]
    pub operations: Option<u64>,

    /// Passed by `cargo bench` to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    /// Whether a workload was asked for.
    pub fn selects(&self, workload: char) -> bool {
        self.workloads.is_empty() || self.workloads.contains(&workload)
    }

    /// Rounds per table. The median of 40 is steady on a quiet machine; that of 12 shows the order of magnitude.
    pub fn rounds(&self) -> usize {
        if self.quick { 12 } else { 40 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Options {
        Options::try_parse_from(["workloads"].iter().chain(arguments)).unwrap()
    }

    #[test]
    fn without_a_selection_every_workload_runs() {
        assert!(parse(&["--bench"]).selects('g'));
    }

    #[test]
    fn named_workloads_run_alone() {
        let options = parse(&["a", "b", "--bench", "--quick"]);
        assert!(options.selects('a') && options.selects('b') && !options.selects('c'));
        assert!(options.rounds() < parse(&[]).rounds());
    }

    #[test]
    fn one_case_alone_needs_a_number_of_operations() {
        assert!(Options::try_parse_from(["workloads", "--case", "a/tokio"]).is_err());
    }
}
