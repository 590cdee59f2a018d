//! Names that mean nothing where they stand: which are warned of, and above all which are not.

use gardesh_dmn::DecisionModel;

use crate::support::{compiled, definitions, literal, named};

/// Element, rule and what is quoted of the unknown name, by warning.
fn warnings(model: &DecisionModel) -> Vec<String> {
    let warnings = model.warnings().iter().map(|found| {
        assert!(
            found.message.starts_with("Expected ") && found.line > 1,
            "{found}"
        );
        let quoted: Vec<_> = found.message.split('"').skip(1).step_by(2).collect();
        let id = found.element_id.as_deref().unwrap_or_default();
        format!("{id} {} {}", found.code, quoted[1..].join(" "))
    });
    warnings.collect()
}

/// A decision `d` that requires an input `season`, a decision `guest count` and a knowledge model `rate`, none of
/// which the decision `other` requires.
fn model(logic: &str) -> String {
    definitions(&format!(
        r##"<inputData id="season" name="season"/>
        <decision id="guests" name="guest count">{}</decision>
        <businessKnowledgeModel id="rate" name="rate"><encapsulatedLogic>
          <formalParameter name="x"/>{}</encapsulatedLogic></businessKnowledgeModel>
        <decision id="other" name="other">{}</decision>
        <decision id="d" name="d">
          <informationRequirement><requiredInput href="#season"/></informationRequirement>
          <informationRequirement><requiredDecision href="#guests"/></informationRequirement>
          <knowledgeRequirement><requiredKnowledge href="#rate"/></knowledgeRequirement>
          {logic}</decision>"##,
        literal("12"),
        literal("x * 2"),
        literal("1"),
    ))
}

#[test]
fn literal_expressions_of_a_decision() {
    for (source, expected) in [
        ("season + guest count + rate(3)", vec![]),
        ("rate(x: 3)", vec![]),
        ("sum([1, 2]) + count([season])", vec![]),
        ("{x: 1, y: x + 1}.y", vec![]),
        ("for i in [1] return i + partial[-1]", vec![]),
        ("season[price > 3]", vec![]),
        (
            "season[lenght(name) > 3]",
            vec!["unknown-function lenght string length"],
        ),
        ("is defined(nothing) and season", vec![]),
        // The decision uses what it declares, so it is to declare everything.
        ("season + sesaon", vec!["unknown-name sesaon season"]),
        ("season + budget", vec!["unknown-name budget"]),
        ("season + Season", vec!["unknown-name Season season"]),
        // It uses nothing that it declares: this may be a table on variables of a process.
        ("budget + 1", vec![]),
        ("Season = \"x\"", vec![]),
        ("sesaon", vec!["unknown-name sesaon season"]),
        // No variable of a process is a function.
        (
            "lenght(season)",
            vec!["unknown-function lenght string length"],
        ),
        ("rat(3)", vec!["unknown-function rat"]),
        ("approve(3)", vec!["unknown-function approve"]),
        // A name of the model is seen through a requirement only.
        ("other + 1", vec!["not-required other other"]),
        ("d + 1", vec!["own-name d"]),
        ("budget(1) + budget(2)", vec!["unknown-function budget"]),
    ] {
        let logic = format!(
            "<literalExpression id=\"e\"><text>{}</text></literalExpression>",
            crate::support::escaped(source)
        );
        let found = warnings(&compiled(&model(&logic)));
        let expected: Vec<_> = expected.iter().map(|text| format!("e {text}")).collect();
        assert_eq!(found, expected, "{source}");
    }
}

#[test]
fn knowledge_models_see_nothing_from_outside() {
    for (source, expected) in [
        ("x + y", vec!["unknown-name y"]),
        ("if x = 0 then 1 else f(x - 1)", vec![]),
        ("x + limit", vec!["not-required limit limit"]),
        ("[x][price > 1]", vec![]),
    ] {
        let model = definitions(&format!(
            r#"<inputData id="limit" name="limit"/>
            <businessKnowledgeModel id="f" name="f"><encapsulatedLogic>
              <formalParameter name="x"/>{}</encapsulatedLogic></businessKnowledgeModel>"#,
            literal(source)
        ));
        let expected: Vec<_> = expected.iter().map(|text| format!("f {text}")).collect();
        assert_eq!(warnings(&compiled(&model)), expected, "{source}");
    }
}

#[test]
fn boxed_expressions_bring_names_of_their_own() {
    let boxed = format!(
        r#"<context>
          <contextEntry><variable name="base fee"/>{}</contextEntry>
          <contextEntry><variable name="twice"/><functionDefinition>
            <formalParameter name="n"/>{}</functionDefinition></contextEntry>
          <contextEntry><variable name="kept"/>
            <filter><in>{}</in><match>{}</match></filter></contextEntry>
          <contextEntry><variable name="all"/>
            <for iteratorVariable="one"><in>{}</in><return>{}</return></for></contextEntry>
          <contextEntry><variable name="called"/><invocation>{}
            <binding><parameter name="x"/>{}</binding></invocation></contextEntry>
          <contextEntry>{}</contextEntry></context>"#,
        literal("season"),
        literal("if n = 0 then 0 else twice(n - 1) + base fee"),
        literal("season"),
        literal("item > 3 and price < base fee"),
        literal("kept"),
        literal("one + count(partial)"),
        literal("rate"),
        literal("base fee"),
        literal("called + twice(1) + bsae + fee"),
    );
    let found = warnings(&compiled(&model(&boxed)));
    assert_eq!(found, ["d unknown-name bsae", "d unknown-name fee"]);
    let invoked = |name: &str| {
        let callee = literal(name);
        warnings(&compiled(&model(&format!(
            "<invocation>{callee}</invocation>"
        ))))
    };
    assert_eq!(invoked("raet"), ["d unknown-function raet rate"]);
    assert_eq!(invoked("other"), ["d not-required other other"]);
    assert_eq!(invoked("sum"), Vec::<String>::new());
}

#[test]
fn a_table_is_warned_of_once_for_each_name() {
    let table = |input: &str, cells: [&str; 2]| {
        let rules = cells.map(|cell| {
            format!(
                "<rule><inputEntry id=\"c\"><text>{cell}</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>"
            )
        });
        format!(
            "<decisionTable><input><inputExpression><text>{input}</text></inputExpression></input><output/>{}</decisionTable>",
            rules.join("")
        )
    };
    for (input, cells, expected) in [
        ("season", ["\"Winter\"", "-"], vec![]),
        ("season", ["? > 1", "not(guest count)"], vec![]),
        (
            "season",
            ["Winter", "Winter, Summer"],
            vec!["c unknown-name Winter", "c unknown-name Summer"],
        ),
        // Such tables work on variables of a process.
        ("wether", ["Winter", "-"], vec![]),
    ] {
        let found = warnings(&compiled(&model(&table(input, cells))));
        assert_eq!(found, expected, "{input} {cells:?}");
    }
}

#[test]
fn names_of_imported_models_are_known() {
    let base = compiled(&named("base", r#"<inputData id="limit" name="limit"/>"#));
    let source = literal("base.limit + base.limti");
    let importing = format!(
        r#"<import name="base" namespace="base" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>
        <decision id="d" name="d">
          <informationRequirement><requiredInput href="base#limit"/></informationRequirement>{source}</decision>"#
    );
    let model = gardesh_dmn::compile_with(&named("main", &importing), &[&base]).unwrap();
    assert_eq!(warnings(&model), Vec::<String>::new());
}

#[test]
fn a_flood_of_unknown_names_is_cut() {
    let sum: Vec<_> = (0..5_000).map(|i| format!("unknown{i}(1)")).collect();
    let list = literal(&format!("[{}]", sum.join(", ")));
    let found = compiled(&model(&list)).warnings().len();
    assert_eq!(found, gardesh_dmn::limits::MAX_UNKNOWN_NAMES);
}
