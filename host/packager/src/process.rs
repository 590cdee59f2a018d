//! Running one tool: its lines go to the progress callback as they come, the last ones
//! into the error when it fails.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};

use crate::limits::{MAX_LINE_BYTES, MAX_TAIL_LINES};
use crate::{Error, Progress};

/// Runs `command` to its end. `tool` names it in errors.
pub(crate) fn run(
    tool: &str,
    command: &mut Command,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), Error> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| not_started(tool, &source))?;
    let (sender, lines) = channel();
    forward(child.stdout.take(), sender.clone());
    forward(child.stderr.take(), sender);
    let mut tail = VecDeque::new();
    for line in lines {
        tail.push_back(line.clone());
        if tail.len() > MAX_TAIL_LINES {
            tail.pop_front();
        }
        progress(Progress::Line(line));
    }
    let status = child.wait().map_err(|source| not_started(tool, &source))?;
    if status.success() {
        return Ok(());
    }
    let tail = Vec::from(tail).join("\n");
    Err(Error::ToolFailed {
        tool: tool.into(),
        status: status.to_string(),
        tail,
    })
}

/// Runs `command` and returns what it prints; for short answers such as a path.
pub(crate) fn output(tool: &str, command: &mut Command) -> Result<String, Error> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|source| not_started(tool, &source))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let tail = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::ToolFailed {
        tool: tool.into(),
        status: output.status.to_string(),
        tail,
    })
}

fn not_started(tool: &str, source: &std::io::Error) -> Error {
    Error::NoTool {
        tool: tool.into(),
        looked: source.to_string(),
        hint: crate::toolchain::HINT.into(),
    }
}

/// Sends a stream's lines from a thread of its own, so that neither stream can fill up.
fn forward(stream: Option<impl Read + Send + 'static>, sender: Sender<String>) {
    let Some(stream) = stream else { return };
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        loop {
            let mut line = Vec::new();
            let read = reader
                .by_ref()
                .take(MAX_LINE_BYTES)
                .read_until(b'\n', &mut line);
            if !matches!(read, Ok(bytes) if bytes > 0) {
                break;
            }
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            if sender.send(text).is_err() {
                break;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_arrive_and_a_failure_keeps_the_last() {
        let mut lines = Vec::new();
        // Between the two streams there is no order, so the lines that count are of one.
        let script =
            "echo out; for i in $(seq 1 100); do echo line $i; done >&2; echo bad >&2; exit 3";
        let error = run(
            "sh",
            Command::new("sh").args(["-c", script]),
            &mut |progress| lines.push(progress),
        )
        .expect_err("fails")
        .to_string();
        assert_eq!(lines.len(), 102);
        assert!(
            error.contains("exit status: 3")
                && error.contains("bad")
                && !error.contains("line 1\n"),
            "{error}"
        );
    }

    #[test]
    fn a_tool_that_is_missing_is_named() {
        let error = output("no-such-tool", &mut Command::new("no-such-tool"))
            .expect_err("fails")
            .to_string();
        assert!(
            error.contains("Expected no-such-tool") && error.contains("make toolchains"),
            "{error}"
        );
    }
}
