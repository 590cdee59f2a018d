//! How long a decision takes: the four-rule table that the aims are stated for, and a large one.

use divan::{Bencher, black_box};
use gardesh_dmn::{DecisionModel, compile};
use gardesh_feel::{Context, Environment, Value};

fn main() {
    divan::main();
}

fn model(rules: usize) -> DecisionModel {
    let rule = |place: usize| {
        let (low, high) = (place * 1000, (place + 1) * 1000);
        let tier = ["gold", "silver"][place % 2];
        format!(
            r#"<rule id="r{place}"><inputEntry><text>[{low}..{high})</text></inputEntry><inputEntry><text>"{tier}","bronze"</text></inputEntry><outputEntry><text>{place}</text></outputEntry></rule>"#
        )
    };
    let rules: String = (0..rules).map(rule).collect();
    let xml = format!(
        r##"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" namespace="bench">
<inputData id="a" name="amount"><variable name="amount" typeRef="number"/></inputData>
<inputData id="t" name="tier"><variable name="tier" typeRef="string"/></inputData>
<decision id="d" name="discount"><variable name="discount" typeRef="number"/>
<informationRequirement><requiredInput href="#a"/></informationRequirement>
<informationRequirement><requiredInput href="#t"/></informationRequirement>
<decisionTable><input id="i1"><inputExpression typeRef="number"><text>amount</text></inputExpression></input>
<input id="i2"><inputExpression typeRef="string"><text>tier</text></inputExpression></input><output id="o" name="discount"/>{rules}</decisionTable></decision></definitions>"##
    );
    compile(&xml).expect("a model")
}

fn inputs() -> Context {
    let entries = [("amount", Value::from(2500)), ("tier", Value::from("gold"))];
    entries.into_iter().collect()
}

#[divan::bench(args = [4, 1000])]
fn rules(bencher: Bencher<'_, '_>, rules: usize) {
    let (model, inputs, environment) = (model(rules), inputs(), Environment::default());
    assert_eq!(model.evaluate("d", &inputs, &environment).value, 2.into());
    bencher.bench_local(|| model.evaluate("d", black_box(&inputs), &environment));
}

#[divan::bench]
fn compile_a_thousand_rules(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| model(black_box(1000)));
}
