//! The grammar of constructs that begin with a word or a brace: `if`, `for`, `some`, `every`,
//! `function`, and contexts. Operators and values are in `expressions`.

use std::sync::Arc;

use super::expressions::{DISJUNCTION, Parse};
use super::lexer::{TokenKind, unescape};
use super::parser::Parser;
use super::tree::{Iteration, Kind, Lambda, Node};
use super::types::Type;
use crate::function::Parameter;

impl Parser<'_> {
    #[inline(never)]
    pub(super) fn conditional(&mut self) -> Parse {
        let position = self.position();
        self.advance();
        let condition = self.expression()?;
        self.expect("then")?;
        let then = self.expression()?;
        self.expect("else")?;
        let otherwise = self.tail()?;
        self.node(position, Kind::If(Box::new([condition, then, otherwise])))
    }

    /// The last part of `if`, `for`, `some`, `every` and `function`, which reaches as far right as
    /// it can but not over the bracket of an enclosing interval.
    fn tail(&mut self) -> Parse {
        self.joined(DISJUNCTION)
    }

    #[inline(never)]
    pub(super) fn iteration(&mut self) -> Parse {
        let position = self.position();
        self.advance();
        let scope = self.scope();
        // First, so that `leave` reports on it.
        self.declare("partial");
        let iterations = self.iterations()?;
        self.expect("return")?;
        let body = Box::new(self.tail()?);
        let uses_partial = self.leave(scope);
        self.node(
            position,
            Kind::For {
                iterations,
                body,
                uses_partial,
            },
        )
    }

    pub(super) fn starts_quantified(&self) -> bool {
        // `some` and `every` may be names as well; only before `name in` they are not.
        self.text_after(1) != "(" && self.text_after(1) != "."
    }

    #[inline(never)]
    pub(super) fn quantified(&mut self) -> Parse {
        let (position, every) = (self.position(), self.is("every"));
        self.advance();
        let scope = self.scope();
        let iterations = self.iterations()?;
        self.expect("satisfies")?;
        let condition = Box::new(self.tail()?);
        self.leave(scope);
        let kind = if every {
            Kind::Every(iterations, condition)
        } else {
            Kind::Some(iterations, condition)
        };
        self.node(position, kind)
    }

    #[inline(never)]
    fn iterations(&mut self) -> Parse<Vec<Iteration>> {
        let mut iterations = Vec::new();
        loop {
            let name = self.name_before("in")?;
            self.expect("in")?;
            let source = self.expression()?;
            let end = if self.eat("..") {
                Some(self.expression()?)
            } else {
                None
            };
            let item = self.shape_of(&source);
            let name = self.declare_as(&name, item);
            iterations.push(Iteration { name, source, end });
            if !self.eat(",") {
                return Ok(iterations);
            }
        }
    }

    #[inline(never)]
    pub(super) fn function(&mut self) -> Parse {
        let position = self.position();
        self.advance();
        self.expect("(")?;
        self.open_lambda();
        let scope = self.scope();
        let mut parameters = Vec::new();
        while !self.eat(")") {
            parameters.push(self.parameter()?);
            if !self.is(")") {
                self.expect(",")?;
            }
        }
        let body = if self.is("external") {
            self.external()?
        } else {
            self.tail()?
        };
        self.leave(scope);
        let free = self.close_lambda();
        self.node(
            position,
            Kind::Lambda(Arc::new(Lambda {
                parameters,
                body,
                free,
            })),
        )
    }

    /// `external {java: …}`: what describes a function of another language, which is not run.
    fn external(&mut self) -> Parse {
        let position = self.position();
        self.advance();
        if !self.is("{") {
            return Err(self.error("a context that describes the external function"));
        }
        self.context()?;
        self.node(position, Kind::External)
    }

    fn parameter(&mut self) -> Parse<Parameter> {
        let end = [":", ",", ")"]
            .into_iter()
            .filter_map(|end| Some((self.name_length(end)?, end)))
            .min();
        let Some((_, end)) = end else {
            return Err(self.error("the name of a parameter"));
        };
        let name = self.name_before(end)?;
        let declared: Option<Type> = if self.eat(":") {
            Some(self.parse_type(0)?)
        } else {
            None
        };
        Ok(Parameter {
            name: self.declare(&name),
            declared,
        })
    }

    #[inline(never)]
    pub(super) fn context(&mut self) -> Parse {
        let position = self.position();
        self.advance();
        let scope = self.scope();
        let mut entries: Vec<(Arc<str>, Node)> = Vec::new();
        while !self.eat("}") {
            let name = if self.token().kind == TokenKind::String {
                let name = unescape(self.text()).into();
                self.advance();
                name
            } else {
                self.name_before(":")?
            };
            self.expect(":")?;
            let value = self.expression()?;
            // Later entries can refer to this one.
            self.declare(&name);
            entries.push((name, value));
            if !self.is("}") {
                self.expect(",")?;
            }
        }
        self.leave(scope);
        self.node(position, Kind::Context(entries))
    }
}
