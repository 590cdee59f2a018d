//! The DMN Technology Compatibility Kit: every case of every model, through the public interface.
//! A listed failure that passes fails the run, as does one that is not listed.

use std::collections::BTreeMap;

use gardesh_dmn::{DecisionModel, Diagnostic, read};
use gardesh_feel::{Environment, Value};
use gardesh_kit::{Case, EXPECTED_FAILURES, LEVELS, Model, close, corpus, models};

/// Rules about names.
const NAME_RULES: [&str; 4] = [
    "unknown-function",
    "unknown-name",
    "not-required",
    "own-name",
];

/// How many cases of a level passed, and what became of the others.
#[derive(Default)]
struct Tally {
    passed: usize,
    failures: BTreeMap<String, String>,
}

impl Tally {
    fn share(&self) -> f64 {
        let all = self.passed + self.failures.len();
        100.0 * self.passed as f64 / all as f64
    }
}

#[test]
fn level_2_passes_whole() {
    let Some(tally) = run("compliance-level-2") else {
        return;
    };
    assert!(tally.passed >= 120, "the kit has more cases");
    assert!(tally.failures.is_empty(), "level 2 is to pass whole");
}

#[test]
fn level_3_passes_to_99_percent() {
    let Some(tally) = run("compliance-level-3") else {
        return;
    };
    assert!(tally.passed >= 2_000, "the kit has more cases");
    assert!(
        tally.share() >= 99.0,
        "at least 99 % of level 3 are to pass"
    );
}

/// Runs a level, prints what failed, and holds that to the list.
fn run(level: &str) -> Option<Tally> {
    let folder = corpus(level)?;
    let mut tally = Tally::default();
    for model in models(&folder) {
        let compiled = compile(&model);
        for case in &model.cases {
            run_case(&model.folder, &compiled, case, &mut tally);
        }
    }
    for (case, reason) in &tally.failures {
        println!("FAILED {case}: {reason}");
    }
    println!(
        "{level}: {} passed, {} failed ({:.2} %)",
        tally.passed,
        tally.failures.len(),
        tally.share()
    );
    let listed = |case: &str| EXPECTED_FAILURES.iter().any(|(known, _)| *known == case);
    let unlisted: Vec<&String> = tally.failures.keys().filter(|case| !listed(case)).collect();
    assert!(
        unlisted.is_empty(),
        "these cases are to pass: {unlisted:#?}"
    );
    let of_level = |case: &str| {
        folder
            .join(case.split(' ').next().unwrap_or_default())
            .is_dir()
    };
    let stale: Vec<&str> = EXPECTED_FAILURES
        .iter()
        .map(|(case, _)| *case)
        .filter(|case| of_level(case) && !tally.failures.contains_key(*case))
        .collect();
    assert!(
        stale.is_empty(),
        "these cases pass now, take them off the list: {stale:#?}"
    );
    Some(tally)
}

fn run_case(folder: &str, model: &DecisionModel, case: &Case, tally: &mut Tally) {
    for (name, expected) in &case.results {
        let key = format!("{folder} {} {name}", case.id);
        let (actual, reasons) = decide(model, case, name);
        if close(expected, &actual) {
            tally.passed += 1;
        } else {
            let reason = format!("expected {expected}, but got {actual}; {reasons}");
            tally.failures.insert(key, reason);
        }
    }
}

/// The value of the result that a case names, and the reasons for nulls.
fn decide(model: &DecisionModel, case: &Case, name: &str) -> (Value, String) {
    let environment = Environment::default();
    let Some(service) = &case.service else {
        let id = id_of(model, name);
        let outcome = model.evaluate(&id, &case.inputs, &environment);
        return (outcome.value.clone(), outcome.reasons());
    };
    let id = id_of(model, service);
    let outcome = model.evaluate_service(&id, &case.inputs, &environment);
    let value = match &outcome.value {
        // The decision that a result names is one of several outputs.
        Value::Context(outputs) if case.results.len() > 1 => outputs.get(name).cloned(),
        value => Some(value.clone()),
    };
    (value.unwrap_or_default(), outcome.reasons())
}

fn id_of(model: &DecisionModel, name: &str) -> String {
    let found = model.elements().find(|element| element.name == name);
    found.map_or(String::new(), |element| element.id.to_owned())
}

/// The model, compiled with those that lie beside it. Some hold expressions that are wrong on
/// purpose, so all that can be read is.
fn compile(model: &Model) -> DecisionModel {
    let mut beside: Vec<&(String, String)> = model.files.iter().collect();
    // What imports nothing comes first; then those whose imports are there.
    let mut models: Vec<DecisionModel> = Vec::new();
    while !beside.is_empty() {
        let known: Vec<&DecisionModel> = models.iter().collect();
        let ready = beside.iter().position(|(_, xml)| {
            let missing = |found: &Diagnostic| found.code == "missing-import";
            !read(xml, &known).diagnostics.iter().any(missing)
        });
        let (name, xml) =
            beside.remove(ready.expect("models that import each other in some order"));
        let reading = read(xml, &known);
        for diagnostic in &reading.diagnostics {
            println!("{}/{name}: {diagnostic}", model.folder);
        }
        let compiled = reading.model.expect("a decision model");
        if *name == model.file {
            return compiled;
        }
        models.push(compiled);
    }
    panic!("{} is not in {}", model.file, model.folder);
}

#[test]
fn names_of_the_models_raise_no_false_alarm() {
    let mut alarms = Vec::new();
    for level in LEVELS {
        let Some(folder) = corpus(level) else { return };
        for model in models(&folder) {
            let compiled = compile(&model);
            let found = compiled.warnings().iter();
            let of_names = found.filter(|found| NAME_RULES.contains(&found.code));
            alarms.extend(of_names.map(|found| format!("{}: {found}", model.folder)));
        }
    }
    assert_eq!(alarms, Vec::<String>::new());
}
