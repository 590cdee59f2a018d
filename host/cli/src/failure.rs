//! How a command can fail, in the reader's words, and which exit code says so. What the
//! server says of a failure is turned into one of these in `client.rs`.

use std::io;

/// The exit codes of the program, as its help documents them.
pub mod exit {
    /// The server refused, nothing was found, or a check failed.
    pub const REFUSED: u8 = 1;
    /// The command line or a file named on it is wrong.
    pub const USAGE: u8 = 2;
    /// No server answered.
    pub const UNREACHABLE: u8 = 3;
    /// Something that should not happen.
    pub const UNEXPECTED: u8 = 4;
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The server, or the sandbox, said no; or a check did not hold.
    #[error("{0}")]
    Refused(String),
    /// The command line, or what it names, is wrong.
    #[error("{0}")]
    Usage(String),
    /// No server answered.
    #[error("{0}")]
    Unreachable(String),
    /// Something that should not happen.
    #[error("{0}")]
    Unexpected(String),
    /// What the command had to say could not be written.
    #[error("Expected to write the output, but {0}")]
    Output(#[source] io::Error),
    /// The server answered with a problem (RFC 9457).
    #[error("{message}")]
    Problem {
        /// Which exit code says so.
        exit: u8,
        /// For people.
        message: String,
        /// The problem as it came, for programs.
        document: String,
    },
    /// The command failed, and has already said why.
    #[error("")]
    Reported,
}

impl Failure {
    /// The same failure, with what it is about in front.
    pub fn about(self, subject: &str) -> Self {
        match self {
            Self::Refused(message) => Self::Refused(format!("{subject}: {message}")),
            Self::Unexpected(message) => Self::Unexpected(format!("{subject}: {message}")),
            Self::Problem {
                exit,
                message,
                document,
            } => Self::Problem {
                exit,
                message: format!("{subject}: {message}"),
                document,
            },
            other => other,
        }
    }

    /// The exit code. A reader that closed its end (`gardesh … | head`) has what it wants.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Problem { exit, .. } => *exit,
            Self::Refused(_) | Self::Reported => exit::REFUSED,
            Self::Usage(_) => exit::USAGE,
            Self::Unreachable(_) => exit::UNREACHABLE,
            Self::Unexpected(_) => exit::UNEXPECTED,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::Output(_) => exit::UNEXPECTED,
        }
    }

    /// What to tell the user; nothing where there is nobody left to tell or nothing to add.
    pub fn message(&self) -> Option<String> {
        match self {
            Self::Reported => None,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => None,
            other => Some(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_left_is_no_failure() {
        let gone = Failure::Output(io::ErrorKind::BrokenPipe.into());
        assert_eq!((gone.exit_code(), gone.message()), (0, None));
        let full = Failure::Output(io::ErrorKind::StorageFull.into());
        assert_eq!(full.exit_code(), exit::UNEXPECTED);
        assert!(full.message().is_some());
    }
}
