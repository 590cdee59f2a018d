//! Evaluation of a model: which elements have to be evaluated for a decision or a service, in which
//! order, and what each sees. What an element then does is in `logic.rs` and `table.rs`, how it is
//! called in `function.rs`.

mod audit;
mod function;
mod hit_policy;
mod logic;
mod scope;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

use gardesh_feel::{Bound, Environment, Evaluator, Function, Scope, Value};

use crate::item_type::Given;
use crate::model::{Body, Boxed, DecisionModel, ElementKind, Graph, Node, Service};
use crate::outcome::DecisionOutcome;
use audit::{Audit, Trace};
use function::Callable;
use scope::{Locals, nested};

impl DecisionModel {
    /// Evaluates the decision with this `id` and all that it requires. `inputs` holds the input
    /// data by name, those of imported models in contexts under the import's name. Names that no
    /// element of the model has are looked up in it as well, so that models without input data work
    /// on process variables.
    ///
    /// An unknown `id` gives null and a warning; see [`DecisionModel::element`].
    #[must_use]
    pub fn evaluate(
        &self,
        decision_id: &str,
        inputs: &dyn Scope,
        environment: &Environment,
    ) -> DecisionOutcome {
        self.run(
            decision_id,
            ElementKind::Decision,
            environment,
            |node, evaluator, audit| {
                let inputs = Rounded(inputs);
                let mut run = Run::new(&self.graph, &inputs, audit);
                run.value_of(node, evaluator)
            },
        )
    }

    /// Evaluates the decision service with this `id`. `inputs` holds its input data and input
    /// decisions by name; those that are missing, or not of their type, are null. The value is that
    /// of the output decision, or a context of them when there are several.
    #[must_use]
    pub fn evaluate_service(
        &self,
        service_id: &str,
        inputs: &dyn Scope,
        environment: &Environment,
    ) -> DecisionOutcome {
        self.run(
            service_id,
            ElementKind::DecisionService,
            environment,
            |node, evaluator, audit| {
                let Body::Service(service) = &self.graph.nodes[node].body else {
                    return Ok(Value::Null);
                };
                let mut given = BTreeMap::new();
                for input in &service.inputs {
                    let value = self.graph.input(*input, &Rounded(inputs), evaluator)?;
                    given.insert(*input, value);
                }
                self.graph.serve(node, service, given, evaluator, audit)
            },
        )
    }

    fn run(
        &self,
        id: &str,
        kind: ElementKind,
        environment: &Environment,
        evaluate: impl FnOnce(usize, &mut Evaluator<'_>, &Audit) -> Result<Value, Bound>,
    ) -> DecisionOutcome {
        let mut evaluator = Evaluator::new(environment);
        let audit = Audit::default();
        let known = self.graph.by_id.get(id).copied();
        let result = match known.filter(|node| self.graph.nodes[*node].kind() == kind) {
            Some(node) => evaluate(node, &mut evaluator, &audit),
            None => {
                evaluator.warn(0, || {
                    let what = match kind {
                        ElementKind::DecisionService => "decision service",
                        _ => "decision",
                    };
                    format!(
                        "Expected the id of a {what}, but the model has none with the id {id:?}"
                    )
                });
                Ok(Value::Null)
            }
        };
        let evaluation = evaluator.finish(result);
        DecisionOutcome {
            value: evaluation.value,
            warnings: evaluation.warnings,
            exceeded: evaluation.exceeded,
            fuel: evaluation.fuel,
            evaluated: audit.take(),
        }
    }
}

/// What comes from outside, with numbers that FEEL has: a decision is never the place where a number is only
/// passed on.
struct Rounded<'s>(&'s dyn Scope);

impl Scope for Rounded<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.0.lookup(name).map(Value::rounded)
    }
}

/// One evaluation of a part of the graph, with the values that are known so far.
struct Run<'r> {
    graph: &'r Arc<Graph>,
    inputs: &'r dyn Scope,
    audit: &'r Audit,
    values: BTreeMap<usize, Value>,
}

impl<'r> Run<'r> {
    fn new(graph: &'r Arc<Graph>, inputs: &'r dyn Scope, audit: &'r Audit) -> Run<'r> {
        Run {
            graph,
            inputs,
            audit,
            values: BTreeMap::new(),
        }
    }

    /// The value of a node after those that it requires, without recursion: chains of decisions
    /// may be as long as the model allows.
    fn value_of(&mut self, target: usize, evaluator: &mut Evaluator<'_>) -> Result<Value, Bound> {
        let mut stack = vec![target];
        while let Some(&top) = stack.last() {
            if self.values.contains_key(&top) {
                stack.pop();
                continue;
            }
            let node = &self.graph.nodes[top];
            evaluator.charge(1 + node.requires.len() as u64)?;
            let waiting = stack.len();
            stack.extend(
                node.requires
                    .iter()
                    .filter(|required| !self.values.contains_key(required)),
            );
            if stack.len() == waiting {
                let value = self.evaluate(top, node, evaluator)?;
                self.values.insert(top, value);
                stack.pop();
            }
        }
        Ok(self.values.get(&target).cloned().unwrap_or_default())
    }

    /// The value of a node whose requirements have theirs.
    fn evaluate(
        &self,
        index: usize,
        node: &Node,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<Value, Bound> {
        match &node.body {
            Body::Input(_) => self.graph.input(index, self.inputs, evaluator),
            Body::Decision { logic, result } => {
                let value = self.decide(node, logic, evaluator)?;
                match result {
                    Some(result) => result.admit(value, &Decision(&node.name), evaluator),
                    None => Ok(value),
                }
            }
            Body::Knowledge { .. } | Body::Service(_) => Ok(self.graph.callable(index, self.audit)),
        }
    }

    fn decide(
        &self,
        node: &Node,
        logic: &Boxed,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<Value, Bound> {
        let free = Free {
            graph: self.graph,
            inputs: self.inputs,
        };
        let mut scope = Locals::new(&free);
        for required in &node.requires {
            if let Some(value) = self.values.get(required) {
                scope.bind(node, &self.graph.nodes[*required], value.clone());
            }
        }
        let mut trace = Trace::default();
        let value = logic.evaluate(&scope, evaluator, &mut trace)?;
        self.audit.record(node, trace, &value);
        Ok(value)
    }
}

/// Variables from outside that the model says nothing of.
struct Free<'f> {
    graph: &'f Graph,
    inputs: &'f dyn Scope,
}

impl Scope for Free<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        if self.graph.declared.contains(name) {
            return None;
        }
        self.inputs.lookup(name)
    }
}

impl Graph {
    /// The value of input data, or of a decision that is an input of a service, from outside.
    fn input(
        &self,
        index: usize,
        inputs: &dyn Scope,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<Value, Bound> {
        let node = &self.nodes[index];
        let found = nested(inputs, &node.path, &node.variable);
        // An imported model's input may be given as if it were one's own.
        let Some(value) = found.or_else(|| inputs.lookup(&node.variable)) else {
            return Ok(Value::Null);
        };
        match node.value_type() {
            Some(declared) => {
                let given = Given::Input(&node.variable);
                let value = declared.read(value, given, evaluator)?;
                declared.admit(value, &given, evaluator)
            }
            None => Ok(value),
        }
    }

    /// The function that a knowledge model or service is.
    fn callable(self: &Arc<Self>, node: usize, audit: &Audit) -> Value {
        Value::Function(Arc::new(Function::Host(Arc::new(Callable {
            graph: self.clone(),
            node,
            audit: audit.clone(),
        }))))
    }

    /// The outputs of a service for given inputs; nothing else from outside is seen.
    fn serve(
        self: &Arc<Self>,
        index: usize,
        service: &Service,
        given: BTreeMap<usize, Value>,
        evaluator: &mut Evaluator<'_>,
        audit: &Audit,
    ) -> Result<Value, Bound> {
        let mut run = Run::new(self, &(), audit);
        run.values = given;
        let value = if let [output] = service.outputs[..] {
            run.value_of(output, evaluator)?
        } else {
            let mut outputs = gardesh_feel::Context::new();
            for output in &service.outputs {
                let value = run.value_of(*output, evaluator)?;
                outputs.insert(self.nodes[*output].variable.clone(), value);
            }
            Value::context(outputs)
        };
        let node = &self.nodes[index];
        match &service.result {
            Some(result) => result.admit(value, &Decision(&node.name), evaluator),
            None => Ok(value),
        }
    }
}

/// How warnings call a decision or service.
struct Decision<'n>(&'n str);

impl std::fmt::Display for Decision<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "the result of '{}'", self.0)
    }
}
