//! Every bound of the engine, in one place, with the reason for its number.

// The work of one command.

/// Work that one command does before it leaves the rest to further ones, in fuel of FEEL: some
/// five milliseconds, so that whoever comes meanwhile does not notice.
pub const COMMAND_FUEL: u64 = 100_000;

/// Fuel of the expressions and decisions of one step, or of one command before its first step,
/// that are worked out at once: what takes longer is worked out on another thread.
pub const INLINE_FUEL: u64 = 100_000;

/// Fuel that a step costs besides its events and expressions: some five microseconds.
pub const STEP_FUEL: u64 = 100;

/// Fuel that an event costs: about a microsecond and a half until it is encoded.
pub const EVENT_FUEL: u64 = 30;

/// Bytes of variables that are written for one unit of fuel, as FEEL counts them.
pub const BYTES_PER_FUEL: u64 = 16;

/// Answers of other threads that are kept for whoever asks again. The oldest makes room for another, so a step
/// with more expressions that take long has to ask for the first ones again.
pub const MAX_REMEMBERED_ANSWERS: usize = 256;

/// How long a case waits for the answer of another thread before it asks again, which it must do when the process
/// that was asked has ended.
pub const ANSWER_PATIENCE_MS: u64 = 5_000;

/// Kept steps of a case that are taken at once: more than most cases have, and few enough to be
/// kept again when the budget is used up by the first.
pub const MAX_TAKEN_AT_ONCE: usize = 100;

/// Due items handled by one tick; the rest is taken by the next, so that a long
/// downtime does not turn into one huge transaction.
pub const MAX_DUE_PER_TICK: usize = 500;

/// Subscriptions that a signal reaches in one command, and processes that a message is offered
/// to; the others are reached by the next ones, so that a million waiting cases do not become
/// one huge transaction.
pub const MAX_REACHED_AT_ONCE: usize = 100;

/// Runs that one step begins; another goes on with the others, so that a long list does not
/// become one long step.
pub const MAX_ENTERED_AT_ONCE: usize = 100;

/// Elements that one step tells to end because the scope around them ends; another goes on with
/// the others.
pub const MAX_ENDED_AT_ONCE: usize = 100;

/// Elements of an ad-hoc subprocess that are chosen at once: a worker or a person names them. More are an
/// incident, from a client a rejection.
pub const MAX_CHOSEN_AT_ONCE: usize = 100;

/// Cases of one definition and batch operations whose history expires in one tick, and
/// definitions that a new retention reaches in one; the others are reached by the next ticks.
pub const MAX_EXPIRED_AT_ONCE: usize = 100;

/// Waiting jobs that one command gives to a new component; the effect asks for the rest, so that the upload of a
/// component for a million waiting jobs is many small batches.
pub const MAX_BOUND_AT_ONCE: usize = 1_000;

/// Children of a scope that a join looks at in one piece; mostly the first one decides. It goes on with the next
/// piece.
pub const MAX_CHILDREN_PER_LOOK: usize = 100;

/// Rows that are looked at together while one is searched for that will do for a message. The search goes on with
/// the next piece.
pub const MESSAGE_ROWS_PER_LOOK: usize = 16;

/// Cases that are looked through for what stops the one that called them. What lies further down is not told of.
pub const MAX_CASES_LOOKED_THROUGH: usize = 1_000;

/// Open effects that are read at once when the server starts. The next page follows until there is none.
pub const OPEN_EFFECTS_PER_PAGE: usize = 1_000;

// What follows from one command, and the size of a case.

/// Steps that follow from one command, in all cases and without waiting for anybody, before the
/// rest becomes an incident: fifty for each run of the longest list. What goes on for this long
/// is a loop in a diagram, or processes that start each other.
pub const MAX_CHAIN_STEPS: u64 = 5_000_000;

/// Bytes of variables that the steps write which follow from one command, before the rest becomes an incident:
/// 256 times what one request may bring. A loop that copies large values would fill the disk long before
/// [`MAX_CHAIN_STEPS`].
pub const MAX_CHAIN_BYTES: u64 = 1024 * 1024 * 1024;

/// Cases that the steps start which follow from one command, before the rest becomes an incident: two for each
/// item of the longest list. Processes that start each other twice would fill the memory long before
/// [`MAX_CHAIN_STEPS`].
pub const MAX_CHAIN_CASES: u64 = 200_000;

/// Calls of processes within each other. It is Zeebe's default, so that what runs there runs here; a process that
/// goes past it calls itself without end. The call is an incident.
pub const MAX_CALL_DEPTH: u32 = 1_000;

/// Runs of one element that repeats. Each has rows of its own; who has more items gives them to several cases, or
/// to one task as a list. A longer list is an incident.
pub const MAX_RUNS: usize = 100_000;

/// Completed activities of a case that can be undone: one event may take over all of them in one step. One more
/// is an incident.
pub const MAX_COMPENSATIONS: u32 = 10_000;

/// Bytes of a business key: it goes into every job and every search index. A longer one is rejected.
pub const MAX_BUSINESS_KEY_BYTES: usize = 256;

/// Bytes of JSON in one command's variables: what a REST client may send in one piece. More are rejected, and an
/// incident where an expression makes them.
pub const MAX_DOCUMENT_BYTES: usize = 4 * 1024 * 1024;

/// Levels of nesting in a variable. Less than what the JSON reader takes, so that a document around the variable,
/// and a list around that, can still be read back. A deeper one is rejected, and an incident where an expression
/// makes it.
pub const MAX_VARIABLE_DEPTH: u32 = 100;

/// Bytes in the name of a variable or signal and in what a user task says of people; longer ones are mistakes or
/// attacks and are rejected.
pub const MAX_NAME_BYTES: usize = 512;

/// Bytes in a message's name, correlation key and id: they are parts of keys. A longer one is rejected, and an
/// incident where an expression makes it.
pub const MAX_MESSAGE_TEXT_BYTES: usize = 1_024;

/// How long the idempotency key of a start is remembered: a client that tries again does so within a day. After
/// this the same key starts another case.
pub const START_KEY_KEPT_MS: u64 = 24 * 60 * 60 * 1_000;

/// Bytes of the idempotency key of a start. A longer one is rejected.
pub const MAX_START_KEY_BYTES: usize = 255;

// Diagrams and decision models.

/// Pairs of an element and an incoming flow of an inclusive join in one process. Each costs a bit in memory and a
/// step of deployment: 2 MiB, less than a process that reaches it takes otherwise, and 16 such joins of ten flows
/// among 100,000 elements. A process with more is refused when it is deployed.
pub const MAX_JOIN_PATHS: usize = 16 * 1024 * 1024;

/// Conditional start events evaluated in one command, so that it stays short. More are rejected, with the advice
/// to name the process.
pub const MAX_START_CONDITIONS: usize = 1_000;

/// Unknown names of one process that are warned of. An author starts with the first.
pub const MAX_UNKNOWN_NAMES: usize = 100;

/// Comparisons of a name that nothing in a process produces with those that are, over the process. Some 50
/// milliseconds, which processes drawn by people are far from; past that names are no longer looked at.
pub const MAX_NAME_COMPARISONS: usize = 100_000;

/// Models that a decision model is made of: itself and those that it imports, counted as often as they are
/// imported. All are compiled again after a restart, one within the other; people share a handful. A model of
/// more is refused when it is deployed.
pub const MAX_IMPORTED_MODELS: u32 = 200;

/// Bytes of one value in the record of an evaluated decision: enough for what a table looks at. Of a larger one
/// the record has its type and size.
pub const MAX_RECORDED_VALUE_BYTES: u64 = 4 * 1024;

/// Bytes of the record of one evaluated decision. A table that is asked for each item of a list
/// is recorded as far as this goes.
pub const MAX_EVALUATION_BYTES: usize = 256 * 1024;

// Jobs and user tasks.

/// Jobs handed out by one activation, so that one worker's request stays one small batch. Who asks for more gets
/// these.
pub const MAX_JOBS_PER_ACTIVATION: usize = 1_000;

/// Bytes of variables handed out by one activation: it becomes one HTTP response. The job that goes past it,
/// unless it is the first, waits for the next activation.
pub const MAX_ACTIVATION_BYTES: u64 = 16 * 1024 * 1024;

/// The retries of a task whose diagram does not say (Zeebe's default).
pub const DEFAULT_JOB_RETRIES: u32 = 3;

/// The priority of a job where neither its element nor its process says one (Zeebe's default).
pub const DEFAULT_JOB_PRIORITY: i32 = 0;

/// The first wait after a failed attempt that did not name one; it doubles each time.
pub const FIRST_BACKOFF_MS: u64 = 1_000;

/// The longest wait after a failed attempt.
pub const MAX_BACKOFF_MS: u64 = 5 * 60 * 1_000;

/// How long a job waits whose type nobody has ever served, before its case says so: a worker that
/// has just been started has asked for jobs by then.
pub const UNSERVED_AFTER_MS: u64 = 60 * 1_000;

/// Served job types that one that nobody serves is compared with, to find what was meant. The others are passed
/// over.
pub const MAX_COMPARED_JOB_TYPES: usize = 1_000;

/// Candidates of a user task, users and groups each: more than anybody lists by hand, and few enough for the row
/// of a task. More are rejected, and an incident where an expression names them.
pub const MAX_CANDIDATES: usize = 1_000;

/// The priority of a user task that does not say (Zeebe's default).
pub const DEFAULT_TASK_PRIORITY: u8 = 50;

/// The highest priority of a user task (as in the Camunda REST API). A higher one in a diagram is an incident, in
/// a command a rejection.
pub const MAX_TASK_PRIORITY: u8 = 100;

// Changes to running cases.

/// Elements that one modification activates and ends: an operator repairs a case, he does not run it. More are
/// rejected.
pub const MAX_INSTRUCTIONS: usize = 1_000;

/// Mappings in one migration: more than the elements that people draw in one process. More are rejected.
pub const MAX_MAPPINGS: usize = 10_000;

/// Problems listed of one modification or migration; nobody reads more at once.
pub const MAX_OPERATION_PROBLEMS: usize = 100;

/// Batch operations at once in a tenant; each is due in every tick while it runs. One more is rejected.
pub const MAX_BATCHES: usize = 100;

/// Items in a batch operation: all cases of a large installation. More are rejected.
pub const MAX_BATCH_ITEMS: u64 = 1_000_000;

/// Items that one command adds to a batch operation. More are rejected; they go into further commands.
pub const MAX_BATCH_ITEMS_AT_ONCE: usize = 10_000;

/// How long the items of a batch operation may be on their way. Whoever collects them has then gone away; a
/// million of them take less than a minute. The batch operation is given up.
pub const MAX_COLLECTING_MS: u64 = 5 * 60 * 1_000;

/// Items stored in one row: few rows for many items, and each is quick to write again.
pub const BATCH_CHUNK: usize = 1_000;

/// Items of a batch operation that one tick takes, so that others get their turn.
pub const MAX_BATCH_ITEMS_PER_TICK: usize = 100;

/// Failures that a batch operation lists while it runs; all are in the journal.
pub const MAX_BATCH_FAILURES_KEPT: usize = 100;

// Time.

/// The last moment that a deadline or an end can have, in milliseconds since the epoch: 9999-12-31T23:59:59.999Z.
/// There is no text for a later one, and no client could read its number. A later one becomes this.
pub const LAST_MOMENT_MS: u64 = 253_402_300_799_999;

/// Midnight of 1 January 2026 in UTC. No clock that this runs by is earlier, and reading does not ask it.
pub const EARLIEST_MS: u64 = 1_767_225_600_000;

/// The least time between two looks at the ended cases of a definition, so that many share
/// one: nobody notices that history went a minute late.
pub const HISTORY_PACE_MS: u64 = 60 * 1_000;

/// How far a wall clock may run ahead of journal time to be simply followed, in milliseconds: what
/// a clock that is kept right by the network is corrected by. More than that is a jump.
pub const MAX_NORMAL_LEAD_MS: u64 = 60 * 1_000;

/// How long a jump ahead has to stand until timers follow it, in milliseconds: long enough that a
/// clock which is put right at once has none of them fire, short enough that a machine which
/// stood still soon does what is due.
pub const BELIEVED_AFTER_MS: u64 = 60 * 1_000;

/// How long it has to stand until histories end because of it, in milliseconds. That cannot be
/// taken back, and is counted in days; within one somebody reads the log.
pub const CONFIRMED_AFTER_MS: u64 = 24 * 3_600 * 1_000;

/// Journal time that is ahead of the wall clock loses one part in this many: enough to lose an
/// hour in a day, and so little that nobody's two seconds are wrong.
pub const SLEW: u64 = 20;

/// Milliseconds of difference between the clocks that are worth a line in the log. Less goes unsaid.
pub const NOTABLE_MS: u64 = 1_000;

// Triggers and surveys.

/// Triggers of a tenant: each event of a case looks at all of them. One more is rejected.
pub const MAX_TRIGGERS: usize = 100;

/// Decisions that a trigger may return for one event. Where there are more, none is acted upon, and the firing is recorded as not asked.
pub const MAX_DECISIONS: usize = 16;

/// Firings of one trigger that wait for it: the cases of a large batch operation. More are
/// recorded as not asked. All of them end in one command when the trigger is disabled.
pub const MAX_WAITING_FIRINGS: u32 = 10_000;

/// How deep cases lie that triggers start because of cases that triggers started. People who chain processes by
/// triggers need three; one that starts its own process again has no end. A firing that goes deeper switches its
/// trigger off.
pub const MAX_TRIGGER_DEPTH: u32 = 16;

/// How long a case must have been at work for a chain of triggers to begin anew with it: a
/// process that starts itself again every day runs away from nobody.
pub const TRIGGER_CHAIN_PAUSE_MS: u64 = 60 * 60 * 1_000;

/// Cases that one trigger starts in a minute of journal time because of cases that triggers started. What
/// ordinary cases lead to is not counted; a trigger that multiplies is at it within a second. One more switches
/// the trigger off.
pub const MAX_TRIGGERED_STARTS_PER_MINUTE: u32 = 1_000;

/// How long a survey's link stays open. After this its page says that it is over.
pub const INVITATION_LIFETIME_MS: u64 = 60 * 24 * 3_600 * 1_000;

/// The longest delay that a trigger may ask for: with more, the answer would no longer be about the case. A
/// decision with a longer one is refused.
pub const MAX_INVITATION_DELAY_MS: u64 = 180 * 24 * 3_600 * 1_000;

/// Questions in a survey; a customer on a phone gives up long before. A survey with more is refused.
pub const MAX_QUESTIONS: usize = 50;

/// Characters in a free-text answer. A longer one is refused.
pub const MAX_ANSWER_CHARS: usize = 4_000;

/// Bytes of a survey document: 50 questions in a dozen languages fit several times. A larger one is refused.
pub const MAX_SURVEY_BYTES: usize = 256 * 1024;

/// Characters in the id of a survey or of a question: it becomes part of keys and of
/// form fields.
pub const MAX_SURVEY_ID_CHARS: usize = 100;

/// Languages in one text of a survey, more than any company writes to its customers in.
pub const MAX_SURVEY_LANGUAGES: usize = 40;

/// Characters of a language tag: what RFC 5646 (4.4.1) asks to be able to store. A longer one is no language.
pub const MAX_LANGUAGE_TAG_CHARS: usize = 35;

/// Characters in a title or a question, which people read on a phone.
pub const MAX_SURVEY_TITLE_CHARS: usize = 500;

/// Characters in the introduction and in the thanks.
pub const MAX_SURVEY_TEXT_CHARS: usize = 2_000;

/// Characters in the words at an end of a scale: they stand side by side at 360 pixels.
pub const MAX_SURVEY_LABEL_CHARS: usize = 60;

/// Problems listed of one survey document or one set of answers; nobody reads more at once.
pub const MAX_SURVEY_PROBLEMS: usize = 100;

// Tenants.

/// Tenants besides the default one: requests look their tenant up by its id, and the list of them is read as a
/// whole. One more is rejected.
pub const MAX_TENANTS: u32 = 10_000;

/// Characters of a tenant's id, as in the Camunda REST API.
pub const MAX_TENANT_NAME_CHARS: usize = 31;

/// Characters of a tenant's display name or description.
pub const MAX_TENANT_TEXT_CHARS: usize = 1_000;

// What is kept in memory.

/// Compiled decision models kept in memory. One of the largest takes some megabytes. The one that was used
/// longest ago is compiled again when a case needs it.
pub const MAX_CACHED_DECISIONS: usize = 200;

/// Compiled process definitions kept in memory; the others are compiled again from
/// their stored source when a case needs them.
pub const MAX_CACHED_DEFINITIONS: usize = 1_000;

/// Rows kept in memory per table after they were written: those of cases that are being worked on. The others are
/// read from the store.
pub const MAX_CACHED_ROWS: usize = 16_384;

// Messages.

/// Characters of a value that a message shows: enough to know it again.
pub const MAX_SHOWN_CHARS: usize = 60;

/// The size of a list or context up to which it is written into a message, to be cut there:
/// a variable may have megabytes.
pub const MAX_SHOWN_BYTES: u64 = 4_096;

/// Characters kept of an error message: enough for a stack trace's useful part.
pub const MAX_MESSAGE_CHARS: usize = 4_000;

/// Shortens a text to the kept length, on a character boundary.
pub fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_MESSAGE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
