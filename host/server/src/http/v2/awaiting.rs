//! Waiting for the end of a case that was started: until it ends, until the time is over, or, for
//! who wants to know, until something stops it.

use std::time::Duration;

use axum::http::StatusCode;
use gardesh_engine::command::Command;
use gardesh_engine::effect::{Ending, Reply};
use gardesh_engine::key::{InstanceKey, TenantId};
use gardesh_engine::state::waiting::Stop;
use gardesh_engine::variables::Document;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::http::api::Api;
use crate::http::catalog::node;
use crate::http::problem::Problem;

/// How often a case is looked at for what stops it: people wait for the answer.
const LOOK_PACE: Duration = Duration::from_millis(250);

/// The title of a problem that says what stops a case.
const STOPPED: &str = "STOPPED";

/// What a client waits for.
pub struct Wait {
    pub time: Duration,
    /// Whether it is told of what stops the case at once.
    pub until_stopped: bool,
}

/// Starts a case, and gives the answer of the engine with the variables at the end of the case.
pub async fn create_and_wait(
    api: &Api,
    tenant: TenantId,
    command: Command,
    wait: &Wait,
) -> Result<(Reply, Document), Problem> {
    let _place = api.place_to_wait()?;
    let (committed, ended) = api.app.engine.create_and_wait(tenant, command).await?;
    let Reply::InstanceCreated { instance, .. } = committed.reply else {
        return Err(Problem::internal(format!(
            "the engine answered a creation with {:?}",
            committed.reply
        )));
    };
    let end = End {
        api,
        tenant,
        instance,
    };
    let variables = end.come(ended, wait).await;
    let variables = variables.map_err(|problem| problem.with("processInstanceKey", instance))?;
    Ok((committed.reply, variables))
}

/// The end of a case.
struct End<'a> {
    api: &'a Api,
    tenant: TenantId,
    instance: InstanceKey,
}

impl End<'_> {
    async fn come(
        &self,
        mut ended: oneshot::Receiver<Ending>,
        wait: &Wait,
    ) -> Result<Document, Problem> {
        let deadline = Instant::now() + wait.time;
        loop {
            let look = if wait.until_stopped {
                deadline.min(Instant::now() + LOOK_PACE)
            } else {
                deadline
            };
            match timeout_at(look, &mut ended).await {
                Ok(ending) => return self.ended(ending.ok()),
                Err(_) if look == deadline => return Err(self.timed_out(wait.time)),
                Err(_) => self.look().await?,
            }
        }
    }

    fn ended(&self, ending: Option<Ending>) -> Result<Document, Problem> {
        let key = self.instance;
        match ending {
            Some(Ending::Completed(variables)) => Ok(variables),
            Some(Ending::Terminated) => Err(Problem::new(
                StatusCode::CONFLICT,
                format!("Expected process instance '{key}' to complete, but it was terminated."),
            )),
            // The engine drops the sender only when it stops; the case goes on with the next start.
            None => Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                format!(
                    "Expected process instance '{key}' to complete, but the engine is stopping. The case is stored."
                ),
            )),
        }
    }

    fn timed_out(&self, time: Duration) -> Problem {
        Problem::timed_out(format!(
            "Expected process instance '{}' to complete within {} ms, but it has not. It goes on; look it up by its key.",
            self.instance,
            time.as_millis()
        ))
    }

    /// Gives up if something stops the case.
    async fn look(&self) -> Result<(), Problem> {
        let (tenant, case) = (self.tenant, self.instance);
        let stop = self.api.state(move |state| state.stop_of(tenant, case));
        match stop.await? {
            None => Ok(()),
            Some(Stop::Banned { instance, reason }) => Err(stopped(format!(
                "Expected process instance '{case}' to complete, but a fault of the engine stopped {}: {reason} Cancel it.",
                self.named(instance),
            ))),
            Some(Stop::Incident(incident)) => {
                let definition = self.api.definition(tenant, incident.definition)?;
                let element = &node(&definition, incident.element)?.id;
                let problem = stopped(format!(
                    "Expected process instance '{case}' to complete, but incident '{}' stops {} at '{element}' ({}): {}",
                    incident.key,
                    self.named(incident.instance),
                    incident.kind.name(),
                    incident.message,
                ));
                Err(problem.with("incidentKey", incident.key))
            }
        }
    }

    fn named(&self, instance: InstanceKey) -> String {
        if instance == self.instance {
            "it".to_owned()
        } else {
            format!("process instance '{instance}', which it called,")
        }
    }
}

fn stopped(detail: String) -> Problem {
    Problem::new(StatusCode::CONFLICT, detail).titled(STOPPED)
}
