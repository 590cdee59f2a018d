//! Decision models: the seeds of the fuzzing, which cover every hit policy and boxed expression,
//! and the richest model of our tests.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dsntk_model_evaluator::ModelEvaluator;
use gardesh_dmn::ElementKind;
use gardesh_feel::Environment;

use crate::compare::Comparison;
use crate::engines::{dsntk, guarded, ours};
use crate::plain::Precision;

/// Contexts that every decision is evaluated in.
const INPUTS: [&str; 6] = [
    r#"{n: 1, s: "gold", l: [1, 2], d: date("2024-02-29"), Applicant: {first name: "Ada", age: 42}}"#,
    r#"{n: 4, s: "silver", l: [], d: date("2023-12-31"), Applicant: {first name: "Eve", age: 17}}"#,
    r#"{n: 8, s: "", l: [5, 3, 1], d: date("2024-01-01"), Applicant: {first name: "", age: 99}}"#,
    "{n: 9, l: [1]}",
    "{n: 2.5, l: [1]}",
    "{n: 3, l: [0]}",
];

pub fn compare(comparison: &mut Comparison) {
    for path in files() {
        let xml = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("Expected to read {}, but {error}", path.display()));
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy())
            .unwrap_or_default();
        // The others want a URI with a scheme.
        let xml = xml.replace(" namespace=\"", " namespace=\"https://");
        compare_model(comparison, &name, &xml);
    }
}

fn files() -> Vec<PathBuf> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let seeds = std::fs::read_dir(tests.join("fuzz/corpus/dmn")).expect("the seeds of the fuzzing");
    let mut files: Vec<PathBuf> = seeds.flatten().map(|entry| entry.path()).collect();
    files.push(tests.join("../host/dmn/tests/model/rich.dmn"));
    files.sort();
    files
}

fn compare_model(comparison: &mut Comparison, file: &str, xml: &str) {
    let Ok(model) = gardesh_dmn::compile(xml) else {
        return;
    };
    let theirs: Result<Arc<ModelEvaluator>, String> = dsntk_model::parse(xml)
        .and_then(|definitions| ModelEvaluator::new(&[definitions]))
        .map_err(|error| error.to_string());
    for element in model.elements().filter(|e| e.kind == ElementKind::Decision) {
        for inputs in INPUTS {
            let subject = format!("{file}: decision {} of {inputs}", element.id);
            comparison.count();
            let own = guarded(|| {
                let scope = ours::context_of(inputs);
                let outcome = model.evaluate(element.id, &scope, &Environment::default());
                Ok(ours::plain(&outcome.value))
            });
            let other = guarded(|| {
                let evaluator = theirs.as_ref().map_err(Clone::clone)?;
                let context = dsntk::context_of(inputs)?;
                let value = evaluator.evaluate_invocable(
                    model.namespace(),
                    model.name(),
                    element.name,
                    &context,
                );
                dsntk::plain(&value)
            });
            comparison.weigh("dsntk", Precision::Full, &subject, &own, other);
        }
    }
}
