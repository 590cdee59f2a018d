//! Decision tables: clauses, rules and hit policy.

use std::sync::Arc;

use gardesh_feel::{Expression, Value};

use super::Compiler;
use super::names::{Names, normalize};
use super::types::enumeration;
use crate::item_type::ItemType;
use crate::limits::{MAX_CLAUSES, MAX_RULES};
use crate::model::{Aggregator, HitPolicy, InputClause, Logic, OutputClause, Rule, Table, Test};
use crate::xml::{self, Node};

impl<'x> Compiler<'_, '_, 'x> {
    pub(super) fn table(&mut self, node: Node<'x>, names: &Names) -> Logic {
        let hit_policy = match self.hit_policy(node) {
            Ok(hit_policy) => hit_policy,
            Err(refused) => return refused,
        };
        let inputs: Vec<Node<'x>> = xml::children(node, "input").collect();
        let outputs: Vec<Node<'x>> = xml::children(node, "output").collect();
        let rules: Vec<Node<'x>> = xml::children(node, "rule").collect();
        if inputs.len() > MAX_CLAUSES || outputs.len() > MAX_CLAUSES || rules.len() > MAX_RULES {
            let message = format!(
                "Expected at most {MAX_CLAUSES} inputs, {MAX_CLAUSES} outputs and {MAX_RULES} rules in a \
                 decision table, but there are {}, {} and {}.",
                inputs.len(),
                outputs.len(),
                rules.len()
            );
            return self.invalid(node, "table-too-large", message);
        }
        if outputs.is_empty() {
            let message = "Expected an output in the decision table, but there is none.".to_owned();
            return self.invalid(node, "missing-output", message);
        }
        let single = outputs.len() == 1;
        let mut table = Table {
            hit_policy,
            inputs: inputs
                .iter()
                .map(|input| self.input(*input, names))
                .collect(),
            outputs: outputs
                .iter()
                .map(|output| self.output(*output, single, names))
                .collect(),
            rules: Vec::with_capacity(rules.len()),
        };
        if single && table.outputs[0].priorities.is_empty() {
            table.outputs[0].priorities = self.result_enumeration(node);
        }
        self.check_hit_policy(node, &table);
        for rule in rules {
            let rule = self.rule(rule, &table, names);
            table.rules.push(rule);
        }
        Logic::Table(Box::new(table))
    }

    fn hit_policy(&mut self, node: Node<'x>) -> Result<HitPolicy, Logic> {
        let aggregator = match node.attribute("aggregation") {
            None => None,
            Some("COUNT") => Some(Aggregator::Count),
            Some("SUM") => Some(Aggregator::Sum),
            Some("MIN") => Some(Aggregator::Min),
            Some("MAX") => Some(Aggregator::Max),
            Some(other) => {
                let message =
                    format!("Expected COUNT, SUM, MIN or MAX as aggregation, but it is {other:?}.");
                return Err(self.invalid(node, "unknown-aggregation", message));
            }
        };
        match node.attribute("hitPolicy").unwrap_or("UNIQUE") {
            "UNIQUE" => Ok(HitPolicy::Unique),
            "FIRST" => Ok(HitPolicy::First),
            "PRIORITY" => Ok(HitPolicy::Priority),
            "ANY" => Ok(HitPolicy::Any),
            "COLLECT" => Ok(HitPolicy::Collect(aggregator)),
            "RULE ORDER" => Ok(HitPolicy::RuleOrder),
            "OUTPUT ORDER" => Ok(HitPolicy::OutputOrder),
            other => {
                let message = format!(
                    "Expected UNIQUE, FIRST, PRIORITY, ANY, COLLECT, RULE ORDER or OUTPUT ORDER as hit policy, \
                     but it is {other:?}."
                );
                Err(self.invalid(node, "unknown-hit-policy", message))
            }
        }
    }

    fn check_hit_policy(&mut self, node: Node<'x>, table: &Table) {
        let by_priority = matches!(
            table.hit_policy,
            HitPolicy::Priority | HitPolicy::OutputOrder
        );
        if by_priority
            && table
                .outputs
                .iter()
                .all(|output| output.priorities.is_empty())
        {
            let message = "Expected outputValues on an output, as the hit policy orders by them, but there are \
                           none; the rules are taken in their own order.";
            self.report.warning(node, "missing-priorities", message);
        }
        let sums = matches!(
            table.hit_policy,
            HitPolicy::Collect(Some(Aggregator::Sum | Aggregator::Min | Aggregator::Max))
        );
        if sums && table.outputs.len() > 1 {
            let message = format!(
                "Expected one output to aggregate, but there are {}.",
                table.outputs.len()
            );
            self.report.error(node, "aggregation-of-many", message);
        }
    }

    fn input(&mut self, node: Node<'x>, names: &Names) -> InputClause {
        let expression = xml::child(node, "inputExpression");
        let source = expression.and_then(xml::source);
        let label = node.attribute("label").filter(|label| !label.is_empty());
        let label = label
            .or(source.as_deref().map(str::trim))
            .unwrap_or_default();
        let label: Arc<str> = label.into();
        let logic = match (expression, &source) {
            (Some(expression), Some(_)) => self.literal(expression, names),
            _ => {
                let message = "Expected an expression for the input, but there is none.".to_owned();
                self.invalid(node, "missing-expression", message)
            }
        };
        InputClause {
            id: node.attribute("id").unwrap_or_default().into(),
            label,
            expression: logic,
            declared: expression.and_then(|expression| self.types.of(expression, self.report)),
            allowed: self.allowed(node, "inputValues", names),
        }
    }

    fn output(&mut self, node: Node<'x>, single: bool, names: &Names) -> OutputClause {
        let name = node.attribute("name").unwrap_or_default();
        let label = node.attribute("label").unwrap_or_default();
        if name.is_empty() && !single {
            let message = "Expected a name on each of several outputs, but this one has none.";
            self.report.error(node, "missing-name", message);
        }
        let declared = self.types.of(node, self.report);
        let default = xml::child(node, "defaultOutputEntry");
        OutputClause {
            id: node.attribute("id").unwrap_or_default().into(),
            name: normalize(if name.is_empty() { label } else { name }),
            allowed: self.allowed(node, "outputValues", names),
            priorities: self.priorities(node, declared.as_deref()),
            declared,
            default: default
                .filter(|default| xml::source(*default).is_some())
                .map(|default| self.literal(default, names)),
        }
    }

    fn allowed(&mut self, node: Node<'x>, tag: &'static str, names: &Names) -> Option<Expression> {
        let node = xml::child(node, tag)?;
        let source = xml::source(node)?;
        match Expression::parse_unary_tests(&source, &names.set) {
            Ok(tests) => {
                self.look_at_names(node, &tests, names);
                Some(tests)
            }
            Err(error) => {
                super::syntax_error(node, &source, &error, self.report);
                None
            }
        }
    }

    fn priorities(&self, node: Node<'x>, declared: Option<&ItemType>) -> Vec<Value> {
        match xml::child(node, "outputValues") {
            Some(values) => enumeration(values),
            None => declared.map_or(Vec::new(), |declared| declared.enumeration().to_vec()),
        }
    }

    /// The allowed values of the decision that a table with one output is the whole of.
    fn result_enumeration(&mut self, node: Node<'x>) -> Vec<Value> {
        let around = node.parent_element();
        let declared = around.and_then(|around| self.variable_type(around));
        declared.map_or(Vec::new(), |declared| declared.enumeration().to_vec())
    }

    fn rule(&mut self, node: Node<'x>, table: &Table, names: &Names) -> Rule {
        let tests: Vec<Test> = xml::children(node, "inputEntry")
            .map(|entry| self.test(entry, names))
            .collect();
        let outputs: Vec<Logic> = xml::children(node, "outputEntry")
            .map(|entry| self.literal(entry, names))
            .collect();
        if tests.len() != table.inputs.len() || outputs.len() != table.outputs.len() {
            let message = format!(
                "Expected {} input and {} output entries in the rule, but there are {} and {}.",
                table.inputs.len(),
                table.outputs.len(),
                tests.len(),
                outputs.len()
            );
            self.report.error(node, "wrong-number-of-cells", message);
        }
        Rule {
            id: node.attribute("id").unwrap_or_default().into(),
            tests,
            outputs,
        }
    }

    /// Unary tests; empty ones are like `-`.
    fn test(&mut self, node: Node<'x>, names: &Names) -> Test {
        if let Some(Logic::Invalid(reason)) = self.other_language(node) {
            return Test::Invalid(reason);
        }
        let Some(source) = xml::source(node) else {
            return Test::Any;
        };
        if source.trim() == "-" {
            return Test::Any;
        }
        match Expression::parse_unary_tests(&source, &names.set) {
            Ok(expression) => {
                self.look_at_names(node, &expression, names);
                Test::Tests {
                    constants: constants(&source, names),
                    expression,
                }
            }
            Err(error) => Test::Invalid(super::syntax_error(node, &source, &error, self.report)),
        }
    }
}

/// The tests as constants, where all of them are numbers, strings or booleans to be equal to, or
/// ranges of numbers or strings. These need no evaluator.
fn constants(source: &str, names: &Names) -> Option<Box<[Value]>> {
    let source = source.trim();
    let as_list = match source.as_bytes().first()? {
        b'<' | b'>' => format!("[({source})]"),
        b'n' if source.starts_with("not") => return None,
        _ => format!("[{source}]"),
    };
    let list = Expression::parse_with_names(&as_list, &names.set).ok()?;
    let Value::List(values) = list.constant()? else {
        return None;
    };
    let simple =
        |value: &Value| matches!(value, Value::Number(_) | Value::String(_) | Value::Bool(_));
    let plain = values.iter().all(|value| match value {
        Value::Range(range) => {
            let mut ends = [&range.start, &range.end].into_iter().flatten();
            ends.all(|end| matches!(end, Value::Number(_) | Value::String(_)))
        }
        value => simple(value),
    });
    (plain && !values.is_empty()).then(|| values.into_vec().into())
}
