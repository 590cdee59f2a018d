//! Script tasks, which compute, and call activities, whose work is a case of another process.

use gardesh_engine::command::{
    BroadcastSignal, CancelInstance, CompleteJob, CreateInstance, Deploy, Deployed, ProcessRef,
    ResolveIncident, Resource, SetVariables, ThrowJobError,
};
use gardesh_engine::definition::compile;
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::event::{DeploymentEvent, Event, ProcessInstanceEvent};
use gardesh_engine::key::*;
use gardesh_engine::rejection::{Rejection, RejectionKind};
use gardesh_engine::variables::write_document;

use crate::support::*;

fn script(id: &str, expression: &str, result: &str, more: &str) -> String {
    format!(
        r#"<bpmn:scriptTask id="{id}"><bpmn:extensionElements><zeebe:script expression="={expression}" resultVariable="{result}" />{more}</bpmn:extensionElements></bpmn:scriptTask>"#
    )
}

fn call(id: &str, attributes: &str, more: &str) -> String {
    format!(
        r#"<bpmn:callActivity id="{id}"><bpmn:extensionElements><zeebe:calledElement {attributes} />{more}</bpmn:extensionElements></bpmn:callActivity>"#
    )
}

/// A diagram whose process is not `p` but has another id.
fn process(id: &str, body: &str) -> String {
    diagram(body).replace(r#"process id="p""#, &format!(r#"process id="{id}""#))
}

fn tagged(id: &str, tag: &str, body: &str) -> String {
    let tag = format!(
        r#"<bpmn:extensionElements><zeebe:versionTag value="{tag}" /></bpmn:extensionElements>"#
    );
    process(id, &(tag + body))
}

/// One service task between start and end.
fn one(task: &str) -> String {
    start_and_end()
        + &service(task, "")
        + &flows(&[&format!("start>{task}"), &format!("{task}>end")])
}

/// `p` calls a process and is done.
fn caller(attributes: &str, more: &str) -> String {
    diagram(
        &(start_and_end() + &call("call", attributes, more) + &flows(&["start>call", "call>end"])),
    )
}

fn deploy_all(m: &mut Machine, diagrams: &[String]) -> Result<Deployed, Rejection> {
    let resources = diagrams
        .iter()
        .map(|xml| compile("p.bpmn", xml).unwrap())
        .collect();
    m.run(Deploy { resources })
}

fn machine(diagrams: &[String]) -> Machine {
    let mut m = Machine::new();
    deploy_all(&mut m, diagrams).unwrap();
    m
}

/// The case that is called, where there is one.
fn called(m: &Machine) -> ProcessInstanceKey {
    let created = m.events().filter_map(|event| match event {
        Event::ProcessInstance(ProcessInstanceEvent::Created {
            instance,
            parent: Some(_),
            ..
        }) => Some(*instance),
        _ => None,
    });
    created.last().unwrap()
}

/// Nothing of any case is left.
fn assert_nothing_left(m: &Machine) {
    let left: Vec<_> = dump(m.engine.state())
        .into_iter()
        .map(|(table, _, _)| table)
        .filter(|table| {
            !table.contains("definition") && !["sources", "served_job_types"].contains(table)
        })
        .collect();
    assert_eq!(left, Vec::<&str>::new());
}

fn resolve(m: &mut Machine) {
    let incident = m.incidents()[0].key;
    m.run(ResolveIncident { incident }).unwrap();
}

fn set(m: &mut Machine, case: ProcessInstanceKey, variables: &str) {
    m.run(SetVariables {
        scope: case.root(),
        instance: case,
        variables: json(variables),
        local: false,
    })
    .unwrap();
}

#[test]
fn a_script_task_sets_its_result_variable() {
    for (more, expected) in [
        ("", r#"{"amount":3,"total":9}"#),
        (
            r#"<zeebe:ioMapping><zeebe:output source="=total + 1" target="sum" /></zeebe:ioMapping>"#,
            r#"{"amount":3,"sum":10}"#,
        ),
        (
            r#"<zeebe:ioMapping><zeebe:input source="=amount * 10" target="amount" /></zeebe:ioMapping>"#,
            r#"{"amount":3,"total":90}"#,
        ),
    ] {
        let body = start_and_end()
            + &script("sum", "amount * 3", "total", more)
            + &service("a", "")
            + &flows(&["start>sum", "sum>a", "a>end"]);
        let mut m = Machine::with(&body);
        let case = m.start(r#"{"amount": 3}"#);
        assert_eq!(m.variables(case), expected);
        m.do_job("a", "{}");
        assert_eq!(m.trail(), "+start +sum +a +end +p");
        assert_nothing_left(&m);
    }
}

#[test]
fn a_script_that_goes_too_far_is_an_incident_that_can_be_resolved() {
    let body = start_and_end()
        + &script(
            "grow",
            "for i in 1..n return string(i) + &quot;0123456789&quot;",
            "all",
            "",
        )
        + &service("a", "")
        + &flows(&["start>grow", "grow>a", "a>end"]);
    let mut m = Machine::with(&body);
    let case = m.start(r#"{"n": 10000000}"#);
    assert_eq!(m.incidents()[0].kind, IncidentKind::ExtractValueError);
    set(&mut m, case, r#"{"n": 1}"#);
    resolve(&mut m);
    assert_eq!(m.variables(case), r#"{"all":["10123456789"],"n":1}"#);
    m.do_job("a", "{}");
    assert_nothing_left(&m);
}

#[test]
fn a_dates_script_leaves_text_as_every_variable_is_json() {
    let body = start_and_end()
        + &script("when", "date(&quot;2030-01-31&quot;)", "day", "")
        + &service("a", "")
        + &flows(&["start>when", "when>a", "a>end"]);
    let mut m = Machine::with(&body);
    let case = m.start("{}");
    assert_eq!(m.variables(case), r#"{"day":"2030-01-31"}"#);
}

#[test]
fn a_called_case_runs_between_start_and_end_of_the_activity() {
    let mut m = machine(&[
        process("child", &one("work")),
        caller(r#"processId="child""#, ""),
    ]);
    let case = m.start(r#"{"amount": 3}"#);
    assert_eq!(m.trail(), "+start +start");
    let child = called(&m);
    assert_eq!(m.variables(child), r#"{"amount":3}"#);
    m.do_job("work", r#"{"score": 7}"#);
    assert_eq!(m.trail(), "+start +start +work +end +child +call +end +p");
    assert!(!m.is_running(case));
    assert_nothing_left(&m);
}

#[test]
fn variables_go_in_and_come_back_as_the_activity_says() {
    let input = r#"<zeebe:ioMapping><zeebe:input source="=a + 1" target="b" /></zeebe:ioMapping>"#;
    let output =
        r#"<zeebe:ioMapping><zeebe:output source="=made" target="got" /></zeebe:ioMapping>"#;
    for (attributes, mappings, goes_in, comes_back) in [
        ("", "", r#"{"a":1}"#, r#"{"a":2,"made":5}"#),
        ("", input, r#"{"a":1,"b":2}"#, r#"{"a":2,"made":5}"#),
        (
            r#"propagateAllParentVariables="false""#,
            input,
            r#"{"b":2}"#,
            r#"{"a":2,"made":5}"#,
        ),
        (
            r#"propagateAllParentVariables="false""#,
            "",
            "{}",
            r#"{"a":2,"made":5}"#,
        ),
        (
            r#"propagateAllChildVariables="false""#,
            "",
            r#"{"a":1}"#,
            r#"{"a":1}"#,
        ),
        (
            r#"propagateAllChildVariables="false""#,
            output,
            r#"{"a":1}"#,
            r#"{"a":1,"got":5}"#,
        ),
        ("", output, r#"{"a":1}"#, r#"{"a":1,"got":5}"#),
    ] {
        let attributes = format!(r#"processId="child" {attributes}"#);
        let body = start_and_end()
            + &call("call", &attributes, mappings)
            + &service("after", "")
            + &flows(&["start>call", "call>after", "after>end"]);
        let mut m = machine(&[process("child", &one("work")), diagram(&body)]);
        let case = m.start(r#"{"a": 1}"#);
        let what = format!("{attributes} {mappings}");
        assert_eq!(m.variables(called(&m)), goes_in, "{what}");
        m.do_job("work", r#"{"a": 2, "made": 5}"#);
        assert_eq!(m.variables(case), comes_back, "{what}");
    }
}

#[test]
fn the_called_case_has_its_own_business_key_or_the_callers() {
    for (attributes, expected) in [
        ("", Some("K-1")),
        (r#"businessId="=&quot;S-&quot; + string(n)""#, Some("S-7")),
        (r#"businessId="=null""#, None),
    ] {
        let attributes = format!(r#"processId="child" {attributes}"#);
        let mut m = machine(&[process("child", &one("work")), caller(&attributes, "")]);
        let process = ProcessRef::Id {
            id: "p".into(),
            version: None,
        };
        m.run(CreateInstance {
            process,
            variables: json(r#"{"n": 7}"#),
            business_key: Some("K-1".into()),
            start_at: Vec::new(),
            stop_after: Vec::new(),
            once: None,
        })
        .unwrap();
        let child = m.engine.state().instances.get(&(TENANT, called(&m)));
        assert_eq!(child.unwrap().business_key.as_deref(), expected);
    }
}

#[test]
fn a_business_key_that_is_too_long_is_an_incident() {
    let attributes = r#"processId="child" businessId="=key""#;
    let mut m = machine(&[process("child", &one("work")), caller(attributes, "")]);
    let case = m.start(&format!(r#"{{"key": "{}"}}"#, "k".repeat(257)));
    assert_eq!(m.incidents()[0].kind, IncidentKind::ExtractValueError);
    set(&mut m, case, r#"{"key": "k"}"#);
    resolve(&mut m);
    m.do_job("work", "{}");
    assert_nothing_left(&m);
}

#[test]
fn a_process_that_cannot_be_called_is_an_incident_that_a_deployment_mends() {
    let waiting = r#"<bpmn:startEvent id="start"><bpmn:signalEventDefinition signalRef="alarm" /></bpmn:startEvent><bpmn:endEvent id="end" />"#;
    let waiting = process("child", &(waiting.to_owned() + &flows(&["start>end"])));
    for (attributes, first, part) in [
        (r#"processId="=name""#, None, "'child'"),
        (
            r#"processId="child" bindingType="versionTag" versionTag="v2""#,
            Some(tagged("child", "v1", &one("work"))),
            "version tag 'v2'",
        ),
        (r#"processId="child""#, Some(waiting), "waits for nothing"),
    ] {
        let mut m = machine(&[caller(attributes, "")]);
        if let Some(first) = first {
            m.deploy(&first).unwrap();
        }
        let case = m.start(r#"{"name": "child"}"#);
        let incident = &m.incidents()[0];
        assert_eq!(incident.kind, IncidentKind::CalledElementError);
        assert_eq!(incident.kind.name(), "CALLED_ELEMENT_ERROR");
        assert!(incident.message.contains(part), "{}", incident.message);
        m.deploy(&tagged("child", "v2", &one("work"))).unwrap();
        resolve(&mut m);
        m.do_job("work", "{}");
        assert!(!m.is_running(case));
        assert_nothing_left(&m);
    }
}

#[test]
fn a_process_id_that_is_no_text_is_an_incident() {
    let mut m = machine(&[caller(r#"processId="=7""#, "")]);
    let case = m.start("{}");
    assert_eq!(m.incidents()[0].kind, IncidentKind::ExtractValueError);
    m.run(CancelInstance { instance: case }).unwrap();
    assert_nothing_left(&m);
}

#[test]
fn a_binding_chooses_the_version() {
    for (binding, expected) in [
        ("", "third"),
        (r#"bindingType="latest""#, "third"),
        (r#"bindingType="deployment""#, "second"),
        (r#"bindingType="versionTag" versionTag="v1""#, "first"),
    ] {
        let attributes = format!(r#"processId="child" {binding}"#);
        let mut m = machine(&[tagged("child", "v1", &one("first"))]);
        deploy_all(
            &mut m,
            &[process("child", &one("second")), caller(&attributes, "")],
        )
        .unwrap();
        m.deploy(&process("child", &one("third"))).unwrap();
        m.start("{}");
        m.do_job(expected, "{}");
        assert_nothing_left(&m);
    }
}

#[test]
fn a_version_tag_means_the_newest_version_that_has_it() {
    let attributes = r#"processId="child" bindingType="versionTag" versionTag="v1""#;
    let mut m = machine(&[tagged("child", "v1", &one("first")), caller(attributes, "")]);
    m.deploy(&tagged("child", "v1", &one("second"))).unwrap();
    m.deploy(&tagged("child", "v2", &one("third"))).unwrap();
    m.start("{}");
    m.do_job("second", "{}");
    assert_nothing_left(&m);
}

#[test]
fn what_is_deployed_together_stays_together_when_one_file_changes() {
    let bound = caller(r#"processId="child" bindingType="deployment""#, "");
    let mut m = machine(&[process("child", &one("first")), bound.clone()]);
    deploy_all(&mut m, &[process("child", &one("second")), bound.clone()]).unwrap();
    m.start("{}");
    m.do_job("second", "{}");
    let before = m.journal.len();
    let Ok(Deployed { processes, .. }) =
        deploy_all(&mut m, &[process("child", &one("second")), bound])
    else {
        panic!("a good deployment")
    };
    let events = || m.journal[before..].iter().flat_map(|entry| &entry.events);
    assert!(
        events().all(|event| matches!(event, Event::Deployment(DeploymentEvent::Repeated { .. })))
    );
    let version = |key| {
        m.engine
            .state()
            .definitions
            .get(&(TENANT, key))
            .unwrap()
            .version
    };
    assert_eq!(
        processes.into_iter().map(version).collect::<Vec<_>>(),
        [2, 2]
    );
}

#[test]
fn what_is_bound_to_its_deployment_must_be_in_it() {
    let mut m = machine(&[process("child", &one("work"))]);
    let rejection = deploy_all(
        &mut m,
        &[caller(r#"processId="child" bindingType="deployment""#, "")],
    )
    .unwrap_err();
    assert_eq!(rejection.kind, RejectionKind::InvalidArgument);
    assert!(rejection.message.contains("'child'"), "{rejection}");
    let computed = r#"processId="=name" bindingType="deployment""#;
    deploy_all(&mut m, &[caller(computed, "")]).unwrap();
    m.start(r#"{"name": "child"}"#);
    assert_eq!(m.incidents()[0].kind, IncidentKind::CalledElementError);
}

#[test]
fn a_form_is_bound_to_its_deployment_or_a_version_tag() {
    let task = |binding: &str| {
        let form = format!(
            r#"<bpmn:userTask id="ask"><bpmn:extensionElements><zeebe:userTask /><zeebe:formDefinition formId="f" {binding} /></bpmn:extensionElements></bpmn:userTask>"#
        );
        diagram(&(start_and_end() + &form + &flows(&["start>ask", "ask>end"])))
    };
    let form = |tag: Option<&str>, document: &str| Resource::Form {
        name: "f.form".into(),
        id: "f".into(),
        version_tag: tag.map(str::to_owned),
        document: document.into(),
    };
    let deploy = |m: &mut Machine, resources| match m.run(Deploy { resources }) {
        Ok(Deployed { forms, .. }) => forms[0],
        other => panic!("{other:?}"),
    };
    for (binding, expected) in [
        ("", 2),
        (r#"bindingType="deployment""#, 1),
        (r#"bindingType="versionTag" versionTag="v1""#, 0),
    ] {
        let mut m = Machine::new();
        let diagram = compile("p.bpmn", &task(binding)).unwrap();
        let forms = [
            deploy(&mut m, vec![form(Some("v1"), "{1}")]),
            deploy(&mut m, vec![form(None, "{2}"), diagram]),
            deploy(&mut m, vec![form(None, "{3}")]),
        ];
        m.start("{}");
        assert_eq!(m.user_tasks()[0].form, Some(forms[expected]), "{binding}");
    }
}

#[test]
fn a_called_case_cannot_be_cancelled_alone_and_goes_with_its_root() {
    let middle = start_and_end()
        + &call("deeper", r#"processId="leaf""#, "")
        + &flows(&["start>deeper", "deeper>end"]);
    let mut m = machine(&[
        process("leaf", &one("work")),
        process("child", &middle),
        caller(r#"processId="child""#, ""),
    ]);
    let root = m.start("{}");
    let leaf = called(&m);
    let rejection = m.run(CancelInstance { instance: leaf }).unwrap_err();
    assert_eq!(rejection.kind, RejectionKind::InvalidState);
    assert!(
        rejection
            .message
            .contains(&format!("root process instance '{root}'")),
        "{rejection}"
    );
    m.run(CancelInstance { instance: root }).unwrap();
    assert_eq!(
        m.trail(),
        "+start +start +start -work -leaf -deeper -child -call -p"
    );
    assert_nothing_left(&m);
}

/// `p` calls `child` and has a boundary event on the call.
fn guarded(boundary: &str, definition: &str) -> String {
    let event = format!(
        r#"<bpmn:boundaryEvent id="caught" attachedToRef="call" {boundary}>{definition}</bpmn:boundaryEvent><bpmn:endEvent id="other" />"#
    );
    diagram(
        &(start_and_end()
            + &call("call", r#"processId="child""#, "")
            + &event
            + &flows(&["start>call", "call>end", "caught>other"])),
    )
}

#[test]
fn an_error_in_the_called_case_is_caught_on_the_call() {
    let error = r#"<bpmn:errorEventDefinition errorRef="rejected" />"#;
    let mut m = machine(&[process("child", &one("work")), guarded("", error)]);
    m.start("{}");
    let job = m.activate("work")[0].key;
    m.run(ThrowJobError {
        job,
        attempt: None,
        code: "REJECTED".into(),
        message: String::new(),
        variables: json("{}"),
    })
    .unwrap();
    assert_eq!(
        m.trail(),
        "+start +start -work -child -call +caught +other +p"
    );
    assert_nothing_left(&m);
}

#[test]
fn a_signal_on_the_call_interrupts_it_or_runs_beside_it() {
    let signal = r#"<bpmn:signalEventDefinition signalRef="alarm" />"#;
    for (boundary, expected) in [
        ("", "+start +start -work -child -call +caught +other +p"),
        (
            r#"cancelActivity="false""#,
            "+start +start +caught +other +work +end +child +call +end +p",
        ),
    ] {
        let mut m = machine(&[process("child", &one("work")), guarded(boundary, signal)]);
        m.start("{}");
        m.run(BroadcastSignal {
            name: "alarm".into(),
            variables: json("{}"),
        })
        .unwrap();
        for job in m.activate("work") {
            m.run(CompleteJob {
                job: job.key,
                attempt: None,
                variables: json("{}"),
                result: None,
            })
            .unwrap();
        }
        assert_eq!(m.trail(), expected);
        assert_nothing_left(&m);
    }
}

#[test]
fn a_called_case_that_ends_while_its_call_is_interrupted_leaves_nothing() {
    // The signal is heard by both: the called case is about to end as its caller is left.
    let signal = r#"<bpmn:signalEventDefinition signalRef="alarm" />"#;
    let hear =
        format!(r#"<bpmn:intermediateCatchEvent id="hear">{signal}</bpmn:intermediateCatchEvent>"#);
    let child = start_and_end() + &hear + &flows(&["start>hear", "hear>end"]);
    let mut m = machine(&[process("child", &child), guarded("", signal)]);
    let case = m.start("{}");
    m.run(BroadcastSignal {
        name: "alarm".into(),
        variables: json("{}"),
    })
    .unwrap();
    assert!(!m.is_running(case));
    assert_nothing_left(&m);
}

#[test]
fn an_incident_in_the_called_case_is_its_own_and_goes_when_the_root_is_cancelled() {
    let child =
        start_and_end() + r#"<bpmn:exclusiveGateway id="x" />"# + &flows(&["start>x", "x>end?go"]);
    let mut m = machine(&[process("child", &child), caller(r#"processId="child""#, "")]);
    let case = m.start("{}");
    let child = called(&m);
    assert_eq!(m.incidents()[0].instance, child);
    set(&mut m, child, r#"{"go": true}"#);
    resolve(&mut m);
    assert!(!m.is_running(case));
    let case = m.start("{}");
    m.run(CancelInstance { instance: case }).unwrap();
    assert_nothing_left(&m);
}

#[test]
fn output_mappings_that_fail_are_an_incident_of_the_call_with_the_variables_kept() {
    let output = r#"<zeebe:ioMapping><zeebe:output source="=for i in 1..n return i" target="got" /></zeebe:ioMapping>"#;
    let body = start_and_end()
        + &call("call", r#"processId="child""#, output)
        + &service("after", "")
        + &flows(&["start>call", "call>after", "after>end"]);
    let mut m = machine(&[process("child", &one("work")), diagram(&body)]);
    let case = m.start("{}");
    m.do_job("work", r#"{"n": 100000000}"#);
    let incident = &m.incidents()[0];
    assert_eq!(incident.kind, IncidentKind::IoMappingError);
    m.run(SetVariables {
        scope: incident.element_instance,
        instance: case,
        variables: json(r#"{"n": 2}"#),
        local: true,
    })
    .unwrap();
    resolve(&mut m);
    assert_eq!(m.variables(case), r#"{"got":[1,2]}"#);
}

#[test]
fn a_process_that_calls_itself_without_end_stops_at_an_incident() {
    let mut m = machine(&[caller(r#"processId="p""#, "")]);
    let root = m.start("{}");
    m.settle();
    let incidents = m.incidents();
    assert_eq!(incidents.len(), 1);
    assert_eq!(incidents[0].kind, IncidentKind::CalledElementError);
    assert!(incidents[0].message.contains("1000 calls"));
    m.run(CancelInstance { instance: root }).unwrap();
    m.settle();
    assert_nothing_left(&m);
}

#[test]
fn a_process_that_calls_itself_twice_stops_at_the_bound_for_all_cases() {
    let body = start_and_end()
        + r#"<bpmn:parallelGateway id="fork" />"#
        + &call("a", r#"processId="p""#, "")
        + &call("b", r#"processId="p""#, "")
        + &flows(&["start>fork", "fork>a", "fork>b", "a>end", "b>end"]);
    let mut m = Machine::impatient();
    m.deploy(&diagram(&body)).unwrap();
    m.start("{}");
    m.settle();
    assert!(m.incidents()[0].message.contains("200 process instances"));
    assert_eq!(m.incidents()[0].kind, IncidentKind::ExecutionLimit);
}

#[test]
fn a_called_case_sees_only_its_own_variables() {
    let mut m = machine(&[
        process("child", &one("work")),
        caller(
            r#"processId="child" propagateAllParentVariables="false""#,
            "",
        ),
    ]);
    m.start(r#"{"secret": 1}"#);
    let jobs = m.activate("work");
    assert_eq!(write_document(&jobs[0].variables), "{}");
}

#[test]
fn an_escalation_in_the_called_case_is_caught_on_the_call_which_goes_on_or_not() {
    let child = start_and_end()
        + r#"<bpmn:intermediateThrowEvent id="escalate"><bpmn:escalationEventDefinition escalationRef="escalation_late" /></bpmn:intermediateThrowEvent>"#
        + &service("work", "")
        + &flows(&["start>escalate", "escalate>work", "work>end"]);
    let catch = r#"<bpmn:escalationEventDefinition escalationRef="escalation_late" />"#;
    for (boundary, goes_on) in [("", false), (r#"cancelActivity="false""#, true)] {
        let mut m = machine(&[process("child", &child), guarded(boundary, catch)]);
        let case = m.start("{}");
        assert_eq!(m.is_running(case), goes_on);
        if goes_on {
            m.do_job("work", "{}");
        }
        assert!(m.trail().contains("+caught"), "{}", m.trail());
        assert_nothing_left(&m);
    }
}

#[test]
fn a_call_that_repeats_calls_a_case_for_each_item_and_collects_what_comes_back() {
    for sequential in ["true", "false"] {
        let repeated = format!(
            r#"<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="child" propagateAllChildVariables="false" /><zeebe:ioMapping><zeebe:output source="=made" target="got" /></zeebe:ioMapping></bpmn:extensionElements><bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}"><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=items" inputElement="item" outputCollection="all" outputElement="=made" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:callActivity>"#
        );
        let body = start_and_end()
            + &repeated
            + &service("after", "")
            + &flows(&["start>call", "call>after", "after>end"]);
        let child = start_and_end()
            + &script("double", "item * 2", "made", "")
            + &service("work", "")
            + &flows(&["start>double", "double>work", "work>end"]);
        let mut m = machine(&[process("child", &child), diagram(&body)]);
        let case = m.start(r#"{"items": [1, 2, 3]}"#);
        for _ in 0..3 {
            for job in m.activate("work") {
                m.run(CompleteJob {
                    job: job.key,
                    attempt: None,
                    variables: json("{}"),
                    result: None,
                })
                .unwrap();
            }
        }
        let variables = m.variables(case);
        assert!(variables.contains(r#""all":[2,4,6]"#), "{variables}");
        m.do_job("after", "{}");
        assert_nothing_left(&m);
        let case = m.start(r#"{"items": [1, 2, 3]}"#);
        m.run(CancelInstance { instance: case }).unwrap();
        assert_nothing_left(&m);
    }
}

#[test]
fn a_job_knows_the_case_at_the_top_of_the_calls() {
    let middle = caller(r#"processId="q""#, "").replace(r#"process id="p""#, r#"process id="m""#);
    let diagrams = [
        process("q", &one("a")),
        middle,
        caller(r#"processId="m""#, ""),
    ];
    let mut m = machine(&diagrams);
    let top = m.start("{}");
    let job = &m.activate("a")[0];
    assert_eq!((job.root, job.job.instance), (top, called(&m)));
}
