//! The names that expressions may mention. FEEL reads `a-b` or `first name` as one name only where
//! it was declared, so each scope declares what is visible in it, and entries of types and contexts
//! are declared where the text might mean them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gardesh_feel::{NameSet, Type, is_only_a_name};

use crate::item_type::ItemType;
use crate::limits::MAX_NAME_COPIES;
use crate::xml::{self, Node};

/// Names copied for scopes so far over a file; scopes times names could grow with the square of it.
#[derive(Debug, Default)]
pub(crate) struct Copies(usize);

impl Copies {
    /// Whether so many more are within the bound.
    fn take(&mut self, count: usize) -> bool {
        self.0 = self.0.saturating_add(count);
        self.0 <= MAX_NAME_COPIES
    }
}

/// Names visible in a scope.
#[derive(Clone, Default)]
pub(crate) struct Names {
    /// What FEEL is to read as one name: what is in scope, and what may be an entry of something.
    pub set: NameSet,
    /// Those that have a value by themselves.
    visible: BTreeSet<Arc<str>>,
    /// Whether a name may be an entry of the item of a filter as well.
    pub of_item: bool,
    count: usize,
}

impl Names {
    /// Makes a variable known.
    pub fn declare(&mut self, name: &str) {
        self.see(name);
        self.mention(name);
    }

    /// Makes a variable known that has this type.
    pub fn declare_as(&mut self, name: &str, declared: Option<&ItemType>) {
        let Some(declared) = declared else {
            return self.declare(name);
        };
        self.see(name);
        self.set.declare_as(name, declared.shape.clone());
        self.count += 1;
    }

    /// Makes a variable known without a change to how texts are read.
    pub fn see(&mut self, name: &str) {
        self.visible.insert(normalize(name));
    }

    /// Makes a name readable after a dot and in a filter.
    pub fn declare_entry(&mut self, name: &str) {
        self.set.declare_entry(name);
        self.count += 1;
    }

    /// Makes a name readable that has no value here, so that what is said of it is said of all of it.
    fn mention(&mut self, name: &str) {
        self.set.declare(name);
        self.count += 1;
    }

    /// Whether a name is a variable here.
    pub fn visible(&self, name: &str) -> bool {
        self.visible.contains(name)
    }

    pub fn all_visible(&self) -> impl Iterator<Item = &str> {
        self.visible.iter().map(|name| &**name)
    }

    /// A scope within this one; none when the file has used up its copies.
    pub fn inner(&self, copies: &mut Copies) -> Option<Names> {
        copies.take(self.count).then(|| self.clone())
    }
}

/// Types by name, each with its number of parts.
type Shapes = BTreeMap<Arc<str>, (Type, usize)>;

/// Names of entries and types that any expression of a model may mention, by their first run of
/// letters, so that a scope takes only those that its texts can hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vocabulary {
    /// Each with whether it may be an entry of something: all but parameters, which belong to their
    /// function.
    names: BTreeMap<Box<str>, BTreeMap<Arc<str>, bool>>,
    types: BTreeMap<Box<str>, Shapes>,
}

impl Vocabulary {
    /// Collects the names in a file that FEEL would not read as one name by itself.
    pub fn of(definitions: Node<'_>) -> Vocabulary {
        let mut vocabulary = Vocabulary::default();
        for node in definitions.descendants() {
            if let (Some(tag), Some(name)) = (xml::tag(node), node.attribute("name")) {
                vocabulary.add_name(name, !matches!(tag, "formalParameter" | "parameter"));
            }
        }
        vocabulary
    }

    fn add_name(&mut self, name: &str, may_be_entry: bool) {
        if name.chars().all(char::is_alphanumeric) {
            return;
        }
        if let Some(run) = runs(name).next() {
            let name = normalize(name);
            let known = self.names.entry(run.into()).or_default();
            *known.entry(name).or_default() |= may_be_entry;
        }
    }

    /// Adds a type of so many parts.
    pub fn add_type(&mut self, name: &str, shape: Type, size: usize) {
        if let Some(run) = runs(name).next() {
            let name = normalize(name);
            self.types
                .entry(run.into())
                .or_default()
                .insert(name, (shape, size));
        }
    }

    /// Takes over what an imported model knows; its types go by the import's name.
    pub fn add_import(&mut self, imported: &Vocabulary) {
        for (run, names) in &imported.names {
            let known = self.names.entry(run.clone()).or_default();
            for (name, may_be_entry) in names {
                *known.entry(name.clone()).or_default() |= may_be_entry;
            }
        }
    }

    /// A scope with the entries and types that the texts below the node can mean, and nothing that has a value
    /// by itself; none when the file has used up its copies.
    pub fn scope(&self, node: Node<'_>, copies: &mut Copies) -> Option<Names> {
        let mut names = Names::default();
        let mut seen = BTreeSet::new();
        let texts = node.descendants().filter(|node| node.is_text());
        for run in texts.filter_map(|node| node.text()).flat_map(runs) {
            if !seen.insert(run) {
                continue;
            }
            let known = self.names.get(run).into_iter().flatten();
            for (place, (name, may_be_entry)) in known.enumerate() {
                // FEEL compares a name with all those that begin with the same word.
                if !copies.take(1 + place / 8) {
                    return None;
                }
                if *may_be_entry {
                    names.declare_entry(name);
                }
                if is_only_a_name(name) {
                    names.mention(name);
                }
            }
            for (name, (shape, size)) in self.types.get(run).into_iter().flatten() {
                if !copies.take(*size) {
                    return None;
                }
                names.set.declare_type(name, shape.clone());
                names.count += size;
            }
        }
        Some(names)
    }
}

/// Runs of letters and digits.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|run| !run.is_empty())
}

/// A name as FEEL knows it: runs of white space become one space.
pub(crate) fn normalize(name: &str) -> Arc<str> {
    let mut words = name.split_whitespace();
    let mut normal = words.next().unwrap_or_default().to_owned();
    for word in words {
        normal.push(' ');
        normal.push_str(word);
    }
    normal.into()
}
