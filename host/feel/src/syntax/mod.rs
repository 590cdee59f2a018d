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

/// Bytes of source that one expression may have; the largest in the wild are a few kilobytes.
pub const MAX_SOURCE: usize = 256 * 1024;
/// Height of the tree, which bounds the recursion of the parser and, with
/// [`crate::Limits::depth`], of the evaluator.
pub const MAX_HEIGHT: u32 = 200;
