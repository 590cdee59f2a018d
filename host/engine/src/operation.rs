//! What operators ask of running cases: where tokens are to go in a modification, what maps
//! to what in a migration. How it is carried out is in `processors`; a batch keeps one of
//! these for all its items, so they are stored.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::key::*;
use crate::variables::Document;

/// Moves, adds and ends tokens of a case, all or nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Modification {
    /// Tokens to add.
    pub activate: Vec<Activation>,
    /// What to end.
    pub terminate: Vec<Target>,
    /// Tokens to move.
    pub moves: Vec<Move>,
}

/// A token to add.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activation {
    /// The id of the element.
    pub element: Arc<str>,
    /// On which side of it.
    pub place: Place,
    /// The flow scope around it, where there may be several.
    pub ancestor: Ancestor,
    /// Variables that are set before anything is entered.
    pub variables: Vec<VariableInstruction>,
}

/// On which side of an element a token is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// The element is entered.
    Before,
    /// Its outgoing flows are taken as if it had completed.
    After,
}

/// Which instance of the flow scopes around an element is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ancestor {
    /// The only one there is; it is made where there is none.
    Sole,
    /// This one. Scopes between it and the element are made anew.
    Given(ElementInstanceKey),
    /// For a move: the nearest scope around the source that is around the target, too.
    OfSource,
}

/// Variables for one scope of an activation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariableInstruction {
    /// The id of the element whose own they become: the entered element or a flow scope of
    /// it. Without one they are the case's.
    pub scope: Option<Arc<str>>,
    /// The variables.
    pub variables: Document,
}

/// Active elements of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// One activation.
    One(ElementInstanceKey),
    /// All activations of the element with this id.
    All(Arc<str>),
}

/// A token to move: the source is ended, and the target entered once for each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Move {
    /// Where from.
    pub source: Target,
    /// The id of the element to enter.
    pub target: Arc<str>,
    /// The flow scope around the target.
    pub ancestor: Ancestor,
    /// As in [`Activation`].
    pub variables: Vec<VariableInstruction>,
}

/// Lets a case go on by another definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Migration {
    /// The definition.
    pub target: ProcessDefinitionKey,
    /// The ids of elements of the case's definition, and of what they become.
    pub mappings: Vec<(Arc<str>, Arc<str>)>,
}

/// What an element became in a migration, with what rows keep of its new definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MigratedElement {
    /// Its index before.
    pub from: u32,
    /// Its index now.
    pub to: u32,
    /// For an event: whether it goes on waiting once it has happened.
    pub repeats: bool,
    /// Its name now.
    pub name: Option<Arc<str>>,
}
