//! The law of expired history: whatever of the journal has been erased, and however far the
//! erasing has come, what is left of it gives the very state that is stored.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use gardesh_engine::Engine;
use gardesh_engine::Request;
use gardesh_engine::command::{
    self, ActivateJobs, Command, CreateInstance, Deploy, ProcessRef, Record, RegisterComponent,
    Retries, SaveSurvey, Tick,
};
use gardesh_engine::definition::compile;
use gardesh_engine::effect::Effect;
use gardesh_engine::entities::about::Subject;
use gardesh_engine::entities::batch_operation::BatchOperation;
use gardesh_engine::entities::component::{ComponentRole, ComponentRow};
use gardesh_engine::entities::experience::SurveyAnswer;
use gardesh_engine::entities::trigger::{Decision, EventType, Subscription};
use gardesh_engine::event::{Entry, Event, ExperienceEvent, ProcessInstanceEvent, RetentionEvent};
use gardesh_engine::key::*;
use gardesh_engine::state::State;
use gardesh_engine::table::backing::Empty;
use gardesh_engine::variables::parse_document;
use gardesh_store::Store;
use proptest::prelude::*;
use tempfile::TempDir;

const TENANT: TenantId = TenantId::DEFAULT;
const MINUTE_MS: u64 = 60_000;

/// Two branches with a person's task and a component's, local variables, a timer, an error,
/// a signal's event subprocess. And a process that a message starts and that waits for one.
const DIAGRAM: &str = include_str!("history/processes.bpmn");

const SURVEY: &str = r#"{"id": "s", "title": {"en": "How was it?"}, "questions": [
    {"id": "recommend", "type": "nps", "title": {"en": "Recommend?"}, "required": true}]}"#;

/// An engine on a store in a folder of its own.
struct Platform {
    engine: Engine,
    store: Option<Store>,
    folder: TempDir,
    pending: Vec<Arc<Entry>>,
    now_ms: u64,
    firings: Vec<FiringKey>,
    cases: Vec<ProcessInstanceKey>,
    random: u64,
}

impl Platform {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        let mut platform = Self {
            engine: Engine::new(store.backing(), Partition::FIRST),
            store: Some(store),
            folder,
            pending: Vec::new(),
            now_ms: 1_000_000,
            firings: Vec::new(),
            cases: Vec::new(),
            random: 0,
        };
        let resources = vec![compile("p.bpmn", DIAGRAM).unwrap()];
        platform.run(Deploy { resources }).unwrap();
        let document = SURVEY.to_owned();
        platform.run(SaveSurvey { document }).unwrap();
        let component = Box::new(trigger());
        platform
            .run(RegisterComponent {
                component,
                replace: false,
            })
            .unwrap();
        platform.commit();
        platform
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    fn run<R: Request>(&mut self, command: R) -> Option<R::Answer> {
        self.random += 1;
        let mut entropy = [0; 32];
        entropy[..8].copy_from_slice(&self.random.to_be_bytes());
        let processed = self.engine.process(Record {
            tenant: TENANT,
            at_ms: self.now_ms,
            unconfirmed_ms: 0,
            identity: None,
            entropy,
            command,
        });
        for event in processed.entry.iter().flat_map(|entry| &entry.events) {
            if let Event::ProcessInstance(ProcessInstanceEvent::Created { instance, .. }) = event {
                self.cases.push(*instance);
            }
        }
        self.pending.extend(processed.entry);
        for effect in processed.effects {
            if let Effect::InvokeTrigger { firing } = effect {
                self.firings.push(firing);
            }
        }
        processed.reply.ok()
    }

    fn commit(&mut self) {
        let batch = self.engine.freeze(std::mem::take(&mut self.pending));
        self.store().commit(&batch).unwrap();
        self.engine.written();
    }

    /// As after the end of the process, but nothing may be pending.
    fn reopen(&mut self) {
        self.commit();
        self.engine = Engine::new(Arc::new(Empty), Partition::FIRST);
        self.store = None;
        let store = Store::open(&self.path()).unwrap();
        self.engine = Engine::new(store.backing(), Partition::FIRST);
        self.store = Some(store);
    }

    /// All that can be due happens.
    fn tick(&mut self, after_ms: u64) {
        self.now_ms += after_ms;
        while self
            .engine
            .next_due()
            .is_some_and(|(due_ms, _)| due_ms <= self.now_ms)
        {
            self.run(Tick);
        }
    }

    fn start(&mut self) {
        let process = ProcessRef::Id {
            id: "p".into(),
            version: None,
        };
        self.run(CreateInstance {
            process,
            variables: parse_document(r#"{"n": 1, "customer": {"id": "c"}}"#).unwrap(),
            business_key: Some("K".into()),
            start_at: Vec::new(),
            stop_after: Vec::new(),
            once: None,
        });
    }

    fn jobs(&mut self) -> Vec<JobKey> {
        let reply = self.run(ActivateJobs {
            job_type: "a".into(),
            worker: "w".into(),
            timeout_ms: MINUTE_MS,
            max_jobs: 1,
            fetch: Vec::new(),
        });
        match reply {
            Some(jobs) => jobs.into_iter().map(|job| job.key).collect(),
            _ => Vec::new(),
        }
    }

    /// The journal that is left gives the state that is stored.
    fn check(&self) {
        let mut replayed = Engine::new(Arc::new(Empty), Partition::FIRST);
        let mut position = 0;
        loop {
            let page = self.store().entries(position + 1, 7).unwrap();
            let Some(last) = page.last() else { break };
            position = last.position;
            // Panics at a gap that no entry owns up to.
            page.iter().for_each(|entry| replayed.replay(entry));
        }
        // The counters are written when a batch is set aside.
        replayed.freeze(Vec::new());
        let stored = State::new(self.store().backing(), Partition::FIRST);
        assert_eq!(dump(replayed.state()), dump(&stored));
    }

    fn journal(&self) -> Vec<Arc<Entry>> {
        self.store().entries(0, usize::MAX).unwrap()
    }
}

fn dump(state: &State) -> BTreeMap<(&'static str, Vec<u8>), Vec<u8>> {
    let mut rows = BTreeMap::new();
    state.dump(&mut |table, key, row| {
        rows.insert((table, key.to_vec()), row.to_vec());
    });
    rows
}

fn trigger() -> ComponentRow {
    let subscription = |event_type, element: Option<&str>| Subscription {
        event_type,
        process_id: None,
        element_id: element.map(Into::into),
    };
    ComponentRow {
        name: "t".into(),
        version: "1.0.0".into(),
        title: "t".into(),
        digest: "d".into(),
        role: ComponentRole::Trigger(vec![
            subscription(EventType::InstanceCompleted, None),
            subscription(EventType::InstanceTerminated, None),
            subscription(EventType::ElementCompleted, Some("u")),
        ]),
        pure: true,
        size: 1,
        details: "{}".into(),
        configuration: Vec::new(),
        registered_at_ms: 0,
    }
}

/// Something that is done on the platform, to the one of the things at hand that `pick`
/// points at.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Start,
    CompleteJob,
    FailJob,
    ThrowError,
    CompleteTask,
    AssignTask,
    Resolve,
    Cancel,
    SetVariables(usize),
    Signal,
    Publish(u64),
    Suspend,
    Resume,
    SuspendDefinition(bool),
    Batch(bool),
    CancelBatch,
    Decide(u8),
    Answer,
    Wait(u64),
    Retain(Option<u64>),
    Commit,
    Erase,
    Reopen,
}

fn deed() -> impl Strategy<Value = Deed> {
    use Deed::*;
    prop_oneof![
        4 => Just(Start),
        4 => Just(CompleteJob),
        2 => Just(FailJob),
        1 => Just(ThrowError),
        4 => Just(CompleteTask),
        1 => Just(AssignTask),
        1 => Just(Resolve),
        2 => Just(Cancel),
        // More entries than one step erases.
        2 => prop_oneof![Just(1_usize), Just(150)].prop_map(SetVariables),
        1 => Just(Signal),
        4 => prop_oneof![Just(0), 0..10 * MINUTE_MS].prop_map(Publish),
        1 => Just(Suspend),
        1 => Just(Resume),
        2 => any::<bool>().prop_map(SuspendDefinition),
        2 => any::<bool>().prop_map(Batch),
        1 => Just(CancelBatch),
        3 => (0..3_u8).prop_map(Decide),
        1 => Just(Answer),
        4 => (0..10 * MINUTE_MS).prop_map(Wait),
        2 => prop_oneof![Just(None), (0..5 * MINUTE_MS).prop_map(Some)].prop_map(Retain),
        4 => Just(Commit),
        3 => Just(Erase),
        1 => Just(Reopen),
    ]
}

fn one<T: Clone>(at_hand: &[T], pick: usize) -> Option<T> {
    at_hand.get(pick.checked_rem(at_hand.len())?).cloned()
}

fn perform(p: &mut Platform, what: Deed, pick: usize) -> Option<()> {
    use Deed::*;
    let nothing = || parse_document("{}").unwrap();
    match what {
        Start => p.start(),
        CompleteJob => {
            for job in p.jobs() {
                let variables = parse_document(r#"{"done": true}"#).unwrap();
                let attempt = None;
                p.run(Command::CompleteJob(command::CompleteJob {
                    job,
                    attempt,
                    variables,
                    result: None,
                }));
            }
        }
        FailJob => {
            for job in p.jobs() {
                p.run(Command::FailJob(command::FailJob {
                    job,
                    attempt: None,
                    retries: Retries::Decrement,
                    backoff_ms: Some(1_000),
                    message: "no".into(),
                    variables: nothing(),
                }));
            }
        }
        ThrowError => {
            for job in p.jobs() {
                p.run(Command::ThrowJobError(command::ThrowJobError {
                    job,
                    attempt: None,
                    code: if pick.is_multiple_of(2) {
                        "REJECTED"
                    } else {
                        "OTHER"
                    }
                    .into(),
                    message: String::new(),
                    variables: nothing(),
                }));
            }
        }
        CompleteTask | AssignTask => {
            let (first, end) = ((TENANT, UserTaskKey(0)), (TENANT, UserTaskKey(u64::MAX)));
            let tasks = p.engine.state().user_tasks.range(&first, &end, 100);
            let ((_, task), _) = one(&tasks, pick)?;
            let (variables, action) = (nothing(), None);
            p.run(match what {
                CompleteTask => Command::CompleteUserTask(command::CompleteUserTask {
                    task,
                    variables,
                    action,
                }),
                _ => Command::AssignUserTask(command::AssignUserTask {
                    task,
                    assignee: "maryam".into(),
                    allow_override: true,
                    action,
                }),
            });
        }
        Resolve => {
            let (first, end) = ((TENANT, IncidentKey(0)), (TENANT, IncidentKey(u64::MAX)));
            let incidents = p.engine.state().incidents.range(&first, &end, 100);
            let ((_, incident), row) = one(&incidents, pick)?;
            if let Some(job) = row.job {
                let (retries, timeout_ms) = (Some(1), None);
                p.run(Command::UpdateJob(command::UpdateJob {
                    job,
                    retries,
                    timeout_ms,
                    priority: None,
                }));
            }
            p.run(Command::ResolveIncident(command::ResolveIncident {
                incident,
            }));
        }
        Cancel => {
            let instance = one(&p.cases, pick)?;
            p.run(Command::CancelInstance(command::CancelInstance {
                instance,
            }));
        }
        SetVariables(times) => {
            let instance = one(&p.cases, pick)?;
            for _ in 0..times {
                let variables = parse_document(&format!(r#"{{"v": {}}}"#, p.random)).unwrap();
                p.run(Command::SetVariables(command::SetVariables {
                    scope: instance.root(),
                    instance,
                    variables,
                    local: true,
                }));
            }
        }
        Signal => {
            let (name, variables) = ("alarm".into(), nothing());
            p.run(Command::BroadcastSignal(command::BroadcastSignal {
                name,
                variables,
            }));
        }
        Publish(time_to_live_ms) => {
            let key = pick % 2;
            p.run(Command::PublishMessage(command::PublishMessage {
                name: if pick % 4 < 2 { "order" } else { "paid" }.into(),
                correlation_key: if pick.is_multiple_of(5) {
                    String::new()
                } else {
                    key.to_string()
                },
                message_id: None,
                time_to_live_ms,
                variables: parse_document(&format!(r#"{{"k": "{key}"}}"#)).unwrap(),
            }));
        }
        Suspend | Resume => {
            let instance = one(&p.cases, pick)?;
            p.run(match what {
                Suspend => Command::SuspendInstance(command::SuspendInstance { instance }),
                _ => Command::ResumeInstance(command::ResumeInstance { instance }),
            });
        }
        SuspendDefinition(suspend) => {
            let (first, end) = (
                (TENANT, ProcessDefinitionKey(0)),
                (TENANT, ProcessDefinitionKey(u64::MAX)),
            );
            let definitions = p.engine.state().definitions.range(&first, &end, 100);
            let ((_, definition), _) = one(&definitions, pick)?;
            p.run(if suspend {
                Command::SuspendDefinition(command::SuspendDefinition { definition })
            } else {
                Command::ResumeDefinition(command::ResumeDefinition { definition })
            });
        }
        // Some of the items are cases that have ended.
        Batch(more) => {
            let variables = parse_document(r#"{"b": 1}"#).unwrap();
            p.run(Command::CreateBatch(command::CreateBatch {
                operation: Box::new(BatchOperation::SetVariables(variables)),
                items: p.cases.iter().map(|case| (*case).into()).collect(),
                more,
            }));
        }
        CancelBatch => {
            let (first, end) = (
                (TENANT, BatchOperationKey(0)),
                (TENANT, BatchOperationKey(u64::MAX)),
            );
            let batches = p.engine.state().batches.range(&first, &end, 100);
            let ((_, batch), _) = one(&batches, pick)?;
            let reason = None;
            p.run(Command::CancelBatch(command::CancelBatch { batch, reason }));
        }
        Decide(how) => {
            let firing = one(&p.firings, pick)?;
            p.firings.retain(|other| *other != firing);
            let ask = Decision::Ask {
                survey: "s".into(),
                channel: "link".into(),
                delay_ms: MINUTE_MS * (pick as u64 % 2),
                reason: "r".into(),
            };
            let again = Decision::StartProcess {
                process: "p".into(),
                variables: nothing(),
                reason: "r".into(),
            };
            let outcome = match how {
                0 => Err("it trapped".into()),
                1 => Ok(vec![ask]),
                _ => Ok(vec![again]),
            };
            p.run(Command::RecordDecisions(command::RecordDecisions {
                firing,
                outcome,
            }));
        }
        Answer => {
            let (first, end) = (
                (TENANT, InvitationKey(0)),
                (TENANT, InvitationKey(u64::MAX)),
            );
            let invitations = p.engine.state().invitations.range(&first, &end, 100);
            let (_, invitation) = one(&invitations, pick)?;
            p.run(Command::RecordResponse(command::RecordResponse {
                token: invitation.token.to_string(),
                language: None,
                answers: BTreeMap::from([("recommend".to_owned(), SurveyAnswer::Score(9))]),
            }));
        }
        Wait(ms) => p.tick(ms),
        Retain(history_ms) => {
            p.run(Command::SetRetention(command::SetRetention { history_ms }));
        }
        Commit => {
            p.commit();
            p.check();
        }
        Erase => {
            p.store().erase_some().unwrap();
        }
        Reopen => {
            p.reopen();
            p.check();
        }
    }
    Some(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_journal_that_is_left_gives_the_stored_state(
        deeds in prop::collection::vec((deed(), any::<usize>()), 1..60),
    ) {
        let mut p = Platform::new();
        for (what, pick) in deeds {
            perform(&mut p, what, pick);
        }
        p.commit();
        p.check();
        // Everything ends and expires; in the middle of the erasing it still holds.
        p.tick(10 * MINUTE_MS);
        let mut ended = 0;
        while let Some(&instance) = p.cases.get(ended) {
            p.run(Command::CancelInstance(command::CancelInstance { instance }));
            ended += 1;
        }
        for firing in std::mem::take(&mut p.firings) {
            p.run(Command::RecordDecisions(command::RecordDecisions { firing, outcome: Ok(vec![]) }));
        }
        p.run(Command::SetRetention(command::SetRetention { history_ms: Some(0) }));
        p.tick(0);
        p.tick(5 * MINUTE_MS);
        p.commit();
        p.check();
        while p.store().erase_some().unwrap() {
            p.check();
        }
        p.check();
        for instance in &p.cases {
            let left = p.store().entries_of(TENANT, *instance, 0, usize::MAX).unwrap();
            let left = left.iter().flat_map(|entry| &entry.events);
            let history = left.filter(|event| event.is_history() && event.instance() == Some(*instance));
            prop_assert_eq!(history.collect::<Vec<_>>(), Vec::<&Event>::new());
        }
        let journal = p.journal();
        let of_batches = journal
            .iter()
            .flat_map(|entry| &entry.events)
            .filter(|event| matches!(event.about().subject, Subject::BatchOperation(_)) && event.expires().is_none());
        prop_assert_eq!(of_batches.collect::<Vec<_>>(), Vec::<&Event>::new());
    }
}

/// A platform on which a case with many entries beside another that goes on has expired.
fn expired() -> (Platform, ProcessInstanceKey, ProcessInstanceKey) {
    let mut p = Platform::new();
    p.start();
    p.start();
    let (old, other) = (p.cases[0], p.cases[1]);
    for pick in 0..300 {
        perform(&mut p, Deed::SetVariables(1), pick);
    }
    p.run(Command::CancelInstance(command::CancelInstance {
        instance: old,
    }));
    for (number, firing) in std::mem::take(&mut p.firings).into_iter().enumerate() {
        assert_eq!(number, 0);
        let ask = Decision::Ask {
            survey: "s".into(),
            channel: "link".into(),
            delay_ms: 0,
            reason: "r".into(),
        };
        let outcome = Ok(vec![ask]);
        p.run(Command::RecordDecisions(command::RecordDecisions {
            firing,
            outcome,
        }));
    }
    p.commit();
    (p, old, other)
}

fn history_of(p: &Platform, instance: ProcessInstanceKey) -> usize {
    let entries = p
        .store()
        .entries_of(TENANT, instance, 0, usize::MAX)
        .unwrap();
    let events = entries.iter().flat_map(|entry| &entry.events);
    events
        .filter(|event| event.is_history() && event.instance() == Some(instance))
        .count()
}

#[test]
fn history_is_gone_for_readers_at_once_and_erased_in_steps_that_survive_a_restart() {
    let (mut p, old, other) = expired();
    let before = p.journal();
    let of_other = history_of(&p, other);
    assert!(history_of(&p, old) > 150);
    p.run(Command::SetRetention(command::SetRetention {
        history_ms: Some(0),
    }));
    p.tick(0);
    p.commit();
    assert!(p.store().is_erasing().unwrap());
    assert_eq!((history_of(&p, old), history_of(&p, other)), (0, of_other));
    p.check();

    let mut steps = 0;
    while p.store().is_erasing().unwrap() {
        p.reopen();
        p.check();
        steps += 1;
    }
    assert!(steps > 1, "it fitted into one step");
    assert!(!p.store().erase_some().unwrap());
    assert_eq!((history_of(&p, old), history_of(&p, other)), (0, of_other));
    assert!(p.journal().len() < before.len() - 100);
    let left = p.store().entries_of(TENANT, old, 0, usize::MAX).unwrap();
    let left: Vec<_> = left
        .iter()
        .flat_map(|entry| &entry.events)
        .filter(|event| event.instance() == Some(old))
        .collect();
    assert!(
        matches!(
            left[..],
            [
                Event::Experience(ExperienceEvent::InvitationCreated { .. }),
                Event::Retention(RetentionEvent::HistoryExpired { .. })
            ]
        ),
        "{left:?}"
    );
}

#[test]
fn where_nothing_has_expired_the_journal_is_complete() {
    let (p, _, _) = expired();
    let journal = p.journal();
    for (entry, position) in journal.iter().zip(1..) {
        assert_eq!((entry.position, entry.erased_before), (position, 0));
    }
}

#[test]
#[should_panic(expected = "the journal has a gap before position")]
fn an_entry_that_is_missing_for_another_reason_is_noticed() {
    let (p, _, _) = expired();
    let mut replayed = Engine::new(Arc::new(Empty), Partition::FIRST);
    let journal = p.journal();
    journal
        .iter()
        .filter(|entry| entry.position != 20)
        .for_each(|entry| replayed.replay(entry));
}

#[test]
fn compaction_gives_the_space_of_erased_history_back() {
    let mut p = Platform::new();
    p.start();
    let instance = p.cases[0];
    for number in 0..100 {
        let large = format!(r#"{{"v": "{number}{}"}}"#, "x".repeat(100_000));
        p.run(Command::SetVariables(command::SetVariables {
            scope: instance.root(),
            instance,
            variables: parse_document(&large).unwrap(),
            local: true,
        }));
        p.commit();
    }
    p.run(Command::CancelInstance(command::CancelInstance {
        instance,
    }));
    for firing in std::mem::take(&mut p.firings) {
        let outcome = Ok(vec![]);
        p.run(Command::RecordDecisions(command::RecordDecisions {
            firing,
            outcome,
        }));
    }
    p.run(Command::SetRetention(command::SetRetention {
        history_ms: Some(0),
    }));
    p.tick(0);
    p.commit();
    let refused = Store::compact(&p.path());
    assert!(refused.is_err(), "somebody else has it open");
    p.engine = Engine::new(Arc::new(Empty), Partition::FIRST);
    p.store = None;
    let compacted = Store::compact(&p.path()).unwrap();
    assert_eq!(compacted.after, std::fs::metadata(p.path()).unwrap().len());
    assert!(compacted.before > 10_000_000, "{compacted:?}");
    assert!(compacted.after < 4_000_000, "{compacted:?}");
    p.store = Some(Store::open(&p.path()).unwrap());
    assert!(!p.store().is_erasing().unwrap());
    p.check();
    assert!(Store::compact(&p.folder.path().join("nowhere")).is_err());
}
