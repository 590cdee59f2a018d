//! Every bound of the engine, in one place, with the reason for its number.

/// Steps that one command may cause in a case before the rest becomes an incident. A case
/// that goes on for this long without waiting for anybody is a loop in the diagram.
pub const MAX_STEPS_PER_CASE: usize = 10_000;

/// Steps that one command may cause in all cases that it moves. A process that starts
/// itself again and again goes past it.
pub const MAX_STEPS: usize = 100_000;

/// Bytes of variables that one command writes, or hands to steps that will, before the rest
/// becomes an incident: sixteen times what one request may bring. All of it is one entry of the
/// journal, which is held in memory several times over until it is on the disk.
pub const MAX_WRITTEN_BYTES: u64 = 64 * 1024 * 1024;

/// Pairs of an element and an incoming flow of an inclusive join in one process. Each costs a
/// bit in memory and a step of deployment: 2 MiB, less than a process that reaches it takes
/// otherwise, and 16 such joins of ten flows among 100,000 elements.
pub const MAX_JOIN_PATHS: usize = 16 * 1024 * 1024;

/// Calls of processes within each other. It is Zeebe's default, so that what runs there runs
/// here; a process that goes past it calls itself without end.
pub const MAX_CALL_DEPTH: u32 = 1_000;

/// Bytes of a business key: it goes into every job and every search index.
pub const MAX_BUSINESS_KEY_BYTES: usize = 256;

/// Completed activities of a case that can be undone: one event may take over all of them in
/// one step.
pub const MAX_COMPENSATIONS: u32 = 10_000;

/// Bytes of JSON in one command's variables: what a REST client may send in one piece.
pub const MAX_DOCUMENT_BYTES: usize = 4 * 1024 * 1024;

/// Levels of nesting in a variable. Less than what the JSON reader takes, so that a document
/// around the variable, and a list around that, can still be read back.
pub const MAX_VARIABLE_DEPTH: u32 = 100;

/// Bytes in a variable's name; longer names are mistakes or attacks.
pub const MAX_NAME_BYTES: usize = 512;

/// Triggers of a tenant: each event of a case looks at all of them.
pub const MAX_TRIGGERS: usize = 100;

/// Jobs handed out by one activation, so that one worker's request stays one small batch.
pub const MAX_JOBS_PER_ACTIVATION: usize = 1_000;

/// Bytes of variables handed out by one activation: it becomes one HTTP response.
pub const MAX_ACTIVATION_BYTES: u64 = 16 * 1024 * 1024;

/// Candidates of a user task, users and groups each: more than anybody lists by hand, and
/// few enough for the row of a task.
pub const MAX_CANDIDATES: usize = 1_000;

/// The retries of a task whose diagram does not say (Zeebe's default).
pub const DEFAULT_JOB_RETRIES: u32 = 3;

/// The priority of a job where neither its element nor its process says one (Zeebe's default).
pub const DEFAULT_JOB_PRIORITY: i32 = 0;

/// The first wait after a failed attempt that did not name one; it doubles each time.
pub const FIRST_BACKOFF_MS: u64 = 1_000;

/// The longest such wait.
pub const MAX_BACKOFF_MS: u64 = 5 * 60 * 1_000;

/// Due items handled by one tick; the rest is taken by the next, so that a long
/// downtime does not turn into one huge transaction.
pub const MAX_DUE_PER_TICK: usize = 500;

/// Subscriptions that a signal reaches in one command, and processes that a message is offered
/// to; the others are reached by the next ones, so that a million waiting cases do not become
/// one huge transaction.
pub const MAX_REACHED_AT_ONCE: usize = 100;

/// Elements that one modification activates and ends: an operator repairs a case, he does
/// not run it.
pub const MAX_INSTRUCTIONS: usize = 1_000;

/// Mappings in one migration: more than the elements that people draw in one process.
pub const MAX_MAPPINGS: usize = 10_000;

/// Batch operations at once in a tenant; each is due in every tick while it runs.
pub const MAX_BATCHES: usize = 100;

/// Items in a batch operation: all cases of a large installation.
pub const MAX_BATCH_ITEMS: u64 = 1_000_000;

/// Items that one command adds to a batch operation.
pub const MAX_BATCH_ITEMS_AT_ONCE: usize = 10_000;

/// How long the items of a batch operation may be on their way. Whoever collects them has then
/// gone away; a million of them take less than a minute.
pub const MAX_COLLECTING_MS: u64 = 5 * 60 * 1_000;

/// Items stored in one row: few rows for many items, and each is quick to write again.
pub const BATCH_CHUNK: usize = 1_000;

/// Items of a batch operation that one tick takes, so that others get their turn.
pub const MAX_BATCH_ITEMS_PER_TICK: usize = 100;

/// Failures that a batch operation lists while it runs; all are in the journal.
pub const MAX_BATCH_FAILURES_KEPT: usize = 100;

/// Problems listed of one modification or migration; nobody reads more at once.
pub const MAX_OPERATION_PROBLEMS: usize = 100;

/// Conditional start events evaluated in one command, so that it stays short.
pub const MAX_START_CONDITIONS: usize = 1_000;

/// Bytes in a message's name, correlation key and id: they are parts of keys.
pub const MAX_MESSAGE_TEXT_BYTES: usize = 1_024;

/// Runs of one element that repeats. Each has rows of its own; who has more items gives them to
/// several cases, or to one task as a list.
pub const MAX_RUNS: usize = 100_000;

/// Runs that one command begins in all; the others follow when the clock goes on, so that a
/// long list does not turn into one huge transaction. Leaves each a hundred steps of its case.
pub const MAX_ENTERED_AT_ONCE: usize = 100;

/// Elements that one command tells to end because the scope around them ends; the others
/// follow when the clock goes on. Leaves each five steps of its case.
pub const MAX_ENDED_AT_ONCE: usize = 2_000;

/// Elements that one tick lets go on with such work: they share the two bounds above.
pub const MAX_RESUMED_PER_TICK: usize = 10;

/// Elements of an ad-hoc subprocess that are chosen at once: a worker or a person names them.
pub const MAX_CHOSEN_AT_ONCE: usize = 100;

/// Steps of a timer's cycle that are looked at to find the next one after a downtime.
pub const MAX_LATE_FIRINGS: usize = 10_000;

/// Cases of one definition and batch operations whose history expires in one tick, and
/// definitions that a new retention reaches in one; the others are reached by the next ticks.
pub const MAX_EXPIRED_AT_ONCE: usize = 100;

/// The least time between two looks at the ended cases of a definition, so that many share
/// one: nobody notices that history went a minute late.
pub const HISTORY_PACE_MS: u64 = 60 * 1_000;

/// Characters kept of an error message: enough for a stack trace's useful part.
pub const MAX_MESSAGE_CHARS: usize = 4_000;

/// Characters of a value that a message shows: enough to know it again.
pub const MAX_SHOWN_CHARS: usize = 60;

/// The size of a list or context up to which it is written into a message, to be cut there:
/// a variable may have megabytes.
pub const MAX_SHOWN_BYTES: u64 = 4_096;

/// Decisions that a trigger may return for one event.
pub const MAX_DECISIONS: usize = 16;

/// How long a survey's link stays open.
pub const INVITATION_LIFETIME_MS: u64 = 60 * 24 * 3_600 * 1_000;

/// The longest delay that a trigger may ask for: with more, the answer would no longer
/// be about the case.
pub const MAX_INVITATION_DELAY_MS: u64 = 180 * 24 * 3_600 * 1_000;

/// Questions in a survey; a customer on a phone gives up long before.
pub const MAX_QUESTIONS: usize = 50;

/// Characters in a free-text answer.
pub const MAX_ANSWER_CHARS: usize = 4_000;

/// Bytes of a survey document: 50 questions in a dozen languages fit several times.
pub const MAX_SURVEY_BYTES: usize = 256 * 1024;

/// Characters in the id of a survey or of a question: it becomes part of keys and of
/// form fields.
pub const MAX_SURVEY_ID_CHARS: usize = 100;

/// Languages in one text of a survey, more than any company writes to its customers in.
pub const MAX_SURVEY_LANGUAGES: usize = 40;

/// Characters in a title or a question, which people read on a phone.
pub const MAX_SURVEY_TITLE_CHARS: usize = 500;

/// Characters in the introduction and in the thanks.
pub const MAX_SURVEY_TEXT_CHARS: usize = 2_000;

/// Characters in the words at an end of a scale: they stand side by side at 360 pixels.
pub const MAX_SURVEY_LABEL_CHARS: usize = 60;

/// Problems listed of one survey document or one set of answers; nobody reads more at once.
pub const MAX_SURVEY_PROBLEMS: usize = 100;

/// Bytes of one value in the record of an evaluated decision: enough for what a table looks at.
pub const MAX_RECORDED_VALUE_BYTES: u64 = 4 * 1024;

/// Bytes of the record of one evaluated decision. A table that is asked for each item of a list
/// is recorded as far as this goes.
pub const MAX_EVALUATION_BYTES: usize = 256 * 1024;

/// Models that a decision model is made of: itself and those that it imports, counted as often
/// as they are imported. All are compiled again after a restart, one within the other; people
/// share a handful.
pub const MAX_IMPORTED_MODELS: u32 = 200;

/// Compiled decision models kept in memory. One of the largest takes some megabytes.
pub const MAX_CACHED_DECISIONS: usize = 200;

/// Compiled process definitions kept in memory; the others are compiled again from
/// their stored source when a case needs them.
pub const MAX_CACHED_DEFINITIONS: usize = 1_000;

/// Rows kept in memory per table after they were written: those of cases that are being
/// worked on.
pub const MAX_CACHED_ROWS: usize = 16_384;

/// Unknown names of one process that are warned of. An author starts with the first.
pub const MAX_UNKNOWN_NAMES: usize = 100;

/// Comparisons of a name that nothing in a process produces with those that are, over the process. Some 50
/// milliseconds, which processes drawn by people are far from; past that names are no longer looked at.
pub const MAX_NAME_COMPARISONS: usize = 100_000;

/// How long a job waits whose type nobody has ever served, before its case says so: a worker that
/// has just been started has asked for jobs by then.
pub const UNSERVED_AFTER_MS: u64 = 60 * 1_000;

/// Cases that are looked through for what stops the one that called them.
pub const MAX_CASES_LOOKED_THROUGH: usize = 1_000;

/// Served job types that one that nobody serves is compared with, to find what was meant.
pub const MAX_COMPARED_JOB_TYPES: usize = 1_000;

/// Shortens a text to the kept length, on a character boundary.
pub fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_MESSAGE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
