//! Decisions: deployed, asked by a business rule task or directly, and recorded.

use std::sync::Arc;

use gardesh_engine::command::{
    DecisionEvaluated, DecisionRef, Deploy, Deployed, EvaluateDecision, Resource,
};
use gardesh_engine::definition::{compile, compile_decisions};
use gardesh_engine::entities::decision::DecisionEvaluation;
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::event::{DecisionEvent, DeploymentEvent, Event};
use gardesh_engine::key::*;
use gardesh_engine::rejection::RejectionKind;

use crate::support::*;

fn model(elements: &str) -> String {
    format!(
        r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="graph" name="Graph" namespace="t">{elements}</definitions>"#
    )
}

/// A decision `d` on `amount` with the hit policy UNIQUE, which the rules 2 and 3 break above
/// 1000.
fn table(tag: &str, low: &str) -> String {
    let rule = |id: &str, input: &str, output: &str| {
        format!(
            r#"<rule id="{id}"><inputEntry id="{id}_i"><text>{input}</text></inputEntry><outputEntry id="{id}_o"><text>"{output}"</text></outputEntry></rule>"#
        )
    };
    model(&format!(
        r#"<decision id="d" name="Dish"><extensionElements>{tag}</extensionElements>
        <decisionTable id="t"><input id="i" label="Amount"><inputExpression id="e"><text>amount</text></inputExpression></input>
        <output id="o" name="size" />{}{}{}</decisionTable></decision>"#,
        rule("one", "&lt; 100", low),
        rule("two", "&gt;= 100", "high"),
        rule("three", "&gt; 1000", "huge"),
    ))
}

fn literal(expression: &str) -> String {
    model(&format!(
        r#"<decision id="d" name="d"><literalExpression><text>{expression}</text></literalExpression></decision>"#
    ))
}

fn asking(attributes: &str, more: &str) -> String {
    let task = format!(
        r#"<bpmn:businessRuleTask id="ask"><bpmn:extensionElements><zeebe:calledDecision resultVariable="answer" {attributes} />{more}</bpmn:extensionElements></bpmn:businessRuleTask>"#
    );
    diagram(
        &(start_and_end()
            + &task
            + &service("after", "")
            + &flows(&["start>ask", "ask>after", "after>end"])),
    )
}

fn dmn(xml: &str) -> Resource {
    compile_decisions("d.dmn", xml).unwrap()
}

fn bpmn(xml: &str) -> Resource {
    compile("p.bpmn", xml).unwrap()
}

/// Deploys, and gives the keys of graphs and decisions.
fn deploy(
    m: &mut Machine,
    resources: Vec<Resource>,
) -> (Vec<DecisionRequirementsKey>, Vec<DecisionKey>) {
    match m.run(Deploy { resources }) {
        Ok(Deployed {
            decision_requirements,
            decisions,
            ..
        }) => (decision_requirements, decisions),
        other => panic!("{other:?}"),
    }
}

fn machine(decision: &str, task: &str) -> Machine {
    let mut m = Machine::new();
    deploy(&mut m, vec![dmn(decision), bpmn(task)]);
    m
}

fn evaluations(m: &Machine) -> Vec<Arc<DecisionEvaluation>> {
    let all = m.events().filter_map(|event| match event {
        Event::Decision(DecisionEvent::Evaluated { evaluation }) => Some(Arc::clone(evaluation)),
        _ => None,
    });
    all.collect()
}

#[test]
fn a_business_rule_task_asks_a_decision_and_keeps_its_answer() {
    let mapping =
        r#"<zeebe:ioMapping><zeebe:output source="=answer" target="size" /></zeebe:ioMapping>"#;
    for (id, mappings, expected) in [
        ("d", "", r#"{"amount":50,"answer":"low","name":"d"}"#),
        ("=name", "", r#"{"amount":50,"answer":"low","name":"d"}"#),
        ("d", mapping, r#"{"amount":50,"name":"d","size":"low"}"#),
    ] {
        let task = asking(&format!(r#"decisionId="{id}""#), mappings);
        let mut m = machine(&table("", "low"), &task);
        let case = m.start(r#"{"amount": 50, "name": "d"}"#);
        assert_eq!(m.variables(case), expected);
        m.do_job("after", "{}");
        assert_eq!(m.trail(), "+start +ask +after +end +p");
        let left: Vec<_> = dump(m.engine.state())
            .into_iter()
            .map(|row| row.0)
            .filter(|table| !table.contains("definition") && !table.contains("decision"))
            .filter(|table| !["sources", "served_job_types"].contains(table))
            .collect();
        assert_eq!(left, Vec::<&str>::new());
    }
}

#[test]
fn what_was_looked_at_and_which_rules_matched_is_recorded() {
    let mut m = machine(&table("", "low"), &asking(r#"decisionId="d""#, ""));
    let case = m.start(r#"{"amount": 150}"#);
    let evaluation = &evaluations(&m)[0];
    assert_eq!(&*evaluation.decision.id, "d");
    assert_eq!(evaluation.decision.version, 1);
    assert_eq!(evaluation.asker.as_ref().unwrap().instance, case);
    assert_eq!(&*evaluation.output, r#""high""#);
    assert_eq!((evaluation.made.len(), evaluation.incomplete), (1, false));
    let made = &evaluation.made[0];
    assert_eq!(made.version, Some((evaluation.decision.key, 1)));
    assert_eq!(
        (&*made.inputs[0].id, &*made.inputs[0].name),
        ("i", "Amount")
    );
    assert_eq!(&*made.inputs[0].value, "150");
    assert_eq!((&*made.rules[0].id, made.rules[0].index), ("two", 2));
    let (id, name, value) = &made.rules[0].outputs[0];
    assert_eq!((&**id, &**name, &**value), ("o", "size", r#""high""#));
}

#[test]
fn large_values_and_long_records_are_shortened() {
    let each = model(
        r#"<businessKnowledgeModel id="b" name="b"><encapsulatedLogic><formalParameter name="x" /><literalExpression><text>x</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
        <decision id="d" name="d"><knowledgeRequirement><requiredKnowledge href="\#b" /></knowledgeRequirement>
        <literalExpression><text>for x in 1..900 return b(big)</text></literalExpression></decision>"#,
    )
    .replace('\\', "");
    let mut m = machine(&each, &asking(r#"decisionId="d""#, ""));
    let big = format!(r#"{{"big": "{}"}}"#, "x".repeat(4_000));
    m.start(&big);
    assert!(m.incidents().is_empty(), "{}", m.incidents()[0].message);
    let evaluation = &evaluations(&m)[0];
    assert!(evaluation.incomplete);
    let asked = evaluation.made.last().unwrap();
    assert_eq!(&*asked.id, "d");
    assert!(asked.output.contains("… (a list"), "{}", asked.output);
    let bytes = postcard::to_allocvec(&**evaluation).unwrap().len();
    assert!(bytes < 300 * 1024, "{bytes}");
}

#[test]
fn a_decision_that_fails_is_an_incident_that_quotes_why() {
    let long = literal("for i in 1..n return string(i)");
    for (decision, bad, part, good) in [
        (
            table("", "low"),
            r#"{"amount": 5000}"#,
            "2 rules matched",
            r#"{"amount": 5}"#,
        ),
        (long, r#"{"n": 10000000}"#, "Expected", r#"{"n": 1}"#),
    ] {
        let mut m = machine(&decision, &asking(r#"decisionId="d""#, ""));
        let case = m.start(bad);
        let incident = &m.incidents()[0];
        assert_eq!(incident.kind, IncidentKind::DecisionEvaluationError);
        assert_eq!(incident.kind.name(), "DECISION_EVALUATION_ERROR");
        assert!(incident.message.contains(part), "{}", incident.message);
        assert!(evaluations(&m).is_empty(), "nothing was decided");
        mend(&mut m, case, good);
        m.do_job("after", "{}");
        assert!(!m.is_running(case));
    }
}

#[test]
fn an_assertion_that_does_not_hold_fails_the_decision() {
    let decision = literal("assert(amount, amount != null, &quot;no amount&quot;)");
    let mut m = machine(&decision, &asking(r#"decisionId="d""#, ""));
    let case = m.start("{}");
    let incident = &m.incidents()[0];
    assert_eq!(incident.kind, IncidentKind::DecisionEvaluationError);
    let text = "Assertion failure: no amount";
    assert!(incident.message.contains(text), "{}", incident.message);
    mend(&mut m, case, r#"{"amount": 3}"#);
    assert_eq!(m.variables(case), r#"{"amount":3,"answer":3}"#);
    let reply = m.run(EvaluateDecision {
        decision: DecisionRef::Id("d".into()),
        variables: json("{}"),
    });
    let Ok(DecisionEvaluated { evaluation, .. }) = reply else {
        panic!("{reply:?}")
    };
    let failure = evaluation.failure.as_ref().expect("a failed evaluation");
    assert_eq!(&*failure.decision, "d");
    assert!(failure.message.starts_with(text), "{}", failure.message);
}

#[test]
fn a_text_of_a_case_becomes_a_value_of_the_declared_type_or_fails_the_decision() {
    let decision = model(
        r##"<inputData id="i" name="birthday"><variable name="birthday" typeRef="date"/></inputData>
        <decision id="d" name="d"><informationRequirement><requiredInput href="#i"/></informationRequirement>
        <literalExpression><text>birthday.year</text></literalExpression></decision>"##,
    );
    let mut m = machine(&decision, &asking(r#"decisionId="d""#, ""));
    let case = m.start(r#"{"birthday": "5 May 1990"}"#);
    let incident = &m.incidents()[0];
    assert_eq!(incident.kind, IncidentKind::DecisionEvaluationError);
    let text = "Expected the input 'birthday' to be a date such as 2024-02-29, but found the text \"5 May 1990\"";
    assert!(incident.message.contains(text), "{}", incident.message);
    mend(&mut m, case, r#"{"birthday": "1990-05-05"}"#);
    assert_eq!(
        m.variables(case),
        r#"{"answer":1990,"birthday":"1990-05-05"}"#
    );
    let mut ask = |variables: &str| {
        let reply = m.run(EvaluateDecision {
            decision: DecisionRef::Id("d".into()),
            variables: json(variables),
        });
        match reply {
            Ok(DecisionEvaluated { evaluation, output }) => (evaluation, output.to_json()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(ask(r#"{"birthday": "1990-05-05"}"#).1, "1990");
    let (evaluation, output) = ask(r#"{"birthday": "soon"}"#);
    assert_eq!(output, "null");
    let failure = evaluation.failure.as_ref().expect("a failed evaluation");
    assert!(failure.message.contains("\"soon\""), "{}", failure.message);
}

#[test]
fn a_decision_without_logic_is_deployed_with_a_warning_and_null() {
    let mut m = Machine::new();
    let sketch = dmn(&model(r#"<decision id="d" name="d"/>"#));
    let Ok(Deployed { warnings, .. }) = m.run(Deploy {
        resources: vec![sketch],
    }) else {
        panic!("not deployed")
    };
    assert_eq!(warnings[0].found.code, "missing-logic");
    let reply = m.run(EvaluateDecision {
        decision: DecisionRef::Id("d".into()),
        variables: json("{}"),
    });
    let Ok(DecisionEvaluated { evaluation, .. }) = reply else {
        panic!("{reply:?}")
    };
    assert_eq!((&*evaluation.output, &evaluation.failure), ("null", &None));
    assert!(
        evaluation.reasons.contains("it has none"),
        "{}",
        evaluation.reasons
    );
}

#[test]
fn no_rule_that_matches_is_no_failure() {
    let mut m = machine(&table("", "low"), &asking(r#"decisionId="d""#, ""));
    let case = m.start("{}");
    assert_eq!(m.variables(case), r#"{"answer":null}"#);
}

#[test]
fn a_decision_that_is_missing_is_an_incident_that_a_deployment_mends() {
    for (attributes, part) in [
        (r#"decisionId="d""#, "'d'"),
        (
            r#"decisionId="d" bindingType="versionTag" versionTag="v1""#,
            "version tag 'v1'",
        ),
    ] {
        let mut m = Machine::new();
        m.deploy(&asking(attributes, "")).unwrap();
        let case = m.start(r#"{"amount": 5}"#);
        let incident = &m.incidents()[0];
        assert_eq!(incident.kind.name(), "CALLED_DECISION_ERROR");
        assert!(incident.message.contains(part), "{}", incident.message);
        let tag = r#"<zeebe:versionTag value="v1" />"#;
        deploy(&mut m, vec![dmn(&table(tag, "low"))]);
        mend(&mut m, case, "{}");
        m.do_job("after", "{}");
        assert!(!m.is_running(case));
    }
}

#[test]
fn a_binding_chooses_the_version_of_a_decision() {
    for (binding, expected) in [
        ("", "third"),
        (r#"bindingType="deployment""#, "second"),
        (r#"bindingType="versionTag" versionTag="v1""#, "first"),
    ] {
        let tag = r#"<zeebe:versionTag value="v1" />"#;
        let task = asking(&format!(r#"decisionId="d" {binding}"#), "");
        let mut m = Machine::new();
        deploy(&mut m, vec![dmn(&table(tag, "first"))]);
        deploy(&mut m, vec![dmn(&table("", "second")), bpmn(&task)]);
        deploy(&mut m, vec![dmn(&table("", "third"))]);
        let case = m.start(r#"{"amount": 5}"#);
        assert_eq!(
            m.variables(case),
            format!(r#"{{"amount":5,"answer":"{expected}"}}"#)
        );
    }
}

#[test]
fn versions_count_for_the_graph_and_each_decision() {
    let two = |first: &str| {
        model(&format!(
            r#"<decision id="a" name="a"><literalExpression><text>{first}</text></literalExpression></decision>
            <decision id="b" name="b"><informationRequirement><requiredDecision href="X" /></informationRequirement><literalExpression><text>a + 1</text></literalExpression></decision>"#
        ))
        .replace('X', "#a")
    };
    let mut m = Machine::new();
    let first = deploy(&mut m, vec![dmn(&two("1"))]);
    assert_eq!((first.0.len(), first.1.len()), (1, 2));
    let before = m.journal.len();
    assert_eq!(deploy(&mut m, vec![dmn(&two("1"))]), first);
    let events = || m.journal[before..].iter().flat_map(|entry| &entry.events);
    assert!(
        events().all(|event| matches!(event, Event::Deployment(DeploymentEvent::Repeated { .. })))
    );
    let second = deploy(&mut m, vec![dmn(&two("2"))]);
    let state = m.engine.state();
    let graph = state.decision_requirements.get(&(TENANT, second.0[0]));
    assert_eq!(graph.unwrap().version, 2);
    for key in second.1 {
        assert_eq!(state.decisions.get(&(TENANT, key)).unwrap().version, 2);
    }
}

#[test]
fn a_graph_is_there_once_in_a_deployment() {
    let mut m = Machine::new();
    let resources = vec![dmn(&literal("1")), dmn(&literal("2"))];
    let rejection = m.run(Deploy { resources }).unwrap_err();
    assert!(rejection.message.contains("graph"), "{rejection}");
    let task = asking(r#"decisionId="d" bindingType="deployment""#, "");
    let resources = vec![bpmn(&task)];
    let rejection = m.run(Deploy { resources }).unwrap_err();
    assert_eq!(rejection.kind, RejectionKind::InvalidArgument);
}

#[test]
fn a_file_that_is_no_model_is_refused_with_its_problems() {
    for xml in [
        "<definitions",
        "<a/>",
        &model("<decision/>"),
        &literal("1 +"),
    ] {
        let problems = compile_decisions("d.dmn", xml).unwrap_err();
        assert!(
            problems
                .iter()
                .any(gardesh_engine::definition::Diagnostic::is_error)
        );
    }
}

#[test]
fn a_decision_can_be_asked_directly() {
    let mut m = Machine::new();
    let (_, decisions) = deploy(&mut m, vec![dmn(&table("", "low"))]);
    for (decision, variables, expected, failed) in [
        (
            DecisionRef::Id("d".into()),
            r#"{"amount": 5}"#,
            r#""low""#,
            None,
        ),
        (
            DecisionRef::Key(decisions[0]),
            r#"{"amount": 500}"#,
            r#""high""#,
            None,
        ),
        (
            DecisionRef::Id("d".into()),
            r#"{"amount": 5000}"#,
            "null",
            Some("d"),
        ),
    ] {
        let before = evaluations(&m).len();
        let reply = m.run(EvaluateDecision {
            decision,
            variables: json(variables),
        });
        let Ok(DecisionEvaluated { evaluation, output }) = reply else {
            panic!("{reply:?}")
        };
        assert_eq!(output.to_json(), expected);
        let failure = evaluation
            .failure
            .as_ref()
            .map(|failure| &*failure.decision);
        assert_eq!(failure, failed);
        assert_eq!(evaluations(&m).len(), before + 1);
        assert_eq!(evaluations(&m)[before], evaluation);
    }
    let missing = m.run(EvaluateDecision {
        decision: DecisionRef::Id("other".into()),
        variables: json("{}"),
    });
    assert_eq!(missing.unwrap_err().kind, RejectionKind::NotFound);
}
