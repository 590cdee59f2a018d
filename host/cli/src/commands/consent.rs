//! Asks whoever sits at the terminal whether something is really meant.

use std::io::{BufRead, IsTerminal, Write};

use crate::failure::Failure;

/// Asks `question`.
///
/// # Errors
/// Nobody is there, or they do not want it.
pub fn ask(question: &str) -> Result<(), Failure> {
    let input = std::io::stdin();
    let mut output = std::io::stderr();
    if !input.is_terminal() || !output.is_terminal() {
        return Err(Failure::Usage(format!(
            "{question} Expected somebody to agree, but this is no terminal. Give --yes if it is meant"
        )));
    }
    write!(output, "{question} [y/N] ")
        .and_then(|()| output.flush())
        .map_err(Failure::Output)?;
    let mut line = String::new();
    input
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failure::Usage(format!("Expected an answer, but {error}")))?;
    match line.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::Refused("Nothing was done".to_owned())),
    }
}
