//! Waiting for the end of a case that was started: until it ends, until the time is over, or, for
//! who wants to know, until something stops it.

use std::time::Duration;

use gardesh_engine::command::{CreateInstance, InstanceCreated};
use gardesh_engine::effect::Ending;
use gardesh_engine::key::{ProcessInstanceKey, TenantId};
use gardesh_engine::state::waiting::Stop;
use gardesh_engine::variables::Document;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::app::Stopping;
use crate::http::api::Api;
use crate::http::caller::Caller;
use crate::http::catalog::node;
use crate::http::problem::{Code, Problem};
use crate::limits::LOOK_PACE;

/// What a client waits for.
pub struct Wait {
    pub time: Duration,
    /// Whether it is told of what stops the case at once.
    pub until_stopped: bool,
}

/// Starts a case, and gives the answer of the engine with the variables at the end of the case.
pub async fn create_and_wait(
    api: &Api,
    caller: &Caller,
    command: CreateInstance,
    wait: &Wait,
) -> Result<(InstanceCreated, Document), Problem> {
    let _place = api.place_to_wait()?;
    let (created, ended) = api
        .app
        .engine
        .create_and_wait(caller.tenant.id, Some(caller.identity.clone()), command)
        .await?;
    let InstanceCreated {
        instance, again, ..
    } = created;
    let row = (caller.tenant.id, instance);
    if again
        && !api
            .state(move |state| state.instances.contains(&row))
            .await?
    {
        return Err(Problem::new(
            Code::ProcessInstanceEnded,
            format!(
                "Expected to wait for the end of process instance '{instance}', which this idempotency key has started, but it has ended before. Look it up by its key."
            ),
        )
        .with("processInstanceKey", instance));
    }
    let look = || look(api, caller.tenant.id, instance);
    let variables = end_of(instance, ended, wait, &api.app.stopping, look).await;
    let variables = variables.map_err(|problem| problem.with("processInstanceKey", instance))?;
    Ok((created, variables))
}

/// The variables at the end of a case. `look` gives up if something stops it.
async fn end_of<L: Future<Output = Result<(), Problem>> + Send>(
    case: ProcessInstanceKey,
    mut ended: oneshot::Receiver<Ending>,
    wait: &Wait,
    stopping: &Stopping,
    look: impl Fn() -> L + Send,
) -> Result<Document, Problem> {
    let deadline = Instant::now() + wait.time;
    loop {
        let next = if wait.until_stopped {
            deadline.min(Instant::now() + LOOK_PACE)
        } else {
            deadline
        };
        let ended = async {
            tokio::select! {
                biased;
                ending = &mut ended => ending.ok(),
                () = stopping.begun() => None,
            }
        };
        match timeout_at(next, ended).await {
            Ok(ending) => return variables_at(case, ending),
            Err(_) if next == deadline => return Err(timed_out(case, wait.time)),
            Err(_) => look().await?,
        }
    }
}

fn variables_at(case: ProcessInstanceKey, ending: Option<Ending>) -> Result<Document, Problem> {
    match ending {
        Some(Ending::Completed(variables)) => Ok(variables),
        Some(Ending::Terminated) => Err(Problem::new(
            Code::ProcessInstanceTerminated,
            format!("Expected process instance '{case}' to complete, but it was terminated."),
        )),
        // The case goes on with the next start.
        None => Err(Problem::new(
            Code::ServerStopping,
            format!(
                "Expected process instance '{case}' to complete, but the server is stopping. The process instance is stored and goes on when the server runs again; look it up by its key."
            ),
        )),
    }
}

fn timed_out(case: ProcessInstanceKey, time: Duration) -> Problem {
    Problem::new(
        Code::ProcessInstanceTimeout,
        format!(
            "Expected process instance '{case}' to complete within {} ms, but it has not. It goes on; look it up by its key.",
            time.as_millis()
        ),
    )
}

/// Gives up if something stops the case.
async fn look(api: &Api, tenant: TenantId, case: ProcessInstanceKey) -> Result<(), Problem> {
    match api.state(move |state| state.stop_of(tenant, case)).await? {
        None => Ok(()),
        Some(Stop::Banned { instance, reason }) => Err(stopped(format!(
            "Expected process instance '{case}' to complete, but a fault of the engine stopped {}: {reason} Cancel it.",
            named(instance, case),
        ))),
        Some(Stop::Incident(incident)) => {
            let definition = api.definition(tenant, incident.definition)?;
            let element = &node(&definition, incident.element)?.id;
            let problem = stopped(format!(
                "Expected process instance '{case}' to complete, but incident '{}' stops {} at '{element}' ({}): {}",
                incident.key,
                named(incident.instance, case),
                incident.kind.name(),
                incident.message,
            ));
            Err(problem.with("incidentKey", incident.key))
        }
    }
}

/// A case, for a message about the one that was started.
fn named(instance: ProcessInstanceKey, case: ProcessInstanceKey) -> String {
    if instance == case {
        "it".to_owned()
    } else {
        format!("process instance '{instance}', which it called,")
    }
}

fn stopped(detail: String) -> Problem {
    Problem::new(Code::ProcessInstanceStopped, detail)
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_one_way_or_the_other() {
        let time = Wait {
            time: Duration::from_secs(1),
            until_stopped: false,
        };
        let end = async |ended, wait: &Wait, stopping: &Stopping| {
            let stops = || async { Err(stopped("an incident".to_owned())) };
            end_of(ProcessInstanceKey(5), ended, wait, stopping, stops).await
        };
        let wait = async |act: fn(oneshot::Sender<Ending>) -> Option<oneshot::Sender<Ending>>| {
            let (sender, receiver) = oneshot::channel();
            let (_tell, stopping) = Stopping::new();
            let _kept = act(sender);
            end(receiver, &time, &stopping)
                .await
                .map_err(|problem| problem.status().as_u16())
        };
        let done = wait(|sender| {
            sender.send(Ending::Completed(Document::new())).unwrap();
            None
        });
        assert_eq!(done.await, Ok(Document::new()));
        let terminated = wait(|sender| {
            sender.send(Ending::Terminated).unwrap();
            None
        });
        assert_eq!(terminated.await, Err(409));
        assert_eq!(wait(|_| None).await, Err(503));
        assert_eq!(wait(Some).await, Err(504));
        let (tell, stopping) = Stopping::new();
        let (_kept, receiver) = oneshot::channel();
        tell.send_replace(true);
        let told = end(receiver, &time, &stopping).await;
        let told = told.unwrap_err();
        assert_eq!(told.status(), Code::ServerStopping.status());
        assert!(told.detail().contains("goes on"), "{}", told.detail());
        let (_tell, stopping) = Stopping::new();
        let (_kept, receiver) = oneshot::channel();
        let until_stopped = Wait {
            until_stopped: true,
            ..time
        };
        let told = end(receiver, &until_stopped, &stopping).await.unwrap_err();
        assert_eq!(told.status(), StatusCode::CONFLICT);
    }
}
