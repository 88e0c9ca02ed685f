//! The figures of a run as a file for programs: `target/bench/summary.json`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::case::Role;
use super::report::{Report, Row};

/// Everything that one run found.
#[derive(Serialize)]
pub struct Summary {
    seconds_since_epoch: u64,
    toolchain: String,
    processors: usize,
    /// Of the last one, five and fifteen minutes, when the run was over.
    load_average: Option<[f64; 3]>,
    quick: bool,
    rounds: usize,
    tables: Vec<TableFigures>,
}

#[derive(Serialize)]
struct TableFigures {
    id: &'static str,
    title: &'static str,
    base_nanoseconds: f64,
    best_peer: Option<String>,
    rows: Vec<RowFigures>,
}

#[derive(Serialize)]
struct RowFigures {
    name: String,
    version: Option<&'static str>,
    role: &'static str,
    median: f64,
    first_quartile: f64,
    third_quartile: f64,
    ratio_of_minima: f64,
    noisy: bool,
    allocations_per_operation: f64,
    bytes_per_operation: f64,
}

impl Summary {
    /// Collects the reports of a run.
    pub fn new(reports: &[Report], quick: bool, rounds: usize) -> Self {
        Self {
            seconds_since_epoch: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs()),
            toolchain: toolchain(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            load_average: load_average(),
            quick,
            rounds,
            tables: reports.iter().map(table_figures).collect(),
        }
    }

    /// One line on the circumstances of the run.
    pub fn circumstances(&self) -> String {
        let load =
            self.load_average.map_or("unknown".into(), |[last_minute, ..]| format!("{last_minute:.2}"));
        format!(
            "{}; {} processors; load average {load}; {} rounds",
            self.toolchain, self.processors, self.rounds
        )
    }

    /// Writes `bench/summary.json` under the build directory.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn write(&self) -> io::Result<PathBuf> {
        let path = build_directory().join("bench/summary.json");
        fs::create_dir_all(path.parent().expect("the path was joined from two"))?;
        fs::write(&path, serde_json::to_string_pretty(self)? + "\n")?;
        Ok(path)
    }
}

/// `target`, wherever it is: this program lies in `target/<profile>/deps`.
fn build_directory() -> PathBuf {
    let own = std::env::current_exe().ok();
    own.as_deref().and_then(|path| path.ancestors().nth(3)).unwrap_or(Path::new("target")).to_owned()
}

fn toolchain() -> String {
    let compiler = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    let told = Command::new(compiler).arg("--version").output();
    told.map_or("unknown toolchain".into(), |told| String::from_utf8_lossy(&told.stdout).trim().to_owned())
}

fn load_average() -> Option<[f64; 3]> {
    let line = fs::read_to_string("/proc/loadavg").ok()?;
    let mut figures = line.split(' ').map(|figure| figure.parse().ok());
    Some([figures.next()??, figures.next()??, figures.next()??])
}

fn table_figures(report: &Report) -> TableFigures {
    TableFigures {
        id: report.id,
        title: report.title,
        base_nanoseconds: report.base_nanoseconds,
        best_peer: report.best_peer().map(|row| row.name.clone()),
        rows: report.rows.iter().map(row_figures).collect(),
    }
}

fn row_figures(row: &Row) -> RowFigures {
    let ratio = row.comparison.ratio;
    RowFigures {
        name: row.name.clone(),
        version: row.version,
        role: match row.role {
            Role::Base => "base",
            Role::Peer => "peer",
            Role::Ours => "ours",
            Role::Reference => "reference",
        },
        median: ratio.median,
        first_quartile: ratio.first,
        third_quartile: ratio.third,
        ratio_of_minima: row.comparison.of_minima,
        noisy: row.comparison.is_noisy(),
        allocations_per_operation: row.allocations,
        bytes_per_operation: row.bytes,
    }
}
