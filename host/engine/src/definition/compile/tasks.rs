//! Compiles activities: tasks, call activities, ad-hoc subprocesses, how they repeat and what
//! listens to them.

use gardesh_bpmn::{
    BusinessRule, CalledElement, Element, Expression, Form, FormReference, JobDefinition,
    LinkedResource, Script, Send, Task, UserTask, UserTaskImplementation,
};

use super::{Compiler, name, pairs};
use crate::definition::time::TaskDate;
use crate::definition::*;

/// The job type of a user task that a worker does, as Zeebe names it.
const USER_TASK_JOB: &str = "io.camunda.zeebe:userTask";

/// The type of a linked resource that is a component.
const COMPONENT: &str = "component";

impl Compiler<'_> {
    pub(super) fn task(&mut self, element: &Element, task: &Task) -> NodeKind {
        match task {
            Task::Manual => NodeKind::PassThrough("MANUAL_TASK"),
            Task::Undefined => NodeKind::PassThrough("TASK"),
            Task::Receive { message } => NodeKind::ReceiveTask(self.message(element, message)),
            Task::User(user) => self.user_task(element, user),
            Task::Service(job) => self.job_task(element, job, "SERVICE_TASK"),
            Task::Send(Send::Job(job)) => self.job_task(element, job, "SEND_TASK"),
            Task::Send(Send::Publish(publication)) => {
                NodeKind::PublishTask(Box::new(self.publication(element, publication)))
            }
            Task::BusinessRule(BusinessRule::Job(job)) => {
                self.job_task(element, job, "BUSINESS_RULE_TASK")
            }
            Task::BusinessRule(BusinessRule::Decision(call)) => {
                NodeKind::DecisionTask(DecisionCall {
                    decision_id: self.required(element, &call.decision_id),
                    binding: call.binding.clone(),
                    result: name(&call.result_variable),
                })
            }
            Task::Script(Script::Job(job)) => self.job_task(element, job, "SCRIPT_TASK"),
            Task::Script(Script::Feel {
                expression,
                result_variable,
            }) => NodeKind::ScriptTask {
                script: self.required(element, expression),
                result: name(result_variable),
            },
        }
    }

    /// A task that is done as a job. A linked resource may say which version of the component.
    fn job_task(&mut self, element: &Element, job: &JobDefinition, task: &'static str) -> NodeKind {
        let linked = element
            .linked_resources
            .iter()
            .find(|linked| linked.resource_type.as_deref() == Some(COMPONENT));
        let component = linked.and_then(|linked| self.component(element, job, linked));
        NodeKind::Job(JobSpec {
            component,
            ..self.job(element, job, task)
        })
    }

    fn component(
        &mut self,
        element: &Element,
        job: &JobDefinition,
        linked: &LinkedResource,
    ) -> Option<Binding> {
        let place = (element.line, element.column);
        if linked.resource_id != job.job_type {
            let message = "Expected the linked component to be named as the job type, but it is another. A job is run by the component whose name is its type.";
            self.problem("other-component", &element.id, place, message.to_owned());
        }
        let computed = !matches!(job.job_type, Expression::Static(_));
        if computed && linked.binding == Binding::Deployment {
            let message = "Expected a fixed job type where the component is bound to the deployment, but this one is computed. Bind it by a version tag, or write the type down.";
            self.problem("computed-component", &element.id, place, message.to_owned());
        }
        (linked.binding != Binding::Latest).then(|| linked.binding.clone())
    }

    pub(super) fn job(
        &mut self,
        element: &Element,
        job: &JobDefinition,
        task: &'static str,
    ) -> JobSpec {
        JobSpec {
            task,
            job_type: self.required(element, &job.job_type),
            retries: self.optional(element, job.retries.as_ref()),
            component: None,
            people: None,
        }
    }

    fn date(&mut self, element: &Element, date: Option<&Expression>) -> Option<Source> {
        date.map(|date| self.time::<TaskDate>(element, date))
    }

    fn user_task(&mut self, element: &Element, user: &UserTask) -> NodeKind {
        let spec = Box::new(UserTaskSpec {
            assignee: self.optional(element, user.assignee.as_ref()),
            candidate_groups: self.optional(element, user.candidate_groups.as_ref()),
            candidate_users: self.optional(element, user.candidate_users.as_ref()),
            due_date: self.date(element, user.due_date.as_ref()),
            follow_up_date: self.date(element, user.follow_up_date.as_ref()),
            priority: self.optional(element, user.priority.as_ref()),
            form: user.form.as_ref().and_then(|form| self.form(element, form)),
        });
        match user.implementation {
            UserTaskImplementation::Native => NodeKind::UserTask(spec),
            UserTaskImplementation::Job => NodeKind::Job(JobSpec {
                task: "USER_TASK",
                job_type: Source::Literal(gardesh_feel::Value::string(USER_TASK_JOB)),
                // A person does not try again by herself (Zeebe's default here).
                retries: Some(Source::Literal(gardesh_feel::Value::string("1"))),
                component: None,
                people: Some(spec),
            }),
        }
    }

    fn form(&mut self, element: &Element, form: &Form) -> Option<FormSpec> {
        match &form.reference {
            FormReference::Id(id) => Some(FormSpec::Deployed {
                id: self.source(element, id)?,
                binding: form.binding.clone(),
            }),
            FormReference::Key(key) | FormReference::External(key) => {
                Some(FormSpec::External(self.source(element, key)?))
            }
        }
    }

    pub(super) fn call_activity(&mut self, element: &Element, call: &CalledElement) -> NodeKind {
        NodeKind::CallActivity(Box::new(ProcessCall {
            process_id: self.required(element, &call.process_id),
            binding: call.binding.clone(),
            all_variables_back: call.propagate_all_child_variables,
            all_variables_in: call.propagate_all_parent_variables,
            business_key: self.optional(element, call.business_id.as_ref()),
        }))
    }

    pub(super) fn ad_hoc(&mut self, element: &Element, ad_hoc: &gardesh_bpmn::AdHoc) -> NodeKind {
        let spec = AdHoc {
            active_elements: self.optional(element, ad_hoc.active_elements.as_ref()),
            completion_condition: self.optional(element, ad_hoc.completion_condition.as_ref()),
            cancel_remaining: ad_hoc.cancel_remaining,
            output_collection: ad_hoc.output_collection.as_deref().map(name),
            output_element: self.optional(element, ad_hoc.output_element.as_ref()),
            job: ad_hoc
                .job
                .as_ref()
                .map(|job| self.job(element, job, "AD_HOC_SUB_PROCESS")),
        };
        NodeKind::Scope(Scope {
            start: None,
            kind: ScopeKind::AdHoc,
            ad_hoc: Some(Box::new(spec)),
        })
    }

    pub(super) fn repetition(&mut self, element: &Element) -> Option<Repetition> {
        match element.repetition.as_ref()? {
            gardesh_bpmn::Repetition::MultiInstance(multi) => {
                Some(Repetition::MultiInstance(MultiInstance {
                    sequential: multi.sequential,
                    input_collection: self.required(element, &multi.input_collection),
                    input_element: multi.input_element.as_deref().map(name),
                    output_collection: multi.output_collection.as_deref().map(name),
                    output_element: self.optional(element, multi.output_element.as_ref()),
                    completion_condition: self
                        .optional(element, multi.completion_condition.as_ref()),
                }))
            }
            gardesh_bpmn::Repetition::StandardLoop(standard) => {
                Some(Repetition::Loop(StandardLoop {
                    condition: self.optional(element, standard.condition.as_ref()),
                    test_before: standard.test_before,
                    maximum: standard.maximum,
                }))
            }
        }
    }

    pub(super) fn listeners(&mut self, element: &Element) -> Vec<Listener> {
        let all = element
            .execution_listeners
            .iter()
            .chain(&element.task_listeners);
        let compiled = all.map(|listener| Listener {
            event: listener.event,
            job: self.job(element, &listener.job, "LISTENER"),
            headers: pairs(&listener.headers),
        });
        compiled.collect()
    }
}
