//! The grammar of expressions, by precedence: `or`, `and`, comparison, sum, product, power,
//! negation, `instance of`, and what follows a value (path, filter, call).

use std::sync::Arc;

use super::lexer::{TokenKind, unescape};
use super::parser::{Parser, SyntaxError};
use super::tree::{Arguments, Kind, Node, Operator};
use crate::builtins;
use crate::{Number, Value};

pub(super) type Parse<T = Node> = Result<T, SyntaxError>;

/// Words that end an expression or join two; they are no names unless declared in a longer one.
const KEYWORDS: [&str; 13] = [
    "and",
    "or",
    "then",
    "else",
    "in",
    "return",
    "satisfies",
    "between",
    "instance",
    "of",
    "if",
    "for",
    "function",
];

/// Whether a word means something by itself in an expression.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word) || matches!(word, "true" | "false" | "null" | "some" | "every" | "not")
}

// Precedences of binary operators; all associate to the left.
pub(super) const DISJUNCTION: u8 = 1;
const CONJUNCTION: u8 = 2;
const COMPARISON: u8 = 3;
const SUM: u8 = 4;
const PRODUCT: u8 = 5;
const POWER: u8 = 6;

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Parse {
        // The closing bracket of an enclosing interval means nothing within brackets.
        let outer = std::mem::replace(&mut self.interval_end, false);
        let result = self.joined(DISJUNCTION);
        self.interval_end = outer;
        result
    }

    /// An expression of at least this precedence, one level deeper. All binary operators are in
    /// one loop instead of a rule each, so that nesting takes little stack.
    pub(super) fn joined(&mut self, minimum: u8) -> Parse {
        self.nested(|parser| {
            let mut left = parser.negation()?;
            while let Some(precedence) = parser.infix().filter(|found| *found >= minimum) {
                left = match precedence {
                    DISJUNCTION => parser.chain(left, "or", DISJUNCTION, Kind::Or)?,
                    CONJUNCTION => parser.chain(left, "and", CONJUNCTION, Kind::And)?,
                    COMPARISON => parser.comparison(left)?,
                    _ => parser.arithmetic(left, precedence)?,
                };
            }
            Ok(left)
        })
    }

    /// The precedence of the operator at this place.
    fn infix(&self) -> Option<u8> {
        if !matches!(self.token().kind, TokenKind::Symbol | TokenKind::Word) {
            return None;
        }
        Some(match self.text() {
            "or" => DISJUNCTION,
            "and" => CONJUNCTION,
            "=" | "!=" | "<" | "<=" | ">" | ">=" | "between" | "in" => COMPARISON,
            "+" | "-" => SUM,
            "*" | "/" => PRODUCT,
            "**" => POWER,
            _ => return None,
        })
    }

    /// Operands joined by one keyword become one node, so that long chains stay flat.
    #[inline(never)]
    fn chain(
        &mut self,
        first: Node,
        keyword: &str,
        precedence: u8,
        kind: fn(Vec<Node>) -> Kind,
    ) -> Parse {
        let position = first.position;
        let mut operands = vec![first];
        while self.eat(keyword) {
            operands.push(self.joined(precedence + 1)?);
        }
        self.node(position, kind(operands))
    }

    #[inline(never)]
    fn comparison(&mut self, left: Node) -> Parse {
        let position = self.position();
        let kind = if let Some(operator) = self.comparison_operator() {
            Kind::Binary(operator, Box::new(left), Box::new(self.sum()?))
        } else if self.eat("between") {
            let lower = self.sum()?;
            self.expect("and")?;
            Kind::Between(Box::new([left, lower, self.sum()?]))
        } else {
            self.expect("in")?;
            Kind::In(Box::new(left), self.tests_after_in()?)
        };
        self.node(position, kind)
    }

    fn arithmetic(&mut self, left: Node, precedence: u8) -> Parse {
        let position = self.position();
        let operator = match self.text() {
            "+" => Operator::Add,
            "-" => Operator::Subtract,
            "*" => Operator::Multiply,
            "/" => Operator::Divide,
            _ => Operator::Power,
        };
        self.advance();
        let right = self.joined(precedence + 1)?;
        self.node(
            position,
            Kind::Binary(operator, Box::new(left), Box::new(right)),
        )
    }

    pub(super) fn comparison_operator(&mut self) -> Option<Operator> {
        let operator = match self.text() {
            "=" => Operator::Equal,
            "!=" => Operator::NotEqual,
            "<" => Operator::Less,
            "<=" => Operator::LessOrEqual,
            ">" => Operator::Greater,
            ">=" => Operator::GreaterOrEqual,
            _ => return None,
        };
        self.advance();
        Some(operator)
    }

    /// What a comparison without a left side compares with. A comparison in its place, as in
    /// `>> 1`, would be one of a comparison.
    pub(super) fn bound(&mut self) -> Parse {
        if matches!(self.text(), "<" | "<=" | ">" | ">=" | "=" | "!=") {
            return Err(self.error("a value to compare with"));
        }
        self.sum()
    }

    /// An operand of a comparison.
    pub(super) fn sum(&mut self) -> Parse {
        self.joined(SUM)
    }

    fn negation(&mut self) -> Parse {
        let position = self.position();
        if !self.eat("-") {
            let value = self.postfix()?;
            let tested = self.is("instance") && self.text_after(1) == "of";
            return if tested {
                self.instance_of(value)
            } else {
                Ok(value)
            };
        }
        let operand = self.nested(Parser::negation)?;
        match operand.kind {
            Kind::Literal(Value::Number(number)) => {
                self.node(position, Kind::Literal(Value::Number(number.negate())))
            }
            _ => self.node(position, Kind::Negate(Box::new(operand))),
        }
    }

    #[inline(never)]
    fn instance_of(&mut self, value: Node) -> Parse {
        let position = self.position();
        self.advance();
        self.advance();
        let expected = self.parse_type(0)?;
        self.node(position, Kind::InstanceOf(Box::new(value), expected))
    }

    fn postfix(&mut self) -> Parse {
        let mut value = self.primary()?;
        loop {
            let position = self.position();
            let kind = if self.eat(".") {
                {
                    let name = self.property(&value)?;
                    Kind::Path(Box::new(value), name)
                }
            } else if self.is("[") && !self.closes_interval() {
                self.advance();
                self.filters.push(self.shape_of(&value));
                let condition = self.expression();
                self.filters.pop();
                let condition = condition?;
                self.expect("]")?;
                Kind::Filter(Box::new(value), Box::new(condition))
            } else if self.is("(") {
                let arguments = self.arguments()?;
                self.call(value, arguments)
            } else {
                return Ok(value);
            };
            value = self.node(position, kind)?;
        }
    }

    /// At a `[` in the end of an interval: it closes the interval when no expression follows it.
    fn closes_interval(&self) -> bool {
        const FOLLOWERS: [&str; 16] = [
            "", ")", "]", "}", ",", ":", ".", "..", "=", "!=", "*", "/", "+", "<", ">", "|",
        ];
        let next = self.text_after(1);
        self.interval_end
            && (FOLLOWERS.contains(&next)
                || (KEYWORDS.contains(&next) && !matches!(next, "if" | "for" | "function")))
    }

    /// A built-in is bound now when no declared name can stand in its place.
    fn call(&self, callee: Node, arguments: Arguments) -> Kind {
        let builtin = match &callee.kind {
            Kind::Name(name) if !self.is_declared(name) => builtins::find(name),
            _ => None,
        };
        match builtin {
            Some(builtin) => Kind::Builtin(builtin, arguments),
            None => Kind::Call(Box::new(callee), arguments),
        }
    }

    #[inline(never)]
    fn arguments(&mut self) -> Parse<Arguments> {
        self.expect("(")?;
        let mut positional = Vec::new();
        let mut named = Vec::new();
        if self.eat(")") {
            return Ok(Arguments::Positional(positional));
        }
        loop {
            if self.name_length(":").is_some() {
                let name = self.name_before(":")?;
                self.expect(":")?;
                named.push((name, self.expression()?));
            } else {
                positional.push(self.expression()?);
            }
            if !self.eat(",") {
                break;
            }
        }
        if !named.is_empty() && !positional.is_empty() {
            return Err(self.error("arguments that all have names, or none of them"));
        }
        self.expect(")")?;
        Ok(if named.is_empty() {
            Arguments::Positional(positional)
        } else {
            Arguments::Named(named)
        })
    }

    fn primary(&mut self) -> Parse {
        let (position, text) = (self.position(), self.text());
        match self.token().kind {
            TokenKind::Number => {
                let number: Number = text
                    .parse()
                    .map_err(|_| self.error("a number below 1e6145"))?;
                self.advance();
                self.node(position, Kind::Literal(number.into()))
            }
            TokenKind::String => {
                self.advance();
                self.node(position, Kind::Literal(unescape(text).into()))
            }
            TokenKind::Word => self.word(),
            TokenKind::Quoted => self.quoted_word(),
            TokenKind::Symbol => self.symbol(),
            TokenKind::End => Err(self.error("a value")),
        }
    }

    #[inline(never)]
    fn symbol(&mut self) -> Parse {
        let position = self.position();
        match self.text() {
            "(" => self.parenthesis(),
            "[" => self.bracket(),
            "]" => {
                self.advance();
                let start = self.expression()?;
                self.expect("..")?;
                self.interval(position, start, false)
            }
            "{" => self.context(),
            "@" => {
                self.advance();
                if self.token().kind != TokenKind::String {
                    return Err(self.error("a date, time or duration in quotes"));
                }
                let literal = unescape(self.text());
                self.advance();
                let value = builtins::at_literal(&literal);
                self.node(position, Kind::Literal(value))
            }
            "<" | "<=" | ">" | ">=" | "=" => self.nested(Parser::comparison_range),
            _ => Err(self.error("a value")),
        }
    }

    /// `(expression)` or an interval that is open at its start.
    #[inline(never)]
    fn parenthesis(&mut self) -> Parse {
        let position = self.position();
        self.advance();
        let inner = self.expression()?;
        if self.eat("..") {
            return self.interval(position, inner, false);
        }
        self.expect(")")?;
        Ok(inner)
    }

    /// A list, or an interval that is closed at its start.
    #[inline(never)]
    fn bracket(&mut self) -> Parse {
        let position = self.position();
        self.advance();
        let mut items = Vec::new();
        while !self.eat("]") {
            let item = self.expression()?;
            if items.is_empty() && self.eat("..") {
                return self.interval(position, item, true);
            }
            items.push(item);
            if !self.is("]") {
                self.expect(",")?;
            }
        }
        self.node(position, Kind::List(items))
    }

    /// After `..`: the end of an interval and its bracket.
    #[inline(never)]
    pub(super) fn interval(&mut self, position: u32, start: Node, start_included: bool) -> Parse {
        let outer = std::mem::replace(&mut self.interval_end, true);
        let end = self.sum();
        self.interval_end = outer;
        let end = Some(Box::new(end?));
        let end_included = self.eat("]");
        if !end_included && !self.eat(")") && !self.eat("[") {
            return Err(self.error("']', ')' or '[' to end the interval"));
        }
        self.node(
            position,
            Kind::Range {
                start: Some(Box::new(start)),
                start_included,
                end,
                end_included,
            },
        )
    }

    /// `< 5` as a value: the interval without a start. `= 5` is the interval that holds only 5.
    #[inline(never)]
    fn comparison_range(&mut self) -> Parse {
        let position = self.position();
        let Some(operator) = self.comparison_operator() else {
            return Err(self.error("a comparison"));
        };
        let bound = Box::new(self.bound()?);
        let kind = match operator {
            Operator::Equal => Kind::Only(bound),
            _ => half_open(operator, Some(bound)),
        };
        self.node(position, kind)
    }

    #[inline(never)]
    fn word(&mut self) -> Parse {
        let (name, length) = self.longest_name();
        if length == 1 {
            match self.text() {
                "if" => return self.conditional(),
                "for" => return self.iteration(),
                "some" | "every" if self.starts_quantified() => return self.quantified(),
                "function" if self.text_after(1) == "(" => return self.function(),
                "true" => return self.literal(Value::Bool(true)),
                "false" => return self.literal(Value::Bool(false)),
                "null" => return self.literal(Value::Null),
                // `and(…)` and `or(…)` are functions as well.
                "and" | "or" if self.text_after(1) == "(" => {}
                word if KEYWORDS.contains(&word) => return Err(self.error("a value")),
                _ => {}
            }
        }
        self.named(name, length)
    }

    /// A name between backticks is never a keyword or a part of a longer name.
    #[inline(never)]
    fn quoted_word(&mut self) -> Parse {
        match self.quoted() {
            Some(name) => self.named(name, 1),
            None => Err(self.error("a name")),
        }
    }

    /// What this many tokens name.
    fn named(&mut self, name: Arc<str>, length: usize) -> Parse {
        let position = self.position();
        for _ in 0..length {
            self.advance();
        }
        // A called built-in is no variable that a caller would have to provide.
        if !(self.is("(") && !self.is_declared(&name) && builtins::find(&name).is_some()) {
            self.refer(&name);
        }
        self.node(position, Kind::Name(name))
    }

    fn literal(&mut self, value: Value) -> Parse {
        let position = self.position();
        self.advance();
        self.node(position, Kind::Literal(value))
    }
}

pub(super) fn half_open(operator: Operator, bound: Option<Box<Node>>) -> Kind {
    match operator {
        Operator::Less => Kind::Range {
            start: None,
            start_included: false,
            end: bound,
            end_included: false,
        },
        Operator::LessOrEqual => Kind::Range {
            start: None,
            start_included: false,
            end: bound,
            end_included: true,
        },
        Operator::Greater => Kind::Range {
            start: bound,
            start_included: false,
            end: None,
            end_included: false,
        },
        _ => Kind::Range {
            start: bound,
            start_included: true,
            end: None,
            end_included: false,
        },
    }
}
