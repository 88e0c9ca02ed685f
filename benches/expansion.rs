//! What `#[uncallback]` costs at build time: `cargo check` of a crate of 200 converted functions against the same crate
//! as a careful person writes it in async style.
//!
//! CPU time of cargo and everything under it, not time by the clock: other work on the machine stretches the latter.
//! Run it as `benches/expansion`; it takes a few minutes and needs no network once the workspace has been built. Only
//! Unix says how much CPU time child processes took.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use uncallback_benches::harness::rounds::interleave;
use uncallback_benches::harness::statistics::{Comparison, minimum};

const FUNCTIONS: usize = 200;
const ROUNDS: usize = 7;

/// One form of the crate.
struct Form {
    name: &'static str,
    function: fn(usize) -> String,
}

const FORMS: [Form; 4] = [
    Form { name: "written by hand in async style (base)", function: by_hand },
    Form { name: "#[uncallback] on the callback style", function: converted },
    Form { name: "the callback style itself", function: callback_style },
    Form { name: "the crate without these functions", function: |_| String::new() },
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    let directory = scratch();
    let manifests: Vec<PathBuf> = FORMS
        .iter()
        .enumerate()
        .map(|(index, form)| write_crate(&directory, index, form))
        .collect::<io::Result<_>>()?;
    eprintln!("Building the dependencies ..");
    for manifest in &manifests {
        check(manifest, &directory)?;
    }
    let mut failure = None;
    let times = interleave(FORMS.len(), ROUNDS, |index| match timed_check(&manifests[index], &directory) {
        Ok(seconds) => seconds,
        Err(error) => {
            failure = Some(error);
            f64::NAN
        }
    });
    if let Some(error) = failure {
        return Err(error);
    }
    print(&times);
    Ok(())
}

fn print(times: &[Vec<f64>]) {
    println!(
        "`cargo check` of {FUNCTIONS} functions, CPU time (user and system), {ROUNDS} interleaved rounds"
    );
    println!("  {:<40} {:>8} {:>8} {:>8} {:>8} {:>8}", "", "median", "q1", "q3", "minima", "seconds");
    for (form, sample) in FORMS.iter().zip(times) {
        let comparison = Comparison::new(sample, &times[0]);
        let noisy = if comparison.is_noisy() { "  noisy" } else { "" };
        println!(
            "  {:<40} {:>8.3} {:>8.3} {:>8.3} {:>8.3} {:>8.2}{noisy}",
            form.name,
            comparison.ratio.median,
            comparison.ratio.first,
            comparison.ratio.third,
            comparison.of_minima,
            minimum(sample)
        );
    }
}

/// A directory of this benchmark's own, under the build directory: this program lies in `target/<profile>/deps`.
fn scratch() -> PathBuf {
    let own = std::env::current_exe().ok();
    let build = own.as_deref().and_then(|path| path.ancestors().nth(3)).unwrap_or(Path::new("target"));
    build.join("bench/expansion")
}

fn write_crate(directory: &Path, index: usize, form: &Form) -> io::Result<PathBuf> {
    let root = directory.join(format!("form{index}"));
    fs::create_dir_all(root.join("src"))?;
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("core");
    let manifest = root.join("Cargo.toml");
    fs::write(
        &manifest,
        format!(
            "[workspace]\n\n[package]\nname = \"form{index}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nuncallback = {{ path = {core:?}, features = [\"macros\"] }}\n"
        ),
    )?;
    // The versions that the workspace has locked are on this machine already.
    fs::copy(core.with_file_name("Cargo.lock"), root.join("Cargo.lock"))?;
    let functions: String = (0..FUNCTIONS).map(form.function).collect();
    fs::write(root.join("src/lib.rs"), format!("{API}{functions}"))?;
    Ok(manifest)
}

fn check(manifest: &Path, directory: &Path) -> io::Result<()> {
    let output = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--offline", "--manifest-path"])
        .arg(manifest)
        .env("CARGO_TARGET_DIR", directory.join("target"))
        // Otherwise every round but the first would find its work done.
        .env("CARGO_INCREMENTAL", "0")
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(())
}

/// The CPU seconds of one check whose dependencies are built.
fn timed_check(manifest: &Path, directory: &Path) -> io::Result<f64> {
    let source = manifest.with_file_name("src").join("lib.rs");
    fs::File::options().append(true).open(source)?.set_modified(std::time::SystemTime::now())?;
    let before = children_seconds()?;
    check(manifest, directory)?;
    Ok(children_seconds()? - before)
}

/// User and system time of all children that have ended, theirs included.
#[cfg(unix)]
fn children_seconds() -> io::Result<f64> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;

    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok((usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6)
}

#[cfg(not(unix))]
fn children_seconds() -> io::Result<f64> {
    Err(io::ErrorKind::Unsupported.into())
}

/// What the functions call.
const API: &str = "
#![allow(dead_code, unused_imports, missing_docs)]
use uncallback::{call, uncallback};

pub struct Error;
pub struct User { pub id: u64, pub premium: bool }
pub struct Posts(pub Vec<u64>);
pub struct Profile { pub user: User, pub posts: Posts, pub rating: u64 }

pub fn fetch_user(id: u64, then: impl FnOnce(Result<User, Error>) + Send + 'static) {
    then(Ok(User { id, premium: id % 2 == 0 }));
}
pub fn fetch_posts(id: u64, then: impl FnOnce(Result<Posts, Error>) + Send + 'static) {
    then(Ok(Posts(vec![id])));
}
pub fn rate(count: usize, then: impl FnOnce(u64) + Send + 'static) {
    then(count as u64);
}
";

fn callback_style(number: usize) -> String {
    format!(
        "
pub fn profile{number}(id: u64, done: impl FnOnce(Result<Profile, Error>) + Send + 'static) {{
    fetch_user(id + {number}, move |user| match user {{
        Err(error) => done(Err(error)),
        Ok(user) => fetch_posts(user.id, move |posts| match posts {{
            Err(error) => done(Err(error)),
            Ok(posts) => {{
                if user.premium {{
                    rate(posts.0.len(), move |rating| done(Ok(Profile {{ user, posts, rating }})));
                }} else {{
                    done(Ok(Profile {{ user, posts, rating: 0 }}));
                }}
            }}
        }}),
    }});
}}
"
    )
}

fn converted(number: usize) -> String {
    format!("\n#[uncallback]{}", callback_style(number))
}

fn by_hand(number: usize) -> String {
    format!(
        "
pub async fn profile{number}(id: u64) -> Result<Profile, Error> {{
    let user = call!(fetch_user(id + {number}, _)).await?;
    let posts = call!(fetch_posts(user.id, _)).await?;
    if user.premium {{
        let rating = call!(rate(posts.0.len(), _)).await;
        Ok(Profile {{ user, posts, rating }})
    }} else {{
        Ok(Profile {{ user, posts, rating: 0 }})
    }}
}}
"
    )
}
