//! Runs the workloads that the command line names.

use std::io;

use clap::Parser;
use uncallback_benches::harness::allocations::CountingAllocator;
use uncallback_benches::harness::case::Table;
use uncallback_benches::harness::options::Options;
use uncallback_benches::harness::rounds::measure;
use uncallback_benches::harness::summary::Summary;
use uncallback_benches::harness::versions::Versions;
use uncallback_benches::workloads;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

fn main() -> io::Result<()> {
    let options = Options::parse();
    let tables: Vec<Table> =
        workloads::all().into_iter().filter(|table| options.selects(table.workload)).collect();

    if options.list {
        list(&tables);
    } else if let (Some(case), Some(operations)) = (&options.case, options.operations) {
        run_alone(tables, case, operations);
    } else {
        compare(tables, &options)?;
    }
    Ok(())
}

fn list(tables: &[Table]) {
    for table in tables {
        for case in &table.cases {
            println!("{}/{}", table.id, case.name);
        }
    }
}

fn run_alone(tables: Vec<Table>, wanted: &str, operations: u64) {
    for table in tables {
        for mut case in table.cases {
            if wanted.strip_prefix(table.id).and_then(|rest| rest.strip_prefix('/')) == Some(&case.name) {
                case.run_checked(operations, table.expected);
                return;
            }
        }
    }
    eprintln!("There is no case `{wanted}`. `--list` names all of them.");
    std::process::exit(2);
}

fn compare(mut tables: Vec<Table>, options: &Options) -> io::Result<()> {
    let versions = Versions::locked();
    let mut reports = Vec::new();
    for table in &mut tables {
        let report = measure(table, options.rounds(), &ALLOCATOR, &versions);
        println!("{report}");
        reports.push(report);
    }
    let summary = Summary::new(&reports, options.quick, options.rounds());
    println!("{}", summary.circumstances());
    println!("Written to {}.", summary.write()?.display());
    Ok(())
}
