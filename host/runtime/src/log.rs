//! The log of one attempt, bounded in lines and bytes. What does not fit is counted.

use std::mem;

use crate::{Limits, LogLevel, LogLine};

/// Collects lines; standard output and standard error are split into lines here.
pub struct Log {
    lines: Vec<LogLine>,
    bytes: usize,
    dropped: u32,
    /// Kept even when the log is full, because a fault is explained with it.
    last_error: Option<String>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    max_lines: usize,
    max_line_bytes: usize,
    max_bytes: usize,
}

/// A finished log.
pub struct FinishedLog {
    /// The lines, oldest first.
    pub lines: Vec<LogLine>,
    /// Lines that did not fit.
    pub dropped: u32,
    /// The last line at level error, even if it did not fit.
    pub last_error: Option<String>,
}

/// Which of the two standard streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl Log {
    /// An empty log with the bounds of `limits`.
    pub fn new(limits: &Limits) -> Self {
        Self {
            lines: Vec::new(),
            bytes: 0,
            dropped: 0,
            last_error: None,
            stdout: Vec::new(),
            stderr: Vec::new(),
            max_lines: limits.log_lines,
            max_line_bytes: limits.log_line_bytes,
            max_bytes: limits.log_bytes,
        }
    }

    /// Adds a line, cut to the bound; without room it is only counted.
    pub fn push(&mut self, level: LogLevel, mut message: String) {
        cut(&mut message, self.max_line_bytes);
        if level == LogLevel::Error && !message.trim().is_empty() {
            self.last_error = Some(message.clone());
        }
        if self.lines.len() >= self.max_lines || self.bytes + message.len() > self.max_bytes {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        self.bytes += message.len();
        self.lines.push(LogLine { level, message });
    }

    /// Takes bytes of a standard stream; every line break ends a line.
    pub fn write(&mut self, stream: Stream, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            let (text, ended) = match piece.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (piece, false),
            };
            let room = self.max_line_bytes;
            let pending = self.pending(stream);
            // One byte more than the bound is enough for `push` to see that it must cut.
            let free = (room + 1).saturating_sub(pending.len());
            pending.extend_from_slice(&text[..text.len().min(free)]);
            if ended {
                self.end_line(stream);
            }
        }
    }

    /// Ends unfinished lines and hands the log over.
    pub fn finish(mut self) -> FinishedLog {
        for stream in [Stream::Stdout, Stream::Stderr] {
            if !self.pending(stream).is_empty() {
                self.end_line(stream);
            }
        }
        FinishedLog {
            lines: self.lines,
            dropped: self.dropped,
            last_error: self.last_error,
        }
    }

    fn pending(&mut self, stream: Stream) -> &mut Vec<u8> {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }

    fn end_line(&mut self, stream: Stream) {
        let bytes = mem::take(self.pending(stream));
        let level = match stream {
            Stream::Stdout => LogLevel::Info,
            Stream::Stderr => LogLevel::Error,
        };
        self.push(level, String::from_utf8_lossy(&bytes).into_owned());
    }
}

/// Cuts `text` to `max` bytes at a character's border and drops line breaks at its end.
fn cut(text: &mut String, max: usize) {
    if text.len() > max {
        text.truncate(text.floor_char_boundary(max));
        text.push('…');
    }
    text.truncate(text.trim_end_matches(['\n', '\r']).len());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> Log {
        Log::new(&Limits {
            log_lines: 3,
            log_line_bytes: 8,
            log_bytes: 20,
            ..Limits::default()
        })
    }

    fn messages(finished: &FinishedLog) -> Vec<&str> {
        finished
            .lines
            .iter()
            .map(|line| line.message.as_str())
            .collect()
    }

    #[test]
    fn what_is_past_the_bounds_is_counted() {
        let mut log = log();
        for n in 0..5 {
            log.push(LogLevel::Info, format!("line {n}"));
        }
        log.push(LogLevel::Error, "why".into());
        let finished = log.finish();
        assert_eq!(messages(&finished), ["line 0", "line 1", "line 2"]);
        assert_eq!(finished.dropped, 3);
        assert_eq!(finished.last_error.as_deref(), Some("why"));
    }

    #[test]
    fn bytes_are_bounded_too() {
        let mut log = log();
        log.push(LogLevel::Info, "12345678".into());
        log.push(LogLevel::Info, "12345678".into());
        log.push(LogLevel::Info, "12345".into());
        log.push(LogLevel::Info, "1234".into());
        let finished = log.finish();
        assert_eq!(messages(&finished), ["12345678", "12345678", "1234"]);
        assert_eq!(finished.dropped, 1);
    }

    #[test]
    fn long_lines_are_cut_at_a_character() {
        for (bytes, expected) in [
            ("سلام دنیا".as_bytes(), "سلام…"),
            (&[b'x'; 1_000], "xxxxxxxx…"),
            (b"12345678\n", "12345678"),
        ] {
            let mut log = log();
            log.write(Stream::Stdout, bytes);
            assert_eq!(messages(&log.finish()), [expected]);
        }
    }

    #[test]
    fn streams_become_lines() {
        let mut log = log();
        log.write(Stream::Stdout, b"he");
        log.write(Stream::Stderr, b"oops\r\n");
        log.write(Stream::Stdout, b"llo\nrest");
        let finished = log.finish();
        assert_eq!(messages(&finished), ["oops", "hello", "rest"]);
        assert_eq!(finished.lines[0].level, LogLevel::Error);
        assert_eq!(finished.last_error.as_deref(), Some("oops"));
    }
}
