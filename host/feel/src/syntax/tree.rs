//! The tree of an expression.

use std::sync::Arc;

use super::Type;
use crate::Value;
use crate::builtins::Builtin;
use crate::function::Parameter;

/// An expression and where it starts in the source.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub kind: Kind,
    /// In bytes.
    pub position: u32,
    /// 1 for leaves, else one more than the highest child.
    pub height: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Literal(Value),
    Name(Arc<str>),
    Path(Box<Node>, Arc<str>),
    Filter(Box<Node>, Box<Node>),
    /// A call of whatever value the first node has.
    Call(Box<Node>, Arguments),
    /// A call of a built-in that no variable can shadow, as none of that name is declared.
    Builtin(&'static Builtin, Arguments),
    Negate(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    If(Box<[Node; 3]>),
    For {
        iterations: Vec<Iteration>,
        body: Box<Node>,
        uses_partial: bool,
    },
    Some(Vec<Iteration>, Box<Node>),
    Every(Vec<Iteration>, Box<Node>),
    /// value, lower bound, upper bound
    Between(Box<[Node; 3]>),
    /// A value against unary tests.
    In(Box<Node>, Vec<Node>),
    InstanceOf(Box<Node>, Type),
    List(Vec<Node>),
    Context(Vec<(Arc<str>, Node)>),
    Range {
        start: Option<Box<Node>>,
        start_included: bool,
        end: Option<Box<Node>>,
        end_included: bool,
    },
    /// `= x` as a value: the range of this value alone. Its bound stands in the tree once, because
    /// two would double with each level of nesting.
    Only(Box<Node>),
    Lambda(Arc<Lambda>),
    /// The body of a function in another language.
    External,
    /// `= x` or `!= x` as a unary test.
    Test(Operator, Box<Node>),
    /// Unary tests of the input `?`: any of them.
    AnyOf(Vec<Node>),
    /// Unary tests in `not(…)`: none of them.
    NoneOf(Vec<Node>),
    /// A unary test that mentions `?` and so decides by itself.
    Condition(Box<Node>),
}

#[derive(Clone, Debug)]
pub(crate) enum Arguments {
    Positional(Vec<Node>),
    Named(Vec<(Arc<str>, Node)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// `name in source`, or `name in source..end`.
#[derive(Clone, Debug)]
pub(crate) struct Iteration {
    pub name: Arc<str>,
    pub source: Node,
    pub end: Option<Node>,
}

/// A function that an expression defines.
#[derive(Debug)]
pub(crate) struct Lambda {
    pub parameters: Vec<Parameter>,
    pub body: Node,
    /// Names of the body that are not its parameters, to be captured when the function is made.
    pub free: Vec<Arc<str>>,
}

impl Kind {
    /// The height of a node of this kind.
    pub fn height(&self) -> u32 {
        let below = self
            .children()
            .into_iter()
            .map(|child| child.height)
            .max()
            .unwrap_or(0);
        // Each iteration variable is one more level of nested loops.
        let loops = match self {
            Kind::For { iterations, .. }
            | Kind::Some(iterations, _)
            | Kind::Every(iterations, _) => iterations.len() as u32,
            _ => 0,
        };
        below + loops + 1
    }

    pub fn children(&self) -> Vec<&Node> {
        match self {
            Kind::Literal(_) | Kind::Name(_) | Kind::External => Vec::new(),
            Kind::Path(node, _)
            | Kind::Negate(node)
            | Kind::InstanceOf(node, _)
            | Kind::Only(node)
            | Kind::Test(_, node)
            | Kind::Condition(node) => vec![node],
            Kind::Filter(left, right) | Kind::Binary(_, left, right) => vec![left, right],
            Kind::Call(callee, arguments) => std::iter::once(&**callee)
                .chain(arguments.nodes())
                .collect(),
            Kind::Builtin(_, arguments) => arguments.nodes(),
            Kind::And(nodes)
            | Kind::Or(nodes)
            | Kind::List(nodes)
            | Kind::AnyOf(nodes)
            | Kind::NoneOf(nodes) => nodes.iter().collect(),
            Kind::If(nodes) | Kind::Between(nodes) => nodes.iter().collect(),
            Kind::For {
                iterations, body, ..
            }
            | Kind::Some(iterations, body)
            | Kind::Every(iterations, body) => {
                let sources = iterations
                    .iter()
                    .flat_map(|iteration| std::iter::once(&iteration.source).chain(&iteration.end));
                sources.chain(std::iter::once(&**body)).collect()
            }
            Kind::In(value, tests) => std::iter::once(&**value).chain(tests).collect(),
            Kind::Context(entries) => entries.iter().map(|(_, node)| node).collect(),
            Kind::Range { start, end, .. } => start.iter().chain(end).map(|node| &**node).collect(),
            Kind::Lambda(lambda) => vec![&lambda.body],
        }
    }
}

impl Arguments {
    pub fn nodes(&self) -> Vec<&Node> {
        match self {
            Arguments::Positional(nodes) => nodes.iter().collect(),
            Arguments::Named(nodes) => nodes.iter().map(|(_, node)| node).collect(),
        }
    }
}

impl Node {
    /// Whether the condition holds for this node or one below it.
    pub fn any(&self, condition: &mut dyn FnMut(&Node) -> bool) -> bool {
        condition(self)
            || self
                .kind
                .children()
                .into_iter()
                .any(|child| child.any(condition))
    }
}

impl Operator {
    pub fn symbol(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Power => "**",
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
        }
    }
}
