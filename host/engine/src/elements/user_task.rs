//! Tasks for people: how one comes up, and what happens on its way from one state to the
//! next. Listeners come in between: a transition waits for them, and they may correct or
//! deny it. What people ask for is in `processors::user_task`.

use std::sync::Arc;

use super::people::{People, header, list};
use super::{activated, job_task, listener, mapping};
use crate::command::TaskAnswer;
use crate::context::{Active, Context, Failure};
use crate::definition::{ListenerEvent, UserTaskSpec};
use crate::effect::{Effect, Verdict};
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::{Phase, Work};
use crate::entities::user_task::{Prospect, TaskChanges, TaskState, Transition, UserTask};
use crate::event::{ElementInstanceEvent, UserTaskEvent};
use crate::key::UserTaskKey;
use crate::variables::Document;

/// Creates the task. With listeners, the process gives it to somebody only once it is there.
pub(super) fn activate(
    ctx: &mut Context<'_>,
    active: &Active,
    input: &Document,
    spec: &UserTaskSpec,
) -> Result<(), Failure> {
    let mut people = People::evaluate(ctx, active, input, spec)?;
    activated(ctx, active, input);
    let asks = |event| listener::listens(active.node(), event);
    let creating = asks(ListenerEvent::Creating);
    let assign = match creating || asks(ListenerEvent::Assigning) {
        true => people.assignee.take(),
        false => None,
    };
    let mut task = new(ctx, active, people);
    if creating {
        task.state = TaskState::Creating;
        task.transition = Some(Box::new(Transition {
            assign: assign.clone(),
            ..Transition::default()
        }));
    }
    let task = Arc::new(task);
    ctx.emit(UserTaskEvent::Created {
        task: Arc::clone(&task),
    });
    if creating {
        listen(ctx, active);
    } else if let Some(assignee) = assign {
        begin(ctx, active, &task, TaskState::Assigning, given_to(assignee));
    }
    Ok(())
}

fn new(ctx: &mut Context<'_>, active: &Active, people: People) -> UserTask {
    UserTask {
        key: UserTaskKey(ctx.next_key()),
        instance: active.instance,
        definition: active.definition_key,
        element: active.row.element,
        element_instance: active.key,
        name: active.node().name.clone(),
        state: TaskState::Created,
        transition: None,
        assignee: people.assignee,
        candidate_groups: people.candidate_groups,
        candidate_users: people.candidate_users,
        due_date: people.due_date,
        follow_up_date: people.follow_up_date,
        priority: people.priority,
        form: people.form,
        external_form: people.external_form,
        created_at_ms: ctx.at_ms,
    }
}

fn given_to(assignee: Arc<str>) -> Transition {
    Transition {
        changes: TaskChanges {
            assignee: Some(Some(assignee)),
            ..TaskChanges::default()
        },
        ..Transition::default()
    }
}

fn listen(ctx: &mut Context<'_>, active: &Active) {
    ctx.then(Continuation::Listen {
        instance: active.instance,
        element: active.key,
    });
}

/// What listens on the way through a state.
fn event_of(state: TaskState) -> Option<ListenerEvent> {
    Some(match state {
        TaskState::Created => return None,
        TaskState::Creating => ListenerEvent::Creating,
        TaskState::Assigning => ListenerEvent::Assigning,
        TaskState::Updating => ListenerEvent::Updating,
        TaskState::Completing => ListenerEvent::Completing,
        TaskState::Canceling => ListenerEvent::Canceling,
    })
}

/// Begins a transition: its listeners are asked, or it happens at once when there are none.
/// The reply says which.
pub(crate) fn begin(
    ctx: &mut Context<'_>,
    active: &Active,
    task: &UserTask,
    state: TaskState,
    transition: Transition,
) -> TaskAnswer {
    let asked = event_of(state).is_some_and(|event| listener::listens(active.node(), event));
    if !asked {
        finish(ctx, active, task, state, &transition);
        return TaskAnswer::Done;
    }
    ctx.emit(UserTaskEvent::TransitionStarted {
        instance: task.instance,
        task: task.key,
        state,
        transition: Arc::new(transition),
    });
    listen(ctx, active);
    TaskAnswer::ListenersAsked { task: task.key }
}

/// Tells whoever asked for a transition what became of it.
pub(crate) fn decided(ctx: &mut Context<'_>, task: UserTaskKey, verdict: Verdict) {
    ctx.effects.push(Effect::TaskDecided { task, verdict });
}

/// Variables that are set at a task whose listeners want to know of updates wait for them;
/// then there is a reply.
pub(crate) fn change_variables(
    ctx: &mut Context<'_>,
    active: &Active,
    variables: &Document,
    local: bool,
) -> Option<TaskAnswer> {
    let task = of(ctx, active).filter(|task| task.state == TaskState::Created);
    let task = task.filter(|_| listener::listens(active.node(), ListenerEvent::Updating))?;
    let transition = Transition {
        variables: variables.clone(),
        local,
        ..Transition::default()
    };
    Some(begin(ctx, active, &task, TaskState::Updating, transition))
}

/// Goes on with a transition: to its next listener, or to its end.
pub(super) fn go_on(ctx: &mut Context<'_>, active: &Active) -> Result<(), Failure> {
    let Some(task) = of(ctx, active) else {
        return Ok(());
    };
    let (Some(event), Some(transition)) = (event_of(task.state), &task.transition) else {
        return Ok(());
    };
    // What was about to happen as the element's end came does not happen any more.
    if active.row.phase == Phase::Terminating && task.state != TaskState::Canceling {
        return Ok(());
    }
    match listener::next(ctx, active, event, transition.done)? {
        Some(mut job) => {
            job.headers.extend(task.prospect().iter().flat_map(headers));
            job_task::create(ctx, active, job);
        }
        None => {
            finish(ctx, active, &task, task.state, transition);
            decided(ctx, task.key, Verdict::Done);
        }
    }
    Ok(())
}

/// The task of an element.
pub(crate) fn of(ctx: &Context<'_>, active: &Active) -> Option<Arc<UserTask>> {
    match active.row.work {
        Some(Work::UserTask(key)) => ctx.state.user_tasks.get(&(ctx.tenant, key)),
        _ => None,
    }
}

/// The headers of Zeebe's that tell a listener of the task.
fn headers(prospect: &Prospect) -> Vec<(Arc<str>, Arc<str>)> {
    let task = &prospect.task;
    let mut headers = People::of(task).headers();
    headers.push((header("userTaskKey"), task.key.to_string().into()));
    headers.push((header("priority"), task.priority.to_string().into()));
    if !prospect.action.is_empty() {
        headers.push((header("action"), Arc::clone(&prospect.action)));
    }
    if !prospect.changed.is_empty() {
        headers.push((header("changedAttributes"), list(&prospect.changed)));
    }
    headers
}

/// All listeners agree: the transition happens.
fn finish(
    ctx: &mut Context<'_>,
    active: &Active,
    task: &UserTask,
    state: TaskState,
    transition: &Transition,
) {
    match state {
        TaskState::Created => {}
        TaskState::Creating => open(ctx, active, task, transition),
        TaskState::Assigning => assign(ctx, task, transition),
        TaskState::Updating => update(ctx, active, task, transition),
        TaskState::Completing => complete(ctx, active, task, transition),
        TaskState::Canceling => {
            ctx.emit(UserTaskEvent::Canceled {
                instance: task.instance,
                task: task.key,
            });
            ctx.then(Continuation::Terminate {
                instance: active.instance,
                element: active.key,
            });
        }
    }
}

fn open(ctx: &mut Context<'_>, active: &Active, task: &UserTask, transition: &Transition) {
    ctx.emit(UserTaskEvent::Opened {
        instance: task.instance,
        task: task.key,
        changes: Arc::new(transition.changes.clone()),
    });
    if let Some(assignee) = &transition.assign {
        let transition = given_to(Arc::clone(assignee));
        begin(ctx, active, task, TaskState::Assigning, transition);
    }
}

fn assign(ctx: &mut Context<'_>, task: &UserTask, transition: &Transition) {
    let mut others = transition.changes.clone();
    let assignee = others.assignee.take();
    change(ctx, task, others, &transition.action);
    ctx.emit(UserTaskEvent::Assigned {
        instance: task.instance,
        task: task.key,
        assignee: assignee.unwrap_or_else(|| task.assignee.clone()),
        action: Arc::clone(&transition.action),
    });
}

fn update(ctx: &mut Context<'_>, active: &Active, task: &UserTask, transition: &Transition) {
    if transition.local {
        ctx.set_variables(active.instance, active.key, &transition.variables);
    } else {
        ctx.propagate(active.instance, active.key, &transition.variables);
    }
    ctx.emit(UserTaskEvent::Updated {
        instance: task.instance,
        task: task.key,
        changes: Arc::new(transition.changes.clone()),
        action: Arc::clone(&transition.action),
    });
}

fn complete(ctx: &mut Context<'_>, active: &Active, task: &UserTask, transition: &Transition) {
    change(ctx, task, transition.changes.clone(), &transition.action);
    ctx.emit(UserTaskEvent::Completed {
        instance: task.instance,
        task: task.key,
        action: Arc::clone(&transition.action),
    });
    mapping::hand_over(ctx, active, &transition.variables);
    ctx.then(Continuation::Complete {
        instance: active.instance,
        element: active.key,
    });
}

/// What listeners corrected besides.
fn change(ctx: &mut Context<'_>, task: &UserTask, changes: TaskChanges, action: &Arc<str>) {
    if !changes.is_empty() {
        ctx.emit(UserTaskEvent::Updated {
            instance: task.instance,
            task: task.key,
            changes: Arc::new(changes),
            action: Arc::clone(action),
        });
    }
}

/// A task goes with its element.
pub(super) fn cancel(ctx: &mut Context<'_>, active: &Active, task: UserTaskKey) {
    let row = ctx.state.user_tasks.get(&(ctx.tenant, task));
    if row.is_some_and(|row| row.transition.is_some()) {
        decided(ctx, task, Verdict::Gone);
    }
    ctx.emit(UserTaskEvent::Canceled {
        instance: active.instance,
        task,
    });
}

/// A task whose element is ended lets its listeners clean up first. Says whether the element
/// has to wait for that.
pub(super) fn takes_leave(ctx: &mut Context<'_>, active: &Active) -> bool {
    let Some(task) = of(ctx, active) else {
        return false;
    };
    if ctx.gets_no_jobs_done(active.instance)
        || !listener::listens(active.node(), ListenerEvent::Canceling)
    {
        return false;
    }
    if task.state == TaskState::Canceling {
        return true;
    }
    if task.transition.is_some() {
        decided(ctx, task.key, Verdict::Gone);
    }
    listener::stop(ctx, active);
    if active.row.phase != Phase::Terminating {
        ctx.emit(ElementInstanceEvent::Terminating {
            instance: active.instance,
            key: active.key,
        });
    }
    begin(
        ctx,
        active,
        &task,
        TaskState::Canceling,
        Transition::default(),
    );
    true
}
