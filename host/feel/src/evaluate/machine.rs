//! The machine that walks an expression: its names, and the checks on what it makes.

use std::sync::{Arc, LazyLock};

use super::{Bound, Evaluator, Scope};
use crate::syntax::Node;
use crate::{Context, List, Value};

/// The name of the input in unary tests, and of the results so far in `for`.
static INPUT: LazyLock<Arc<str>> = LazyLock::new(|| "?".into());
pub(super) static PARTIAL: LazyLock<Arc<str>> = LazyLock::new(|| "partial".into());

/// One expression being evaluated.
pub(crate) struct Machine<'m, 'e> {
    pub evaluator: &'m mut Evaluator<'e>,
    pub scope: &'m dyn Scope,
    /// Names bound within the expression, the innermost last.
    pub frames: Vec<Frame>,
}

pub(crate) enum Frame {
    Variable(Arc<str>, Value),
    /// The item of a filter: its entries are names, and `item` is itself.
    Item(Value),
    /// The start of a function: what is below, and the scope, is not visible.
    Barrier,
}

impl<'m, 'e> Machine<'m, 'e> {
    pub fn new(evaluator: &'m mut Evaluator<'e>, scope: &'m dyn Scope) -> Machine<'m, 'e> {
        Machine {
            evaluator,
            scope,
            frames: Vec::new(),
        }
    }

    pub fn run(&mut self, root: &Node) -> Result<Value, Bound> {
        self.descend(root.height, |machine| machine.pass(root))
    }

    pub fn run_test(&mut self, root: &Node, input: Value) -> Result<Value, Bound> {
        self.frames
            .push(Frame::Variable(INPUT.clone(), input.rounded()));
        self.run(root)
    }

    /// Runs a tree of known height, so that depth is checked once per tree and not at each node.
    pub fn descend<T>(
        &mut self,
        height: u32,
        run: impl FnOnce(&mut Self) -> Result<T, Bound>,
    ) -> Result<T, Bound> {
        let outer = self.evaluator.depth;
        self.evaluator.depth = outer + height;
        if self.evaluator.depth > self.evaluator.environment.limits.depth {
            self.evaluator.depth = outer;
            return Err(Bound::Depth);
        }
        let result = run(self);
        self.evaluator.depth = outer;
        result
    }

    pub fn charge(&mut self, steps: usize) -> Result<(), Bound> {
        self.evaluator.charge(steps as u64)
    }

    pub fn warn(&mut self, position: u32, message: impl FnOnce() -> String) {
        self.evaluator.warn(position, message);
    }

    /// Null, with the reason.
    pub fn null(
        &mut self,
        position: u32,
        message: impl FnOnce() -> String,
    ) -> Result<Value, Bound> {
        self.warn(position, message);
        Ok(Value::Null)
    }

    pub fn lookup(&self, name: &str) -> Option<Value> {
        for frame in self.frames.iter().rev() {
            match frame {
                Frame::Variable(bound, value) if **bound == *name => return Some(value.clone()),
                Frame::Variable(..) => {}
                Frame::Item(item) => {
                    if let Some(value) = item.as_context().and_then(|context| context.get(name)) {
                        return Some(value.clone());
                    }
                    if name == "item" {
                        return Some(item.clone());
                    }
                }
                Frame::Barrier => return None,
            }
        }
        self.scope.lookup(name)
    }

    /// The value of a `?` that is not written: what unary tests compare with.
    pub fn input(&self) -> Value {
        self.lookup("?").unwrap_or_default()
    }

    /// A list that keeps the limits.
    pub fn list(&self, items: Vec<Value>) -> Result<Value, Bound> {
        if items.len() > self.evaluator.environment.limits.list_length {
            return Err(Bound::ListLength);
        }
        self.checked(Value::List(List::from(items)))
    }

    pub fn context(&self, context: Context) -> Result<Value, Bound> {
        self.checked(Value::context(context))
    }

    /// A string that keeps the limit; its bytes cost fuel.
    pub fn string(&mut self, text: impl Into<Arc<str>>) -> Result<Value, Bound> {
        let text = text.into();
        self.string_fits(text.len())?;
        self.charge(text.len() / 16)?;
        Ok(Value::String(text))
    }

    pub fn string_fits(&self, length: usize) -> Result<(), Bound> {
        if length > self.evaluator.environment.limits.string_length {
            Err(Bound::StringLength)
        } else {
            Ok(())
        }
    }

    /// Whether another `count` items may be made into a list.
    pub fn list_fits(&self, count: usize) -> Result<(), Bound> {
        if count > self.evaluator.environment.limits.list_length {
            Err(Bound::ListLength)
        } else {
            Ok(())
        }
    }

    /// A value whose size and nesting keep the limits.
    pub fn checked(&self, value: Value) -> Result<Value, Bound> {
        let (extent, limits) = (value.extent(), &self.evaluator.environment.limits);
        if extent.size > limits.value_size {
            return Err(Bound::ValueSize);
        }
        if extent.depth > limits.value_depth {
            return Err(Bound::ValueDepth);
        }
        Ok(value)
    }
}
