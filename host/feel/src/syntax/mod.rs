//! The syntax of FEEL: from source text to the tree that is evaluated.

mod constructs;
mod expressions;
mod folding;
mod lexer;
mod names;
mod parser;
mod tests_of_input;
mod tree;
mod types;

pub use names::{NameSet, is_only_a_name};
pub use parser::SyntaxError;
pub use types::Type;

pub(crate) use parser::{Parsed, parse_expression, parse_unary_tests};
pub(crate) use tree::{Arguments, Iteration, Kind, Lambda, Node, Operator};
