//! What reading makes of each kind of element: one rich diagram, looked at piece by piece.

use crate::support::{around, file, rich};
use gardesh_bpmn::*;

fn feel(source: &str) -> Expression {
    Expression::Feel(source.to_owned())
}

fn literal(text: &str) -> Expression {
    Expression::Static(text.to_owned())
}

fn job(job_type: &str, retries: Option<&str>) -> JobDefinition {
    JobDefinition {
        job_type: literal(job_type),
        retries: retries.map(literal),
    }
}

/// The rich diagram's only process.
fn process() -> Process {
    let reading = read(&rich());
    assert_eq!(reading.diagnostics, []);
    reading.model.expect("a model").processes.remove(0)
}

fn find<'p>(process: &'p Process, id: &str) -> &'p Element {
    &process[process
        .find(id)
        .unwrap_or_else(|| panic!("no element {id}"))]
}

fn idx(process: &Process, id: &str) -> ElementIdx {
    process
        .find(id)
        .unwrap_or_else(|| panic!("no element {id}"))
}

fn flow(process: &Process, id: &str) -> FlowIdx {
    let at = process
        .flows
        .iter()
        .position(|flow| flow.id == id)
        .expect("a flow");
    FlowIdx(u32::try_from(at).expect("few flows"))
}

#[test]
fn the_file_itself() {
    let model = parse(&rich()).expect("a model");
    assert_eq!(model.id.as_deref(), Some("defs"));
    assert_eq!(model.target_namespace.as_deref(), Some("t"));
    assert_eq!(model.messages[0].name, feel("n"));
    assert_eq!(model.messages[0].correlation_key, Some(feel("k")));
    assert_eq!(model.signals[0].name, literal("go"));
    assert_eq!(
        (model.errors[0].name.as_deref(), &model.errors[0].code),
        (Some("Broken"), &literal("E"))
    );
    assert_eq!(model.escalations[0].code, literal("X"));
    let pools: Vec<_> = model
        .participants
        .iter()
        .map(|p| (p.id.as_str(), p.process_id.as_deref()))
        .collect();
    assert_eq!(pools, [("pool", Some("p")), ("black_box", None)]);
    assert_eq!(model.warnings, []);
    assert!(model.require_executable().is_ok());
}

#[test]
fn the_process_is_the_root_scope() {
    let process = process();
    let root = &process[Process::ROOT];
    assert_eq!(
        (root.id.as_str(), &root.kind, root.parent),
        ("p", &ElementKind::Process, None)
    );
    assert_eq!(process.version_tag.as_deref(), Some("v1"));
    assert_eq!(root.properties, [("owner".to_owned(), "claims".to_owned())]);
    assert_eq!(
        process.embedded_forms,
        [("form".to_owned(), "{\"components\": []}".to_owned())]
    );
    assert_eq!(
        process.none_start_event(Process::ROOT),
        Some(idx(&process, "start"))
    );
    assert_eq!(process.start_events(Process::ROOT).count(), 3);
    assert_eq!(root.event_subprocesses, [idx(&process, "watch")]);
    assert_eq!(
        process[idx(&process, "manual")].parent,
        Some(idx(&process, "booking"))
    );
    assert_eq!(
        root.children.len(),
        process
            .elements
            .iter()
            .filter(|e| e.parent == Some(Process::ROOT))
            .count()
    );
}

#[test]
fn unknown_extension_elements_are_kept_word_for_word() {
    let process = process();
    let [kept] = process[Process::ROOT].extensions.as_slice() else {
        panic!("one unknown element")
    };
    assert_eq!(
        kept.namespace.as_deref(),
        Some("http://camunda.org/schema/modeler/1.0")
    );
    assert_eq!(kept.local_name, "thing");
    assert!(
        kept.xml.starts_with("<modeler:thing ")
            && kept.xml.ends_with("</modeler:inner></modeler:thing>")
    );
    let source = rich();
    let line = source
        .lines()
        .nth(kept.line as usize - 1)
        .expect("its line");
    assert_eq!(line[kept.column as usize - 1..], kept.xml);
}

#[test]
fn what_all_elements_share() {
    let process = process();
    let service = find(&process, "service");
    assert_eq!(service.name.as_deref(), Some("Assess"));
    assert_eq!(service.documentation.as_deref(), Some("First.\n\nSecond."));
    assert_eq!(service.lane.as_deref(), Some("inner"));
    assert_eq!(find(&process, "start").lane.as_deref(), Some("outer"));
    assert_eq!(process.lanes[1].parent.as_deref(), Some("outer"));
    assert_eq!(service.headers, [("mode".to_owned(), "fast".to_owned())]);
    let [input] = service.mappings.inputs.as_slice() else {
        panic!("one input")
    };
    assert_eq!(
        (&input.source, input.target.as_str()),
        (&feel("claim.amount"), "amount")
    );
    assert_eq!(service.mappings.outputs[0].target, "claim.result");
    let [listener] = service.execution_listeners.as_slice() else {
        panic!("one listener")
    };
    assert_eq!(
        (listener.event, &listener.job),
        (ListenerEvent::Start, &job("audit", Some("1")))
    );
    assert_eq!(listener.headers, [("k".to_owned(), "v".to_owned())]);
    let [resource] = service.linked_resources.as_slice() else {
        panic!("one resource")
    };
    assert_eq!(resource.binding, Binding::VersionTag("v2".to_owned()));
    assert_eq!(
        service.incoming,
        ["f1", "f1b", "f1c"].map(|id| flow(&process, id))
    );
    assert_eq!(service.outgoing, [flow(&process, "f2")]);
    let source = rich();
    assert!(
        source
            .lines()
            .nth(service.line as usize - 1)
            .is_some_and(|line| line.starts_with("<serviceTask id=\"service\""))
    );
}

#[test]
fn tasks() {
    let process = process();
    let task = |id: &str| match &find(&process, id).kind {
        ElementKind::Task(task) => task.clone(),
        other => panic!("{id} is {other:?}"),
    };
    assert_eq!(task("service"), Task::Service(job("assess", Some("5"))));
    assert_eq!(task("service").job(), Some(&job("assess", Some("5"))));
    assert_eq!(
        task("rule"),
        Task::BusinessRule(BusinessRule::Decision(CalledDecision {
            decision_id: literal("tariff"),
            result_variable: "tariff".to_owned(),
            binding: Binding::Latest,
        }))
    );
    assert_eq!(
        task("script"),
        Task::Script(Script::Feel {
            expression: feel("amount * 2"),
            result_variable: "double".to_owned()
        })
    );
    assert_eq!(
        task("send"),
        Task::Send(Send::Publish(MessagePublication {
            name: feel("n"),
            correlation_key: feel("k"),
            message_id: Some(feel("id")),
            time_to_live: Some(literal("PT1H")),
        }))
    );
    assert!(matches!(task("receive"), Task::Receive { message } if message.id == "m"));
    assert_eq!(
        (task("manual"), task("tool_a")),
        (Task::Manual, Task::Undefined)
    );
    assert_eq!(
        task("user"),
        Task::User(UserTask {
            implementation: UserTaskImplementation::Native,
            assignee: Some(feel("owner")),
            candidate_groups: Some(literal("adjusters, leads")),
            candidate_users: Some(feel("users")),
            due_date: Some(literal("2030-01-31T08:00:00Z")),
            follow_up_date: Some(feel("now()")),
            priority: Some(literal("75")),
            form: Some(Form {
                reference: FormReference::Key(literal("camunda-forms:bpmn:form")),
                binding: Binding::Latest,
            }),
        })
    );
    assert_eq!(
        find(&process, "user").task_listeners[0].event,
        ListenerEvent::Completing
    );
}

#[test]
fn gateways_and_flows() {
    let process = process();
    let default = Some(flow(&process, "f4"));
    assert_eq!(
        find(&process, "choice").kind,
        ElementKind::Gateway(Gateway::Exclusive { default })
    );
    let default = Some(flow(&process, "f7"));
    assert_eq!(
        find(&process, "many").kind,
        ElementKind::Gateway(Gateway::Inclusive { default })
    );
    assert_eq!(
        find(&process, "join").kind,
        ElementKind::Gateway(Gateway::Parallel)
    );
    assert_eq!(
        find(&process, "wait").kind,
        ElementKind::Gateway(Gateway::EventBased)
    );
    let large = &process[flow(&process, "f3")];
    assert_eq!(
        (large.name.as_deref(), &large.condition),
        (Some("large"), &Some(feel("amount > 1000")))
    );
    assert_eq!(
        (large.source, large.target),
        (idx(&process, "choice"), idx(&process, "user"))
    );
    assert!(!large.is_default && process[flow(&process, "f4")].is_default);
}

#[test]
fn events() {
    let process = process();
    let event = |id: &str| {
        find(&process, id)
            .kind
            .event()
            .cloned()
            .unwrap_or_else(|| panic!("{id} is no event"))
    };
    assert_eq!(event("start"), EventDefinition::None);
    assert!(
        matches!(event("by_message"), EventDefinition::Message(message) if message.name == feel("n"))
    );
    assert_eq!(
        event("by_timer"),
        EventDefinition::Timer(Timer::Cycle(literal("0 0 9 * * MON-FRI")))
    );
    assert_eq!(
        event("watch_start"),
        EventDefinition::Timer(Timer::Duration(feel("patience")))
    );
    assert!(
        matches!(event("on_signal"), EventDefinition::Signal(signal) if signal.name == literal("go"))
    );
    assert_eq!(
        event("on_condition"),
        EventDefinition::Conditional(Condition {
            condition: feel("a > b"),
            variable_names: vec!["a".to_owned(), "b".to_owned()],
            variable_events: vec![VariableEvent::Update],
        })
    );
    assert!(
        matches!(event("on_error"), EventDefinition::Error(Some(error)) if error.code == literal("E"))
    );
    assert_eq!(event("on_any_error"), EventDefinition::Error(None));
    assert!(
        matches!(event("escalated"), EventDefinition::Escalation(Some(esc)) if esc.code == literal("X"))
    );
    assert_eq!(event("cancelled"), EventDefinition::Cancel);
    assert_eq!(event("finish"), EventDefinition::Terminate);
    assert_eq!(
        event("tell"),
        EventDefinition::SendMessage(Send::Job(job("mail", None)))
    );
    let handler = Some(idx(&process, "revert"));
    assert_eq!(
        event("undo"),
        EventDefinition::Compensation(Compensation::Catch { handler })
    );
    let activity = Some(idx(&process, "service"));
    assert_eq!(
        event("undo_all"),
        EventDefinition::Compensation(Compensation::Throw { activity })
    );
    let target = Some(idx(&process, "land"));
    assert_eq!(
        event("jump"),
        EventDefinition::Link {
            name: "onward".to_owned(),
            target
        }
    );
    assert!(find(&process, "revert").for_compensation);
}

#[test]
fn boundary_events_and_event_subprocesses() {
    let process = process();
    let service = idx(&process, "service");
    let attached = ["on_error", "on_any_error", "reminder", "undo"].map(|id| idx(&process, id));
    assert_eq!(process[service].boundary, attached);
    for (id, interrupts) in [("on_error", true), ("reminder", false)] {
        let ElementKind::BoundaryEvent {
            attached_to,
            interrupting,
            ..
        } = find(&process, id).kind
        else {
            panic!("{id} is no boundary event")
        };
        assert_eq!((attached_to, interrupting), (service, interrupts), "{id}");
    }
    assert_eq!(find(&process, "watch").kind, ElementKind::EventSubProcess);
    assert!(matches!(
        find(&process, "watch_start").kind,
        ElementKind::StartEvent {
            interrupting: false,
            ..
        }
    ));
    assert!(matches!(
        &find(&process, "start").kind,
        ElementKind::StartEvent { interrupting: true, form: Some(form), .. } if form.binding == Binding::Deployment
    ));
}

#[test]
fn scopes_and_calls() {
    let process = process();
    assert_eq!(find(&process, "booking").kind, ElementKind::Transaction);
    assert_eq!(
        find(&process, "tools").kind,
        ElementKind::AdHocSubProcess(AdHoc {
            active_elements: Some(feel("[\"tool_a\"]")),
            completion_condition: Some(feel("count(answers) > 1")),
            cancel_remaining: false,
            output_collection: Some("answers".to_owned()),
            output_element: Some(feel("answer")),
            job: None,
        })
    );
    assert_eq!(
        find(&process, "call").kind,
        ElementKind::CallActivity(CalledElement {
            process_id: feel("other"),
            binding: Binding::Deployment,
            propagate_all_child_variables: false,
            propagate_all_parent_variables: true,
            business_id: None,
        })
    );
}

#[test]
fn repetition() {
    let process = process();
    assert_eq!(
        find(&process, "service").repetition,
        Some(Repetition::MultiInstance(MultiInstance {
            sequential: true,
            input_collection: feel("items"),
            input_element: Some("item".to_owned()),
            output_collection: Some("results".to_owned()),
            output_element: Some(feel("result")),
            completion_condition: Some(feel("loopCounter > 3")),
        }))
    );
    assert_eq!(
        find(&process, "script").repetition,
        Some(Repetition::StandardLoop(StandardLoop {
            condition: Some(feel("double < 100")),
            test_before: true,
            maximum: Some(7),
        }))
    );
}

#[test]
fn prefixes_references_and_a_byte_order_mark_do_not_matter() {
    let xml = "\u{feff}".to_owned()
        + &rich()
            .replace(
                "<definitions xmlns=",
                "<b:definitions xmlns:tns=\"t\" xmlns:b=",
            )
            .replace("</definitions>", "</b:definitions>");
    let prefixed = prefix_bpmn(&xml).replace("messageRef=\"m\"", "messageRef=\"tns:m\"");
    let reading = read(&prefixed);
    assert_eq!(reading.diagnostics, []);
    let (plain, model) = (process(), reading.model.expect("a model"));
    assert_eq!(model.processes[0].elements.len(), plain.elements.len());
    assert_eq!(model.processes[0].flows.len(), plain.flows.len());
}

/// Writes `b:` before the name of each tag that has no prefix.
fn prefix_bpmn(xml: &str) -> String {
    let mut out = String::new();
    for (i, piece) in xml.split('<').enumerate() {
        let (slash, rest) = piece
            .strip_prefix('/')
            .map_or(("", piece), |rest| ("/", rest));
        let name: String = rest
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == ':')
            .collect();
        if i > 0 {
            out.push('<');
        }
        out.push_str(slash);
        if i > 0 && !name.is_empty() && !name.contains(':') {
            out.push_str("b:");
        }
        out.push_str(rest);
    }
    out
}

#[test]
fn imports_and_item_definitions_say_nothing_to_an_engine() {
    let data = r#"<import importType="http://www.w3.org/2001/XMLSchema" location="order.xsd" namespace="o"/>
<itemDefinition id="order" structureRef="o:Order"/><message id="m" name="n" itemRef="order"/>"#;
    let xml = file(
        data,
        r#"<startEvent id="s"/><property id="x" itemSubjectRef="order"/>"#,
    );
    let model = parse(&xml).unwrap_or_else(|found| panic!("{found:?}"));
    assert_eq!(model.warnings, []);
}

#[test]
fn what_may_be_left_out_has_the_default_of_camunda() {
    let model = parse(&around(
        "",
        r#"<callActivity id="x"><extensionElements><zeebe:calledElement processId="other"/></extensionElements></callActivity>"#,
    ))
    .expect("a call");
    let ElementKind::CallActivity(called) = &find(&model.processes[0], "x").kind else {
        panic!("a call")
    };
    assert!(called.propagate_all_child_variables && called.propagate_all_parent_variables);
    assert_eq!(called.binding, Binding::Latest);
    let model = parse(&around("", r#"<userTask id="x"/>"#)).expect("a user task");
    let ElementKind::Task(Task::User(task)) = &find(&model.processes[0], "x").kind else {
        panic!("a task")
    };
    assert_eq!(task.implementation, UserTaskImplementation::Job);
    let drawing = file("", r#"<serviceTask id="x"/>"#).replace("isExecutable=\"true\"", "");
    let model = parse(&drawing).expect("a drawing");
    let ElementKind::Task(Task::Service(job)) = &find(&model.processes[0], "x").kind else {
        panic!("a task")
    };
    assert!(job.job_type.is_empty());
}
