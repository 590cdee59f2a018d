//! The lines that `make` prints: one for a stage that succeeds, and enough of one that fails. What
//! the stages do is not tested here.

use std::path::Path;
use std::process::{Command, Output};

use gardesh_tests::repository;

/// A shell command as a stage, with its log in a folder of the test's own.
fn stage(folder: &Path, settings: &[(&str, &str)], command: &str) -> Output {
    let mut stage = Command::new(repository().join("tests/stage.sh"));
    stage.args(["making a thing", "sh", "-c", command]);
    stage.env_remove("VERBOSE").env_remove("STAGE_LINES");
    stage.env("CARGO_TARGET_DIR", folder);
    stage.envs(settings.iter().copied());
    stage.output().expect("a shell")
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_stage_that_succeeds_is_one_line_with_the_place_of_its_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = stage(folder.path(), &[], "echo Compiling a; echo and more >&2");
    let log = folder.path().join("log/making-a-thing.log");
    assert!(output.status.success());
    let text = printed(&output);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.starts_with("making a thing … ") && text.contains(" s ("),
        "{text}"
    );
    assert!(text.contains(&*log.to_string_lossy()), "{text}");
    let log = std::fs::read_to_string(log).expect("the log");
    assert_eq!(log, "Compiling a\nand more\n");
}

#[test]
fn a_stage_that_fails_shows_the_end_of_its_log_and_keeps_its_exit_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = stage(folder.path(), &[], "seq 1 100; exit 7");
    assert_eq!(output.status.code(), Some(7));
    let text = printed(&output);
    assert!(
        text.contains("  | 61\n") && text.contains("  | 100\n"),
        "{text}"
    );
    assert!(!text.contains("  | 60\n"), "{text}");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.contains("exit code 7") && told.contains("making-a-thing.log"),
        "{told}"
    );
}

/// What cargo says of tests that failed stands far from the end when many fail.
#[test]
fn where_the_log_is_out_of_reach_all_that_failed_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = "echo '   Compiling a v1'; echo 'test one ... ok'; echo 'test two ... FAILED'; echo why; seq 1 100; exit 1";
    let output = stage(folder.path(), &[("STAGE_LINES", "all")], said);
    let text = printed(&output);
    for line in ["test two ... FAILED", "why", "1", "100"] {
        assert!(text.contains(&format!("  | {line}\n")), "{line} in {text}");
    }
    assert!(
        !text.contains("Compiling") && !text.contains("one"),
        "{text}"
    );
}

#[test]
fn verbose_shows_everything_and_keeps_the_exit_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = stage(
        folder.path(),
        &[("VERBOSE", "1")],
        "echo Compiling a; exit 3",
    );
    assert_eq!(output.status.code(), Some(3));
    assert!(printed(&output).contains("\nCompiling a\n"));
}
