//! The law of the projection: how the journal is cut into batches makes no difference.

use std::sync::Arc;

use gardesh_engine::entities::batch_operation::{BatchFailure, BatchItem, BatchOperation};
use gardesh_engine::entities::experience::{InvitationState, ScoredAnswer};
use gardesh_engine::entities::process_instance::Parent;
use gardesh_engine::entities::trigger::Decision;
use gardesh_engine::entities::user_task::TaskState;
use gardesh_engine::event::{
    BatchOperationEvent, ElementInstanceEvent, Entry, Event, ExperienceEvent, IncidentEvent,
    JobEvent, ProcessInstanceEvent, RetentionEvent, TriggerEvent, UserTaskEvent,
};
use gardesh_engine::key::*;
use proptest::prelude::*;
use serde_json::json;

use super::fixture::*;
use crate::{
    ElementInstance, Incident, Job, JournalSource, ProcessDefinition, ProcessInstance, Projected,
    Searchable, UserTask, Variable,
};

/// Something that happens to one of the open things of a random journal.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Start,
    Enter,
    Work,
    FailJob,
    EndJob(u8),
    Ask,
    EndTask(u8),
    Trouble,
    Resolve,
    Set(u8),
    End(u8),
    Fire,
    Invite,
    Answer,
    Expire,
    Suspend(bool),
    Migrate,
    Call,
    Change(u8),
    Batch,
    Advance(u8),
    EndBatch(bool),
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::*;
    prop_oneof![
        3 => Just(Start),
        3 => Just(Enter),
        3 => Just(Work),
        2 => Just(FailJob),
        3 => (0..3u8).prop_map(EndJob),
        2 => Just(Ask),
        2 => (0..3u8).prop_map(EndTask),
        1 => Just(Trouble),
        1 => Just(Resolve),
        4 => any::<u8>().prop_map(Set),
        2 => (0..3u8).prop_map(End),
        1 => Just(Fire),
        1 => Just(Invite),
        1 => Just(Answer),
        2 => Just(Expire),
        1 => any::<bool>().prop_map(Suspend),
        2 => Just(Migrate),
        1 => Just(Call),
        2 => (0..3u8).prop_map(Change),
        1 => Just(Batch),
        3 => (0..3u8).prop_map(Advance),
        1 => any::<bool>().prop_map(EndBatch),
    ]
}

/// What is open in a random journal; what happens, happens to the one that `pick` points at.
#[derive(Default)]
struct Open {
    cases: Vec<(TenantId, ProcessInstanceKey)>,
    elements: Vec<(TenantId, ProcessInstanceKey, ElementInstanceKey)>,
    jobs: Vec<(TenantId, ProcessInstanceKey, JobKey)>,
    tasks: Vec<(TenantId, ProcessInstanceKey, UserTaskKey)>,
    incidents: Vec<(TenantId, ProcessInstanceKey, IncidentKey)>,
    invitations: Vec<(TenantId, gardesh_engine::entities::experience::Invitation)>,
    batches: Vec<(TenantId, BatchOperationKey, Vec<BatchItem>)>,
    /// Cases that have been migrated are so once.
    migrated: Vec<ProcessInstanceKey>,
}

fn one<T: Clone>(open: &[T], pick: usize) -> Option<T> {
    open.get(pick.checked_rem(open.len())?).cloned()
}

fn take<T>(open: &mut Vec<T>, pick: usize) -> Option<T> {
    let at = pick.checked_rem(open.len())?;
    Some(open.swap_remove(at))
}

/// The events of one happening, if there is something for it to happen to.
fn events(
    journal: &mut Journal,
    open: &mut Open,
    what: Happening,
    pick: usize,
) -> Option<(TenantId, Vec<Event>)> {
    use Happening::*;
    Some(match what {
        Start => {
            let tenant = if pick.is_multiple_of(4) {
                OTHER
            } else {
                TENANT
            };
            let instance = ProcessInstanceKey(journal.key());
            open.cases.push((tenant, instance));
            (
                tenant,
                began(instance, pick.is_multiple_of(2).then_some("K")),
            )
        }
        Enter => {
            let (tenant, instance) = one(&open.cases, pick)?;
            let key = ElementInstanceKey(journal.key());
            open.elements.push((tenant, instance, key));
            (
                tenant,
                entered(
                    instance,
                    key,
                    if pick.is_multiple_of(2) {
                        SERVICE
                    } else {
                        START
                    },
                ),
            )
        }
        Work => {
            let (tenant, instance, element) = one(&open.elements, pick)?;
            let job = journal.job(instance, element, "assess");
            open.jobs.push((tenant, instance, job.key));
            let activated = Event::Job(JobEvent::Activated {
                instance,
                job: job.key,
                worker: "w".into(),
                deadline_ms: pick as u64 % 1_000_000,
            });
            (
                tenant,
                vec![
                    Event::Job(JobEvent::Created { job: Arc::new(job) }),
                    activated,
                ],
            )
        }
        FailJob => {
            let (tenant, instance, job) = one(&open.jobs, pick)?;
            let retries = pick as u32 % 3;
            let failed = Event::Job(JobEvent::Failed {
                instance,
                job,
                attempt: 1,
                retries,
                retry_at_ms: 0,
                message: "no".into(),
            });
            (
                tenant,
                vec![
                    failed,
                    Event::Job(JobEvent::Requeued {
                        instance,
                        job,
                        place: pick as u64,
                    }),
                ],
            )
        }
        EndJob(how) => {
            let (tenant, instance, job) = take(&mut open.jobs, pick)?;
            let (code, message) = ("c".into(), "m".into());
            (
                tenant,
                vec![match how {
                    0 => Event::Job(JobEvent::Completed {
                        instance,
                        job,
                        attempt: 2,
                    }),
                    1 => Event::Job(JobEvent::ErrorThrown {
                        instance,
                        job,
                        attempt: 2,
                        code,
                        message,
                        caught: true,
                    }),
                    _ => Event::Job(JobEvent::Canceled { instance, job }),
                }],
            )
        }
        Ask => {
            let (tenant, instance, element) = one(&open.elements, pick)?;
            let task = journal.user_task(instance, element);
            open.tasks.push((tenant, instance, task.key));
            (
                tenant,
                vec![Event::UserTask(UserTaskEvent::Created {
                    task: Arc::new(task),
                })],
            )
        }
        EndTask(how) => {
            let (tenant, instance, task) = take(&mut open.tasks, pick)?;
            let assigned = Event::UserTask(UserTaskEvent::Assigned {
                instance,
                task,
                assignee: Some("a".into()),
                action: "assign".into(),
            });
            let end = match how {
                0 => Event::UserTask(UserTaskEvent::Canceled { instance, task }),
                _ => Event::UserTask(UserTaskEvent::Completed {
                    instance,
                    task,
                    action: "complete".into(),
                }),
            };
            (tenant, vec![assigned, end])
        }
        Trouble => {
            let (tenant, instance, element) = one(&open.elements, pick)?;
            let incident = journal.incident(instance, element, None);
            open.incidents.push((tenant, instance, incident.key));
            (
                tenant,
                vec![Event::Incident(IncidentEvent::Created {
                    incident: Arc::new(incident),
                })],
            )
        }
        Resolve => {
            let (tenant, instance, incident) = take(&mut open.incidents, pick)?;
            (
                tenant,
                vec![Event::Incident(IncidentEvent::Resolved {
                    instance,
                    incident,
                })],
            )
        }
        Set(value) => {
            let (tenant, instance) = one(&open.cases, pick)?;
            (
                tenant,
                vec![variable(
                    instance,
                    instance.0 * 10 + u64::from(value % 3),
                    "n",
                    &value.to_string(),
                )],
            )
        }
        End(how) => {
            let (tenant, instance, key) = take(&mut open.elements, pick)?;
            (
                tenant,
                vec![match how {
                    0 => Event::ElementInstance(ElementInstanceEvent::Terminated { instance, key }),
                    _ => Event::ElementInstance(ElementInstanceEvent::Completed {
                        instance,
                        key,
                        outcome: None,
                    }),
                }],
            )
        }
        Fire => {
            let (tenant, instance) = one(&open.cases, pick)?;
            let firing = journal.firing(instance);
            let decisions = vec![Decision::Nothing {
                code: "c".into(),
                detail: "d".into(),
            }];
            let decided = Event::Trigger(TriggerEvent::Decided {
                instance,
                firing: firing.key,
                decisions,
            });
            (
                tenant,
                vec![
                    Event::Trigger(TriggerEvent::Fired {
                        firing: Arc::new(firing),
                    }),
                    decided,
                ],
            )
        }
        Invite => {
            let (tenant, instance) = one(&open.cases, pick)?;
            let invitation = journal.invitation(instance, "s", InvitationState::Scheduled);
            open.invitations.push((tenant, invitation.clone()));
            let due = Event::Experience(ExperienceEvent::InvitationDue {
                instance,
                invitation: invitation.key,
            });
            (
                tenant,
                vec![
                    Event::Experience(ExperienceEvent::InvitationCreated {
                        invitation: Arc::new(invitation),
                    }),
                    due,
                ],
            )
        }
        Expire => {
            let (tenant, instance) = take(&mut open.cases, pick)?;
            let goes_on = |case: &ProcessInstanceKey| *case != instance;
            open.elements.retain(|(_, case, _)| goes_on(case));
            open.jobs.retain(|(_, case, _)| goes_on(case));
            open.tasks.retain(|(_, case, _)| goes_on(case));
            open.incidents.retain(|(_, case, _)| goes_on(case));
            let expired = Event::Retention(RetentionEvent::HistoryExpired {
                instance,
                definition: DEFINITION,
                ended_at_ms: 0,
            });
            (
                tenant,
                vec![
                    Event::ProcessInstance(ProcessInstanceEvent::Terminated { instance }),
                    expired,
                ],
            )
        }
        Suspend(suspended) => {
            let (tenant, instance) = one(&open.cases, pick)?;
            let event = match suspended {
                true => Event::ProcessInstance(ProcessInstanceEvent::Suspended { instance }),
                false => Event::ProcessInstance(ProcessInstanceEvent::Resumed { instance }),
            };
            (tenant, vec![event])
        }
        Migrate => {
            let (tenant, instance) = one(&open.cases, pick)?;
            if open.migrated.contains(&instance) {
                return None;
            }
            open.migrated.push(instance);
            // What comes up afterwards would have to be of the later version.
            open.elements.retain(|(_, case, _)| *case != instance);
            open.cases.retain(|(_, case)| *case != instance);
            (tenant, vec![migrated(instance)])
        }
        Call => {
            let (tenant, caller) = one(&open.cases, pick)?;
            let instance = ProcessInstanceKey(journal.key());
            open.cases.push((tenant, instance));
            let parent = Parent {
                instance: caller,
                element: caller.root(),
                root: caller,
                depth: 1,
            };
            let mut events = began(instance, None);
            if let Event::ProcessInstance(ProcessInstanceEvent::Created {
                parent: caller, ..
            }) = &mut events[0]
            {
                *caller = Some(parent);
            }
            (tenant, events)
        }
        Change(how) => {
            let (tenant, instance, task) = one(&open.tasks, pick)?;
            let event = match how {
                0 => Event::UserTask(UserTaskEvent::TransitionStarted {
                    instance,
                    task,
                    state: TaskState::Updating,
                    transition: Arc::default(),
                }),
                1 => Event::UserTask(UserTaskEvent::TransitionDenied {
                    instance,
                    task,
                    reason: None,
                }),
                _ => Event::UserTask(UserTaskEvent::Updated {
                    instance,
                    task,
                    changes: Arc::default(),
                    action: "update".into(),
                }),
            };
            (tenant, vec![event])
        }
        Batch => {
            let key = BatchOperationKey(journal.key());
            let tenant = TENANT;
            let cases = open.cases.iter().filter(|(owner, _)| *owner == tenant);
            let items: Vec<BatchItem> = cases.map(|(_, case)| (*case).into()).collect();
            open.batches.push((tenant, key, items.clone()));
            (tenant, batch_created(key, BatchOperation::Suspend, &items))
        }
        Advance(failures) => {
            let at = pick.checked_rem(open.batches.len())?;
            let (tenant, batch, items) = &mut open.batches[at];
            let taken: Vec<BatchItem> = items.drain(..items.len().min(3)).collect();
            let failed = taken.iter().skip(1).take(failures.into());
            let mut events: Vec<Event> = failed
                .map(|item| {
                    Event::BatchOperation(BatchOperationEvent::ItemFailed {
                        batch: *batch,
                        failure: BatchFailure {
                            item: item.key,
                            reason: "no".into(),
                        },
                    })
                })
                .collect();
            events.push(Event::BatchOperation(BatchOperationEvent::Advanced {
                batch: *batch,
                taken: taken.len() as u64,
                failed: events.len() as u64,
            }));
            (*tenant, events)
        }
        EndBatch(canceled) => {
            let (tenant, batch, _) = take(&mut open.batches, pick)?;
            let reason = pick.is_multiple_of(2).then(|| "why".into());
            let (done, failed) = (0, 0);
            let event = match canceled {
                true => Event::BatchOperation(BatchOperationEvent::Canceled {
                    batch,
                    done,
                    failed,
                    reason,
                }),
                false => Event::BatchOperation(BatchOperationEvent::Completed {
                    batch,
                    done,
                    failed,
                }),
            };
            (tenant, vec![event])
        }
        Answer => {
            let (tenant, invitation) = take(&mut open.invitations, pick)?;
            (
                tenant,
                vec![journal.answer(&invitation, &[("q", ScoredAnswer::Nps(pick as u8 % 11))])],
            )
        }
    })
}

fn journal(happenings: Vec<(Happening, usize)>) -> Journal {
    let mut journal = Journal::with_later_version();
    let mut open = Open::default();
    for (what, pick) in happenings {
        if let Some((tenant, events)) = events(&mut journal, &mut open, what, pick) {
            // Half of the happenings share an entry's events one by one over several entries.
            match pick % 2 {
                0 => journal.record(tenant, events),
                _ => events
                    .into_iter()
                    .for_each(|event| journal.record(tenant, vec![event])),
            }
        }
    }
    journal
}

/// The entries of a journal in memory, a few at a time.
struct Source<'a>(&'a Journal);

impl JournalSource for Source<'_> {
    fn entries(
        &self,
        from: u64,
    ) -> Result<Vec<Arc<Entry>>, Box<dyn std::error::Error + Send + Sync>> {
        let known = self
            .0
            .entries
            .iter()
            .skip_while(|entry| entry.position < from);
        Ok(known.take(3).cloned().collect())
    }
}

/// The rows that `whole` has, looked up in a model that is behind.
fn looked_up<R>(whole: &Model, behind: &Model, journal: &Journal) -> Result<(), TestCaseError>
where
    R: Searchable + Projected + PartialEq + std::fmt::Debug,
{
    let position = journal.entries.len() as u64;
    for tenant in [TENANT, OTHER] {
        for row in whole
            .find::<R>(tenant, json!({"page": {"limit": 1000}}))
            .items
        {
            let source = Source(journal);
            let found = behind.get_ahead::<R>(tenant, row.key(), position, &source, &Elements);
            prop_assert_eq!(found.unwrap(), Some(row));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn one_batch_or_many(
        happenings in prop::collection::vec((happening(), any::<usize>()), 0..120),
        sizes in prop::collection::vec(1..12usize, 1..8),
        restart in any::<bool>(),
    ) {
        let journal = journal(happenings);
        let whole = Model::of(&journal);
        while whole.remove_expired().unwrap() {}
        let whole = whole.dump();
        let mut model = Model::empty();
        let mut rest = &journal.entries[..];
        for size in sizes.iter().cycle() {
            let (batch, later) = rest.split_at((*size).min(rest.len()));
            if batch.is_empty() {
                break;
            }
            model.project(batch, &Elements).unwrap();
            if restart {
                model.query = crate::ReadModel::open(&model.path()).unwrap();
            }
            rest = later;
        }
        while model.remove_expired().unwrap() {}
        prop_assert_eq!(model.dump(), whole);
    }

    /// A row that the file does not have yet is what it will be there; nothing is written.
    #[test]
    fn single_rows_are_ahead_of_the_file(
        happenings in prop::collection::vec((happening(), any::<usize>()), 0..120),
        cut in any::<prop::sample::Index>(),
    ) {
        let journal = journal(happenings);
        let whole = Model::of(&journal);
        while whole.remove_expired().unwrap() {}
        let behind = Model::empty();
        behind.project(&journal.entries[..cut.index(journal.entries.len())], &Elements).unwrap();
        let rows = behind.dump();
        looked_up::<ProcessDefinition>(&whole, &behind, &journal)?;
        looked_up::<ProcessInstance>(&whole, &behind, &journal)?;
        looked_up::<ElementInstance>(&whole, &behind, &journal)?;
        looked_up::<Variable>(&whole, &behind, &journal)?;
        looked_up::<Job>(&whole, &behind, &journal)?;
        looked_up::<UserTask>(&whole, &behind, &journal)?;
        looked_up::<Incident>(&whole, &behind, &journal)?;
        looked_up::<crate::BatchOperation>(&whole, &behind, &journal)?;
        prop_assert_eq!(behind.dump(), rows);
    }
}
