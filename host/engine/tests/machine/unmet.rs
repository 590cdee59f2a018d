//! What diagrams name and nobody has brought yet is warned of when they are deployed.

use gardesh_engine::command::{
    CheckDeployment, Deploy, RegisterComponent, Resource, ResourceWarning,
};
use gardesh_engine::definition::{compile, compile_decisions};
use gardesh_engine::state::waiting::Stop;

use crate::components::step;
use crate::support::*;

/// The codes of the warnings about resources, with the elements.
fn told(m: &mut Machine, resources: Vec<Resource>) -> Vec<String> {
    let checked = m.run(CheckDeployment { resources }).unwrap();
    let tell = |warning: ResourceWarning| {
        let found = warning.found;
        assert!(found.line > 1, "{found:?}");
        format!("{} {}", found.code, found.element_id.unwrap_or_default())
    };
    checked.warnings.into_iter().map(tell).collect()
}

fn process(tasks: &[String]) -> Resource {
    let mut body = start_and_end();
    tasks.iter().for_each(|task| body += task);
    let mut path = vec!["start>t0".to_owned()];
    path.extend((1..tasks.len()).map(|n| format!("t{}>t{n}", n - 1)));
    path.push(format!("t{}>end", tasks.len() - 1));
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    compile("p.bpmn", &diagram(&(body + &flows(&path)))).unwrap()
}

fn element(kind: &str, extensions: &str) -> Resource {
    process(&[format!(
        r#"<bpmn:{kind} id="t0"><bpmn:extensionElements>{extensions}</bpmn:extensionElements></bpmn:{kind}>"#
    )])
}

#[test]
fn job_types_that_nobody_has_ever_served() {
    let ad_hoc = r#"<bpmn:adHocSubProcess id="t0"><bpmn:extensionElements><zeebe:taskDefinition type="pay"/></bpmn:extensionElements><bpmn:task id="inner"/></bpmn:adHocSubProcess>"#;
    let task = r#"<zeebe:taskDefinition type="pay"/>"#;
    let listener = r#"<zeebe:executionListeners><zeebe:executionListener eventType="start" type="pay"/></zeebe:executionListeners>"#;
    let task_listener = r#"<zeebe:userTask/><zeebe:taskListeners><zeebe:taskListener eventType="creating" type="pay"/></zeebe:taskListeners>"#;
    for resource in [
        element("serviceTask", task),
        element("businessRuleTask", task),
        element("scriptTask", task),
        element("sendTask", task),
        element("manualTask", listener),
        element("userTask", task_listener),
        process(&[ad_hoc.into()]),
    ] {
        let mut m = Machine::new();
        assert_eq!(
            told(&mut m, vec![resource.clone()]),
            ["unserved-job-type t0"]
        );
        // Who asks for such jobs before there are any serves them, and so it stays.
        assert!(m.activate("pay").is_empty());
        assert_eq!(told(&mut m, vec![resource.clone()]), Vec::<String>::new());
        let entries = m.journal.len();
        m.activate("pay");
        assert_eq!(m.journal.len(), entries, "it is written once");
        let mut m = Machine::new();
        let component = Box::new(step("pay", "1"));
        m.run(RegisterComponent {
            component,
            replace: false,
        })
        .unwrap();
        assert_eq!(told(&mut m, vec![resource]), Vec::<String>::new());
    }
    // A type is told once, a computed one is not known, and a near one is hinted at.
    let mut m = Machine::new();
    m.activate("payment");
    let tasks = [("t0", "pay"), ("t1", "pay"), ("t2", "=kind"), ("t3", "paymnet")].map(|(id, job_type)| {
        format!(r#"<bpmn:serviceTask id="{id}"><bpmn:extensionElements><zeebe:taskDefinition type="{job_type}"/></bpmn:extensionElements></bpmn:serviceTask>"#)
    });
    let resources = vec![process(&tasks)];
    let expected = ["unserved-job-type t0", "unserved-job-type t3"];
    assert_eq!(told(&mut m, resources.clone()), expected);
    let warnings = m.run(Deploy { resources }).unwrap().warnings;
    let last = &warnings[1].found.message;
    assert!(last.contains(r#"did you mean "payment"?"#), "{last}");
}

#[test]
fn what_is_not_deployed_and_comes_along_neither() {
    let called = |more: &str| {
        element(
            "callActivity",
            &format!(r#"<zeebe:calledElement processId="child" {more}/>"#),
        )
    };
    let decided = |more: &str| {
        element(
            "businessRuleTask",
            &format!(r#"<zeebe:calledDecision decisionId="d" resultVariable="r" {more}/>"#),
        )
    };
    let shown = |more: &str| {
        element(
            "userTask",
            &format!(r#"<zeebe:userTask/><zeebe:formDefinition formId="f" {more}/>"#),
        )
    };
    let child = |tag: &str| {
        let body = format!(
            r#"<bpmn:extensionElements>{tag}</bpmn:extensionElements>{}"#,
            start_and_end() + &flows(&["start>end"])
        );
        compile(
            "child.bpmn",
            &diagram(&body).replace(r#"id="p""#, r#"id="child""#),
        )
        .unwrap()
    };
    let decision = |tag: &str| {
        let xml = format!(
            r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="g" name="g" namespace="g">
            <decision id="d" name="d"><extensionElements>{tag}</extensionElements><literalExpression><text>1</text></literalExpression></decision></definitions>"#
        );
        compile_decisions("d.dmn", &xml).unwrap()
    };
    let form = |tag: &str| Resource::Form {
        name: "f.form".into(),
        id: "f".into(),
        version_tag: (!tag.is_empty()).then(|| "one".into()),
        document: format!("{{\"tag\":\"{tag}\"}}").into(),
    };
    let tag = r#"<zeebe:versionTag value="one"/>"#;
    let tagged = r#"bindingType="versionTag" versionTag="one""#;
    for (code, plain, bound, missing, tagged_too) in [
        (
            "missing-process",
            called(""),
            called(tagged),
            child(""),
            child(tag),
        ),
        (
            "missing-decision",
            decided(""),
            decided(tagged),
            decision(""),
            decision(tag),
        ),
        (
            "missing-form",
            shown(""),
            shown(tagged),
            form(""),
            form(tag),
        ),
    ] {
        let warning = vec![format!("{code} t0")];
        let nothing = Vec::<String>::new();
        let mut m = Machine::new();
        assert_eq!(told(&mut m, vec![plain.clone()]), warning);
        assert_eq!(told(&mut m, vec![plain.clone(), missing.clone()]), nothing);
        assert_eq!(told(&mut m, vec![bound.clone(), missing.clone()]), warning);
        assert_eq!(
            told(&mut m, vec![bound.clone(), tagged_too.clone()]),
            nothing
        );
        let deploy = |resources| Deploy { resources };
        m.run(deploy(vec![missing])).unwrap();
        assert_eq!(told(&mut m, vec![plain.clone()]), nothing);
        assert_eq!(told(&mut m, vec![bound.clone()]), warning);
        m.run(deploy(vec![tagged_too])).unwrap();
        assert_eq!(told(&mut m, vec![bound]), nothing);
        // Only a warning: it may still come.
        let mut m = Machine::new();
        m.run(deploy(vec![plain])).unwrap();
    }
}

#[test]
fn a_case_says_which_jobs_nobody_has_ever_served() {
    let mut m =
        Machine::with(&(start_and_end() + &service("pay", "") + &flows(&["start>pay", "pay>end"])));
    let case = m.start("{}");
    let unserved = |m: &Machine, after_ms: u64| {
        let jobs = m
            .engine
            .state()
            .unserved_jobs(TENANT, case, m.now_ms + after_ms);
        jobs.iter()
            .map(|job| job.job_type.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(unserved(&m, 59_999), Vec::<String>::new());
    assert_eq!(unserved(&m, 60_000), ["pay"]);
    // A worker came, and has the job.
    assert_eq!(m.activate("pay").len(), 1);
    assert_eq!(unserved(&m, 90_000), Vec::<String>::new());
    m.start("{}");
    assert_eq!(unserved(&m, 90_000), Vec::<String>::new());
    // One of a component waits for nobody.
    let mut m =
        Machine::with(&(start_and_end() + &service("pay", "") + &flows(&["start>pay", "pay>end"])));
    let component = Box::new(step("pay", "1"));
    m.run(RegisterComponent {
        component,
        replace: false,
    })
    .unwrap();
    let case = m.start("{}");
    assert!(
        m.engine
            .state()
            .unserved_jobs(TENANT, case, m.now_ms + 90_000)
            .is_empty()
    );
}

#[test]
fn a_case_is_stopped_by_incidents_in_it_and_in_those_that_it_called() {
    let failing = diagram(
        &(start_and_end()
            + r#"<bpmn:scriptTask id="s"><bpmn:extensionElements><zeebe:script expression="=assert(x, x = 1)" resultVariable="r"/></bpmn:extensionElements></bpmn:scriptTask>"#
            + &flows(&["start>s", "s>end"])),
    );
    let call = r#"<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="child" propagateAllParentVariables="true"/></bpmn:extensionElements></bpmn:callActivity>"#;
    let mut m = Machine::with(&(start_and_end() + call + &flows(&["start>call", "call>end"])));
    m.deploy(&failing.replace(r#"id="p""#, r#"id="child""#))
        .unwrap();
    let case = m.start(r#"{"x": 2}"#);
    let stop = m.engine.state().stop_of(TENANT, case);
    let Some(Stop::Incident(incident)) = stop else {
        panic!("{stop:?}")
    };
    assert_ne!(incident.instance, case);
    mend(&mut m, incident.instance, r#"{"x": 1}"#);
    assert!(!m.is_running(case));
    assert!(m.engine.state().stop_of(TENANT, case).is_none());
}

#[test]
fn a_version_of_a_component_that_was_never_uploaded() {
    let bound = element(
        "serviceTask",
        r#"<zeebe:taskDefinition type="work"/><zeebe:linkedResources>
        <zeebe:linkedResource resourceId="work" resourceType="component" bindingType="versionTag" versionTag="2"/></zeebe:linkedResources>"#,
    );
    let mut m = Machine::new();
    for (version, expected) in [
        (None, &["missing-component t0"][..]),
        (Some("1"), &["missing-component t0"]),
        (Some("2"), &[]),
    ] {
        if let Some(version) = version {
            let component = Box::new(step("work", version));
            m.run(RegisterComponent {
                component,
                replace: false,
            })
            .unwrap();
        }
        assert_eq!(told(&mut m, vec![bound.clone()]), expected);
    }
}
