//! Item definitions and type references, read into types. What types do with values is in
//! `item_type.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gardesh_feel::{Expression, NameSet, Type, Value};
use gardesh_xml::Report;

use super::names::{Copies, Vocabulary, normalize};
use crate::item_type::{ItemType, Parts};
use crate::limits::{MAX_TYPE_DEPTH, MAX_TYPE_SIZE};
use crate::xml::{self, Node};

/// The types of one file.
pub(crate) struct Types<'x> {
    definitions: BTreeMap<Arc<str>, Node<'x>>,
    /// Definitions that were read, and imported ones by `import.name`.
    known: BTreeMap<Arc<str>, Arc<ItemType>>,
    /// Definitions that are being read, to notice those that contain themselves.
    open: BTreeSet<Arc<str>>,
}

/// What reading the definitions works with.
struct Pass<'a, 'p> {
    vocabulary: &'a Vocabulary,
    copies: &'a mut Copies,
    report: &'a mut Report<'p>,
}

impl<'x> Types<'x> {
    /// Reads all item definitions and makes their names known to expressions.
    pub fn read(
        definitions: Node<'x>,
        imported: BTreeMap<Arc<str>, Arc<ItemType>>,
        vocabulary: &mut Vocabulary,
        copies: &mut Copies,
        report: &mut Report<'_>,
    ) -> Types<'x> {
        let mut types = Types {
            definitions: BTreeMap::new(),
            known: imported,
            open: BTreeSet::new(),
        };
        for node in xml::children(definitions, "itemDefinition") {
            let Some(name) = node.attribute("name") else {
                report.error(
                    node,
                    "missing-name",
                    "Expected a name on the item definition, but it has none.",
                );
                continue;
            };
            if types.definitions.insert(normalize(name), node).is_some() {
                let message =
                    format!("Expected one item definition {name:?}, but here is another.");
                report.error(node, "duplicate-type", message);
            }
        }
        let mut pass = Pass {
            vocabulary,
            copies,
            report,
        };
        for (name, node) in types.definitions.clone() {
            types.definition(&name, node, &mut pass, 0);
        }
        for (name, known) in &types.known {
            vocabulary.add_type(name, (*known.shape).clone(), known.size);
        }
        types
    }

    /// The types that this file defines.
    pub fn own(&self) -> BTreeMap<Arc<str>, Arc<ItemType>> {
        let own = self.known.iter();
        own.filter(|(name, _)| self.definitions.contains_key(*name))
            .map(|(name, known)| (name.clone(), known.clone()))
            .collect()
    }

    /// The type that the node's `typeRef` attribute names; none for no type, or any.
    pub fn of(&self, node: Node<'_>, report: &mut Report<'_>) -> Option<Arc<ItemType>> {
        let reference = node.attribute("typeRef")?;
        let found = self.known.get(&normalize(reference)).cloned();
        found.or_else(|| self.basic(reference, node, report))
    }

    /// The same for an item definition, and in silence.
    pub fn known(&self, node: Node<'_>) -> Option<Arc<ItemType>> {
        self.known
            .get(&normalize(node.attribute("typeRef")?))
            .cloned()
    }

    /// A type that needs no definition, with a warning when there is none of that name.
    fn basic(
        &self,
        reference: &str,
        node: Node<'_>,
        report: &mut Report<'_>,
    ) -> Option<Arc<ItemType>> {
        // Files of DMN 1.1 write `feel:number` and `prefix:tType`.
        let local = reference.rsplit(':').next().unwrap_or(reference).trim();
        if let Some(known) = self.known.get(&normalize(local)) {
            return Some(known.clone());
        }
        match basic_type(local) {
            Some(Type::Any) => None,
            Some(shape) => Some(Arc::new(ItemType::simple(shape))),
            None => {
                let message = format!(
                    "Expected the name of a type, but {reference:?} is none; any value is allowed. \
                     Hint: define it with an itemDefinition, or use one of string, number, boolean, \
                     date, time, dateTime, dayTimeDuration, yearMonthDuration, Any."
                );
                report.warning(node, "unknown-type", message);
                None
            }
        }
    }

    /// A definition by its name, read when it is needed first.
    fn definition(
        &mut self,
        name: &Arc<str>,
        node: Node<'x>,
        pass: &mut Pass<'_, '_>,
        depth: usize,
    ) -> Option<Arc<ItemType>> {
        if let Some(known) = self.known.get(name) {
            return Some(known.clone());
        }
        if !self.open.insert(name.clone()) {
            return None;
        }
        let read = Arc::new(self.item(node, pass, depth));
        self.open.remove(name);
        self.known.insert(name.clone(), read.clone());
        Some(read)
    }

    /// The type of an item definition or of a component of one.
    fn item(&mut self, node: Node<'x>, pass: &mut Pass<'_, '_>, depth: usize) -> ItemType {
        if depth >= MAX_TYPE_DEPTH {
            let message = format!(
                "Expected types nested at most {MAX_TYPE_DEPTH} deep, but here is one more."
            );
            pass.report.error(node, "type-too-deep", message);
            return ItemType::simple(Type::Any);
        }
        let mut item = if xml::child(node, "itemComponent").is_some() {
            self.entries(node, pass, depth)
        } else if let Some(function) = xml::child(node, "functionItem") {
            self.function(function, pass, depth)
        } else {
            self.alias(node, pass, depth)
        };
        if let Some(allowed) = xml::child(node, "allowedValues") {
            item.constraints.extend(constraint(allowed, pass));
            item.enumeration = enumeration(allowed);
        }
        if matches!(node.attribute("isCollection"), Some("true" | "1")) {
            item = ItemType {
                size: item.size + 1,
                depth: item.depth + 1,
                shape: Arc::new(Type::List(Box::new((*item.shape).clone()))),
                parts: Parts::Items(Arc::new(item)),
                constraints: Vec::new(),
                enumeration: Vec::new(),
            };
        }
        if let Some(whole) = xml::child(node, "typeConstraint") {
            item.constraints.extend(constraint(whole, pass));
        }
        if item.size > MAX_TYPE_SIZE || item.depth > MAX_TYPE_DEPTH {
            let message = format!(
                "Expected a type of at most {MAX_TYPE_SIZE} parts and {MAX_TYPE_DEPTH} levels, but with \
                 all that it refers to this one has {} and {}.",
                item.size, item.depth
            );
            pass.report.error(node, "type-too-large", message);
            return ItemType::simple(Type::Any);
        }
        item
    }

    fn entries(&mut self, node: Node<'x>, pass: &mut Pass<'_, '_>, depth: usize) -> ItemType {
        let mut item = ItemType::simple(Type::Any);
        let (mut shapes, mut entries) = (Vec::new(), Vec::new());
        for component in xml::children(node, "itemComponent") {
            let Some(name) = component.attribute("name").map(normalize) else {
                pass.report.error(
                    component,
                    "missing-name",
                    "Expected a name on the item component, but it has none.",
                );
                continue;
            };
            if item.size > MAX_TYPE_SIZE {
                break;
            }
            let part = self.item(component, pass, depth + 1);
            item.size = item.size.saturating_add(part.size);
            item.depth = item.depth.max(part.depth + 1);
            shapes.push((name.clone(), (*part.shape).clone()));
            entries.push((name, Arc::new(part)));
        }
        item.shape = Arc::new(Type::Context(shapes));
        item.parts = Parts::Entries(entries);
        item
    }

    fn function(&mut self, node: Node<'x>, pass: &mut Pass<'_, '_>, depth: usize) -> ItemType {
        let mut item = ItemType::simple(Type::AnyFunction);
        let mut part = |types: &mut Self, node: Node<'x>, attribute: &str| {
            let part = types.reference(node.attribute(attribute)?, node, pass, depth)?;
            item.size = item.size.saturating_add(part.size);
            item.depth = item.depth.max(part.depth + 1);
            Some(part)
        };
        let shape = |part: &Option<Arc<ItemType>>| {
            let part = part.as_ref();
            part.map_or(Type::Any, |part| (*part.shape).clone())
        };
        let parameters = xml::children(node, "parameters")
            .take(MAX_TYPE_SIZE)
            .map(|parameter| shape(&part(self, parameter, "typeRef")))
            .collect();
        let result = part(self, node, "outputTypeRef");
        if item.size <= MAX_TYPE_SIZE {
            item.shape = Arc::new(Type::Function(parameters, Box::new(shape(&result))));
            item.parts = Parts::Function(result);
        }
        item
    }

    /// A definition that stands for another type, perhaps with constraints of its own.
    fn alias(&mut self, node: Node<'x>, pass: &mut Pass<'_, '_>, depth: usize) -> ItemType {
        let Some(reference) = xml::child(node, "typeRef").map(xml::text) else {
            return ItemType::simple(Type::Any);
        };
        match self.reference(&reference, node, pass, depth) {
            None => ItemType::simple(Type::Any),
            Some(base) => ItemType {
                shape: base.shape.clone(),
                constraints: Vec::new(),
                enumeration: Vec::new(),
                size: base.size,
                depth: base.depth + 1,
                parts: Parts::Same(base),
            },
        }
    }

    fn reference(
        &mut self,
        reference: &str,
        node: Node<'x>,
        pass: &mut Pass<'_, '_>,
        depth: usize,
    ) -> Option<Arc<ItemType>> {
        let name = normalize(reference);
        let Some(definition) = self.definitions.get(&name).copied() else {
            let imported = self.known.get(&name).cloned();
            return imported.or_else(|| self.basic(reference, node, pass.report));
        };
        let read = self.definition(&name, definition, pass, depth + 1);
        // A definition may have the name of a basic type that it refers to.
        if read.is_none() && basic_type(&name).is_none() {
            let message = format!(
                "Expected a type that does not contain itself, but {name:?} does; any value is \
                 allowed inside."
            );
            pass.report.warning(node, "recursive-type", message);
        }
        read.or_else(|| basic_type(&name).map(|shape| Arc::new(ItemType::simple(shape))))
    }
}

/// FEEL's own types, and the names that Camunda 7 files use for numbers.
fn basic_type(name: &str) -> Option<Type> {
    match name {
        "any" | "Any" => Some(Type::Any),
        "integer" | "long" | "double" => Some(Type::Number),
        _ => Type::parse(name, &NameSet::new()).ok(),
    }
}

fn constraint(node: Node<'_>, pass: &mut Pass<'_, '_>) -> Option<Expression> {
    let source = xml::source(node)?;
    let Some(names) = pass.vocabulary.scope(node, pass.copies) else {
        super::too_many_names(node, pass.report);
        return None;
    };
    match Expression::parse_unary_tests(&source, &names.set) {
        Ok(tests) => Some(tests),
        Err(error) => {
            super::syntax_error(node, &source, &error, pass.report);
            None
        }
    }
}

/// The values of an enumeration such as `"low", "high"`; empty when it is something else.
pub(crate) fn enumeration(node: Node<'_>) -> Vec<Value> {
    let constants = xml::source(node)
        .and_then(|source| Expression::parse(&format!("[{source}]")).ok())
        .and_then(|list| list.constant());
    match constants {
        Some(Value::List(values)) => values.into_vec(),
        _ => Vec::new(),
    }
}
