//! Every bound of the server, with the reason for its number and what happens where it is reached. What the
//! engine, the store, the read model and the sandbox bound themselves is in the `limits.rs` of their crates.

use std::time::Duration;

use gardesh_engine::limits::{MAX_ANSWER_CHARS, MAX_DOCUMENT_BYTES, MAX_QUESTIONS};

// Commands and the writer.

/// Commands that may wait for the engine. At the rates of a busy server this is a fraction of a second of work;
/// past it callers are told to come again.
pub const MAX_WAITING_COMMANDS: usize = 8_192;

/// Commands in one batch: enough that an fsync is shared by many, few enough that the first does not wait long
/// for the last. What comes after them goes into the next batch.
pub const MAX_BATCH_COMMANDS: usize = 1_024;

/// How long the writer sleeps at the longest while nothing is due. After this it looks at the clock, so that a
/// clock that was set is noticed.
pub const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// How long a batch waits at the longest for components that have just begun, however slow the disk. After this
/// it is committed without their outcomes.
pub const LONGEST_HOLD: Duration = Duration::from_millis(5);

/// How long the clock may go on before others have their turn, and how long these may keep it and the disk
/// waiting: a batch operation or a case that does much is due until it is done, and whoever wants to pause it
/// must be heard.
pub const WRITER_TURN: Duration = Duration::from_millis(5);

/// What one component may have at once is the number of places divided by this (but two), and as many places are
/// kept for components that have none: a few greedy ones fill the rest and leave a way in for everybody else. A
/// component with its share waits in line.
pub const COMPONENT_SHARE: usize = 4;

/// How long the engine may take for what it has begun, once nobody can ask any more. After this the process ends
/// without closing the store, and the next start finds what was committed.
pub const REST_TIME: Duration = Duration::from_millis(300);

/// Entries of the journal that a verification of a file reads at a time.
pub const VERIFIED_ENTRIES_PER_READ: usize = 10_000;

/// Lost cases that a verification lists: enough to know whom to ask. The others are left out.
pub const MAX_LOST_CASES: u32 = 1_000;

// Components that find no place or no memory.

/// The pause before the first new attempt of a job that found no place or no memory. Most shortages are over when
/// a step ends.
pub const FIRST_SHORTAGE_PAUSE: Duration = Duration::from_millis(250);

/// How many times that pause doubles, once with each further attempt: it is 16 s at last, so that ten thousand
/// who wait do not keep a busy machine busier.
pub const MAX_SHORTAGE_DOUBLINGS: u32 = 6;

/// How often the operator's log tells of such shortages. Each line says how many wait.
pub const SHORTAGE_LOG_PACE: Duration = Duration::from_secs(10);

// The read model.

/// Committed batches that may wait in memory for the read model; past it they are read from the journal.
pub const MAX_WAITING_BATCHES: usize = 256;

/// Entries of the journal that are projected in one transaction while the read model catches up.
pub const CATCH_UP_ENTRIES: usize = 1_000;

/// The least time between two writes to the read model: a case that goes on is written once in this time instead
/// of with every commit, and searches are behind by no more than that. After a pause what comes first is written
/// at once.
pub const PROJECTION_PACE: Duration = Duration::from_millis(20);

/// The longest that the time between two writes becomes while writing takes long: the more that is under way, the
/// more a longer pause saves, and people who search do not feel a tenth of a second.
pub const LONG_PROJECTION_PACE: Duration = Duration::from_millis(100);

/// How many times as long as a write the pause after it is, so that the read model takes a fifth of a core and
/// not a whole one.
pub const PAUSE_PER_WRITE: u32 = 4;

/// The pause between two attempts while the read model cannot be written.
pub const PROJECTION_RETRY_PAUSE: Duration = Duration::from_secs(1);

/// How long a search waits for the read model to have everything that was committed before it came in. After this
/// it is answered without the newest and says so.
pub const READ_YOUR_WRITES_TIME: Duration = Duration::from_secs(2);

/// How long a look-up of one row waits for the same. After this the row is looked for in the journal.
pub const READ_ONE_TIME: Duration = Duration::from_millis(500);

/// How long a search in which nothing may be missed waits for the read model. After this it is refused.
pub const READ_ALL_TIME: Duration = Duration::from_secs(30);

/// How long the read model may be behind until searches are refused: whoever decides by what they find must not
/// do so by what was half a minute ago.
pub const MAX_BEHIND: Duration = Duration::from_secs(30);

/// How long the read model may be behind and still be called well: a large deployment or batch operation takes it
/// as long. Past it the status of the server tells of it.
pub const WELL_BEHIND: Duration = Duration::from_secs(2);

/// Entries of the journal that are looked through at a time for one row that the read model does not have yet.
pub const LOOKED_UP_ENTRIES_PER_READ: usize = 500;

/// Process definitions of which the server remembers what answers say of them. They never change, so the bound is
/// about memory alone; past it all are forgotten and read again.
pub const MAX_REMEMBERED_DEFINITIONS: usize = 4_096;

// Connections.

/// Connections at once. Idle ones cost some kilobytes each; more wait to be accepted.
pub const MAX_CONNECTIONS: usize = 16_384;

/// File descriptors that are left for what is no connection: the store, the read model with its readers, files of
/// components, the log.
pub const MAX_OTHER_DESCRIPTORS: usize = 256;

/// File descriptors that a process is taken to have where the system does not say.
#[cfg(unix)]
pub const USUAL_DESCRIPTORS: usize = 1_024;

/// How long a new connection waits for a place before one that is idle is closed for it.
pub const PLACE_PAUSE: Duration = Duration::from_millis(50);

/// Connections that the system holds until they are accepted. It takes as many of these as it is set to; what
/// goes beyond is tried again by clients after a second.
pub const BACKLOG: u32 = 65_535;

/// How long a new client may take to send the head of its first request. After this its connection is closed.
pub const FIRST_HEAD_TIME: Duration = Duration::from_secs(15);

/// How long a client may be silent between two requests, and take for the next one's head: longer than the minute
/// after which load balancers let go. After this its connection is closed.
pub const IDLE_TIME: Duration = Duration::from_secs(75);

/// How long requests under way may take once the server is told to stop. Those that only wait for something are
/// answered at once; what takes longer is cut off.
pub const STOP_TIME: Duration = Duration::from_millis(1_500);

/// The pause after a failed accept: mostly there are no file descriptors left, and trying again at once would
/// only burn a core.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Bytes of a body that are read after the request was answered without them, so that the client reads the
/// answer. Who sends still more has to do without it.
pub const MAX_DRAINED_BYTES: usize = 64 * 1024 * 1024;

/// How long reading such a rest may take. After this the connection is closed.
pub const DRAIN_TIME: Duration = Duration::from_secs(10);

// Requests at once, and how long they wait.

/// Requests under way at once. Each long poll holds one of these places, so it is more than the number of those.
/// Past it the server would only queue work it cannot do, and clients are told to come again.
pub const MAX_REQUESTS: usize = 4_096;

/// Requests that may wait at once for jobs to come up or for cases to end. Each is cheap; the bound keeps a
/// runaway client from taking every place of the server. More are told to come again.
pub const MAX_WAITING_REQUESTS: usize = 2_048;

/// Searches that run at once. More would only wait for each other's disk reads, so they wait for their turn.
pub const MAX_READS: usize = 32;

/// Components whose bytes come in at once: each is held in memory, and a slow line takes none of the few
/// compilers. More are told to come again.
pub const MAX_UPLOADS: usize = 16;

/// The longest that a client may ask to be kept waiting. A longer time is refused.
pub const MAX_WAIT: Duration = Duration::from_secs(60 * 60);

/// How long a client waits for a case to end that says nothing of it (Camunda's default). After this it is told
/// that the case goes on.
pub const DEFAULT_COMPLETION_WAIT: Duration = Duration::from_secs(15);

/// How long a client waits for the listeners of a user task. They go on without it, and it is told so.
pub const LISTENERS_WAIT: Duration = Duration::from_secs(15);

/// How long a worker waits for jobs that says nothing of it (Camunda's default). After this it gets an empty
/// list.
pub const DEFAULT_JOBS_WAIT: Duration = Duration::from_secs(10);

/// How often a case that somebody waits for is looked at for what stops it: people wait for the answer.
pub const LOOK_PACE: Duration = Duration::from_millis(250);

/// The pause before an engine that has too much to do is asked again to take items of a batch operation.
pub const BATCH_RETRY_PAUSE: Duration = Duration::from_millis(250);

/// How often it is asked: for a minute, well before its clock gives a batch operation up. Then the client is told
/// to come again.
pub const MAX_BATCH_TRIES: usize = 240;

// What a request may bring.

/// Bytes of a JSON body: the variables of one command and some room around them. A longer one is refused.
pub const MAX_JSON_BYTES: usize = MAX_DOCUMENT_BYTES + 64 * 1024;

/// How long a client may take to send a JSON body; a client that drips bytes would hold its place for ever. After
/// this the request is refused.
pub const JSON_BODY_TIME: Duration = Duration::from_secs(30);

/// Characters of a foreign text that a message quotes; the rest is cut.
pub const MAX_QUOTED_CHARS: usize = 120;

/// How long a client may take to send a component. After this the request is refused.
pub const COMPONENT_UPLOAD_TIME: Duration = Duration::from_secs(300);

/// Bytes of one deployment. The largest diagrams seen have 2 MB. A larger one is refused.
pub const MAX_DEPLOYMENT_BYTES: usize = 16 * 1024 * 1024;

/// Files in one deployment. One with more is refused.
pub const MAX_DEPLOYMENT_FILES: usize = 200;

/// How long a client may take to send a deployment. After this the request is refused.
pub const DEPLOYMENT_UPLOAD_TIME: Duration = Duration::from_secs(120);

/// Names in one `fetchVariable` list. A longer one is refused.
pub const MAX_FETCHED_NAMES: usize = 1_000;

/// How long a phone on a bad line may take to send its answers to a survey. After this the page asks to send them
/// again.
pub const FORM_TIME: Duration = Duration::from_secs(60);

/// Bytes of a survey's form. A character of a text takes up to four bytes, each up to three in the encoding of
/// forms; as much again is left for names. A longer one is refused.
pub const MAX_FORM_BYTES: usize = MAX_QUESTIONS * MAX_ANSWER_CHARS * 12 + 64 * 1024;

/// Fields of a survey's form that are looked at: one for each question and those of the page, twice over. The
/// others are passed over.
pub const MAX_FORM_FIELDS: usize = 2 * MAX_QUESTIONS;

/// Entries of an `Accept-Language` header that are looked at; browsers send fewer. The others are passed over.
pub const MAX_ACCEPTED_LANGUAGES: usize = 32;

/// Characters that an API token has at the least, so that nobody guesses it. The server does not start with a
/// shorter one.
pub const MIN_TOKEN_CHARS: usize = 16;

// What an answer may hold.

/// Events on a page of a case's history when the request does not say.
pub const DEFAULT_PAGE_EVENTS: usize = 1_000;

/// Events on one page of a case's history. A request for more is refused.
pub const MAX_PAGE_EVENTS: usize = 10_000;

/// Entries of the journal looked through for one page of a case's history, from its beginning on. A case with
/// more is read on from the position that the page names.
pub const MAX_HISTORY_ENTRIES: usize = 50_000;

/// Entries of the journal that are read at a time for such a page.
pub const HISTORY_ENTRIES_PER_READ: usize = 500;

/// Surveys in one list; the others are left out.
pub const MAX_LISTED_SURVEYS: usize = 10_000;

/// Components in one list; the others are left out. There is one for each kind of step, so this is many.
pub const MAX_LISTED_COMPONENTS: usize = 10_000;

/// Tenants on a page when the request does not say.
pub const DEFAULT_PAGE_TENANTS: usize = 100;

/// Flow scopes around a user task that are looked at for its variables: more than subprocesses can nest in a
/// diagram. Those further out are passed over.
pub const MAX_SCOPES: usize = 200;

/// Warnings of a deployment that are listed in one answer; it says how many more there are, and an author starts
/// with these.
pub const MAX_LISTED_WARNINGS: usize = 100;

/// Problems of a deployment that are listed in one answer; it says how many more there are, and an author starts
/// with these.
pub const MAX_LISTED_DIAGNOSTICS: usize = 500;

#[cfg(test)]
mod tests {
    use gardesh_engine::limits::{MAX_CANDIDATES, MAX_CHOSEN_AT_ONCE, MAX_VARIABLE_DEPTH};
    use gardesh_runtime::Limits;

    /// The sandbox and the engine know nothing of each other and meet here.
    #[test]
    fn the_engine_takes_what_the_sandbox_lets_through() {
        let sandbox = Limits::default();
        assert_eq!(sandbox.candidates, MAX_CANDIDATES);
        assert_eq!(sandbox.activated_elements, MAX_CHOSEN_AT_ONCE);
        assert!(sandbox.output_depth <= MAX_VARIABLE_DEPTH as usize);
        assert!(sandbox.output_bytes <= super::MAX_DOCUMENT_BYTES);
        assert!(sandbox.input_bytes >= super::MAX_DOCUMENT_BYTES);
    }
}
