//! Decision models that import others: which versions they mean, for how long, and what is
//! refused.

use std::sync::Arc;

use gardesh_engine::Engine;
use gardesh_engine::command::{
    CheckDeployment, DecisionEvaluated, DecisionRef, Deploy, Deployed, DeploymentChecked,
    EvaluateDecision, Resource,
};
use gardesh_engine::definition::compile_decisions;
use gardesh_engine::entities::decision::{DecisionEvaluation, Made};
use gardesh_engine::key::{DecisionKey, Partition};
use gardesh_engine::rejection::RejectionKind;
use gardesh_engine::table::backing::Empty;

use crate::support::*;

/// A file named after its namespace, whose decision `d_…` is this expression.
fn model(namespace: &str, imports: &[&str], expression: &str) -> Resource {
    let import = |namespace: &&str| {
        format!(
            r#"<import name="{namespace}" namespace="{namespace}" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>"#
        )
    };
    let requirement = |namespace: &&str| {
        format!(
            r#"<informationRequirement><requiredDecision href="{namespace}#d_{namespace}"/></informationRequirement>"#
        )
    };
    let xml = format!(
        r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="g_{namespace}" name="G" namespace="{namespace}">{}<decision id="d_{namespace}" name="x">{}<literalExpression><text>{expression}</text></literalExpression></decision></definitions>"#,
        imports.iter().map(import).collect::<String>(),
        imports.iter().map(requirement).collect::<String>(),
    );
    compile_decisions(&format!("{namespace}.dmn"), &xml).unwrap()
}

fn try_deploy(m: &mut Machine, resources: Vec<Resource>) -> Result<Vec<u32>, String> {
    match m.run(Deploy { resources }) {
        Ok(Deployed {
            decision_requirements,
            ..
        }) => {
            let rows = &m.engine.state().decision_requirements;
            let version = |key| rows.get(&(TENANT, key)).unwrap().version;
            Ok(decision_requirements.into_iter().map(version).collect())
        }
        Err(rejection) => {
            assert!(matches!(
                rejection.kind,
                RejectionKind::InvalidArgument | RejectionKind::LimitExceeded
            ));
            Err(rejection.message)
        }
    }
}

/// The versions of the files' graphs, in the order of the files.
fn deploy(m: &mut Machine, resources: Vec<Resource>) -> Vec<u32> {
    try_deploy(m, resources).unwrap()
}

fn ask(m: &mut Machine, decision: DecisionRef) -> Arc<DecisionEvaluation> {
    let reply = m.run(EvaluateDecision {
        decision,
        variables: json("{}"),
    });
    match reply {
        Ok(DecisionEvaluated { evaluation, .. }) => evaluation,
        other => panic!("{other:?}"),
    }
}

fn answer(m: &mut Machine, namespace: &str) -> String {
    let decision = DecisionRef::Id(format!("d_{namespace}"));
    ask(m, decision).output.to_string()
}

/// As after a restart: nothing is compiled any more.
fn restart(m: &mut Machine) {
    m.engine = Engine::new(Arc::new(Empty), Partition::FIRST);
    for entry in &m.journal {
        m.engine.replay(entry);
    }
}

#[test]
fn files_of_one_deployment_import_each_other_in_any_order() {
    let mut m = Machine::new();
    let files = vec![
        model("top", &["middle", "base"], "middle.x + base.x"),
        model("base", &[], "20"),
        model("middle", &["base"], "base.x + 1"),
    ];
    assert_eq!(deploy(&mut m, files), [1, 1, 1]);
    assert_eq!(answer(&mut m, "top"), "41");
    restart(&mut m);
    assert_eq!(answer(&mut m, "top"), "41");
}

#[test]
fn a_model_means_the_versions_that_it_was_deployed_with() {
    let mut m = Machine::new();
    deploy(&mut m, vec![model("base", &[], "1")]);
    let top = || model("top", &["base"], "base.x * 10");
    deploy(&mut m, vec![top()]);
    deploy(&mut m, vec![model("base", &[], "2")]);
    for _ in 0..2 {
        assert_eq!(answer(&mut m, "top"), "10");
        restart(&mut m);
    }
    // Deployed again, it takes over the newer one, and that is a change of its meaning.
    assert_eq!(deploy(&mut m, vec![top()]), [2]);
    assert_eq!(answer(&mut m, "top"), "20");
    assert_eq!(deploy(&mut m, vec![top()]), [2]);
    restart(&mut m);
    assert_eq!(answer(&mut m, "top"), "20");
}

/// A file named after its namespace whose graph and decision have the ids that all such files have.
fn twin(namespace: &str, imports: &[&str], expression: &str) -> Resource {
    let Resource::Dmn { xml, .. } = model(namespace, imports, expression) else {
        unreachable!()
    };
    let xml = String::from_utf8(xml.to_vec()).unwrap();
    let mut xml = xml.replace(&format!("g_{namespace}"), "g");
    for namespace in imports.iter().chain([&namespace]) {
        xml = xml.replace(&format!("d_{namespace}"), "d");
    }
    compile_decisions(&format!("{namespace}.dmn"), &xml).unwrap()
}

#[test]
fn ids_are_unique_within_a_file_only() {
    let mut m = Machine::new();
    let both = |base: &str| {
        vec![
            twin("top", &["base"], "base.x * 10"),
            twin("base", &[], base),
        ]
    };
    assert_eq!(deploy(&mut m, both("1")), [1, 1]);
    let ask_all = |m: &mut Machine| {
        let rows = m.engine.state().decisions.range(
            &(TENANT, DecisionKey(0)),
            &(TENANT, DecisionKey(u64::MAX)),
            100,
        );
        let keys: Vec<_> = rows.into_iter().map(|((_, key), _)| key).collect();
        let answers = keys.into_iter().map(|key| {
            let evaluation = ask(m, DecisionRef::Key(key));
            let mut versions = evaluation.made.iter().map(|made| made.version);
            assert_eq!(
                versions.next_back(),
                Some(Some((key, evaluation.decision.version)))
            );
            evaluation.output.to_string()
        });
        answers.collect::<Vec<_>>()
    };
    assert_eq!(ask_all(&mut m), ["1", "10"]);
    // By the id alone the one that is stored last is meant, and the deployment says so.
    assert_eq!(
        ask(&mut m, DecisionRef::Id("d".into())).output.as_ref(),
        "10"
    );
    let Ok(DeploymentChecked { warnings }) = m.run(CheckDeployment {
        resources: both("1"),
    }) else {
        panic!("not checked")
    };
    let found: Vec<_> = warnings.iter().map(|warning| warning.found.code).collect();
    assert_eq!(found, ["shared-decision-id"]);
    assert!(
        warnings[0]
            .found
            .message
            .contains("'base.dmn' and 'top.dmn'")
    );

    // The same files are no new versions, changed ones are, each of its own graph.
    assert_eq!(deploy(&mut m, both("1")), [1, 1]);
    assert_eq!(deploy(&mut m, both("2")), [2, 2]);
    restart(&mut m);
    assert_eq!(ask_all(&mut m), ["1", "10", "2", "20"]);
    // Both are still found by their namespaces.
    assert_eq!(deploy(&mut m, vec![model("third", &[], "1")]), [1]);
    let files = vec![
        twin("fourth", &["base"], "base.x"),
        twin("top", &["base"], "base.x"),
    ];
    assert_eq!(deploy(&mut m, files), [1, 3]);
    assert_eq!(ask_all(&mut m)[5..], ["2", "2"]);
}

#[test]
fn what_comes_with_a_file_goes_before_what_was_deployed() {
    let mut m = Machine::new();
    deploy(&mut m, vec![model("base", &[], "1")]);
    let both = |value: &str| vec![model("top", &["base"], "base.x"), model("base", &[], value)];
    assert_eq!(deploy(&mut m, both("2")), [1, 2]);
    assert_eq!(answer(&mut m, "top"), "2");
    assert_eq!(deploy(&mut m, both("2")), [1, 2]);
    assert_eq!(deploy(&mut m, both("3")), [2, 3]);
    assert_eq!(answer(&mut m, "top"), "3");
}

#[test]
fn the_record_names_the_versions_of_imported_decisions() {
    let mut m = Machine::new();
    deploy(&mut m, vec![model("base", &[], "1")]);
    deploy(&mut m, vec![model("base", &[], "2")]);
    deploy(&mut m, vec![model("top", &["base"], "base.x")]);
    deploy(&mut m, vec![model("base", &[], "3")]);
    let evaluation = ask(&mut m, DecisionRef::Id("d_top".into()));
    let versions = |made: &Made| {
        (
            made.id.to_string(),
            made.version.map(|(_, version)| version),
        )
    };
    let made: Vec<_> = evaluation.made.iter().map(versions).collect();
    assert_eq!(
        made,
        [("d_base".into(), Some(2)), ("d_top".into(), Some(1))]
    );
}

#[test]
fn what_cannot_be_imported_is_refused_by_name() {
    let mut m = Machine::new();
    let twin = |id: &str| {
        let Resource::Dmn { xml, .. } = model("twins", &[], "1") else {
            unreachable!()
        };
        let xml = std::str::from_utf8(&xml)
            .unwrap()
            .replace("twins\" name", &format!("{id}\" name"));
        let xml = xml.replace("d_twins", id).replace("g_twins", id);
        compile_decisions(&format!("{id}.dmn"), &xml).unwrap()
    };
    deploy(&mut m, vec![twin("left")]);
    deploy(&mut m, vec![twin("right")]);
    let before = m.journal.len();
    for (files, parts) in [
        (
            vec![model("top", &["nowhere"], "1")],
            vec!["'nowhere'", "'top.dmn'", "Deploy it together"],
        ),
        (
            vec![
                model("outside", &["a"], "1"),
                model("a", &["b"], "1"),
                model("b", &["c"], "1"),
                model("c", &["a"], "1"),
            ],
            vec!["'a.dmn' imports 'b.dmn' imports 'c.dmn' imports 'a.dmn'"],
        ),
        (
            vec![model("self", &["self"], "1")],
            vec!["'self.dmn' imports 'self.dmn'"],
        ),
        (
            vec![model("top", &["twins"], "1")],
            vec!["several", "'g_left', 'g_right'"],
        ),
        (
            vec![twin("one"), twin("two"), model("top", &["twins"], "1")],
            vec!["several", "'one.dmn', 'two.dmn'"],
        ),
        (
            vec![model("base", &[], "1"), model("top", &["base"], "base.x +")],
            vec!["'top.dmn'", "top.dmn:1:", "1 problem(s)"],
        ),
    ] {
        let message = try_deploy(&mut m, files).unwrap_err();
        for part in parts {
            assert!(message.contains(part), "{message}");
        }
    }
    assert_eq!(m.journal.len(), before);
}

#[test]
fn a_namespace_that_a_graph_has_given_up_is_free_again() {
    let mut m = Machine::new();
    deploy(&mut m, vec![model("base", &[], "1")]);
    let Resource::Dmn { xml, .. } = model("base", &[], "2") else {
        unreachable!()
    };
    let renamed = std::str::from_utf8(&xml)
        .unwrap()
        .replace("namespace=\"base\"", "namespace=\"other\"");
    let renamed = compile_decisions("base.dmn", &renamed).unwrap();
    assert_eq!(deploy(&mut m, vec![renamed]), [2]);
    let message = try_deploy(&mut m, vec![model("top", &["base"], "1")]).unwrap_err();
    assert!(message.contains("'base'"), "{message}");
}

#[test]
fn models_within_models_are_bounded() {
    let mut m = Machine::new();
    deploy(&mut m, vec![model("m0", &[], "1")]);
    let mut depth = 1;
    let message = loop {
        let below = format!("m{}", depth - 1);
        let next = model(&format!("m{depth}"), &[&below], "1");
        match try_deploy(&mut m, vec![next]) {
            Ok(_) => depth += 1,
            Err(message) => break message,
        }
    };
    assert_eq!(depth, 200);
    assert!(message.contains("at most 200 models"), "{message}");
    // The deepest one can still be compiled as a whole.
    restart(&mut m);
    assert_eq!(answer(&mut m, "m199"), "1");
    // Two ways to the same models count twice.
    let wide = model("wide", &["m99", "m100"], "1");
    let message = try_deploy(&mut m, vec![wide]).unwrap_err();
    assert!(message.contains("202"), "{message}");
}
