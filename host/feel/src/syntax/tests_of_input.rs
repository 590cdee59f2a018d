//! The grammar of unary tests: the right side of `in`, and the input entries of decision tables.

use super::expressions::half_open;
use super::parser::{Parser, SyntaxError};
use super::tree::{Kind, Node, Operator};

type Parse<T = Node> = Result<T, SyntaxError>;

impl Parser<'_> {
    /// `-`, `not(tests)` or tests.
    pub(super) fn unary_tests(&mut self) -> Parse {
        let position = self.position();
        if self.is("-") && self.text_after(1).is_empty() {
            self.advance();
            return self.node(position, Kind::AnyOf(Vec::new()));
        }
        if self.is("not") && self.text_after(1) == "(" {
            let place = self.place();
            self.advance();
            self.advance();
            let tests = self
                .tests(true)
                .and_then(|tests| self.expect(")").map(|()| tests));
            if let (Ok(tests), Ok(())) = (tests, self.expect_end()) {
                return self.node(position, Kind::NoneOf(tests));
            }
            self.rewind(place);
        }
        let tests = self.tests(true)?;
        self.node(position, Kind::AnyOf(tests))
    }

    fn tests(&mut self, of_input: bool) -> Parse<Vec<Node>> {
        let mut tests = vec![self.nested(|parser| parser.test(of_input))?];
        while self.eat(",") {
            tests.push(self.nested(|parser| parser.test(of_input))?);
        }
        Ok(tests)
    }

    /// One test: a comparison without a left side, or an expression. One that mentions the input
    /// `?` is a condition; all others are compared with the input.
    fn test(&mut self, of_input: bool) -> Parse {
        let position = self.position();
        if let Some(operator) = self.comparison_operator() {
            let bound = self.bound()?;
            return match operator {
                Operator::Equal | Operator::NotEqual => {
                    self.node(position, Kind::Test(operator, Box::new(bound)))
                }
                _ => self.node(position, half_open(operator, Some(Box::new(bound)))),
            };
        }
        let first = self.place();
        let expression = self.expression()?;
        let last = self.place();
        if of_input && self.mentions_input(first, last) {
            return self.node(position, Kind::Condition(Box::new(expression)));
        }
        Ok(expression)
    }

    fn mentions_input(&mut self, first: usize, last: usize) -> bool {
        let here = self.place();
        self.rewind(first);
        let mentioned = (0..last - first).any(|distance| self.text_after(distance) == "?");
        self.rewind(here);
        mentioned
    }

    /// After `in`: tests in parentheses, one comparison, or a value.
    pub(super) fn tests_after_in(&mut self) -> Parse<Vec<Node>> {
        let position = self.position();
        if !self.is("(") {
            if self.is("<")
                || self.is("<=")
                || self.is(">")
                || self.is(">=")
                || self.is("=")
                || self.is("!=")
            {
                return Ok(vec![self.nested(|parser| parser.test(false))?]);
            }
            return Ok(vec![self.sum()?]);
        }
        self.advance();
        let first = self.nested(|parser| parser.test(false))?;
        if self.eat("..") {
            return Ok(vec![self.interval(position, first, false)?]);
        }
        let mut tests = vec![first];
        if self.eat(",") {
            tests.extend(self.tests(false)?);
        }
        self.expect(")")?;
        Ok(tests)
    }
}
