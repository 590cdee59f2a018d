//! Deleted definitions, decision models and forms: nothing begins with them, the version before
//! takes their place, and what runs goes on.

use gardesh_engine::command::{
    BroadcastSignal, Command, CreateInstance, DecisionEvaluated, DecisionRef, DeleteResource,
    Deploy, EvaluateDecision, MigrateInstance, ProcessRef, Resource, ResourceDeleted,
    ResumeDefinition, SuspendDefinition,
};
use gardesh_engine::definition::{compile, compile_decisions};
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::entities::subscription::Wait;
use gardesh_engine::key::*;
use gardesh_engine::operation::Migration;
use gardesh_engine::rejection::RejectionKind;

use crate::support::*;

fn work(job_type: &str, start: &str, tag: &str) -> String {
    let tag = match tag {
        "" => String::new(),
        tag => format!(
            r#"<bpmn:extensionElements><zeebe:versionTag value="{tag}"/></bpmn:extensionElements>"#
        ),
    };
    let body = format!(
        r#"{tag}<bpmn:startEvent id="start">{start}</bpmn:startEvent><bpmn:endEvent id="end" />"#
    );
    diagram(
        &(body
            + &service(job_type, "")
            + &flows(&[&format!("start>{job_type}"), &format!("{job_type}>end")])),
    )
}

fn delete(m: &mut Machine, key: u64) -> ResourceDeleted {
    m.run(DeleteResource { key }).unwrap()
}

fn start(m: &mut Machine, version: Option<u32>) -> Result<ProcessDefinitionKey, RejectionKind> {
    let command = CreateInstance {
        process: ProcessRef::Id {
            id: "p".into(),
            version,
        },
        variables: json("{}"),
        business_key: None,
        start_at: Vec::new(),
        stop_after: Vec::new(),
        once: None,
    };
    let created = m.run(command).map_err(|rejection| rejection.kind)?;
    Ok(created.definition)
}

/// What the start events of the process wait for now.
fn waits(m: &Machine) -> Vec<String> {
    let state = m.engine.state();
    let first = (TENANT, SubscriptionKey(0));
    let end = (TENANT, SubscriptionKey(u64::MAX));
    let open = state.subscriptions.range(&first, &end, usize::MAX);
    let told = open.into_iter().map(|(_, row)| match &row.wait {
        Wait::Message { name, .. } => format!("message {name}"),
        Wait::Signal { name } => format!("signal {name}"),
        Wait::Timer { cycle: None, .. } => "date".into(),
        Wait::Timer {
            cycle: Some(cycle), ..
        } => format!("cycle {}", cycle.text),
        Wait::Condition { .. } => "condition".into(),
    });
    told.collect()
}

#[test]
fn the_version_before_becomes_the_latest_and_its_number_is_not_given_again() {
    let mut m = Machine::new();
    let keys = ["a", "b", "c"].map(|name| m.deploy(&work(name, "", "")).unwrap());
    // A version in the middle goes: the latest stays.
    assert_eq!(
        delete(&mut m, keys[1].0),
        ResourceDeleted {
            process: Some(keys[1])
        }
    );
    assert_eq!(start(&mut m, None), Ok(keys[2]));
    assert_eq!(start(&mut m, Some(2)), Err(RejectionKind::NotFound));
    // The latest goes: the first one is the latest again, past the hole.
    delete(&mut m, keys[2].0);
    assert_eq!(start(&mut m, None), Ok(keys[0]));
    // The same file once more is no repetition of what is gone, and gets a new number.
    let again = m.deploy(&work("c", "", "")).unwrap();
    let row = m.engine.state().definitions.get(&(TENANT, again)).unwrap();
    assert_eq!(row.version, 4);
    delete(&mut m, again.0);
    delete(&mut m, keys[0].0);
    assert_eq!(start(&mut m, None), Err(RejectionKind::NotFound));
    let fresh = m.deploy(&work("a", "", "")).unwrap();
    let row = m.engine.state().definitions.get(&(TENANT, fresh)).unwrap();
    assert_eq!(row.version, 5);
    for gone in [keys[0].0, 7] {
        let rejection = m.run(DeleteResource { key: gone }).unwrap_err();
        assert_eq!(rejection.kind, RejectionKind::NotFound, "{gone}");
    }
}

#[test]
fn cases_of_a_deleted_version_go_on_and_others_cannot_come_to_it() {
    let mut m = Machine::new();
    let old = m.deploy(&work("a", "", "")).unwrap();
    let case = m.start("{}");
    let new = m.deploy(&work("a", "", "")).err();
    assert!(new.is_none());
    let next = m.deploy(&work("b", "", "")).unwrap();
    delete(&mut m, next.0);
    let migration = MigrateInstance {
        instance: case,
        migration: Migration {
            target: next,
            mappings: Vec::new(),
        },
    };
    assert_eq!(m.run(migration).unwrap_err().kind, RejectionKind::NotFound);
    delete(&mut m, old.0);
    m.do_jobs("a");
    assert!(!m.is_running(case));
    let key = CreateInstance {
        process: ProcessRef::Key(old),
        variables: json("{}"),
        business_key: None,
        start_at: Vec::new(),
        stop_after: Vec::new(),
        once: None,
    };
    assert_eq!(m.run(key).unwrap_err().kind, RejectionKind::NotFound);
    for command in [
        Command::from(SuspendDefinition { definition: old }),
        ResumeDefinition { definition: old }.into(),
    ] {
        assert_eq!(m.run(command).unwrap_err().kind, RejectionKind::NotFound);
    }
}

#[test]
fn start_events_go_with_their_version_and_those_of_the_one_before_come_back() {
    let timer = |kind: &str, text: &str| {
        format!(
            "<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"
        )
    };
    let signal = r#"<bpmn:signalEventDefinition signalRef="alarm"/>"#;
    let condition = "<bpmn:conditionalEventDefinition><bpmn:condition>=x</bpmn:condition></bpmn:conditionalEventDefinition>";
    let future = timer("timeDate", "2100-01-01T00:00:00Z");
    let past = timer("timeDate", "1970-01-01T00:00:00Z");
    for (before, back) in [
        (signal.to_owned(), vec!["signal alarm"]),
        (condition.to_owned(), vec!["condition"]),
        (timer("timeCycle", "R/PT1H"), vec!["cycle R/PT1H"]),
        (future, vec!["date"]),
        // It had its time.
        (past, vec![]),
        (String::new(), vec![]),
    ] {
        let mut m = Machine::new();
        m.deploy(&work("a", &before, "")).unwrap();
        m.tick(0);
        let latest = m
            .deploy(&work("b", &timer("timeCycle", "R/PT2H"), ""))
            .unwrap();
        assert_eq!(waits(&m), ["cycle R/PT2H"]);
        delete(&mut m, latest.0);
        assert_eq!(waits(&m), back, "{before}");
    }
    // One that is not the latest has nothing to give back.
    let mut m = Machine::new();
    let first = m.deploy(&work("a", signal, "")).unwrap();
    let second = m.deploy(&work("b", "", "")).unwrap();
    delete(&mut m, first.0);
    assert_eq!(waits(&m), Vec::<String>::new());
    delete(&mut m, second.0);
    assert_eq!(waits(&m), Vec::<String>::new());
    let signal = BroadcastSignal {
        name: "alarm".into(),
        variables: json("{}"),
    };
    m.run(signal).unwrap();
    assert_eq!(m.activate("a").len() + m.activate("b").len(), 0);
}

#[test]
fn a_version_tag_falls_back_to_the_newest_version_that_has_it() {
    let mut m = Machine::new();
    let child =
        |job_type: &str, tag: &str| work(job_type, "", tag).replace(r#"id="p""#, r#"id="child""#);
    m.deploy(&child("a", "stable")).unwrap();
    m.deploy(&child("x", "trial")).unwrap();
    let newest = m.deploy(&child("b", "stable")).unwrap();
    let call = r#"<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="child" bindingType="versionTag" versionTag="stable"/></bpmn:extensionElements></bpmn:callActivity>"#;
    m.deploy(&diagram(
        &(start_and_end() + call + &flows(&["start>call", "call>end"])),
    ))
    .unwrap();
    m.start("{}");
    assert_eq!(m.activate("b").len(), 1);
    delete(&mut m, newest.0);
    m.start("{}");
    assert_eq!(m.activate("a").len(), 1);
    let state = m.engine.state();
    let oldest = state
        .latest_definitions
        .get(&(TENANT, "child".into()))
        .unwrap();
    let trial = *oldest;
    delete(&mut m, trial.0);
    let oldest = m
        .engine
        .state()
        .latest_definitions
        .get(&(TENANT, "child".into()))
        .unwrap();
    let oldest = *oldest;
    delete(&mut m, oldest.0);
    m.start("{}");
    let incident = m.incidents().pop().unwrap();
    assert_eq!(
        incident.kind,
        IncidentKind::CalledElementError,
        "{incident:?}"
    );
}

fn literal(name: &str, expression: &str) -> Resource {
    let xml = format!(
        r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="graph" name="Graph" namespace="ns">
        <decision id="{name}" name="{name}"><literalExpression><text>{expression}</text></literalExpression></decision></definitions>"#
    );
    compile_decisions("d.dmn", &xml).unwrap()
}

fn deploy(m: &mut Machine, resource: Resource) -> (Vec<DecisionRequirementsKey>, Vec<FormKey>) {
    let deploy = Deploy {
        resources: vec![resource],
    };
    let deployed = m.run(deploy).unwrap();
    (deployed.decision_requirements, deployed.forms)
}

fn ask(m: &mut Machine, decision: DecisionRef) -> Option<String> {
    let command = EvaluateDecision {
        decision,
        variables: json("{}"),
    };
    match m.run(command) {
        Ok(DecisionEvaluated { output, .. }) => {
            let mut text = String::new();
            output.write_json(&mut text);
            Some(text)
        }
        Err(rejection) => {
            assert_eq!(rejection.kind, RejectionKind::NotFound);
            None
        }
    }
}

#[test]
fn decisions_are_deleted_with_their_model() {
    let mut m = Machine::new();
    let by_id = || DecisionRef::Id("d".into());
    let first = deploy(&mut m, literal("d", "1")).0[0];
    let second = deploy(&mut m, literal("d", "2")).0[0];
    assert_eq!(ask(&mut m, by_id()).as_deref(), Some("2"));
    let latest = *m
        .engine
        .state()
        .latest_decisions
        .get(&(TENANT, "d".into()))
        .unwrap();
    let single = m.run(DeleteResource { key: latest.0 }).unwrap_err();
    assert_eq!(single.kind, RejectionKind::InvalidArgument);
    assert!(
        single.message.contains(&second.to_string()),
        "{}",
        single.message
    );
    assert_eq!(delete(&mut m, second.0), ResourceDeleted { process: None });
    assert_eq!(ask(&mut m, by_id()).as_deref(), Some("1"));
    assert_eq!(ask(&mut m, DecisionRef::Key(latest)), None);
    let importing = r##"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="main" name="main" namespace="main">
        <import name="base" namespace="ns" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>
        <decision id="m" name="m"><informationRequirement><requiredDecision href="ns#d"/></informationRequirement>
        <literalExpression><text>base.d + 10</text></literalExpression></decision></definitions>"##;
    let importing = compile_decisions("main.dmn", importing).unwrap();
    deploy(&mut m, importing.clone());
    delete(&mut m, first.0);
    assert_eq!(ask(&mut m, by_id()), None);
    // Who imports it has it for ever; nobody new can.
    assert_eq!(
        ask(&mut m, DecisionRef::Id("m".into())).as_deref(),
        Some("11")
    );
    let refused = m.run(Deploy {
        resources: vec![importing],
    });
    assert!(refused.unwrap_err().message.contains("'ns'"));
    let third = deploy(&mut m, literal("d", "3")).0[0];
    let row = m
        .engine
        .state()
        .decision_requirements
        .get(&(TENANT, third))
        .unwrap();
    assert_eq!(row.version, 3);
}

#[test]
fn forms_are_deleted_and_tasks_that_have_them_keep_them() {
    let mut m = Machine::new();
    let form = |text: &str| Resource::Form {
        name: "f.form".into(),
        id: "f".into(),
        version_tag: None,
        document: format!(r#"{{"id":"f","text":"{text}"}}"#).into(),
    };
    let first = deploy(&mut m, form("one")).1[0];
    let second = deploy(&mut m, form("two")).1[0];
    let task = r#"<bpmn:userTask id="t"><bpmn:extensionElements><zeebe:userTask/><zeebe:formDefinition formId="f"/></bpmn:extensionElements></bpmn:userTask>"#;
    let body = start_and_end() + task + &flows(&["start>t", "t>end"]);
    let resource = compile("p.bpmn", &diagram(&body)).unwrap();
    deploy(&mut m, resource);
    m.start("{}");
    delete(&mut m, second.0);
    m.start("{}");
    let forms: Vec<_> = m.user_tasks().iter().map(|task| task.form).collect();
    assert_eq!(forms, [Some(second), Some(first)]);
    assert!(m.engine.state().forms.contains(&(TENANT, second)));
    delete(&mut m, first.0);
    m.start("{}");
    assert_eq!(m.incidents()[0].kind, IncidentKind::FormNotFound);
}
