//! Tests of the shape of the project: which crate may depend on which, what the pure ones
//! keep away from, how sources open and end, where bounds stand, and that ARCHITECTURE.md draws what is there.

mod bounds;
mod dependencies;
mod floors;
mod folders;
mod sources;

/// Fails with all violations at once, one a line.
#[track_caller]
fn assert_none(violations: Vec<String>) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}
