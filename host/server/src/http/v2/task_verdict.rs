//! Waiting for what the listeners of a user task say to what a client asked of it.

use axum::http::StatusCode;
use gardesh_engine::Request;
use gardesh_engine::command::TaskAnswer;
use gardesh_engine::effect::Verdict;
use gardesh_engine::key::UserTaskKey;

use crate::http::api::Api;
use crate::http::caller::Caller;
use crate::http::problem::{Code, Problem};
use crate::limits::LISTENERS_WAIT;

/// Carries out a command about a user task, once its listeners have agreed.
pub async fn decided<R: Request<Answer = TaskAnswer>>(
    api: &Api,
    caller: &Caller,
    command: R,
) -> Result<StatusCode, Problem> {
    let _place = api.place_to_wait()?;
    let engine = &api.app.engine;
    let (asked, verdict) = engine
        .ask_about_task(caller.tenant.id, Some(caller.identity.clone()), command)
        .await?;
    let TaskAnswer::ListenersAsked { task } = asked else {
        return Ok(StatusCode::NO_CONTENT);
    };
    let stopping = api.app.stopping.begun();
    let verdict = async {
        tokio::select! {
            biased;
            verdict = verdict => verdict.ok(),
            () = stopping => None,
        }
    };
    match tokio::time::timeout(LISTENERS_WAIT, verdict).await {
        Ok(Some(verdict)) => answer(task, verdict),
        // Listeners go on with the next start.
        Ok(None) => Err(Problem::new(
            Code::ServerStopping,
            format!(
                "Expected the listeners of user task '{task}' to agree, but the server is stopping. They are asked further when it runs again; look the task up by its key."
            ),
        )),
        Err(_) => Err(Problem::new(
            Code::UserTaskListenerTimeout,
            format!(
                "Expected the listeners of user task '{task}' to answer within {} ms, but they have not. They are asked further; look the task up by its key.",
                LISTENERS_WAIT.as_millis()
            ),
        )),
    }
}

/// Camunda's status and title for a denial are those of a task in the wrong state.
fn answer(task: UserTaskKey, verdict: Verdict) -> Result<StatusCode, Problem> {
    let but = match verdict {
        Verdict::Done => return Ok(StatusCode::NO_CONTENT),
        Verdict::Denied(Some(reason)) => {
            format!("it was denied by a task listener. Reason to deny: '{reason}'")
        }
        Verdict::Denied(None) => "it was denied by a task listener".to_owned(),
        Verdict::Gone => "the task was ended before they did".to_owned(),
    };
    Err(Problem::new(
        Code::UserTaskChangeDenied,
        format!("Expected the listeners of user task '{task}' to agree, but {but}."),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_listeners_say_is_told() {
        let task = UserTaskKey(7);
        assert_eq!(answer(task, Verdict::Done).unwrap(), StatusCode::NO_CONTENT);
        let denied = Verdict::Denied(Some("too dear".into()));
        for (verdict, part) in [
            (denied, "Reason to deny: 'too dear'."),
            (Verdict::Denied(None), "denied by a task listener."),
            (Verdict::Gone, "was ended"),
        ] {
            let problem = answer(task, verdict).unwrap_err();
            assert_eq!(problem.status(), StatusCode::CONFLICT);
            assert!(problem.detail().contains(part), "{}", problem.detail());
        }
    }
}
