//! Schemas for types whose own derive would say something else than what they read and
//! write here.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// The schema of a JSON number, whatever type holds it: decimals are exact in Gardesh,
/// so that amounts are numbers and not strings.
///
/// ```ignore
/// #[schemars(with = "gardesh::Number")]
/// amount: rust_decimal::Decimal,
/// ```
pub enum Number {}

impl JsonSchema for Number {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number" })
    }
}
