//! Modification into ad-hoc subprocesses: what is activated in one goes a path of its own.

use gardesh_engine::command::{CompleteJob, CreateInstance, InstanceCreated};
use gardesh_engine::entities::element_instance::Role;
use gardesh_engine::key::*;
use gardesh_engine::operation::*;

use crate::modify::*;
use crate::support::*;

/// A process with the ad-hoc subprocess `a` after the task `first`: in it `x`, which it enters,
/// and `y` with `z` after it. It collects the results of its paths.
fn process(attributes: &str, extension: &str, more: &str) -> String {
    let first = r#"activeElementsCollection="=[&quot;x&quot;]""#;
    let collect = r#"outputCollection="results" outputElement="=result""#;
    let chosen = if extension.is_empty() { first } else { "" };
    start_and_end()
        + &service("first", "")
        + &format!(
            r#"<bpmn:adHocSubProcess id="a" {attributes}><bpmn:extensionElements>{extension}<zeebe:adHoc {chosen} {collect} /></bpmn:extensionElements>{}{}{}{}{more}</bpmn:adHocSubProcess>"#,
            service("x", ""),
            service("y", ""),
            service("z", ""),
            flows(&["y>z"]),
        )
        + &flows(&["start>first", "first>a", "a>end"])
}

fn begun() -> (Machine, ProcessInstanceKey) {
    let mut m = Machine::with(&process("", "", ""));
    let case = m.start("{}");
    m.do_job("first", "{}");
    (m, case)
}

/// The ad-hoc subprocess itself, and the paths in it.
fn rows(
    m: &mut Machine,
    case: ProcessInstanceKey,
) -> (ElementInstanceKey, Vec<ElementInstanceKey>) {
    let keys = element(m, case, "a");
    let state = m.engine.state();
    let is_path = |key: &ElementInstanceKey| {
        state.elements.get(&(TENANT, case, *key)).unwrap().role == Role::Path
    };
    let (paths, whole): (Vec<_>, Vec<_>) = keys.into_iter().partition(is_path);
    (whole[0], paths)
}

fn within(element: &str, ancestor: ElementInstanceKey) -> Activation {
    Activation {
        ancestor: Ancestor::Given(ancestor),
        ..before(element)
    }
}

#[test]
fn each_element_that_is_activated_goes_a_path_of_its_own() {
    for given in [false, true] {
        let (mut m, case) = begun();
        let (whole, paths) = rows(&mut m, case);
        assert_eq!(paths.len(), 1);
        let new = |id| if given { within(id, whole) } else { before(id) };
        activate(&mut m, case, vec![new("z"), new("x")]);
        assert_eq!(rows(&mut m, case).1.len(), 3, "{given}");
        m.do_job("z", r#"{"result": 3}"#);
        for job in m.activate("x") {
            m.run(CompleteJob {
                job: job.key,
                attempt: None,
                variables: json(r#"{"result": 1}"#),
                result: None,
            })
            .unwrap();
        }
        assert!(!m.is_running(case));
        assert!(m.events().any(|event| matches!(event, gardesh_engine::event::Event::Variable(gardesh_engine::event::VariableEvent::Set { name, value, scope, .. }) if &**name == "results" && *scope == case.root() && value.to_json() == "[3,1,1]")));
        assert_nothing_is_left(&m);
    }
}

#[test]
fn an_element_can_be_put_into_a_path_that_is_there() {
    let (mut m, case) = begun();
    let (_, paths) = rows(&mut m, case);
    activate(&mut m, case, vec![within("z", paths[0])]);
    assert_eq!(rows(&mut m, case).1, paths);
    m.do_job("x", "{}");
    assert!(m.is_running(case));
    m.do_job("z", "{}");
    assert!(!m.is_running(case));
    assert_nothing_is_left(&m);
}

#[test]
fn a_subprocess_that_is_not_there_is_made_and_does_not_choose_for_itself() {
    for place in [Place::Before, Place::After] {
        let mut m = Machine::with(&process("", "", ""));
        let case = m.start("{}");
        let activation = match place {
            Place::Before => before("z"),
            Place::After => after("y"),
        };
        activate(&mut m, case, vec![activation, before("z")]);
        let (_, paths) = rows(&mut m, case);
        assert_eq!(paths.len(), 2);
        assert!(m.activate("x").is_empty());
        m.do_jobs("z");
        assert!(m.trail().contains("+z +a +z +a +a"), "{}", m.trail());
        m.do_job("first", "{}");
        m.do_job("x", "{}");
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
    }
}

#[test]
fn variables_go_to_the_path_or_to_what_is_activated() {
    let (mut m, case) = begun();
    let mut one = before("z");
    one.variables = vec![local("a", r#"{"of_path": 1}"#), local("z", r#"{"own": 2}"#)];
    activate(&mut m, case, vec![one]);
    let job = m.activate("z").remove(0);
    for (name, value) in [("of_path", "1"), ("own", "2"), ("result", "null")] {
        let found = job.variables.get(name).map(|value| value.to_json());
        assert_eq!(found.as_deref(), Some(value), "{name}");
    }
    let other = m.activate("x").remove(0);
    assert!(!other.variables.contains_key("of_path"));
}

#[test]
fn a_token_moves_within_its_path_or_into_a_new_subprocess() {
    let (mut m, case) = begun();
    let (_, before_it) = rows(&mut m, case);
    let mut inside = moved("x", "z");
    inside.ancestor = Ancestor::OfSource;
    let moves = vec![inside];
    modify(
        &mut m,
        case,
        Modification {
            moves,
            ..Modification::default()
        },
    )
    .unwrap();
    assert_eq!(rows(&mut m, case).1, before_it);
    m.do_job("z", "{}");
    assert!(!m.is_running(case));
    // From before the subprocess.
    let mut m = Machine::with(&process("", "", ""));
    let case = m.start("{}");
    let moves = vec![moved("first", "z")];
    modify(
        &mut m,
        case,
        Modification {
            moves,
            ..Modification::default()
        },
    )
    .unwrap();
    m.do_job("z", "{}");
    assert_eq!(m.trail(), "+start -first +z +a +a +end +p");
    assert_nothing_is_left(&m);
}

#[test]
fn who_leads_the_subprocess_is_asked_again_after_the_path() {
    let mut m = Machine::with(&process("", r#"<zeebe:taskDefinition type="lead" />"#, ""));
    let case = m.start("{}");
    m.do_job("first", "{}");
    let asked = m.activate("lead")[0].key;
    activate(&mut m, case, vec![before("x")]);
    m.do_job("x", "{}");
    let again = m.activate("lead");
    assert_eq!(again.len(), 1);
    assert_ne!(again[0].key, asked);
}

#[test]
fn an_event_subprocess_has_its_place_beside_the_paths() {
    let on = r#"<bpmn:subProcess id="on" triggeredByEvent="true"><bpmn:startEvent id="heard" isInterrupting="false"><bpmn:signalEventDefinition signalRef="alarm" /></bpmn:startEvent>"#.to_owned()
        + &service("handle", "")
        + &flows(&["heard>handle"])
        + "</bpmn:subProcess>";
    let mut m = Machine::with(&process("", "", &on));
    let case = m.start("{}");
    m.do_job("first", "{}");
    let (whole, paths) = rows(&mut m, case);
    activate(&mut m, case, vec![before("handle")]);
    assert_eq!(rows(&mut m, case).1, paths);
    let around = element(&mut m, case, "on")[0];
    let row = m
        .engine
        .state()
        .elements
        .get(&(TENANT, case, around))
        .unwrap();
    assert_eq!(row.scope, Some(whole));
    m.do_job("handle", "{}");
    m.do_job("x", "{}");
    assert!(!m.is_running(case));
    assert_nothing_is_left(&m);
}

#[test]
fn a_case_can_begin_in_one() {
    let mut m = Machine::with(&process("", "", ""));
    let command = CreateInstance {
        process: gardesh_engine::command::ProcessRef::Id {
            id: "p".into(),
            version: None,
        },
        variables: json("{}"),
        business_key: None,
        start_at: vec![before("y")],
        stop_after: Vec::new(),
        once: None,
    };
    let Ok(InstanceCreated { instance, .. }) = m.run(command) else {
        panic!("no case");
    };
    m.do_job("y", "{}");
    m.do_job("z", "{}");
    assert!(!m.is_running(instance));
    assert_eq!(m.trail(), "+y +z +a +a +end +p");
    assert_nothing_is_left(&m);
}

#[test]
fn one_that_repeats_needs_its_run() {
    let each = r#"<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1, 2]" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"#;
    let mut m = Machine::with(&process("", "", each));
    let case = m.start("{}");
    m.do_job("first", "{}");
    let refused = |m: &mut Machine, activation| {
        let activate = vec![activation];
        let modification = Modification {
            activate,
            ..Modification::default()
        };
        modify(m, case, modification).unwrap_err().message
    };
    assert!(refused(&mut m, before("z")).contains("in which run of 'a'"));
    let all = element(&mut m, case, "a");
    assert!(refused(&mut m, within("z", all[0])).contains("flow scope around 'z'"));
    activate(&mut m, case, vec![within("z", all[1])]);
    m.do_job("z", "{}");
    m.do_jobs("x");
    assert!(!m.is_running(case));
    assert_nothing_is_left(&m);
}

#[test]
fn one_that_ends_its_paths_takes_no_more() {
    let condition = "<bpmn:completionCondition>=true</bpmn:completionCondition>";
    let cleaned = r#"<bpmn:userTask id="u"><bpmn:extensionElements><zeebe:userTask /><zeebe:taskListeners><zeebe:taskListener eventType="canceling" type="clean" /></zeebe:taskListeners></bpmn:extensionElements></bpmn:userTask>"#;
    let mut m = Machine::with(&process("", "", &(cleaned.to_owned() + condition)));
    let case = m.start("{}");
    m.do_job("first", "{}");
    activate(&mut m, case, vec![before("u")]);
    m.do_job("x", "{}");
    let activate = vec![before("z")];
    let modification = Modification {
        activate,
        ..Modification::default()
    };
    let refused = modify(&mut m, case, modification).unwrap_err().message;
    assert!(refused.contains("being ended"), "{refused}");
    m.do_job("clean", "{}");
    assert!(!m.is_running(case));
    assert_nothing_is_left(&m);
}
