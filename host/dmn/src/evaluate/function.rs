//! Knowledge models, decision services and boxed functions as FEEL functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use gardesh_feel::{Bound, Evaluator, Function, HostFunction, Parameter, Type, Value};

use super::Decision;
use super::audit::{Audit, Trace};
use super::scope::Locals;
use crate::item_type::{Given, ItemType};
use crate::model::{Body, FunctionDefinition, Graph, Node};
use crate::outcome::EvaluatedInput;

/// A knowledge model or service of a graph.
#[derive(Clone, Debug)]
pub(super) struct Callable {
    pub graph: Arc<Graph>,
    pub node: usize,
    pub audit: Audit,
}

impl HostFunction for Callable {
    fn name(&self) -> &str {
        &self.node().name
    }

    fn parameters(&self) -> &[Parameter] {
        match &self.node().body {
            Body::Knowledge { function, .. } => &function.parameters,
            Body::Service(service) => &service.parameters,
            _ => &[],
        }
    }

    fn result(&self) -> Option<&Type> {
        let result = match &self.node().body {
            Body::Knowledge { function, result } => {
                result.as_ref().or(function.body.declared.as_ref())
            }
            Body::Service(service) => service.result.as_ref(),
            _ => None,
        };
        result.map(|result| &*result.shape)
    }

    fn call(&self, arguments: &[Value], evaluator: &mut Evaluator<'_>) -> Result<Value, Bound> {
        let node = self.node();
        match &node.body {
            Body::Knowledge { function, result } => {
                let Some(arguments) = admitted(function, &node.name, arguments, evaluator)? else {
                    return Ok(Value::Null);
                };
                let value = self.know(node, function, arguments, evaluator)?;
                match result {
                    Some(result) => result.admit(value, &Decision(&node.name), evaluator),
                    None => Ok(value),
                }
            }
            Body::Service(service) => {
                let mut given = BTreeMap::new();
                for (input, argument) in service.inputs.iter().zip(arguments) {
                    let declared = self.graph.nodes[*input].value_type();
                    let name = &self.graph.nodes[*input].variable;
                    let place = Given::Argument(name, &node.name);
                    let Some(argument) = argument_as(declared, argument, place, evaluator)? else {
                        return Ok(Value::Null);
                    };
                    given.insert(*input, argument);
                }
                self.graph
                    .serve(self.node, service, given, evaluator, &self.audit)
            }
            _ => Ok(Value::Null),
        }
    }
}

impl Callable {
    fn node(&self) -> &Node {
        &self.graph.nodes[self.node]
    }

    /// Evaluates the body of a knowledge model, which sees its arguments, what it requires, and
    /// itself.
    fn know(
        &self,
        node: &Node,
        function: &FunctionDefinition,
        arguments: Vec<Value>,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<Value, Bound> {
        evaluator.charge(node.requires.len() as u64)?;
        let mut scope = Locals::new(&());
        scope.set(&node.variable, self.graph.callable(self.node, &self.audit));
        for required in &node.requires {
            let value = self.graph.callable(*required, &self.audit);
            scope.bind(node, &self.graph.nodes[*required], value);
        }
        let mut trace = Trace::default();
        for (parameter, argument) in function.parameters.iter().zip(arguments) {
            trace.input(EvaluatedInput {
                id: Arc::default(),
                name: parameter.name.clone(),
                value: argument.clone(),
            });
            scope.set(&parameter.name, argument);
        }
        let value = function.body.evaluate(&scope, evaluator, &mut trace)?;
        self.audit.record(node, trace, &value);
        Ok(value)
    }
}

/// A function that a boxed expression defines, with the values of the names that it uses.
#[derive(Clone, Debug)]
pub(super) struct BoxedFunction {
    pub definition: Arc<FunctionDefinition>,
    pub captured: Vec<(Arc<str>, Value)>,
    /// The context entry that holds the function: by this name it can call itself.
    pub own_name: Option<Arc<str>>,
}

impl HostFunction for BoxedFunction {
    fn name(&self) -> &str {
        self.own_name.as_deref().unwrap_or("function")
    }

    fn parameters(&self) -> &[Parameter] {
        &self.definition.parameters
    }

    fn result(&self) -> Option<&Type> {
        let declared = self.definition.body.declared.as_ref();
        declared.map(|declared| &*declared.shape)
    }

    fn call(&self, arguments: &[Value], evaluator: &mut Evaluator<'_>) -> Result<Value, Bound> {
        let Some(arguments) = admitted(&self.definition, self.name(), arguments, evaluator)? else {
            return Ok(Value::Null);
        };
        evaluator.charge(self.captured.len() as u64)?;
        let mut scope = Locals::new(&());
        for (name, value) in &self.captured {
            scope.set(name, value.clone());
        }
        if let Some(name) = &self.own_name {
            scope.set(name, self.clone().into_value());
        }
        for (parameter, argument) in self.definition.parameters.iter().zip(arguments) {
            scope.set(&parameter.name, argument);
        }
        // Its tables are no decisions of the model, so that there is nobody to record them for.
        self.definition
            .body
            .evaluate(&scope, evaluator, &mut Trace::default())
    }
}

impl BoxedFunction {
    pub fn into_value(self) -> Value {
        Value::Function(Arc::new(Function::Host(Arc::new(self))))
    }
}

/// The arguments as the types of the parameters; none and a warning when one cannot be.
fn admitted(
    function: &FunctionDefinition,
    name: &str,
    arguments: &[Value],
    evaluator: &mut Evaluator<'_>,
) -> Result<Option<Vec<Value>>, Bound> {
    let mut admitted = Vec::with_capacity(arguments.len());
    let parameters = function.parameters.iter().zip(&function.types);
    for ((parameter, declared), argument) in parameters.zip(arguments) {
        let place = Given::Argument(&parameter.name, name);
        let Some(value) = argument_as(declared.as_deref(), argument, place, evaluator)? else {
            return Ok(None);
        };
        admitted.push(value);
    }
    Ok(Some(admitted))
}

/// An argument as the type of its parameter; none and a warning when it cannot be.
fn argument_as(
    declared: Option<&ItemType>,
    argument: &Value,
    place: Given<'_>,
    evaluator: &mut Evaluator<'_>,
) -> Result<Option<Value>, Bound> {
    let Some(declared) = declared else {
        return Ok(Some(argument.clone()));
    };
    let value = declared.read(argument.clone(), place, evaluator)?;
    let converted = declared.convert(value, evaluator)?;
    if converted.is_none() {
        evaluator.warn(0, || {
            let refusal = declared.refusal(&place, argument);
            format!("{refusal}; the call gives null")
        });
    }
    Ok(converted)
}
