//! The table of expressions: lines of FEEL, each evaluated in the context that a line with `@`
//! set last.

const TEXT: &str = include_str!("../expressions.txt");

/// Pairs of context and expression.
pub fn expressions() -> Vec<(&'static str, &'static str)> {
    let mut context = "{}";
    let mut found = Vec::new();
    for line in TEXT.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.strip_prefix("@ ") {
            Some(next) => context = next,
            None => found.push((context, line)),
        }
    }
    found
}
