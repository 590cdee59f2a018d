//! What a deployment warns of: names that are plainly not meant. Above all: what it does not warn of.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gardesh_engine::command::{CheckDeployment, Deploy, Resource, ResourceWarning};
use gardesh_engine::definition::{
    Diagnostic, compile, compile_beside, compile_decisions, form_fields,
};

use crate::support::*;

fn found(resource: Resource) -> Vec<Diagnostic> {
    match resource {
        Resource::Bpmn { warnings, .. } => warnings,
        Resource::Dmn { model, .. } => model.warnings().to_vec(),
        Resource::Form { .. } => Vec::new(),
    }
}

/// Element, rule and suggestion by warning about a name.
fn warnings(body: &str) -> Vec<String> {
    let resource = compile("p.bpmn", &diagram(body)).unwrap_or_else(|found| panic!("{found:?}"));
    let of_names = found(resource).into_iter().filter(is_of_names);
    let shown = of_names.map(|found| {
        assert!(
            found.message.starts_with("Expected ") && found.line > 1,
            "{found}"
        );
        let hint = found
            .message
            .split("did you mean \"")
            .nth(1)
            .unwrap_or_default();
        let meant = hint.split('"').next().unwrap_or_default();
        format!(
            "{} {} {meant}",
            found.element_id.unwrap_or_default(),
            found.code
        )
    });
    shown.collect()
}

fn is_of_names(found: &Diagnostic) -> bool {
    [
        "unknown-function",
        "misspelt-name",
        "unknown-name",
        "not-required",
        "own-name",
    ]
    .contains(&found.code)
}

/// A process whose script task `s` makes `makes`, and which then goes to `end` by a flow `f` with a condition.
fn script(makes: &str, value: &str, condition: &str) -> String {
    let escaped = |text: &str| text.replace('<', "&lt;").replace('"', "&quot;");
    format!(
        r#"<bpmn:startEvent id="start"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
        <bpmn:sequenceFlow id="a" sourceRef="start" targetRef="s"/>
        <bpmn:scriptTask id="s"><bpmn:extensionElements><zeebe:script expression="={}" resultVariable="{makes}"/></bpmn:extensionElements></bpmn:scriptTask>
        <bpmn:sequenceFlow id="b" sourceRef="s" targetRef="g"/>
        <bpmn:exclusiveGateway id="g" default="other"/>
        <bpmn:sequenceFlow id="f" sourceRef="g" targetRef="end"><bpmn:conditionExpression>={}</bpmn:conditionExpression></bpmn:sequenceFlow>
        <bpmn:sequenceFlow id="other" sourceRef="g" targetRef="end"/>
        <bpmn:endEvent id="end"/>"#,
        escaped(value),
        escaped(condition)
    )
}

#[test]
fn names_that_nothing_gives_a_value_to_are_compared_with_those_that_have_one() {
    for (makes, value, condition, expected) in [
        ("amount", "1", "amount > 1", vec![]),
        ("amount", "1", "amuont > 1", vec!["f misspelt-name amount"]),
        ("amount", "1", "Amount > 1", vec!["f misspelt-name amount"]),
        (
            "orderId",
            "1",
            "order_id = 3",
            vec!["f misspelt-name orderId"],
        ),
        (
            "customer",
            "1",
            "custmer.name = \"x\"",
            vec!["f misspelt-name customer"],
        ),
        // Variables come from outside, and some pairs of names are near each other.
        ("amount", "1", "budget > 1", vec![]),
        ("order", "1", "orders[1] = order", vec![]),
        ("weight", "1", "height > weight", vec![]),
        ("maxPrice", "1", "minPrice < maxPrice", vec![]),
        ("line1", "1", "line2 = line1", vec![]),
        ("net", "1", "nte > 1", vec![]),
        // A misspelling may have been copied.
        (
            "contract",
            "contact",
            "contact = 1",
            vec!["s misspelt-name contract", "f misspelt-name contract"],
        ),
        // Names of the expression itself, of items, and of what may be missing.
        (
            "amount",
            "1",
            "some amuont in [1] satisfies amuont > 1",
            vec![],
        ),
        ("amount", "1", "count(lines[amuont > 1]) > 1", vec![]),
        ("amount", "1", "is defined(amuont)", vec![]),
        ("amount", "1", "{amuont: 1}.amuont = 1", vec![]),
        // A variable holds no function.
        (
            "x",
            "1",
            "lenght(name) > 1",
            vec!["f unknown-function string length"],
        ),
        ("x", "1", "approve(name)", vec!["f unknown-function "]),
        ("x", "string length(name)", "contains(name, \"x\")", vec![]),
        ("x", "{f: function(a) a, r: f(1)}.r", "x = 1", vec![]),
    ] {
        assert_eq!(
            warnings(&script(makes, value, condition)),
            expected,
            "{makes} {value} {condition}"
        );
    }
}

#[test]
fn a_name_that_is_used_in_several_places_can_be_meant_too() {
    let task = |id: &str, source: &str| {
        service(
            id,
            &format!(
                r#"<zeebe:ioMapping><zeebe:input source="={source}" target="x_{id}"/></zeebe:ioMapping>"#
            ),
        )
    };
    let body = |sources: [&str; 4]| {
        let [a, b, c, d] = sources;
        [
            start_and_end(),
            task("a", a),
            task("b", b),
            task("c", c),
            task("e", d),
            flows(&["start>a", "a>b", "b>c", "c>e", "e>end"]),
        ]
        .concat()
    };
    for (sources, expected) in [
        (
            ["customer", "customer.id", "custmer.id", "1"],
            vec!["c misspelt-name customer"],
        ),
        (["customer", "custmer.id", "1", "1"], vec![]),
        (["customer", "customer", "custmer", "custmer"], vec![]),
    ] {
        assert_eq!(warnings(&body(sources)), expected, "{sources:?}");
    }
}

/// Every kind of place where a name gets a value counts, and every kind of place is looked at.
#[test]
fn values_come_from_many_places() {
    let places = |made: &str| {
        let multi = format!(
            r#"<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1]" inputElement="{made}"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"#
        );
        let mapped = |kind: &str| {
            let extensions = format!(
                r#"<zeebe:ioMapping><zeebe:{kind} source="=1" target="{made}.part"/></zeebe:ioMapping>"#
            );
            service("t", &extensions)
        };
        let multi = service("t", "").replace(
            "</bpmn:serviceTask>",
            &format!("{multi}</bpmn:serviceTask>"),
        );
        [mapped("input"), mapped("output"), multi]
    };
    for made in ["decision", "amount"] {
        for task in places(made) {
            let body = [
                start_and_end(),
                task.clone(),
                r#"<bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition><bpmn:timeDuration>=amuont</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"#.to_owned(),
                flows(&["start>t", "t>wait", "wait>end"]),
            ]
            .concat();
            let expected: &[&str] = match made {
                "amount" => &["wait misspelt-name amount"],
                _ => &[],
            };
            assert_eq!(warnings(&body), expected, "{task}");
        }
    }
}

#[test]
fn fields_of_forms_give_values() {
    let form = r#"{"id": "f", "components": [{"key": "name"}, {"path": "address.home", "components": [{"key": "amuont"}]}]}"#;
    let fields = form_fields(form);
    let expected = ["address", "amuont", "name"].map(str::to_owned);
    assert_eq!(fields, BTreeSet::from(expected));
    assert!(form_fields("no form").is_empty());
    let xml = diagram(&script("amount", "1", "amuont > 1"));
    let resource = compile_beside("p.bpmn", &xml, &fields).unwrap();
    assert_eq!(found(resource), []);
}

#[test]
fn a_flood_of_unknown_names_is_cut() {
    let calls: Vec<_> = (0..5_000).map(|i| format!("unknown{i}(1)")).collect();
    let found = warnings(&script("x", &format!("[{}]", calls.join(",")), "x = 1"));
    assert_eq!(found.len(), gardesh_engine::limits::MAX_UNKNOWN_NAMES);
    let made: Vec<_> = (0..2_000).map(|i| format!("amount{i}x")).collect();
    let list = format!("[{}]", made.join(","));
    assert!(warnings(&script("x", &list, &list)).is_empty());
}

fn told(warnings: &[ResourceWarning]) -> Vec<String> {
    let tell = |warning: &ResourceWarning| format!("{} {}", warning.resource, warning.found.code);
    warnings.iter().map(tell).collect()
}

#[test]
fn a_deployment_tells_its_warnings_each_time_and_a_trial_stores_nothing() {
    let diagram = compile("p.bpmn", &diagram(&script("amount", "1", "amuont > 1"))).unwrap();
    let model = |namespace: &str, inside: &str| {
        let xml = format!(
            r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="{namespace}" name="m" namespace="{namespace}">{inside}</definitions>"#
        );
        compile_decisions(&format!("{namespace}.dmn"), &xml).unwrap()
    };
    let base = model(
        "base",
        r#"<decision id="b" name="b"><literalExpression><text>lenght("x")</text></literalExpression></decision>"#,
    );
    // It imports, so it is compiled when it is deployed; what it means by `base` is no mistake then.
    let main = model(
        "main",
        r##"<import name="base" namespace="base" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>
        <decision id="m" name="m"><informationRequirement><requiredDecision href="base#b"/></informationRequirement>
        <literalExpression><text>base.b + lenght("x")</text></literalExpression></decision>"##,
    );
    let resources = vec![diagram, main, base];
    let expected = [
        "p.bpmn misspelt-name",
        "main.dmn unknown-function",
        "base.dmn unknown-function",
    ];
    let mut m = Machine::new();
    let trial = CheckDeployment {
        resources: resources.clone(),
    };
    assert_eq!(told(&m.run(trial).unwrap().warnings), expected);
    assert!(m.journal.is_empty());
    for _ in 0..2 {
        let deploy = Deploy {
            resources: resources.clone(),
        };
        assert_eq!(told(&m.run(deploy).unwrap().warnings), expected);
    }
    let rejection = m
        .run(CheckDeployment {
            resources: Vec::new(),
        })
        .unwrap_err();
    assert!(
        rejection
            .message
            .starts_with("Expected at least one resource")
    );
}

fn models_below(folder: &Path, models: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_model = name.ends_with(".bpmn") || name.ends_with(".dmn");
        if path.is_dir() && !["target", "node_modules", ".git"].contains(&&*name) {
            models_below(&path, models);
        } else if is_model {
            models.push(path);
        }
    }
}

/// Nothing is told of the diagrams and decisions that people wrote, here and in the corpora.
#[test]
fn real_models_raise_no_false_alarm() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpora = std::env::var_os("GARDESH_CORPORA")
        .map_or_else(|| repository.join("../shared/corpora"), PathBuf::from);
    let mut models = Vec::new();
    for folder in [
        repository.join("examples"),
        repository.join("tests"),
        corpora.join("bpmn-miwg"),
    ] {
        models_below(&folder, &mut models);
    }
    let mut alarms = Vec::new();
    let mut looked_at = 0;
    for path in models {
        let xml = std::fs::read_to_string(&path).unwrap();
        let compiled = match path.extension().is_some_and(|extension| extension == "dmn") {
            true => compile_decisions("m.dmn", &xml),
            false => compile("m.bpmn", &xml),
        };
        // Drawings that are not executable are no models to deploy.
        let Ok(resource) = compiled else { continue };
        looked_at += 1;
        let of_names = found(resource).into_iter().filter(is_of_names);
        alarms.extend(of_names.map(|found| format!("{}: {found}", path.display())));
    }
    assert!(looked_at > 80, "{looked_at}");
    assert_eq!(alarms, Vec::<String>::new(), "\n{}", alarms.join("\n"));
}
