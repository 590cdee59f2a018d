//! FEEL types, as `instance of` and function parameters name them.

use std::sync::Arc;

use super::names;
use super::parser::{Parser, SyntaxError};
use crate::limits::MAX_HEIGHT;

/// A type. A context type asks for its entries and allows others.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    Any,
    Null,
    Number,
    String,
    Boolean,
    Date,
    Time,
    DateTime,
    DaysTime,
    YearsMonths,
    /// A duration of either kind.
    Duration,
    List(Box<Type>),
    Context(Vec<(Arc<str>, Type)>),
    Range(Box<Type>),
    Function(Vec<Type>, Box<Type>),
    /// Any function.
    AnyFunction,
}

/// Type names without parts, as words.
const SIMPLE: [(&[&str], Type); 15] = [
    (&["Any"], Type::Any),
    (&["Null"], Type::Null),
    (&["number"], Type::Number),
    (&["string"], Type::String),
    (&["boolean"], Type::Boolean),
    (&["date", "and", "time"], Type::DateTime),
    (&["dateTime"], Type::DateTime),
    (&["date"], Type::Date),
    (&["time"], Type::Time),
    (&["days", "and", "time", "duration"], Type::DaysTime),
    (&["day", "and", "time", "duration"], Type::DaysTime),
    (&["dayTimeDuration"], Type::DaysTime),
    (&["years", "and", "months", "duration"], Type::YearsMonths),
    (&["year", "and", "month", "duration"], Type::YearsMonths),
    (&["yearMonthDuration"], Type::YearsMonths),
];

impl Type {
    /// Reads a type name, as attributes such as DMN's `typeRef` hold it, with the declared types.
    ///
    /// # Errors
    /// The text names no type.
    pub fn parse(source: &str, names: &names::NameSet) -> Result<Type, SyntaxError> {
        let mut parser = Parser::new(source, names)?;
        let parsed = parser.parse_type(0)?;
        parser.expect_end()?;
        Ok(parsed)
    }
}

impl Parser<'_> {
    pub(super) fn parse_type(&mut self, depth: u32) -> Result<Type, SyntaxError> {
        if depth > MAX_HEIGHT {
            return Err(self.error(&format!("at most {MAX_HEIGHT} levels of nested types")));
        }
        if let Some(declared) = self.declared_type() {
            return Ok(declared);
        }
        for (words, simple) in SIMPLE {
            if self.eat_words(words) {
                return Ok(simple);
            }
        }
        if self.eat_word("list") {
            return Ok(Type::List(Box::new(self.type_argument(depth)?)));
        }
        if self.eat_word("range") {
            return Ok(Type::Range(Box::new(self.type_argument(depth)?)));
        }
        if self.eat_word("context") {
            return self.context_type(depth);
        }
        if self.eat_word("function") {
            return self.function_type(depth);
        }
        Err(self.error("the name of a type"))
    }

    /// `<type>`; without it, any type.
    fn type_argument(&mut self, depth: u32) -> Result<Type, SyntaxError> {
        if !self.eat("<") {
            return Ok(Type::Any);
        }
        let argument = self.parse_type(depth + 1)?;
        self.expect(">")?;
        Ok(argument)
    }

    fn context_type(&mut self, depth: u32) -> Result<Type, SyntaxError> {
        let mut entries = Vec::new();
        if self.eat("<") && !self.eat(">") {
            loop {
                let name = self.name_before(":")?;
                self.expect(":")?;
                entries.push((name, self.parse_type(depth + 1)?));
                if !self.eat(",") {
                    break;
                }
            }
            self.expect(">")?;
        }
        Ok(Type::Context(entries))
    }

    fn function_type(&mut self, depth: u32) -> Result<Type, SyntaxError> {
        if !self.eat("<") {
            return Ok(Type::AnyFunction);
        }
        let mut parameters = Vec::new();
        if !self.eat(">") {
            loop {
                parameters.push(self.parse_type(depth + 1)?);
                if !self.eat(",") {
                    break;
                }
            }
            self.expect(">")?;
        }
        self.expect("->")?;
        Ok(Type::Function(
            parameters,
            Box::new(self.parse_type(depth + 1)?),
        ))
    }
}
