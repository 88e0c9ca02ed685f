//! The command as a person runs it: what is printed where, and with which exit code it ends.
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs};

const CALLBACKS: &str = "\
use uncallback::call;

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    // Both are needed.
    fetch(id, move |a| done(a + 1));
}
";

const AWAITED: &str = "\
use uncallback::call;

async fn load(id: u64) -> u64 {
    // Both are needed.
    let a = call!(fetch(id, _)).await;
    a + 1
}
";

const REFUSED: &str = "\
fn save(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, move |a| {
        if a > 0 {
            done(a)
        }
    })
}
";

/// What a run printed, and how it ended.
#[derive(Debug)]
struct Run {
    out: String,
    err: String,
    code: Option<i32>,
}

/// A folder of its own for one test.
fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

fn run_in(folder: &PathBuf, args: &[&str], input: &str) -> Run {
    run_with(folder, args, input, &[])
}

fn run_with(folder: &PathBuf, args: &[&str], input: &str, vars: &[(&str, &str)]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-uncallback"));
    command.args(args).current_dir(folder);
    for name in ["NO_COLOR", "CARGO_TERM_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.envs(vars.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    // It may have ended without reading, which is fine.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("the command ends");
    let text = |bytes| String::from_utf8(bytes).expect("the output is text");
    Run { out: text(output.stdout), err: text(output.stderr), code: output.status.code() }
}

#[test]
fn a_file_is_shown_as_a_diff_and_left_alone() {
    let folder = folder("diff");
    fs::write(folder.join("a.rs"), CALLBACKS).unwrap();
    let run = run_in(&folder, &["a.rs"], "");
    assert_eq!(
        run.out,
        "\
--- a/a.rs
+++ b/a.rs
@@ -1,6 +1,7 @@
 use uncallback::call;
 
-fn load(id: u64, done: impl FnOnce(u64) + 'static) {
+async fn load(id: u64) -> u64 {
     // Both are needed.
-    fetch(id, move |a| done(a + 1));
+    let a = call!(fetch(id, _)).await;
+    a + 1
 }
"
    );
    assert_eq!(run.err, "1 function converted, 0 refused, 0 left alone\n");
    assert_eq!(run.code, Some(0));
    assert_eq!(fs::read_to_string(folder.join("a.rs")).unwrap(), CALLBACKS);
}

#[test]
fn git_takes_the_diff_over_whatever_the_line_endings() {
    for (name, before, after) in [
        ("lf.rs", CALLBACKS.to_owned(), AWAITED.to_owned()),
        ("crlf.rs", CALLBACKS.replace('\n', "\r\n"), AWAITED.replace('\n', "\r\n")),
        ("end.rs", CALLBACKS.trim_end().to_owned(), AWAITED.trim_end().to_owned()),
    ] {
        let folder = folder(&format!("git-{name}"));
        fs::write(folder.join(name), before).unwrap();
        let diff = run_in(&folder, &[name], "").out;
        fs::write(folder.join("diff"), diff).unwrap();
        // The ceiling keeps git from looking at the repository that the tests themselves lie in.
        let mut git = Command::new("git");
        git.args(["apply", "diff"])
            .current_dir(&folder)
            .env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap());
        let status = git.status().expect("git is there");
        assert!(status.success(), "{name}");
        assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), after, "{name}");
    }
}

#[test]
fn standard_input_becomes_standard_output() {
    let run = run_in(&folder("filter"), &["-"], CALLBACKS);
    assert_eq!((run.out.as_str(), run.code), (AWAITED, Some(0)));
}

#[test]
fn input_that_cannot_be_parsed_comes_out_unchanged() {
    let run = run_in(&folder("broken-filter"), &["-"], "fn f( {\n");
    assert_eq!((run.out.as_str(), run.code), ("fn f( {\n", Some(3)));
    assert!(run.err.contains("<stdin>:1:"), "{}", run.err);
}

#[test]
fn a_refusal_names_the_place_the_path_and_the_next_step() {
    let folder = folder("refusal");
    fs::write(folder.join("a.rs"), REFUSED).unwrap();
    let run = run_in(&folder, &["a.rs"], "");
    assert_eq!(run.out, "");
    assert_eq!(
        run.err,
        "\
warning[UC01]: this path ends without calling `done`; an `.await` on it would never finish
 --> a.rs:3:9
  |
2 |     fetch(id, move |a| {
  |                    - callback of `fetch`
3 |         if a > 0 {
  |         ^^ - `a > 0` is false
  |         |
  |         end of callback
  |
  = help: complete on that path too, or let the completion take an `Option`
  = note: `cargo uncallback explain UC01`

0 functions converted, 1 refused, 0 left alone
"
    );
    assert_eq!(run.code, Some(0), "a refusal is an answer, not a failure");
}

#[test]
fn a_file_that_cannot_be_parsed_is_named_and_keeps_no_other_back() {
    let folder = folder("broken");
    fs::write(folder.join("broken.rs"), "fn f() {\n    let x = ;\n}\n").unwrap();
    fs::write(folder.join("fine.rs"), CALLBACKS).unwrap();
    let run = run_in(&folder, &["broken.rs", "fine.rs"], "");
    assert!(run.err.contains("--> broken.rs:2:13"), "{}", run.err);
    assert!(run.out.contains("+++ b/fine.rs"), "{}", run.out);
    assert_eq!(run.code, Some(3));
    assert_eq!(fs::read_to_string(folder.join("broken.rs")).unwrap(), "fn f() {\n    let x = ;\n}\n");
}

#[test]
fn a_file_that_is_not_there_or_not_text_is_named() {
    let folder = folder("unreadable");
    let run = run_in(&folder, &["nowhere.rs"], "");
    assert!(run.err.contains("cannot read `nowhere.rs`"), "{}", run.err);
    assert_eq!(run.code, Some(2));
    fs::write(folder.join("bytes.rs"), b"fn f() {} // \xff").unwrap();
    let run = run_in(&folder, &["bytes.rs"], "");
    assert!(run.err.contains("`bytes.rs` is not UTF-8 at byte 13"), "{}", run.err);
    assert_eq!(run.code, Some(3));
}

#[test]
fn cargo_may_put_its_own_word_in_front() {
    let folder = folder("cargo");
    let run = run_in(&folder, &["uncallback", "-"], CALLBACKS);
    assert_eq!((run.out.as_str(), run.code), (AWAITED, Some(0)));
    assert_eq!(run_in(&folder, &["uncallback", "explain", "UC01"], "").code, Some(0));
}

#[test]
fn nothing_to_do_is_a_question_for_help() {
    let run = run_in(&folder("help"), &[], "");
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("cargo uncallback"), "{}", run.err);
    let run = run_in(&folder("help"), &["--help"], "");
    assert_eq!(run.code, Some(0));
    assert!(run.out.contains("Not there yet"), "{}", run.out);
    assert_eq!(run_in(&folder("help"), &["--no-such-flag"], "").code, Some(2));
}

#[test]
fn every_code_is_explained_however_it_is_spelt() {
    let folder = folder("explain");
    for code in uncallback_rewrite::Code::ALL {
        let run = run_in(&folder, &["explain", &code.name().to_lowercase()], "");
        assert_eq!((run.out.as_str(), run.code), (code.page(), Some(0)));
    }
    let run = run_in(&folder, &["explain", "UC98"], "");
    assert_eq!((run.out.as_str(), run.code), ("", Some(2)));
    assert!(run.err.contains("there is no code `UC98`") && run.err.contains("UC01"), "{}", run.err);
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let folder = folder("colour");
    fs::write(folder.join("a.rs"), CALLBACKS).unwrap();
    let coloured =
        |args: &[&str], vars: &[(&str, &str)]| run_with(&folder, args, "", vars).out.contains('\u{1b}');
    assert!(!coloured(&["a.rs"], &[]));
    assert!(coloured(&["--color", "always", "a.rs"], &[]));
    assert!(coloured(&["--color", "always", "a.rs"], &[("NO_COLOR", "1")]));
    assert!(coloured(&["a.rs"], &[("CARGO_TERM_COLOR", "always")]));
    assert!(!coloured(&["--color", "never", "a.rs"], &[("CARGO_TERM_COLOR", "always")]));
    assert!(!coloured(&["a.rs"], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]));
}

#[test]
fn quiet_says_nothing_and_verbose_says_what_is_left_out() {
    let folder = folder("loudness");
    let each = "fn each(names: &[String], look: impl FnOnce(&str)) {\n    look(&names[0])\n}\n";
    fs::write(folder.join("a.rs"), format!("{REFUSED}\n{each}")).unwrap();
    assert_eq!(run_in(&folder, &["--quiet", "a.rs"], "").err, "");
    let run = run_in(&folder, &["--verbose", "a.rs"], "");
    assert!(run.err.contains("a.rs:9: `each` is left alone: scoped"), "{}", run.err);
}

#[test]
fn deep_nesting_needs_no_deep_stack() {
    const DEPTH: usize = 250;
    let calls: String = (0..DEPTH).map(|level| format!("fetch({level}, move |a{level}| ")).collect();
    let ends = ")".repeat(DEPTH);
    let source = format!(
        "fn deep(done: impl FnOnce(u64) + 'static) {{\n    {calls}done(a0 + a{}){ends}\n}}\n",
        DEPTH - 1
    );
    let run = run_in(&folder("deep"), &["-"], &source);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(
        run.out.contains("async fn deep() -> u64 {") && run.out.ends_with("    a0 + a249\n}\n"),
        "{}",
        run.out
    );
}
