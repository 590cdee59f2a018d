//! The parser's state: tokens, names in scope and free names. The grammar is in the files beside.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::folding::folded;
use super::lexer::{Token, TokenKind, tokens};
use super::names::{BUILTINS, NameSet, Words, normalize};
use super::tree::{Kind, Node};
use super::types::Type;
use crate::limits::{MAX_HEIGHT, MAX_NAME_WORDS, MAX_SOURCE_BYTES, MAX_TOKEN_CHARS};

/// Where and why a text is not FEEL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Expected {expected}, but {found} at byte {position}")]
pub struct SyntaxError {
    pub expected: String,
    pub found: String,
    /// In bytes from the start of the source.
    pub position: usize,
}

impl SyntaxError {
    pub(super) fn new(
        position: usize,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> SyntaxError {
        SyntaxError {
            expected: expected.into(),
            found: found.into(),
            position,
        }
    }
}

/// A parsed source: the tree, and the names it needs from outside.
pub(crate) struct Parsed {
    pub root: Node,
    /// Free names; true for those that are surely variables, false for those in filters, which may
    /// be entries of the filtered items.
    pub free: BTreeMap<Arc<str>, bool>,
}

pub(crate) fn parse_expression(source: &str, names: &NameSet) -> Result<Parsed, SyntaxError> {
    let mut parser = Parser::new(source, names)?;
    let root = parser.expression()?;
    parser.expect_end()?;
    Ok(Parsed {
        root,
        free: parser.free,
    })
}

pub(crate) fn parse_unary_tests(source: &str, names: &NameSet) -> Result<Parsed, SyntaxError> {
    let mut parser = Parser::new(source, names)?;
    parser.declare("?");
    let root = parser.unary_tests()?;
    parser.expect_end()?;
    Ok(Parsed {
        root,
        free: parser.free,
    })
}

pub(super) struct Parser<'a> {
    pub(super) source: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
    declared: &'a NameSet,
    /// Names that the source itself declares anywhere: iteration variables, parameters, context entries.
    /// Those of them that are in scope are in `locals`.
    own: Words,
    locals: Vec<Local<'a>>,
    lambdas: Vec<OpenLambda>,
    /// Open filters, within which a name may be an entry of the item, with the types of what is filtered.
    pub(super) filters: Vec<Option<&'a Type>>,
    free: BTreeMap<Arc<str>, bool>,
    /// In the end of an interval a `[` may close it instead of opening a filter.
    pub(super) interval_end: bool,
}

struct Local<'a> {
    name: Arc<str>,
    used: bool,
    shape: Option<&'a Type>,
}

struct OpenLambda {
    /// Locals from here on belong to the function.
    first_local: usize,
    free: BTreeSet<Arc<str>>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(source: &'a str, declared: &'a NameSet) -> Result<Parser<'a>, SyntaxError> {
        if source.len() > MAX_SOURCE_BYTES {
            let found = format!("there are {}", source.len());
            return Err(SyntaxError::new(
                0,
                format!("at most {MAX_SOURCE_BYTES} bytes of source"),
                found,
            ));
        }
        Ok(Parser {
            source,
            tokens: tokens(source)?,
            at: 0,
            depth: 0,
            declared,
            own: Words::default(),
            locals: Vec::new(),
            lambdas: Vec::new(),
            filters: declared.items().map(|shape| shape.map(items_of)).collect(),
            free: BTreeMap::new(),
            interval_end: false,
        })
    }

    // Tokens.

    pub(super) fn token(&self) -> Token {
        self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn token_after(&self, distance: usize) -> Token {
        self.tokens[(self.at + distance).min(self.tokens.len() - 1)]
    }

    pub(super) fn text(&self) -> &'a str {
        self.token().text(self.source)
    }

    pub(super) fn text_after(&self, distance: usize) -> &'a str {
        self.token_after(distance).text(self.source)
    }

    pub(super) fn position(&self) -> u32 {
        self.token().start
    }

    pub(super) fn advance(&mut self) {
        self.at += 1;
    }

    pub(super) fn place(&self) -> usize {
        self.at
    }

    pub(super) fn rewind(&mut self, place: usize) {
        self.at = place;
    }

    /// Takes a symbol or keyword; strings never match.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.is(text);
        self.at += usize::from(found);
        found
    }

    pub(super) fn is(&self, text: &str) -> bool {
        matches!(self.token().kind, TokenKind::Symbol | TokenKind::Word) && self.text() == text
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        self.eat(word)
    }

    pub(super) fn eat_words(&mut self, words: &[&str]) -> bool {
        let found = words
            .iter()
            .enumerate()
            .all(|(index, word)| self.text_after(index) == *word);
        if found {
            self.at += words.len();
        }
        found
    }

    pub(super) fn expect(&mut self, text: &str) -> Result<(), SyntaxError> {
        if self.eat(text) {
            Ok(())
        } else {
            Err(self.error(&format!("'{text}'")))
        }
    }

    pub(super) fn expect_end(&self) -> Result<(), SyntaxError> {
        if self.token().kind == TokenKind::End {
            return Ok(());
        }
        let hint = if self.token().kind == TokenKind::Word {
            "an operator or the end (a name with spaces must be declared)"
        } else {
            "an operator or the end"
        };
        Err(self.error(hint))
    }

    pub(super) fn error(&self, expected: &str) -> SyntaxError {
        let token = self.token();
        let found = match token.kind {
            TokenKind::End => "the text ends".to_owned(),
            _ => {
                let text: String = token
                    .text(self.source)
                    .chars()
                    .take(MAX_TOKEN_CHARS)
                    .collect();
                format!("found '{text}'")
            }
        };
        SyntaxError::new(token.start as usize, expected, found)
    }

    // Nodes.

    /// A node of the tree, unless it would be too high.
    pub(super) fn node(&self, position: u32, kind: Kind) -> Result<Node, SyntaxError> {
        let kind = folded(kind);
        let height = kind.height();
        if height > MAX_HEIGHT {
            return Err(self.too_high(position));
        }
        Ok(Node {
            kind,
            position,
            height,
        })
    }

    /// Runs a rule of the grammar one level deeper.
    pub(super) fn nested<T>(
        &mut self,
        rule: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.depth >= MAX_HEIGHT {
            return Err(self.too_high(self.position()));
        }
        self.depth += 1;
        let result = rule(self);
        self.depth -= 1;
        result
    }

    fn too_high(&self, position: u32) -> SyntaxError {
        let expected = format!("at most {MAX_HEIGHT} levels of nested expressions");
        SyntaxError::new(position as usize, expected, "another level opens")
    }

    // Names.

    pub(super) fn is_declared(&self, name: &str) -> bool {
        self.declared.contains(name) || self.locals.iter().any(|local| *local.name == *name)
    }

    pub(super) fn declared_type(&mut self) -> Option<Type> {
        let tokens = &self.tokens[self.at..];
        let (declared, length) = self.declared.longest_type(self.source, tokens)?;
        let declared = declared.clone();
        self.at += length;
        Some(declared)
    }

    /// Makes a name known from here on, and gives it in normal form.
    pub(super) fn declare(&mut self, name: &str) -> Arc<str> {
        self.declare_as(name, None)
    }

    /// The same for a name whose values, or whose items, are of a type.
    pub(super) fn declare_as(&mut self, name: &str, shape: Option<&'a Type>) -> Arc<str> {
        let known = self.own.insert(name);
        // Between backticks a name may have white space that its normal form lacks.
        let name = if normalize(name) == name {
            known
        } else {
            name.into()
        };
        self.locals.push(Local {
            name: name.clone(),
            used: false,
            shape,
        });
        name
    }

    pub(super) fn scope(&self) -> usize {
        self.locals.len()
    }

    /// Ends the scope of all locals declared since; says whether the first of them was used.
    pub(super) fn leave(&mut self, scope: usize) -> bool {
        let used = self.locals.get(scope).is_some_and(|local| local.used);
        self.locals.truncate(scope);
        used
    }

    pub(super) fn open_lambda(&mut self) {
        self.lambdas.push(OpenLambda {
            first_local: self.locals.len(),
            free: BTreeSet::new(),
        });
    }

    pub(super) fn close_lambda(&mut self) -> Vec<Arc<str>> {
        self.lambdas
            .pop()
            .map(|lambda| lambda.free.into_iter().collect())
            .unwrap_or_default()
    }

    /// Notes that the expression reads a name.
    pub(super) fn refer(&mut self, name: &Arc<str>) {
        let local = self.locals.iter().rposition(|local| local.name == *name);
        if let Some(index) = local {
            self.locals[index].used = true;
        }
        for lambda in &mut self.lambdas {
            if local.is_none_or(|index| index < lambda.first_local) {
                lambda.free.insert(name.clone());
            }
        }
        if local.is_none() {
            let certain = self.filters.is_empty();
            *self.free.entry(name.clone()).or_insert(certain) |= certain;
        }
    }

    /// The longest declared name that starts here, and its tokens; one word when none does.
    pub(super) fn longest_name(&self) -> (Arc<str>, usize) {
        let tokens = &self.tokens[self.at..];
        let builtin = BUILTINS
            .longest(self.source, tokens)
            .filter(|(name, length)| {
                // `date and time` is a condition as well; it is the function only when called.
                !name.contains(" and ") || self.text_after(*length) == "("
            });
        let in_scope = |name: &str| self.locals.iter().any(|local| *local.name == *name);
        let of_items = self
            .filters
            .iter()
            .map(|shape| self.longest_entry(*shape, tokens));
        [
            self.declared.longest(self.source, tokens),
            self.own.longest(self.source, tokens, in_scope),
            builtin,
        ]
        .into_iter()
        .chain(of_items)
        .flatten()
        .max_by_key(|(_, length)| *length)
        .unwrap_or_else(|| (self.text().into(), 1))
    }

    /// The longest entry of a value of this type that the tokens start with; where nothing is known of the
    /// value, of all that are entries of something.
    fn longest_entry(&self, shape: Option<&Type>, tokens: &[Token]) -> Option<(Arc<str>, usize)> {
        let wanted = |name: &str| match shape {
            Some(Type::Context(entries)) => entries.iter().any(|(entry, _)| **entry == *name),
            _ => true,
        };
        let known = [
            self.declared.longest_entry(self.source, tokens, wanted),
            self.own.longest(self.source, tokens, wanted),
        ];
        known
            .into_iter()
            .flatten()
            .max_by_key(|(_, length)| *length)
    }

    /// The type of a node's value, or of its items, where it is declared. Any is nothing known.
    pub(super) fn shape_of(&self, node: &Node) -> Option<&'a Type> {
        let shape = match &node.kind {
            Kind::Name(name) => {
                let local = self.locals.iter().rev().find(|local| local.name == *name);
                match local {
                    Some(local) => local.shape?,
                    None => self.declared.shape(name)?,
                }
            }
            Kind::Path(of, name) => match self.shape_of(of)? {
                Type::Context(entries) => &entries.iter().find(|(entry, _)| entry == name)?.1,
                _ => return None,
            },
            Kind::Filter(of, _) => self.shape_of(of)?,
            _ => return None,
        };
        Some(items_of(shape))
    }

    /// The name between backticks that this token is, as it stands there.
    pub(super) fn quoted(&self) -> Option<Arc<str>> {
        let text = self.text();
        (self.token().kind == TokenKind::Quoted).then(|| text[1..text.len() - 1].into())
    }

    /// After a `.`: an entry of the value before it, a property with spaces, or one word.
    pub(super) fn property(&mut self, of: &Node) -> Result<Arc<str>, SyntaxError> {
        if let Some(name) = self.quoted() {
            self.advance();
            return Ok(name);
        }
        if self.token().kind != TokenKind::Word {
            return Err(self.error("the name of an entry"));
        }
        let tokens = &self.tokens[self.at..];
        let shape = self.shape_of(of);
        let known = [
            self.longest_entry(shape, tokens),
            // Whatever is in scope may be an entry of what is not known as well.
            self.declared
                .longest(self.source, tokens)
                .filter(|_| !matches!(shape, Some(Type::Context(_)))),
            super::names::PROPERTIES.longest(self.source, tokens),
        ];
        let (name, length) = known
            .into_iter()
            .flatten()
            .max_by_key(|(_, length)| *length)
            .unwrap_or_else(|| (self.text().into(), 1));
        self.at += length;
        Ok(name)
    }

    /// All up to (not including) `end`, as one name that is declared here. A name that is known
    /// already may have `end` inside, such as `items in cart` before `in`.
    pub(super) fn name_before(&mut self, end: &str) -> Result<Arc<str>, SyntaxError> {
        if let Some(name) = self.quoted().filter(|_| self.text_after(1) == end) {
            self.advance();
            return Ok(name);
        }
        let (_, known) = self.longest_name();
        let length = Some(known)
            .filter(|known| self.text_after(*known) == end)
            .filter(|known| *known > 1)
            .or_else(|| self.name_length(end))
            .ok_or_else(|| self.error(&format!("a name and then '{end}'")))?;
        let (first, last) = (self.token(), self.token_after(length - 1));
        self.at += length;
        Ok(normalize(&self.source[first.start as usize..last.end as usize]).into())
    }

    /// Tokens before `end` when they can make up a name.
    pub(super) fn name_length(&self, end: &str) -> Option<usize> {
        match self.token().kind {
            TokenKind::Word => {}
            TokenKind::Quoted => return (self.text_after(1) == end).then_some(1),
            _ => return None,
        }
        for length in 1..MAX_NAME_WORDS {
            let token = self.token_after(length);
            let text = token.text(self.source);
            match token.kind {
                _ if text == end => return Some(length),
                TokenKind::Word | TokenKind::Number => {}
                TokenKind::Symbol
                    if !matches!(
                        text,
                        "(" | ")" | "[" | "]" | "{" | "}" | "," | ":" | "=" | "<" | ">" | "@"
                    ) => {}
                _ => return None,
            }
        }
        None
    }
}

/// The type of the innermost items of lists of lists; of others the type itself.
fn items_of(mut shape: &Type) -> &Type {
    while let Type::List(item) = shape {
        shape = item;
    }
    shape
}
