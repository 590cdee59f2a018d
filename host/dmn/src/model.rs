//! The compiled model: a graph of inputs, decisions, knowledge models and services, and the boxed
//! expressions in them. How it comes to be is in `compile/`, what it gives in `evaluate/`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gardesh_feel::{Expression, Parameter, Value};

use crate::Diagnostic;
use crate::compile::Vocabulary;
use crate::item_type::ItemType;

/// A decision model, ready to be evaluated; cloning shares it.
#[derive(Clone, Debug)]
pub struct DecisionModel {
    pub(crate) graph: Arc<Graph>,
    pub(crate) warnings: Vec<Diagnostic>,
}

/// What kind of element of the requirements graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ElementKind {
    InputData,
    Decision,
    BusinessKnowledgeModel,
    DecisionService,
}

/// An element of the model, without its logic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'m> {
    pub id: &'m str,
    pub name: &'m str,
    pub kind: ElementKind,
}

#[derive(Debug)]
pub(crate) struct Graph {
    pub id: Arc<str>,
    pub name: Arc<str>,
    pub namespace: Arc<str>,
    /// The namespaces of the imported models, as often as they are imported.
    pub imports: Vec<Arc<str>>,
    /// The model's own, then those of each import.
    pub nodes: Vec<Node>,
    pub own: usize,
    /// The model's own.
    pub by_id: BTreeMap<Arc<str>, usize>,
    /// Names of own elements: a variable from outside that has one of them is seen only through a
    /// requirement.
    pub declared: BTreeSet<Arc<str>>,
    /// Own item definitions, for models that import this one.
    pub types: BTreeMap<Arc<str>, Arc<ItemType>>,
    pub vocabulary: Vocabulary,
}

/// An element of the requirements graph.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub id: Arc<str>,
    pub name: Arc<str>,
    /// Camunda's `zeebe:versionTag`.
    pub version_tag: Option<Arc<str>>,
    /// Under which name expressions know it.
    pub variable: Arc<str>,
    /// The id, by which expressions know it as well when it declares no variable, as in Camunda.
    pub alias: Option<Arc<str>>,
    /// Names of the imports that lead here; empty for own elements.
    pub path: Arc<[Arc<str>]>,
    pub namespace: Arc<str>,
    /// Indices of the nodes that it requires.
    pub requires: Vec<usize>,
    pub body: Body,
}

#[derive(Clone, Debug)]
pub(crate) enum Body {
    Input(Option<Arc<ItemType>>),
    Decision {
        logic: Arc<Boxed>,
        result: Option<Arc<ItemType>>,
    },
    Knowledge {
        function: Arc<FunctionDefinition>,
        result: Option<Arc<ItemType>>,
    },
    Service(Arc<Service>),
}

#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub parameters: Vec<Parameter>,
    /// The nodes whose values the arguments are.
    pub inputs: Vec<usize>,
    pub outputs: Vec<usize>,
    pub result: Option<Arc<ItemType>>,
}

/// A boxed expression and the type that it declares.
#[derive(Debug)]
pub(crate) struct Boxed {
    pub logic: Logic,
    pub declared: Option<Arc<ItemType>>,
}

#[derive(Debug)]
pub(crate) enum Logic {
    /// An expression that always gives the same.
    Constant(Value),
    Literal(Expression),
    /// Was refused; the reason.
    Invalid(Arc<str>),
    Table(Box<Table>),
    Context {
        entries: Vec<(Arc<str>, Boxed)>,
        /// The entry without a name, which is the value of the whole.
        result: Option<Box<Boxed>>,
    },
    List(Vec<Boxed>),
    Relation {
        columns: Vec<(Arc<str>, Option<Arc<ItemType>>)>,
        rows: Vec<Vec<Boxed>>,
    },
    Invocation {
        callee: Box<Boxed>,
        bindings: Vec<(Arc<str>, Boxed)>,
    },
    Function(Arc<FunctionDefinition>),
    Conditional(Box<[Boxed; 3]>),
    Filter(Box<[Boxed; 2]>),
    For(Box<Iterator>),
    Some(Box<Iterator>),
    Every(Box<Iterator>),
}

/// `for`, `some` and `every` in boxes.
#[derive(Debug)]
pub(crate) struct Iterator {
    pub variable: Arc<str>,
    pub source: Boxed,
    pub body: Boxed,
}

#[derive(Debug)]
pub(crate) struct FunctionDefinition {
    pub parameters: Vec<Parameter>,
    /// By parameter.
    pub types: Vec<Option<Arc<ItemType>>>,
    pub body: Boxed,
    /// Names in the body that may come from around the definition.
    pub free: Vec<Arc<str>>,
}

#[derive(Debug)]
pub(crate) struct Table {
    pub hit_policy: HitPolicy,
    pub inputs: Vec<InputClause>,
    pub outputs: Vec<OutputClause>,
    pub rules: Vec<Rule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HitPolicy {
    Unique,
    First,
    Priority,
    Any,
    Collect(Option<Aggregator>),
    RuleOrder,
    OutputOrder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregator {
    Count,
    Sum,
    Min,
    Max,
}

#[derive(Debug)]
pub(crate) struct InputClause {
    pub id: Arc<str>,
    pub label: Arc<str>,
    pub expression: Logic,
    pub declared: Option<Arc<ItemType>>,
    pub allowed: Option<Expression>,
}

#[derive(Debug)]
pub(crate) struct OutputClause {
    pub id: Arc<str>,
    /// Entry of the result; empty when the table has one output, whose value is the result.
    pub name: Arc<str>,
    pub declared: Option<Arc<ItemType>>,
    pub allowed: Option<Expression>,
    /// Values from the highest priority to the lowest.
    pub priorities: Vec<Value>,
    pub default: Option<Logic>,
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub id: Arc<str>,
    pub tests: Vec<Test>,
    pub outputs: Vec<Logic>,
}

/// An input entry.
#[derive(Debug)]
pub(crate) enum Test {
    /// `-`
    Any,
    Tests {
        /// Constants and ranges of constants, any of which may match; none when the tests are more
        /// than that.
        constants: Option<Box<[Value]>>,
        expression: Expression,
    },
    Invalid(Arc<str>),
}

impl DecisionModel {
    /// The `id` of the definitions.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.graph.id
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.graph.name
    }

    /// The namespace by which other models import this one.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.graph.namespace
    }

    /// The namespaces of the decision models that it imports, one for each import.
    #[must_use]
    pub fn imports(&self) -> &[Arc<str>] {
        &self.graph.imports
    }

    /// What was found about the model that does not stand in its way.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The model's own elements in the order of the source.
    pub fn elements(&self) -> impl std::iter::Iterator<Item = Element<'_>> {
        self.graph.nodes[..self.graph.own].iter().map(Node::element)
    }

    /// The element with this `id`.
    #[must_use]
    pub fn element(&self, id: &str) -> Option<Element<'_>> {
        let index = *self.graph.by_id.get(id)?;
        Some(self.graph.nodes[index].element())
    }

    /// The version tag of the element with this `id`, where it has one: Camunda's
    /// `zeebe:versionTag`.
    #[must_use]
    pub fn version_tag(&self, id: &str) -> Option<&str> {
        let index = *self.graph.by_id.get(id)?;
        self.graph.nodes[index].version_tag.as_deref()
    }

    /// The elements that this one requires directly, imported ones included.
    pub fn requirements(&self, id: &str) -> impl std::iter::Iterator<Item = Element<'_>> {
        let index = self.graph.by_id.get(id);
        index
            .into_iter()
            .flat_map(|index| &self.graph.nodes[*index].requires)
            .map(|required| self.graph.nodes[*required].element())
    }
}

impl Node {
    pub fn kind(&self) -> ElementKind {
        match &self.body {
            Body::Input(_) => ElementKind::InputData,
            Body::Decision { .. } => ElementKind::Decision,
            Body::Knowledge { .. } => ElementKind::BusinessKnowledgeModel,
            Body::Service(_) => ElementKind::DecisionService,
        }
    }

    /// The type of its value, where it has one.
    pub fn value_type(&self) -> Option<&ItemType> {
        self.declared_type().map(|declared| &**declared)
    }

    pub fn declared_type(&self) -> Option<&Arc<ItemType>> {
        match &self.body {
            Body::Input(declared) => declared.as_ref(),
            Body::Decision { result, .. } => result.as_ref(),
            _ => None,
        }
    }

    /// What it needs before it has a value, by place: its requirements, and of a service the
    /// decisions that it outputs.
    pub fn dependency(&self, place: usize) -> Option<usize> {
        let required = self.requires.get(place);
        let outputs = match &self.body {
            Body::Service(service) => &service.outputs[..],
            _ => &[],
        };
        required
            .or_else(|| outputs.get(place - self.requires.len()))
            .copied()
    }

    /// Moves all references to other nodes by the same distance.
    pub fn shift(&mut self, distance: usize) {
        let shift = |nodes: &mut Vec<usize>| nodes.iter_mut().for_each(|node| *node += distance);
        shift(&mut self.requires);
        if let Body::Service(service) = &mut self.body {
            let mut moved = (**service).clone();
            shift(&mut moved.inputs);
            shift(&mut moved.outputs);
            *service = Arc::new(moved);
        }
    }

    fn element(&self) -> Element<'_> {
        Element {
            id: &self.id,
            name: &self.name,
            kind: self.kind(),
        }
    }
}
