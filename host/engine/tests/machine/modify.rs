//! Modification: tokens are added, moved and ended in a running case, all or nothing; and
//! cases that are started in their middle.

use gardesh_engine::command::{
    CancelInstance, CreateInstance, InstanceCreated, ModifyInstance, ProcessRef, ResolveIncident,
    SetVariables,
};
use gardesh_engine::key::*;
use gardesh_engine::operation::*;
use gardesh_engine::rejection::Rejection;

use crate::support::*;

pub fn before(element: &str) -> Activation {
    Activation {
        element: element.into(),
        place: Place::Before,
        ancestor: Ancestor::Sole,
        variables: Vec::new(),
    }
}

pub fn after(element: &str) -> Activation {
    Activation {
        place: Place::After,
        ..before(element)
    }
}

pub fn moved(source: &str, target: &str) -> Move {
    Move {
        source: Target::All(source.into()),
        target: target.into(),
        ancestor: Ancestor::Sole,
        variables: Vec::new(),
    }
}

pub fn local(scope: &str, variables: &str) -> VariableInstruction {
    VariableInstruction {
        scope: Some(scope.into()),
        variables: json(variables),
    }
}

pub fn modify(
    m: &mut Machine,
    instance: ProcessInstanceKey,
    modification: Modification,
) -> Result<(), Rejection> {
    m.run(ModifyInstance {
        instance,
        modification,
    })
}

pub fn activate(m: &mut Machine, case: ProcessInstanceKey, activate: Vec<Activation>) {
    modify(
        m,
        case,
        Modification {
            activate,
            ..Modification::default()
        },
    )
    .unwrap();
}

/// Tasks `a` and `b` in a row, with a subprocess `s` of `c` and `d` between them.
fn nested() -> String {
    let timer = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>";
    let mapping = r#"<bpmn:extensionElements><zeebe:ioMapping><zeebe:input source="=nowhere.x" target="made" /></zeebe:ioMapping></bpmn:extensionElements>"#;
    let inner = r#"<bpmn:startEvent id="begin" /><bpmn:endEvent id="done" />"#.to_owned()
        + &service("c", "")
        + &service("e", "")
        + &flows(&["begin>c", "c>e", "e>done"]);
    start_and_end()
        + &service("a", "")
        + &service("b", "")
        + &format!(r#"<bpmn:subProcess id="s">{mapping}{inner}</bpmn:subProcess>"#)
        + &format!(
            r#"<bpmn:boundaryEvent id="late" attachedToRef="s">{timer}</bpmn:boundaryEvent>"#
        )
        + &flows(&["start>a", "a>s", "s>b", "b>end", "late>end"])
}

pub fn element(m: &mut Machine, case: ProcessInstanceKey, id: &str) -> Vec<ElementInstanceKey> {
    let state = m.engine.state();
    let definition = state.instances.get(&(TENANT, case)).unwrap().definition;
    let rows = state.elements.range(
        &(TENANT, case, ElementInstanceKey(0)),
        &(TENANT, case, ElementInstanceKey(u64::MAX)),
        1_000,
    );
    let definition = m.engine.definition(TENANT, definition).unwrap();
    let is_it = |element: u32| &*definition.node(element).id == id;
    rows.into_iter()
        .filter(|(_, row)| is_it(row.element))
        .map(|((_, _, key), _)| key)
        .collect()
}

#[test]
fn a_token_is_moved_and_the_case_goes_on_from_there() {
    let mut m = Machine::with(&nested());
    let case = m.start("{}");
    let modification = Modification {
        moves: vec![moved("a", "b")],
        ..Modification::default()
    };
    modify(&mut m, case, modification).unwrap();
    m.do_job("b", "{}");
    assert_eq!(m.trail(), "+start -a +b +end +p");
    assert!(!m.is_running(case));
}

#[test]
fn scopes_that_are_missing_are_made_without_start_and_input_mappings_and_shared() {
    let mut m = Machine::with(&nested());
    let case = m.start("{}");
    let mut inner = before("e");
    inner.variables = vec![
        local("s", r#"{"of_scope": 1}"#),
        local("e", r#"{"of_task": 2}"#),
        VariableInstruction {
            scope: None,
            variables: json(r#"{"of_case": 3}"#),
        },
    ];
    activate(&mut m, case, vec![inner, before("c")]);
    assert_eq!(element(&mut m, case, "s").len(), 1);
    let job = m.activate("e").remove(0);
    let seen = gardesh_engine::variables::write_document(&job.variables);
    assert_eq!(seen, r#"{"of_case":3,"of_scope":1,"of_task":2}"#);
    assert_eq!(m.variables(case), r#"{"of_case":3}"#);
    // The scope's boundary timer waits as always.
    m.tick(3_600_000);
    assert_eq!(m.trail(), "+start -e -c -s +late +end");
    m.run(CancelInstance { instance: case }).unwrap();
    assert_eq!(m.engine.next_due(), None);
}

#[test]
fn after_an_element_its_flows_are_taken_with_the_variables_given() {
    let body = start_and_end()
        + r#"<bpmn:exclusiveGateway id="x" default="x_low" />"#
        + &service("high", "")
        + &service("low", "")
        + &flows(&[
            "start>x",
            "x>high?amount > 100",
            "x>low",
            "high>end",
            "low>end",
        ]);
    let mut m = Machine::with(&body);
    let case = m.start(r#"{"amount": 1}"#);
    let mut again = after("x");
    again.variables = vec![VariableInstruction {
        scope: None,
        variables: json(r#"{"amount": 500}"#),
    }];
    activate(&mut m, case, vec![again]);
    m.do_job("high", "{}");
    m.do_job("low", "{}");
    assert_eq!(m.trail(), "+start +x +high +end +low +end +p");
}

#[test]
fn after_an_element_in_a_scope_that_is_missing_the_scope_is_made() {
    let mut m = Machine::with(&nested());
    let case = m.start("{}");
    activate(&mut m, case, vec![after("c")]);
    m.do_job("e", "{}");
    m.do_job("b", "{}");
    assert_eq!(m.trail(), "+start +e +done +s +b +end");
    m.run(CancelInstance { instance: case }).unwrap();
}

#[test]
fn after_branches_a_join_waits_as_always() {
    let body = start_and_end()
        + r#"<bpmn:parallelGateway id="fork" /><bpmn:parallelGateway id="join" />"#
        + &service("a", "")
        + &service("b", "")
        + &flows(&[
            "start>fork",
            "fork>a",
            "fork>b",
            "a>join",
            "b>join",
            "join>end",
        ]);
    let mut m = Machine::with(&body);
    let case = m.start("{}");
    let modification = Modification {
        activate: vec![after("a")],
        terminate: vec![Target::All("a".into())],
        ..Modification::default()
    };
    modify(&mut m, case, modification).unwrap();
    assert!(m.is_running(case));
    m.do_job("b", "{}");
    assert_eq!(m.trail(), "+start +fork -a +b +join +end +p");
    // A join that is activated is entered at once.
    let case = m.start("{}");
    activate(&mut m, case, vec![before("join")]);
    assert!(m.trail().ends_with("+join +end"));
}

#[test]
fn what_is_left_empty_ends_and_at_last_the_case() {
    let mut m = Machine::with(&nested().replace("PT1H", "=hours"));
    let case = m.start("{}");
    m.do_job("a", "{}");
    // The scope cannot be entered, so the operator does it.
    let incident = m.incidents()[0].key;
    m.run(SetVariables {
        scope: case.root(),
        instance: case,
        variables: json(r#"{"hours": "PT1H"}"#),
        local: false,
    })
    .unwrap();
    let modification = Modification {
        activate: vec![before("c")],
        terminate: vec![Target::All("s".into())],
        ..Modification::default()
    };
    modify(&mut m, case, modification).unwrap();
    assert!(m.incidents().iter().all(|one| one.key != incident));
    let task = element(&mut m, case, "c")[0];
    let modification = Modification {
        terminate: vec![Target::One(task)],
        ..Modification::default()
    };
    modify(&mut m, case, modification).unwrap();
    assert_eq!(m.trail(), "+start +a -s -c -s -p");
    assert!(!m.is_running(case));
    assert!(leftovers(&m).is_empty());
    assert_eq!(m.engine.next_due(), None);
}

#[test]
fn several_instances_of_a_scope_need_an_ancestor() {
    let mut m = Machine::with(&nested());
    let case = m.start("{}");
    activate(&mut m, case, vec![before("c")]);
    let mut second = before("c");
    second.ancestor = Ancestor::Given(case.root());
    activate(&mut m, case, vec![second]);
    let scopes = element(&mut m, case, "s");
    assert_eq!(
        scopes.len(),
        2,
        "below a given ancestor scopes are made anew"
    );
    let refused = modify(
        &mut m,
        case,
        Modification {
            activate: vec![before("e")],
            ..Modification::default()
        },
    );
    assert!(refused.unwrap_err().message.contains("several"));
    let mut third = before("e");
    third.ancestor = Ancestor::Given(scopes[1]);
    activate(&mut m, case, vec![third]);
    // A move can stay where its source is.
    let modification = Modification {
        moves: vec![Move {
            ancestor: Ancestor::OfSource,
            ..moved("c", "e")
        }],
        ..Modification::default()
    };
    modify(&mut m, case, modification).unwrap();
    assert_eq!(element(&mut m, case, "s"), scopes);
    assert_eq!(element(&mut m, case, "e").len(), 3);
    m.run(CancelInstance { instance: case }).unwrap();
    assert!(leftovers(&m).is_empty());
}

#[test]
fn all_that_is_wrong_is_told_at_once_and_nothing_is_changed() {
    let gateway = r#"<bpmn:eventBasedGateway id="race" />"#.to_owned()
        + r#"<bpmn:intermediateCatchEvent id="hear"><bpmn:signalEventDefinition signalRef="alarm" /></bpmn:intermediateCatchEvent>"#
        + r#"<bpmn:intermediateCatchEvent id="hear_too"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"#
        + &flows(&[
            "b>race",
            "race>hear",
            "race>hear_too",
            "hear>end",
            "hear_too>end",
        ]);
    let body = nested().replace(&flows(&["b>end"]), &gateway);
    let mut m = Machine::with(&body);
    let case = m.start("{}");
    let other = m.start("{}");
    let mut wrong_ancestor = before("e");
    wrong_ancestor.ancestor = Ancestor::Given(other.root());
    let task = element(&mut m, case, "a")[0];
    let mut no_scope = before("e");
    no_scope.ancestor = Ancestor::Given(task);
    let mut wrong_scope = before("b");
    wrong_scope.variables = vec![local("s", "{}")];
    let mut unknown_scope = before("b");
    unknown_scope.variables = vec![local("nowhere", "{}")];
    let modification = Modification {
        activate: vec![
            before("nowhere"),
            before("start"),
            before("late"),
            before("hear"),
            before("p"),
            after("end"),
            wrong_ancestor,
            no_scope,
            wrong_scope,
            unknown_scope,
            before("b"),
        ],
        terminate: vec![
            Target::One(ElementInstanceKey(7)),
            Target::All("c".into()),
            Target::One(case.root()),
        ],
        moves: vec![moved("b", "end")],
    };
    let entries = m.journal.len();
    let message = modify(&mut m, case, modification).unwrap_err().message;
    for part in [
        "key '7'",
        "of the element 'c'",
        "of the element 'b'",
        "id 'nowhere' in process",
        "'start' (START_EVENT)",
        "'late' (BOUNDARY_EVENT)",
        "'hear' (INTERMEDIATE_CATCH_EVENT)",
        "'p' (PROCESS)",
        "'end' (END_EVENT)",
        "to be active in process instance",
        "it is an instance of 'a'",
        "flow scope of 'b', but it is not",
        "'nowhere' of variables",
        "flow scope of 'b' to go on",
    ] {
        assert!(message.contains(part), "{part}\n{message}");
    }
    assert_eq!(m.journal.len(), entries);
    let nothing = modify(&mut m, case, Modification::default());
    assert!(nothing.unwrap_err().message.contains("at least one"));
    let many = Modification {
        activate: vec![before("b"); 1_001],
        ..Modification::default()
    };
    assert!(
        modify(&mut m, case, many)
            .unwrap_err()
            .message
            .contains("1000")
    );
    assert!(modify(&mut m, ProcessInstanceKey(1), Modification::default()).is_err());
}

#[test]
fn a_scope_that_cannot_be_entered_keeps_its_tokens_in_an_incident() {
    let signal = r#"<bpmn:signalEventDefinition signalRef="named" />"#;
    let body = nested()
        .replace("<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>", signal);
    let xml = diagram(&body).replace(
        "<bpmn:error ",
        r#"<bpmn:signal id="named" name="=name" /><bpmn:error "#,
    );
    let mut m = Machine::new();
    m.deploy(&xml).unwrap();
    let case = m.start("{}");
    activate(&mut m, case, vec![before("e")]);
    assert!(m.activate("e").is_empty(), "it waits for its scope");
    let incident = m.incidents()[0].key;
    m.run(SetVariables {
        scope: case.root(),
        instance: case,
        variables: json(r#"{"name": "x"}"#),
        local: false,
    })
    .unwrap();
    m.run(ResolveIncident { incident }).unwrap();
    m.do_job("e", "{}");
    assert_eq!(m.trail(), "+start +e +done +s");
}

fn start_at(
    m: &mut Machine,
    start_at: Vec<Activation>,
    stop: &[&str],
) -> Result<InstanceCreated, Rejection> {
    m.run(CreateInstance {
        process: ProcessRef::Id {
            id: "p".into(),
            version: None,
        },
        variables: json(r#"{"x": 1}"#),
        business_key: None,
        start_at,
        stop_after: stop.iter().map(|id| (*id).to_owned()).collect(),
        once: None,
    })
}

#[test]
fn a_case_begins_where_it_is_told_to_and_ends_there() {
    let mut m = Machine::with(&nested());
    start_at(&mut m, vec![before("e"), before("b")], &[]).unwrap();
    m.do_job("b", "{}");
    m.do_job("e", "{}");
    m.do_job("b", "{}");
    assert_eq!(m.trail(), "+b +end +e +done +s +b +end +p");
    start_at(&mut m, vec![before("e")], &["e"]).unwrap();
    m.do_job("e", "{}");
    assert!(m.trail().ends_with("+p +e -s -p"));
    start_at(&mut m, Vec::new(), &["a"]).unwrap();
    m.do_job("a", "{}");
    assert!(m.trail().ends_with("+start +a -p"));
    assert!(leftovers(&m).is_empty());
}

#[test]
fn a_case_does_not_begin_where_nothing_can_begin() {
    let mut m = Machine::with(&nested());
    for (activate, stop, part) in [
        (vec![before("start")], vec![], "START_EVENT"),
        (vec![before("nowhere")], vec![], "'nowhere'"),
        (vec![after("a")], vec![], "after 'a'"),
        (vec![before("a")], vec!["nowhere"], "'nowhere'"),
        (vec![], vec!["p"], "'p'"),
    ] {
        let refused = start_at(&mut m, activate, &stop).unwrap_err();
        assert!(refused.message.contains(part), "{}", refused.message);
    }
    assert_eq!(m.journal.len(), 1);
}

#[test]
fn nothing_is_added_to_a_case_whose_end_listeners_have_their_say() {
    let listener = r#"<bpmn:extensionElements><zeebe:executionListeners><zeebe:executionListener eventType="end" type="say" /></zeebe:executionListeners></bpmn:extensionElements>"#;
    let body = service("work", "") + &flows(&["start>work", "work>end"]);
    let mut m = Machine::with(&format!("{listener}{}{body}", start_and_end()));
    let case = m.start("{}");
    m.do_job("work", "{}");
    let modification = Modification {
        activate: vec![before("work")],
        ..Modification::default()
    };
    let refused = modify(&mut m, case, modification).unwrap_err();
    assert!(refused.message.contains("is being ended"), "{refused}");
    m.do_job("say", "{}");
    assert!(!m.is_running(case));
    assert_nothing_is_left(&m);
}
