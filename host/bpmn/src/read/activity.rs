//! Tasks, subprocesses and call activities, and how they repeat.

use crate::model::{
    AdHoc, BusinessRule, CalledDecision, CalledElement, ElementKind, Form, FormReference,
    JobDefinition, MessagePublication, MultiInstance, Repetition, Script, Send, StandardLoop, Task,
    UserTask, UserTaskImplementation,
};
use crate::xml::{self, Node, child};

use super::extension::Extensions;
use super::process::ProcessReader;
use super::value::Need;

impl<'x> ProcessReader<'_, 'x> {
    pub(super) fn read_activity(
        &mut self,
        node: Node<'x>,
        tag: &str,
        extensions: &mut Extensions<'x>,
    ) -> ElementKind {
        self.check_quantities(node);
        let task = match tag {
            "serviceTask" => Task::Service(self.read_job(node, extensions)),
            "sendTask" => Task::Send(self.read_send(node, node, extensions)),
            "businessRuleTask" => Task::BusinessRule(self.read_business_rule(node, extensions)),
            "scriptTask" => Task::Script(self.read_script(node, extensions)),
            "userTask" => Task::User(self.read_user_task(extensions)),
            "receiveTask" => self.read_receive(node),
            "manualTask" => Task::Manual,
            "task" => Task::Undefined,
            _ => return self.read_scope(node, tag, extensions),
        };
        ElementKind::Task(task)
    }

    fn read_scope(
        &mut self,
        node: Node<'x>,
        tag: &str,
        extensions: &mut Extensions<'x>,
    ) -> ElementKind {
        match tag {
            "subProcess" if xml::boolean(node, "triggeredByEvent") == Some(true) => {
                ElementKind::EventSubProcess
            }
            "subProcess" => ElementKind::SubProcess,
            "transaction" => ElementKind::Transaction,
            "adHocSubProcess" => ElementKind::AdHocSubProcess(self.read_ad_hoc(node, extensions)),
            "callActivity" => ElementKind::CallActivity(self.read_called_element(node, extensions)),
            _ => {
                self.unsupported(node, &format!("the element {tag}"), "");
                ElementKind::Unsupported {
                    tag: tag.to_owned(),
                }
            }
        }
    }

    /// BPMN lets an activity wait for or send several tokens at once; no engine of this kind does.
    fn check_quantities(&mut self, node: Node<'x>) {
        for name in ["startQuantity", "completionQuantity"] {
            if node
                .attribute(name)
                .is_some_and(|value| value.trim() != "1")
            {
                self.unsupported(node, &format!("a {name} other than 1"), "");
            }
        }
    }

    fn read_job(&mut self, node: Node<'x>, extensions: &mut Extensions<'x>) -> JobDefinition {
        match extensions.take("taskDefinition") {
            Some(definition) => self.job(definition),
            None => {
                self.missing(node, "a job type (zeebe:taskDefinition type=\"...\")");
                JobDefinition::default()
            }
        }
    }

    /// `holder` is the element that refers to the message: a send task or a message event definition.
    pub(super) fn read_send(
        &mut self,
        node: Node<'x>,
        holder: Node<'x>,
        extensions: &mut Extensions<'x>,
    ) -> Send {
        let Some(publication) = extensions.take("publishMessage") else {
            return Send::Job(self.read_job(node, extensions));
        };
        let message = self.read_message(holder, false);
        Send::Publish(MessagePublication {
            name: message.name,
            correlation_key: self.required(
                publication,
                "correlationKey",
                "a correlation key",
                Need::Some,
            ),
            message_id: self.optional(publication, "messageId", Need::Some),
            time_to_live: self.optional(publication, "timeToLive", Need::Some),
        })
    }

    fn read_business_rule(
        &mut self,
        node: Node<'x>,
        extensions: &mut Extensions<'x>,
    ) -> BusinessRule {
        let Some(called) = extensions.take("calledDecision") else {
            let Some(definition) = extensions.take("taskDefinition") else {
                self.missing(
                    node,
                    "a decision (zeebe:calledDecision) or a job type (zeebe:taskDefinition)",
                );
                return BusinessRule::Job(JobDefinition::default());
            };
            return BusinessRule::Job(self.job(definition));
        };
        self.check_one_implementation(extensions, "zeebe:calledDecision");
        BusinessRule::Decision(CalledDecision {
            decision_id: self.required(called, "decisionId", "a decision id", Need::Some),
            result_variable: self.required_variable(called, "resultVariable"),
            binding: self.binding(called),
        })
    }

    fn read_script(&mut self, node: Node<'x>, extensions: &mut Extensions<'x>) -> Script {
        let Some(script) = extensions.take("script") else {
            let Some(definition) = extensions.take("taskDefinition") else {
                self.missing(
                    node,
                    "a FEEL script (zeebe:script) or a job type (zeebe:taskDefinition)",
                );
                return Script::Job(JobDefinition::default());
            };
            return Script::Job(self.job(definition));
        };
        self.check_one_implementation(extensions, "zeebe:script");
        Script::Feel {
            expression: self.required(script, "expression", "a script", Need::Feel),
            result_variable: self.required_variable(script, "resultVariable"),
        }
    }

    fn check_one_implementation(&mut self, extensions: &mut Extensions<'x>, chosen: &str) {
        if let Some(definition) = extensions.take("taskDefinition") {
            let message =
                format!("Expected either {chosen} or zeebe:taskDefinition, but both are given.");
            self.require(definition, "ambiguous-implementation", message);
        }
    }

    fn read_user_task(&mut self, extensions: &mut Extensions<'x>) -> UserTask {
        let native = extensions.take("userTask").is_some();
        let assignment = extensions.take("assignmentDefinition");
        let schedule = extensions.take("taskSchedule");
        let mut optional = |holder: Option<Node<'x>>, name| {
            holder.and_then(|holder| self.optional(holder, name, Need::Some))
        };
        let assignee = optional(assignment, "assignee");
        let candidate_groups = optional(assignment, "candidateGroups");
        let candidate_users = optional(assignment, "candidateUsers");
        let due_date = optional(schedule, "dueDate");
        let follow_up_date = optional(schedule, "followUpDate");
        let priority = extensions.take("priorityDefinition");
        UserTask {
            implementation: if native {
                UserTaskImplementation::Native
            } else {
                UserTaskImplementation::Job
            },
            assignee,
            candidate_groups,
            candidate_users,
            due_date,
            follow_up_date,
            priority: priority.and_then(|node| self.optional_number(node, "priority", 0..=100)),
            form: self.read_form(extensions),
        }
    }

    pub(super) fn read_form(&mut self, extensions: &mut Extensions<'x>) -> Option<Form> {
        let node = extensions.take("formDefinition")?;
        let reference = if let Some(id) = self.optional(node, "formId", Need::Some) {
            FormReference::Id(id)
        } else if let Some(reference) = self.optional(node, "externalReference", Need::Some) {
            FormReference::External(reference)
        } else {
            FormReference::Key(self.required(node, "formKey", "a form", Need::Some))
        };
        Some(Form {
            reference,
            binding: self.binding(node),
        })
    }

    fn read_receive(&mut self, node: Node<'x>) -> Task {
        if xml::boolean(node, "instantiate") == Some(true) {
            let hint = " Hint: use a message start event.";
            self.unsupported(node, "a receive task that starts the process", hint);
        }
        Task::Receive {
            message: self.read_message(node, true),
        }
    }

    fn read_called_element(
        &mut self,
        node: Node<'x>,
        extensions: &mut Extensions<'x>,
    ) -> CalledElement {
        let Some(called) = extensions.take("calledElement") else {
            self.missing(
                node,
                "a called process (zeebe:calledElement processId=\"...\")",
            );
            return CalledElement {
                process_id: Default::default(),
                binding: Default::default(),
                propagate_all_child_variables: true,
                propagate_all_parent_variables: true,
                business_id: None,
            };
        };
        let all = |name| xml::boolean(called, name).unwrap_or(true);
        CalledElement {
            process_id: self.required(called, "processId", "a process id", Need::Some),
            binding: self.binding(called),
            propagate_all_child_variables: all("propagateAllChildVariables"),
            propagate_all_parent_variables: all("propagateAllParentVariables"),
            business_id: self.optional(called, "businessId", Need::Some),
        }
    }

    fn read_ad_hoc(&mut self, node: Node<'x>, extensions: &mut Extensions<'x>) -> AdHoc {
        if node.attribute("ordering") == Some("Sequential") {
            self.unsupported(node, "an ad-hoc subprocess with sequential ordering", "");
        }
        let ad_hoc = extensions.take("adHoc");
        let job = extensions.take("taskDefinition");
        let condition = child(node, "completionCondition");
        AdHoc {
            active_elements: ad_hoc
                .and_then(|node| self.optional(node, "activeElementsCollection", Need::Feel)),
            completion_condition: condition
                .map(|node| self.required_text(node, "a completion condition", Need::Feel)),
            cancel_remaining: xml::boolean(node, "cancelRemainingInstances").unwrap_or(true),
            output_collection: ad_hoc
                .and_then(|node| self.optional_variable(node, "outputCollection")),
            output_element: ad_hoc
                .and_then(|node| self.optional(node, "outputElement", Need::Feel)),
            job: job.map(|node| self.job(node)),
        }
    }

    pub(super) fn read_repetition(&mut self, node: Node<'x>) -> Option<Repetition> {
        if let Some(characteristics) = child(node, "multiInstanceLoopCharacteristics") {
            if let Some(second) = child(node, "standardLoopCharacteristics") {
                let message = "Expected one way to repeat, but there are multiInstanceLoopCharacteristics and \
                               standardLoopCharacteristics. Hint: put one of them on a subprocess around the activity.";
                self.require(second, "two-repetitions", message.to_owned());
            }
            return Some(Repetition::MultiInstance(
                self.read_multi_instance(characteristics),
            ));
        }
        let characteristics = child(node, "standardLoopCharacteristics")?;
        let condition = child(characteristics, "loopCondition");
        let maximum = self.read_loop_maximum(characteristics);
        if condition.is_none() && maximum.is_none() {
            self.missing(characteristics, "a loopCondition or a loopMaximum");
        }
        Some(Repetition::StandardLoop(StandardLoop {
            condition: condition
                .map(|node| self.required_text(node, "a loop condition", Need::Feel)),
            test_before: xml::boolean(characteristics, "testBefore").unwrap_or(false),
            maximum,
        }))
    }

    fn read_loop_maximum(&mut self, node: Node<'x>) -> Option<u32> {
        let text = node.attribute("loopMaximum")?;
        let maximum = text.trim().parse().ok().filter(|maximum| *maximum > 0);
        if maximum.is_none() {
            let message =
                format!("Expected a whole number from 1 as loopMaximum, but found {text:?}.");
            self.require(node, "invalid-number", message);
        }
        maximum
    }

    fn read_multi_instance(&mut self, node: Node<'x>) -> MultiInstance {
        if let Some(cardinality) = child(node, "loopCardinality") {
            let hint = " Hint: use an inputCollection such as \"=for i in 1..n return i\".";
            self.unsupported(cardinality, "a loopCardinality", hint);
        }
        if node
            .attribute("behavior")
            .is_some_and(|behavior| behavior != "All")
        {
            self.unsupported(node, "a multi-instance behavior other than All", "");
        }
        let mut extensions = Extensions::of(node);
        let characteristics = extensions.take("loopCharacteristics");
        self.keep_leftovers(&extensions);
        let completion_condition = child(node, "completionCondition")
            .map(|node| self.required_text(node, "a completion condition", Need::Feel));
        let mut read = MultiInstance {
            sequential: xml::boolean(node, "isSequential").unwrap_or(false),
            completion_condition,
            ..MultiInstance::default()
        };
        match characteristics {
            Some(node) => {
                let what = "the collection to go through";
                read.input_collection = self.required(node, "inputCollection", what, Need::Feel);
                read.input_element = self.optional_variable(node, "inputElement");
                read.output_collection = self.optional_variable(node, "outputCollection");
                read.output_element = self.optional(node, "outputElement", Need::Feel);
            }
            None => self.missing(node, "zeebe:loopCharacteristics with an inputCollection"),
        }
        if read.output_collection.is_some() != read.output_element.is_some() {
            let message =
                "Expected outputCollection and outputElement together, but only one is given.";
            self.require(node, "incomplete-output", message.to_owned());
        }
        read
    }
}
