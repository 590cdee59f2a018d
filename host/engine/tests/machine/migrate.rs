//! Migration: a running case goes on by another definition, with all that waits in it.

use gardesh_engine::command::{
    AssignUserTask, BroadcastSignal, CancelInstance, CheckMigration, CompleteJob, CompleteUserTask,
    MigrateInstance, PublishMessage, ResolveIncident, ResumeInstance, SuspendInstance,
};
use gardesh_engine::key::*;
use gardesh_engine::operation::Migration;
use gardesh_engine::table::layout::TableKey;

use crate::support::*;

const HOUR_MS: u64 = 3_600_000;

fn migrate(
    m: &mut Machine,
    instance: ProcessInstanceKey,
    target: ProcessDefinitionKey,
    pairs: &[&str],
    dry_run: bool,
) -> Result<Vec<String>, String> {
    let pair = |pair: &&str| {
        let (from, to) = pair.split_once('>').unwrap_or((pair, pair));
        (from.into(), to.into())
    };
    let migration = Migration {
        target,
        mappings: pairs.iter().map(pair).collect(),
    };
    let result = if dry_run {
        let command = CheckMigration {
            instance,
            migration,
        };
        m.run(command).map(|checked| checked.problems)
    } else {
        let command = MigrateInstance {
            instance,
            migration,
        };
        m.run(command).map(|()| Vec::new())
    };
    result.map_err(|rejection| rejection.message)
}

/// The ids of the elements that end after a migration to `target`, in order.
fn ends_after(m: &mut Machine, from: usize, target: ProcessDefinitionKey) -> String {
    use gardesh_engine::event::{ElementInstanceEvent, Event, ProcessInstanceEvent};
    let definition = m.engine.definition(TENANT, target).unwrap();
    let mut at = std::collections::BTreeMap::new();
    let mut ends = Vec::new();
    for (position, entry) in m.journal.iter().enumerate() {
        for event in &entry.events {
            match event {
                Event::ElementInstance(ElementInstanceEvent::Activating {
                    key, element, ..
                }) => _ = at.insert(*key, *element),
                Event::ProcessInstance(ProcessInstanceEvent::Migrated { elements, .. }) => {
                    for element in at.values_mut() {
                        if let Some(one) = elements.iter().find(|one| one.from == *element) {
                            *element = one.to;
                        }
                    }
                }
                Event::ElementInstance(ElementInstanceEvent::Completed { key, .. })
                    if position >= from =>
                {
                    ends.push(format!("+{}", definition.node(at[key]).id));
                }
                Event::ElementInstance(ElementInstanceEvent::Terminated { key, .. })
                    if position >= from =>
                {
                    ends.push(format!("-{}", definition.node(at[key]).id));
                }
                _ => {}
            }
        }
    }
    ends.join(" ")
}

fn timer(duration: &str) -> String {
    format!(
        "<bpmn:timerEventDefinition><bpmn:timeDuration>{duration}</bpmn:timeDuration></bpmn:timerEventDefinition>"
    )
}

fn boundary(id: &str, host: &str, attributes: &str, event: &str) -> String {
    format!(
        r#"<bpmn:boundaryEvent id="{id}" attachedToRef="{host}" {attributes}>{event}</bpmn:boundaryEvent>"#
    )
}

fn user(id: &str, name: &str) -> String {
    format!(
        r#"<bpmn:userTask id="{id}" name="{name}"><bpmn:extensionElements><zeebe:userTask /></bpmn:extensionElements></bpmn:userTask>"#
    )
}

#[test]
fn a_job_goes_on_as_another_task_and_what_follows_is_new() {
    let mut m =
        Machine::with(&(start_and_end() + &service("a", "") + &flows(&["start>a", "a>end"])));
    let case = m.start(r#"{"x": 1}"#);
    let more = r#"<bpmn:manualTask id="first" />"#.to_owned()
        + &start_and_end()
        + &service("b", "")
        + &service("c", "")
        + &flows(&["start>first", "first>b", "b>c", "c>end"]);
    let target = m.deploy(&diagram(&more)).unwrap();
    assert_eq!(
        migrate(&mut m, case, target, &["a>b"], true),
        Ok(Vec::new())
    );
    let row = m.engine.state().instances.get(&(TENANT, case)).unwrap();
    assert_ne!(row.definition, target, "it was only tried");
    let from = m.journal.len();
    migrate(&mut m, case, target, &["a>b"], false).unwrap();
    let job = m.activate("a").remove(0).job;
    assert_eq!(
        job.definition, target,
        "the job stays, in the new definition"
    );
    m.run(CompleteJob {
        job: job.key,
        attempt: None,
        variables: json("{}"),
        result: None,
    })
    .unwrap();
    m.do_job("c", "{}");
    assert_eq!(ends_after(&mut m, from, target), "+b +c +end +p");
    assert!(leftovers(&m).is_empty());
}

#[test]
fn a_person_keeps_the_task_and_sees_its_new_name() {
    let body = |id: &str, name: &str| {
        start_and_end() + &user(id, name) + &flows(&[&format!("start>{id}"), &format!("{id}>end")])
    };
    let mut m = Machine::with(&body("u", "Old"));
    let case = m.start("{}");
    let task = m.user_tasks()[0].key;
    m.run(AssignUserTask {
        task,
        assignee: "ada".into(),
        allow_override: false,
        action: None,
    })
    .unwrap();
    let target = m.deploy(&diagram(&body("v", "New"))).unwrap();
    migrate(&mut m, case, target, &["u>v"], false).unwrap();
    let migrated = m.user_tasks().remove(0);
    assert_eq!(migrated.key, task);
    assert_eq!(migrated.definition, target);
    assert_eq!(migrated.name.as_deref(), Some("New"));
    assert_eq!(migrated.assignee.as_deref(), Some("ada"));
    m.run(CompleteUserTask {
        task,
        variables: json("{}"),
        action: None,
    })
    .unwrap();
    assert!(leftovers(&m).is_empty());
}

#[test]
fn events_that_are_mapped_go_on_waiting_others_are_closed_and_new_ones_opened() {
    let signal = r#"<bpmn:signalEventDefinition signalRef="alarm" />"#;
    let source = start_and_end()
        + &service("a", "")
        + &boundary("late", "a", "", &timer("PT2H"))
        + &boundary("heard", "a", "", signal)
        + &flows(&["start>a", "a>end", "late>end", "heard>end"]);
    let target = start_and_end()
        + &service("a", "")
        + &boundary("soon", "a", "cancelActivity=\"false\"", &timer("PT1H"))
        + &boundary("remind", "a", "cancelActivity=\"false\"", &timer("PT7H"))
        + &flows(&["start>a", "a>end", "soon>end", "remind>end"]);
    // Mapped: the two hours go on, and the event does not interrupt any more.
    let mut m = Machine::with(&source);
    let case = m.start("{}");
    let to = m.deploy(&diagram(&target)).unwrap();
    m.tick(HOUR_MS);
    let from = m.journal.len();
    migrate(&mut m, case, to, &["a", "late>soon"], false).unwrap();
    assert!(
        m.engine
            .state()
            .signal_subscriptions
            .range(
                &(TENANT, "alarm".into(), SubscriptionKey(0)),
                &(TENANT, "alarm".into(), SubscriptionKey(u64::MAX)),
                9
            )
            .is_empty()
    );
    m.tick(HOUR_MS);
    assert_eq!(ends_after(&mut m, from, to), "+soon +end");
    m.tick(6 * HOUR_MS);
    assert_eq!(ends_after(&mut m, from, to), "+soon +end +remind +end");
    m.do_job("a", "{}");
    assert!(leftovers(&m).is_empty());
    // Not mapped: the wait begins anew.
    let mut m = Machine::with(&source);
    let case = m.start("{}");
    let to = m.deploy(&diagram(&target)).unwrap();
    m.tick(HOUR_MS / 2);
    migrate(&mut m, case, to, &["a"], false).unwrap();
    m.tick(HOUR_MS - 1);
    assert_eq!(m.trail(), "+start");
    m.tick(1);
    m.run(CancelInstance { instance: case }).unwrap();
    assert!(leftovers(&m).is_empty());
}

#[test]
fn tokens_that_wait_at_a_join_stay_with_it() {
    let body = |extra: &str, ids: [&str; 2]| {
        let [fork, join] = ids;
        format!(
            r#"{extra}<bpmn:parallelGateway id="{fork}" /><bpmn:parallelGateway id="{join}" />"#
        ) + &service("a", "")
            + &service("b", "")
            + &start_and_end()
            + &flows(&[
                &format!("start>{fork}"),
                &format!("{fork}>b"),
                &format!("{fork}>a"),
                &format!("b>{join}"),
                &format!("a>{join}"),
                &format!("{join}>end"),
            ])
    };
    let mut m = Machine::with(&body("", ["fork", "join"]));
    let case = m.start("{}");
    m.do_job("a", "{}");
    let target = m
        .deploy(&diagram(&body(
            r#"<bpmn:task id="more" />"#,
            ["split", "meet"],
        )))
        .unwrap();
    let missing = migrate(&mut m, case, target, &["b"], false).unwrap_err();
    assert!(missing.contains("gateway 'join'"), "{missing}");
    let wrong = migrate(&mut m, case, target, &["b", "join>end"], false).unwrap_err();
    assert!(wrong.contains("'join' (PARALLEL_GATEWAY)"), "{wrong}");
    let from = m.journal.len();
    migrate(&mut m, case, target, &["b", "join>meet"], false).unwrap();
    m.do_job("b", "{}");
    assert_eq!(ends_after(&mut m, from, target), "+b +meet +end +p");
    assert!(leftovers(&m).is_empty());
}

#[test]
fn an_incident_is_resolved_by_what_the_new_definition_says() {
    let body = |condition: &str| {
        start_and_end()
            + &service("a", "")
            + r#"<bpmn:exclusiveGateway id="x" />"#
            + &flows(&["start>a", "a>x", &format!("x>end?{condition}")])
    };
    let mut m = Machine::with(&body("missing > 1"));
    let case = m.start(r#"{"n": 2}"#);
    m.do_job("a", "{}");
    let incident = m.incidents()[0].key;
    let moved = r#"<bpmn:task id="unused" />"#.to_owned() + &body("n > 1");
    let target = m.deploy(&diagram(&moved)).unwrap();
    migrate(&mut m, case, target, &["x"], false).unwrap();
    assert_eq!(m.incidents()[0].definition, target);
    m.run(ResolveIncident { incident }).unwrap();
    assert!(leftovers(&m).is_empty());
}

#[test]
fn a_suspended_case_is_migrated_with_the_steps_it_keeps() {
    let source = start_and_end()
        + &service("a", "")
        + &boundary(
            "late",
            "a",
            "",
            r#"<bpmn:signalEventDefinition signalRef="alarm" />"#,
        )
        + &flows(&["start>a", "a>end", "late>end"]);
    let mut m = Machine::with(&source);
    let case = m.start("{}");
    m.run(SuspendInstance { instance: case }).unwrap();
    m.run(BroadcastSignal {
        name: "alarm".into(),
        variables: json("{}"),
    })
    .unwrap();
    let target = r#"<bpmn:task id="unused" />"#.to_owned() + &source.replace("late", "heard");
    let target = m.deploy(&diagram(&target)).unwrap();
    let refused = migrate(&mut m, case, target, &["a"], false).unwrap_err();
    assert!(refused.contains("'late', which has happened"), "{refused}");
    migrate(&mut m, case, target, &["a", "late>heard"], false).unwrap();
    let from = m.journal.len();
    m.run(ResumeInstance { instance: case }).unwrap();
    assert_eq!(ends_after(&mut m, from, target), "-a +heard +end +p");
    assert!(leftovers(&m).is_empty());
}

#[test]
fn an_interrupted_scope_waits_for_no_other_event_after_a_migration() {
    let handler = |id: &str, event: &str| {
        format!(
            r#"<bpmn:subProcess id="{id}" triggeredByEvent="true"><bpmn:startEvent id="on_{id}">{event}</bpmn:startEvent>{}<bpmn:endEvent id="end_{id}" />{}</bpmn:subProcess>"#,
            service(&format!("task_{id}"), ""),
            flows(&[
                &format!("on_{id}>task_{id}"),
                &format!("task_{id}>end_{id}")
            ])
        )
    };
    let signal = r#"<bpmn:signalEventDefinition signalRef="alarm" />"#;
    let base = start_and_end() + &service("a", "") + &flows(&["start>a", "a>end"]);
    let mut m = Machine::with(&(base.clone() + &handler("h", signal)));
    let case = m.start("{}");
    m.run(BroadcastSignal {
        name: "alarm".into(),
        variables: json("{}"),
    })
    .unwrap();
    let more = base + &handler("h", signal) + &handler("t", &timer("PT1H"));
    let target = m.deploy(&diagram(&more)).unwrap();
    migrate(&mut m, case, target, &["h", "task_h"], false).unwrap();
    assert_eq!(m.engine.next_due(), None);
    m.do_job("task_h", "{}");
    assert!(leftovers(&m).is_empty());
}

#[test]
fn all_that_is_in_the_way_is_told_at_once() {
    let inner = |task: &str| {
        format!(r#"<bpmn:startEvent id="begin" />{task}<bpmn:endEvent id="done" />"#)
            + &flows(&["begin>c", "c>done"])
    };
    let source = start_and_end()
        + &format!(
            r#"<bpmn:subProcess id="s">{}</bpmn:subProcess>"#,
            inner(&service("c", ""))
        )
        + &boundary("late", "s", "", &timer("PT1H"))
        + &boundary("later", "s", "", &timer("PT2H"))
        + &flows(&["start>s", "s>end", "late>end", "later>end"]);
    let target = start_and_end()
        + &service("c", "")
        + &user("u", "")
        + &boundary("late", "c", "", &timer("PT1H"))
        + &boundary("never", "u", "", &timer("PT1H"))
        + &boundary("broken", "u", "", &timer("=nowhere"))
        + &format!(
            r#"<bpmn:subProcess id="s">{}</bpmn:subProcess>"#,
            inner(&service("c", ""))
                .replace("begin", "b2")
                .replace("done", "d2")
                .replace("\"c\"", "\"c2\"")
                .replace("b2_c", "f1")
                .replace("c_d2", "f2")
        )
        + &flows(&[
            "start>c",
            "c>u",
            "u>s",
            "s>end",
            "late>end",
            "never>end",
            "broken>end",
        ]);
    let mut m = Machine::with(&source);
    let case = m.start("{}");
    let to = m.deploy(&diagram(&target)).unwrap();
    for (pairs, parts) in [
        (vec!["s"], vec!["active element 'c' (SERVICE_TASK)"]),
        (
            vec!["s", "c", "c>u"],
            vec!["one mapping for 'c'", "'u' (USER_TASK) is of another"],
        ),
        (vec!["s", "c"], vec!["becomes 's', but 'c' is in 'p'"]),
        (vec!["s", "c>c2", "late"], vec!["'late' to stay with 's'"]),
        (
            vec!["s", "c>c2", "late>never", "later>never"],
            vec!["become 'never'"],
        ),
        (
            vec!["nowhere>s", "s>nowhere", "c>c2"],
            vec![
                "source definition to have an element 'nowhere'",
                "target definition to have an element 'nowhere'",
            ],
        ),
        (vec!["s", "c>c2", "late>s"], vec!["'late' (BOUNDARY_EVENT)"]),
    ] {
        let refused = migrate(&mut m, case, to, &pairs, false).unwrap_err();
        for part in &parts {
            assert!(refused.contains(part), "{part}\n{refused}");
        }
        let told = migrate(&mut m, case, to, &pairs, true).unwrap();
        assert_eq!(told.join("\n"), refused);
    }
    assert!(migrate(&mut m, case, ProcessDefinitionKey(1), &[], true).is_err());
    assert!(migrate(&mut m, ProcessInstanceKey(1), to, &[], true).is_err());
    let many = vec!["c"; 10_001];
    assert!(
        migrate(&mut m, case, to, &many, false)
            .unwrap_err()
            .contains("10000")
    );
    migrate(&mut m, case, to, &["s", "c>c2"], false).unwrap();
    m.do_job("c", "{}");
    assert!(leftovers(&m).is_empty());
    // A new event that cannot wait is in the way, too.
    let body = start_and_end() + &user("u", "") + &flows(&["start>u", "u>end"]);
    let mut m = Machine::with(&body);
    let case = m.start("{}");
    let to = m.deploy(&diagram(&target)).unwrap();
    let refused = migrate(&mut m, case, to, &["u"], false).unwrap_err();
    assert!(refused.contains("new events at 'u'"), "{refused}");
}

#[test]
fn what_was_completed_can_be_undone_after_a_migration() {
    let body = |more: &str, undo: &str| {
        let boundary = boundary(
            &format!("to_{undo}"),
            "a",
            "",
            "<bpmn:compensateEventDefinition />",
        );
        let handler = service(undo, "").replace(
            "<bpmn:serviceTask",
            "<bpmn:serviceTask isForCompensation=\"true\"",
        );
        let association = format!(
            r#"<bpmn:association id="association" associationDirection="One" sourceRef="to_{undo}" targetRef="{undo}" />"#
        );
        format!("{more}{boundary}{handler}{association}")
            + &service("a", "")
            + &service("b", "")
            + &start_and_end()
            + r#"<bpmn:intermediateThrowEvent id="undo_all"><bpmn:compensateEventDefinition /></bpmn:intermediateThrowEvent>"#
            + &flows(&["start>a", "a>b", "b>undo_all", "undo_all>end"])
    };
    let mut m = Machine::with(&body("", "undo"));
    let case = m.start("{}");
    m.do_job("a", "{}");
    let target = m
        .deploy(&diagram(&body(r#"<bpmn:task id="unused" />"#, "take_back")))
        .unwrap();
    let refused = migrate(&mut m, case, target, &["b"], false).unwrap_err();
    assert!(
        refused.contains("mapping for 'a'") && refused.contains("'to_undo'"),
        "{refused}"
    );
    let pairs = ["b", "a", "to_undo>to_take_back"];
    let wrong = migrate(
        &mut m,
        case,
        target,
        &["b", "a", "to_undo>to_take_back", "undo>a"],
        false,
    );
    assert!(wrong.unwrap_err().contains("'undo', which undoes 'a'"));
    migrate(&mut m, case, target, &pairs, false).unwrap();
    m.do_job("b", "{}");
    m.do_job("take_back", "{}");
    assert!(leftovers(&m).is_empty());
}

#[test]
fn messages_find_a_case_that_is_one_of_another_process_now() {
    let whole = |id: &str, body: &str| {
        diagram(body).replace("id=\"p\"", &format!("id=\"{id}\"")).replace(
            "<bpmn:error ",
            r#"<bpmn:message id="m_paid" name="paid"><bpmn:extensionElements><zeebe:subscription correlationKey="=order" /></bpmn:extensionElements></bpmn:message><bpmn:message id="m_ordered" name="ordered" /><bpmn:error "#,
        )
    };
    let wait = |id: &str| {
        format!(
            r#"<bpmn:startEvent id="by_message"><bpmn:messageEventDefinition messageRef="m_ordered" /></bpmn:startEvent><bpmn:intermediateCatchEvent id="{id}"><bpmn:messageEventDefinition messageRef="m_paid" /></bpmn:intermediateCatchEvent>"#
        ) + &start_and_end()
            + &flows(&[
                &format!("start>{id}"),
                &format!("by_message>{id}"),
                &format!("{id}>end"),
            ])
    };
    let publish = |m: &mut Machine, name: &str| {
        m.run(PublishMessage {
            name: name.into(),
            correlation_key: "A-1".into(),
            message_id: None,
            time_to_live_ms: 0,
            variables: json(r#"{"order": "A-1"}"#),
        })
        .unwrap();
    };
    let mut m = Machine::new();
    m.deploy(&whole("p", &wait("paid"))).unwrap();
    let target = m.deploy(&whole("q", &wait("settled"))).unwrap();
    let case = m.start(r#"{"order": "A-1"}"#);
    migrate(&mut m, case, target, &["paid>settled"], false).unwrap();
    publish(&mut m, "paid");
    assert!(!m.is_running(case));
    let waiting = dump(m.engine.state())
        .iter()
        .filter(|(table, _, _)| *table == "message_subscriptions")
        .count();
    assert_eq!(waiting, 2, "those of the start events");
    // One that a message started keeps others away from its process.
    publish(&mut m, "ordered");
    let started = m.engine.state().instances.range(
        &(TENANT, ProcessInstanceKey(0)),
        &(TENANT, ProcessInstanceKey(u64::MAX)),
        9,
    );
    let of_p = started.iter().find(|(_, row)| row.definition != target);
    let (_, case) = of_p.unwrap().0;
    let told = migrate(&mut m, case, target, &["paid>settled"], true).unwrap();
    assert!(told[0].contains("'q' is another process"), "{told:?}");
}

#[test]
fn runs_and_paths_go_on_and_what_repeats_stays_as_it_repeats() {
    let task = |id: &str, sequential: &str| {
        let repetition = format!(
            r#"<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}"><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1, 2]" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:serviceTask>"#
        );
        service(id, "").replace("</bpmn:serviceTask>", &repetition)
    };
    let body = |before: &str, id: &str, sequential: &str, more: &str| {
        before.to_owned()
            + &start_and_end()
            + &task(id, sequential)
            + more
            + &flows(&[&format!("start>{id}"), &format!("{id}>end")])
    };
    let mut m = Machine::with(&body("", "a", "true", ""));
    let case = m.start("{}");
    let late =
        boundary("late", "b", "cancelActivity=\"false\"", &timer("PT1H")) + &flows(&["late>end"]);
    let unused = r#"<bpmn:task id="unused" />"#;
    let parallel = m.deploy(&diagram(&body(unused, "b", "false", ""))).unwrap();
    let refused = migrate(&mut m, case, parallel, &["a>b"], false).unwrap_err();
    assert!(refused.contains("one after the other"), "{refused}");
    let target = m
        .deploy(&diagram(&body(unused, "b", "true", &late)))
        .unwrap();
    let from = m.journal.len();
    migrate(&mut m, case, target, &["a>b"], false).unwrap();
    let waiting = m
        .engine
        .state()
        .due
        .range(&TableKey::from_bytes(&[]), &TableKey::last(), 9);
    assert_eq!(
        waiting.len(),
        1,
        "the whole has the boundary event, its runs have not"
    );
    m.do_job("a", "{}");
    m.tick(HOUR_MS);
    m.do_job("b", "{}");
    assert_eq!(
        ends_after(&mut m, from, target),
        "+b +late +end +b +b +end +p"
    );
    assert!(leftovers(&m).is_empty());

    let ad_hoc = |before: &str, id: &str, task: &str| {
        before.to_owned()
            + &start_and_end()
            + &format!(
                r#"<bpmn:adHocSubProcess id="{id}"><bpmn:extensionElements><zeebe:adHoc activeElementsCollection="=[&quot;{task}&quot;]" /></bpmn:extensionElements>{}</bpmn:adHocSubProcess>"#,
                service(task, "")
            )
            + &flows(&[&format!("start>{id}"), &format!("{id}>end")])
    };
    let mut m = Machine::with(&ad_hoc("", "a", "x"));
    let case = m.start("{}");
    let target = m.deploy(&diagram(&ad_hoc(unused, "b", "y"))).unwrap();
    let refused = migrate(&mut m, case, target, &["x>y"], false).unwrap_err();
    assert!(refused.contains("'a' (AD_HOC_SUB_PROCESS)"), "{refused}");
    migrate(&mut m, case, target, &["a>b", "x>y"], false).unwrap();
    m.do_job("x", "{}");
    assert!(leftovers(&m).is_empty());
}

#[test]
fn a_case_that_has_not_begun_begins_at_what_its_start_event_becomes() {
    let event =
        |id: &str, event: &str| format!(r#"<bpmn:startEvent id="{id}">{event}</bpmn:startEvent>"#);
    let signal = r#"<bpmn:signalEventDefinition signalRef="alarm" />"#;
    // A listener of the process holds the case back before it has begun.
    let process = |before: &str, starts: &[&str]| {
        let mut body = before.to_owned()
            + r#"<bpmn:extensionElements><zeebe:executionListeners><zeebe:executionListener eventType="start" type="hold" /></zeebe:executionListeners></bpmn:extensionElements><bpmn:endEvent id="end" />"#;
        for start in starts {
            let kind = if start.starts_with("on") { signal } else { "" };
            body += &event(start, kind);
            body += &(service(&format!("after_{start}"), "")
                + &flows(&[
                    &format!("{start}>after_{start}"),
                    &format!("after_{start}>end"),
                ]));
        }
        body
    };
    let unused = r#"<bpmn:task id="unused" />"#;
    let mut m = Machine::with(&process("", &["start", "on_alarm"]));
    let by_hand = m.start("{}");
    m.run(BroadcastSignal {
        name: "alarm".into(),
        variables: json("{}"),
    })
    .unwrap();
    let all = m.engine.state().instances.range(
        &(TENANT, ProcessInstanceKey(by_hand.0 + 1)),
        &(TENANT, ProcessInstanceKey(u64::MAX)),
        9,
    );
    let (_, by_signal) = all[0].0;

    let without = m.deploy(&diagram(&process("", &["on_alarm"]))).unwrap();
    let refused = migrate(&mut m, by_hand, without, &[], false).unwrap_err();
    assert!(
        refused.contains("start event that waits for nothing"),
        "{refused}"
    );

    let target = m.deploy(&diagram(&process(unused, &["start"]))).unwrap();
    let refused = migrate(&mut m, by_signal, target, &[], false).unwrap_err();
    assert!(refused.contains("start event 'on_alarm'"), "{refused}");
    migrate(&mut m, by_hand, target, &[], false).unwrap();

    let target = m
        .deploy(&diagram(&process(unused, &["start", "on_bell"])))
        .unwrap();
    migrate(&mut m, by_signal, target, &["on_alarm>on_bell"], false).unwrap();
    m.do_jobs("hold");
    m.do_job("after_start", "{}");
    m.do_job("after_on_bell", "{}");
    assert!(!m.is_running(by_hand) && !m.is_running(by_signal));
}
