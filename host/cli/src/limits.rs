//! Every bound of the command-line interface, with the reason for its number. What a server bounds is not here: it
//! refuses what goes beyond and says why.

use std::time::Duration;

// Files and answers.

/// Bytes of a file or of standard input: as large as the largest component that a server takes. More is a wrong
/// file and is refused.
pub const MAX_INPUT_BYTES: u64 = gardesh_runtime::limits::MAX_COMPONENT_BYTES as u64;

/// Bytes of an answer: a page of a thousand cases with their variables fits. A longer one is an error.
pub const MAX_ANSWER_BYTES: u64 = 256 << 20;

/// Events of a case that the server is asked for at a time.
pub const EVENTS_PER_PAGE: usize = 10_000;

/// Events of a case that are shown in all: what fits into memory with room to spare. A case with more is refused,
/// and the message names the way to read it page by page.
pub const MAX_EVENTS: usize = 1_000_000;

/// Bytes of an address with its query that a client can send, as the HTTP library has it. A configuration that
/// takes more when a component is pushed is refused; `gardesh component configure` sends it in a body.
pub const MAX_ADDRESS_BYTES: usize = 65_534;

// Waiting.

/// How long a command waits for a connection. After this it fails and says that no server was reached.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a command waits for an answer, unless it says otherwise. After this it fails.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// How long the upload of a component may take: one of a dynamic language is compiled for up to a minute on a
/// small machine, after as much time on a slow line. After this the command fails.
pub const UPLOAD_TIMEOUT: Duration = Duration::from_secs(600);

/// Seconds that a batch operation can give to a worker for its job: a year. More is refused.
pub const MAX_TIMEOUT_S: u64 = 366 * 24 * 60 * 60;

/// How often the server is asked how far a batch operation is.
pub const BATCH_PACE: Duration = Duration::from_millis(250);

/// How often the line of progress is drawn anew.
pub const PROGRESS_PACE: Duration = Duration::from_millis(200);

/// How long work that nobody waits for any more may hold up the end of the server. After this the process ends
/// without it.
pub const LEFT_OVER_TIME: Duration = Duration::from_millis(100);

// What is shown.

/// Characters that a message shows of a text that was expected to be JSON of another kind; the rest is cut.
pub const MAX_SHOWN_JSON_CHARS: usize = 40;

/// Characters of a foreign answer that an error message quotes; the rest is cut.
pub const MAX_QUOTED_CHARS: usize = 200;

/// Characters of an event's details in a table; the rest is cut, and `--json` has all of them.
pub const MAX_DETAIL_CHARS: usize = 160;

/// Digits of a digest in a list: enough to tell components apart by eye. `--json` has all of them.
pub const SHOWN_DIGEST_DIGITS: usize = 12;

// The packager and the runtime have no crate below them that could hold the bound of both.
const _: () = assert!(
    gardesh_packager::limits::MAX_COMPONENT_BYTES
        == gardesh_runtime::limits::MAX_COMPONENT_BYTES as u64,
    "what is built must be what can be pushed"
);
