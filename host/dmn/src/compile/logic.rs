//! Boxed expressions, each compiled in the scope of names around it. Decision tables have a file of
//! their own.

use std::collections::BTreeSet;
use std::sync::Arc;

use gardesh_feel::{Expression, Parameter, Value};

use super::Compiler;
use super::names::{Names, normalize};
use crate::limits::{MAX_ENTRIES, MAX_NESTING};
use crate::model::{Boxed, FunctionDefinition, Iterator, Logic, Node as GraphNode, Table, Test};
use crate::xml::{self, Node};

/// Element names of boxed expressions.
const EXPRESSIONS: [&str; 12] = [
    "literalExpression",
    "decisionTable",
    "context",
    "list",
    "relation",
    "invocation",
    "functionDefinition",
    "conditional",
    "filter",
    "for",
    "some",
    "every",
];

fn expressions<'x>(node: Node<'x>) -> impl std::iter::Iterator<Item = Node<'x>> {
    node.children()
        .filter(|child| xml::tag(*child).is_some_and(|tag| EXPRESSIONS.contains(&tag)))
}

impl<'x> Compiler<'_, '_, 'x> {
    /// The expression inside a node, where there is one.
    pub(super) fn child_expression(
        &mut self,
        node: Node<'x>,
        names: &Names,
        depth: usize,
    ) -> Option<Boxed> {
        let expression = expressions(node).next()?;
        Some(self.boxed(expression, names, depth + 1))
    }

    /// How a decision is made. One that does not say so, as in a model that is still being drawn, is null and
    /// gives this as the reason.
    pub(super) fn decision_logic(
        &mut self,
        source: Node<'x>,
        decision: &GraphNode,
        names: &Names,
    ) -> Boxed {
        let logic = self.child_expression(source, names, 0);
        logic.unwrap_or_else(|| {
            let message = format!(
                "Expected decision '{}' to have a decision table, literal expression or another boxed expression, but it has none; its result is null.",
                decision.id
            );
            self.report.warning(source, "missing-logic", message.as_str());
            plain(Logic::Invalid(message.into()))
        })
    }

    /// The body of a function that has none.
    fn no_body(&mut self, around: Node<'x>) -> Boxed {
        let message =
            "Expected the function to have an expression, but it has none; its result is null.";
        self.report.warning(around, "missing-logic", message);
        plain(Logic::Invalid(message.into()))
    }

    /// The expression inside a node that must have one.
    fn required(
        &mut self,
        node: Option<Node<'x>>,
        around: Node<'x>,
        names: &Names,
        depth: usize,
    ) -> Boxed {
        let compiled = node.and_then(|node| self.child_expression(node, names, depth));
        compiled.unwrap_or_else(|| {
            let message = format!(
                "Expected an expression in each part of {:?}, but one is missing.",
                around.tag_name().name()
            );
            plain(self.invalid(around, "missing-expression", message))
        })
    }

    fn boxed(&mut self, node: Node<'x>, names: &Names, depth: usize) -> Boxed {
        if depth > MAX_NESTING {
            let message = format!(
                "Expected expressions nested at most {MAX_NESTING} deep, but here is one more."
            );
            return plain(self.invalid(node, "nested-too-deep", message));
        }
        let logic = match xml::tag(node) {
            Some("literalExpression") => self.literal(node, names),
            Some("decisionTable") => self.table(node, names),
            Some("context") => self.context(node, names, depth),
            Some("list") => Logic::List(
                expressions(node)
                    .map(|item| self.boxed(item, names, depth + 1))
                    .collect(),
            ),
            Some("relation") => self.relation(node, names, depth),
            Some("invocation") => self.invocation(node, names, depth),
            Some("functionDefinition") => Logic::Function(Arc::new(self.function_definition(
                Some(node),
                node,
                names,
                depth,
            ))),
            Some("conditional") => {
                let mut part = |tag| self.required(xml::child(node, tag), node, names, depth);
                Logic::Conditional(Box::new([part("if"), part("then"), part("else")]))
            }
            Some("filter") => self.filter(node, names, depth),
            Some("for") => self.iterator(node, "return", names, depth, Logic::For),
            Some("some") => self.iterator(node, "satisfies", names, depth, Logic::Some),
            _ => self.iterator(node, "satisfies", names, depth, Logic::Every),
        };
        let declared = match logic {
            // A function's type reference may name its result.
            Logic::Function(_) => None,
            _ => self.types.of(node, self.report),
        };
        Boxed { logic, declared }
    }

    pub(super) fn literal(&mut self, node: Node<'x>, names: &Names) -> Logic {
        if let Some(refused) = self.other_language(node) {
            return refused;
        }
        match xml::source(node) {
            Some(source) => self.expression(node, &source, names),
            None if xml::child(node, "importedValues").is_some() => {
                let message = "Expected the text of an expression, but its values are imported, which is not supported.";
                self.invalid(node, "imported-values", message.to_owned())
            }
            None => Logic::Constant(Value::Null),
        }
    }

    /// Refuses expressions that are not FEEL.
    pub(super) fn other_language(&mut self, node: Node<'x>) -> Option<Logic> {
        let root = node.document().root_element();
        let language = node
            .attribute("expressionLanguage")
            .or_else(|| root.attribute("expressionLanguage"))?;
        if language.is_empty() || language.to_ascii_lowercase().contains("feel") {
            return None;
        }
        let message = format!("Expected an expression in FEEL, but its language is {language:?}.");
        Some(self.invalid(node, "unsupported-language", message))
    }

    /// A scope within another one, or the logic that stands for having too many.
    fn inner(&mut self, node: Node<'x>, names: &Names) -> Result<Names, Logic> {
        names
            .inner(&mut self.copies)
            .ok_or_else(|| Logic::Invalid(super::too_many_names(node, self.report)))
    }

    /// Refuses a node with more children of a kind than have names in one scope.
    fn too_many_entries(&mut self, node: Node<'x>, tag: &'static str) -> Option<Logic> {
        xml::children(node, tag).nth(MAX_ENTRIES)?;
        let message =
            format!("Expected at most {MAX_ENTRIES} of {tag:?} here, but there are more.");
        Some(self.invalid(node, "too-many-entries", message))
    }

    fn context(&mut self, node: Node<'x>, names: &Names, depth: usize) -> Logic {
        if let Some(refused) = self.too_many_entries(node, "contextEntry") {
            return refused;
        }
        let mut names = match self.inner(node, names) {
            Ok(names) => names,
            Err(refused) => return refused,
        };
        let (mut entries, mut result) = (Vec::new(), None);
        let mut seen = BTreeSet::new();
        for entry in xml::children(node, "contextEntry") {
            let variable = xml::child(entry, "variable");
            let name = variable.and_then(|variable| variable.attribute("name"));
            let name = name.filter(|name| !name.trim().is_empty()).map(normalize);
            if let Some(name) = name.as_ref().filter(|_| holds_function(entry)) {
                names.declare(name);
            }
            let mut value = self.required(Some(entry), entry, &names, depth);
            let Some(name) = name else {
                if result.replace(Box::new(value)).is_some() {
                    let message =
                        "Expected one entry without a name, the result, but here is another.";
                    self.report.error(entry, "second-result", message);
                }
                continue;
            };
            if !matches!(value.logic, Logic::Function(_)) {
                let declared = variable.and_then(|variable| self.types.of(variable, self.report));
                value.declared = declared.or(value.declared);
            }
            if !seen.insert(name.clone()) {
                let message = format!("Expected each entry once, but {:?} occurs twice.", &*name);
                self.report.error(entry, "duplicate-entry", message);
            }
            names.declare_as(&name, value.declared.as_deref());
            entries.push((name, value));
        }
        Logic::Context { entries, result }
    }

    fn relation(&mut self, node: Node<'x>, names: &Names, depth: usize) -> Logic {
        let mut columns = Vec::new();
        for column in xml::children(node, "column") {
            let name = normalize(column.attribute("name").unwrap_or_default());
            columns.push((name, self.types.of(column, self.report)));
        }
        let mut rows = Vec::new();
        for row in xml::children(node, "row") {
            let cells: Vec<Boxed> = expressions(row)
                .map(|cell| self.boxed(cell, names, depth + 1))
                .collect();
            if cells.len() != columns.len() {
                let message = format!(
                    "Expected {} cells in the row, one for each column, but there are {}.",
                    columns.len(),
                    cells.len()
                );
                self.report.error(row, "wrong-number-of-cells", message);
            }
            rows.push(cells);
        }
        Logic::Relation { columns, rows }
    }

    fn invocation(&mut self, node: Node<'x>, names: &Names, depth: usize) -> Logic {
        let callee = self.required(Some(node), node, names, depth);
        if let Logic::Literal(expression) = &callee.logic
            && let Some(name) = expression.name()
        {
            self.look_at_callee(name);
        }
        let mut bindings = Vec::new();
        for binding in xml::children(node, "binding") {
            let parameter = xml::child(binding, "parameter");
            let Some(name) = parameter.and_then(|parameter| parameter.attribute("name")) else {
                let message = "Expected the name of a parameter in the binding, but there is none.";
                self.report.error(binding, "missing-name", message);
                continue;
            };
            let value = self
                .child_expression(binding, names, depth)
                .unwrap_or_else(|| plain(Logic::Constant(Value::Null)));
            bindings.push((normalize(name), value));
        }
        Logic::Invocation {
            callee: Box::new(callee),
            bindings,
        }
    }

    fn filter(&mut self, node: Node<'x>, names: &Names, depth: usize) -> Logic {
        let list = self.required(xml::child(node, "in"), node, names, depth);
        let mut inner = match self.inner(node, names) {
            Ok(inner) => inner,
            Err(refused) => return refused,
        };
        let shape = match (&list.declared, &list.logic) {
            (Some(declared), _) => Some(&declared.shape),
            (None, Logic::Literal(expression)) => {
                expression.name().and_then(|name| names.set.shape(name))
            }
            _ => None,
        };
        inner.declare("item");
        inner.set.declare_item(shape.cloned());
        inner.of_item = true;
        let condition = self.required(xml::child(node, "match"), node, &inner, depth);
        Logic::Filter(Box::new([list, condition]))
    }

    fn iterator(
        &mut self,
        node: Node<'x>,
        body: &'static str,
        names: &Names,
        depth: usize,
        kind: fn(Box<Iterator>) -> Logic,
    ) -> Logic {
        let variable = normalize(node.attribute("iteratorVariable").unwrap_or_default());
        if variable.is_empty() {
            let message = "Expected an iteratorVariable, but there is none.".to_owned();
            return self.invalid(node, "missing-name", message);
        }
        let source = self.required(xml::child(node, "in"), node, names, depth);
        let mut inner = match self.inner(node, names) {
            Ok(inner) => inner,
            Err(refused) => return refused,
        };
        inner.declare(&variable);
        inner.declare("partial");
        let body = self.required(xml::child(node, body), node, &inner, depth);
        kind(Box::new(Iterator {
            variable,
            source,
            body,
        }))
    }

    /// The function that a node defines; `around` is what to blame when there is none.
    pub(super) fn function_definition(
        &mut self,
        node: Option<Node<'x>>,
        around: Node<'x>,
        names: &Names,
        depth: usize,
    ) -> FunctionDefinition {
        let mut definition = FunctionDefinition {
            parameters: Vec::new(),
            types: Vec::new(),
            body: plain(Logic::Constant(Value::Null)),
            free: Vec::new(),
        };
        let mut inner = match self.inner(around, names) {
            Ok(inner) => inner,
            Err(refused) => {
                definition.body.logic = refused;
                return definition;
            }
        };
        let Some(node) = node else {
            definition.body = self.no_body(around);
            return definition;
        };
        if let Some(refused) = self.too_many_entries(node, "formalParameter") {
            definition.body.logic = refused;
            return definition;
        }
        for parameter in xml::children(node, "formalParameter") {
            let name = normalize(parameter.attribute("name").unwrap_or_default());
            let declared = self.types.of(parameter, self.report);
            inner.declare_as(&name, declared.as_deref());
            definition.parameters.push(Parameter {
                name,
                declared: declared.as_ref().map(|declared| (*declared.shape).clone()),
            });
            definition.types.push(declared);
        }
        let kind = node.attribute("kind").unwrap_or("FEEL");
        if kind != "FEEL" {
            let message = format!(
                "Expected a function in FEEL, but its kind is {kind:?}, which is not run; its result is null."
            );
            self.report
                .warning(node, "unsupported-function", message.as_str());
            definition.body = plain(Logic::Invalid(message.into()));
        } else {
            let body = self.child_expression(node, &inner, depth);
            definition.body = body.unwrap_or_else(|| self.no_body(around));
        }
        let mut free = BTreeSet::new();
        free_names(&definition.body, &mut free);
        for parameter in &definition.parameters {
            free.remove(&*parameter.name);
        }
        definition.free = free.into_iter().map(Into::into).collect();
        definition
    }
}

/// Whether a context entry is a function, which can call itself by the name of the entry.
fn holds_function(entry: Node<'_>) -> bool {
    xml::child(entry, "functionDefinition").is_some()
}

fn plain(logic: Logic) -> Boxed {
    Boxed {
        logic,
        declared: None,
    }
}

/// Collects all names that the expressions mention, those included that they define themselves.
fn free_names(boxed: &Boxed, free: &mut BTreeSet<String>) {
    match &boxed.logic {
        Logic::Constant(_) | Logic::Invalid(_) => {}
        Logic::Literal(expression) => mention(expression, free),
        Logic::Table(table) => table_names(table, free),
        Logic::Context { entries, result } => {
            let values = entries.iter().map(|(_, value)| value);
            values
                .chain(result.as_deref())
                .for_each(|value| free_names(value, free));
        }
        Logic::List(items) => items.iter().for_each(|item| free_names(item, free)),
        Logic::Relation { rows, .. } => rows
            .iter()
            .flatten()
            .for_each(|cell| free_names(cell, free)),
        Logic::Invocation { callee, bindings } => {
            let values = bindings.iter().map(|(_, value)| value);
            values
                .chain([&**callee])
                .for_each(|value| free_names(value, free));
        }
        Logic::Function(definition) => {
            free.extend(definition.free.iter().map(|name| name.to_string()));
        }
        Logic::Conditional(parts) => parts.iter().for_each(|part| free_names(part, free)),
        Logic::Filter(parts) => parts.iter().for_each(|part| free_names(part, free)),
        Logic::For(iterator) | Logic::Some(iterator) | Logic::Every(iterator) => {
            free_names(&iterator.source, free);
            free_names(&iterator.body, free);
        }
    }
}

fn table_names(table: &Table, free: &mut BTreeSet<String>) {
    let mut logic = |logic: &Logic| {
        if let Logic::Literal(expression) = logic {
            mention(expression, free);
        }
    };
    for input in &table.inputs {
        logic(&input.expression);
    }
    for output in &table.outputs {
        output.default.iter().for_each(&mut logic);
    }
    for rule in &table.rules {
        rule.outputs.iter().for_each(&mut logic);
    }
    let allowed_inputs = table
        .inputs
        .iter()
        .filter_map(|input| input.allowed.as_ref());
    let allowed_outputs = table
        .outputs
        .iter()
        .filter_map(|output| output.allowed.as_ref());
    for allowed in allowed_inputs.chain(allowed_outputs) {
        mention(allowed, free);
    }
    for test in table.rules.iter().flat_map(|rule| &rule.tests) {
        if let Test::Tests { expression, .. } = test {
            mention(expression, free);
        }
    }
}

fn mention(expression: &Expression, free: &mut BTreeSet<String>) {
    for name in expression.names() {
        if !free.contains(name) {
            free.insert(name.to_owned());
        }
    }
}
