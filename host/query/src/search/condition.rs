//! Conditions on a field: a plain value, or an object of operators as in the Camunda REST
//! API (`{"$gte": …, "$lt": …}`), read from JSON and written as SQL in this one place.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _, IntoDeserializer, MapAccess, Visitor};

use super::sql::Sql;
use crate::limits::{MAX_LIST, MAX_OPERATORS, MAX_PATTERN_BYTES};

/// A type of value that a field can be compared with.
pub trait Operand: DeserializeOwned {
    /// Whether `$gt` and its kin make sense.
    const IS_ORDERED: bool = false;
    /// Whether `$like` makes sense.
    const IS_TEXT: bool = false;
    /// The value as it is stored.
    fn value(&self) -> rusqlite::types::Value;
}

/// One operator with its operand. A field without a value satisfies only `Neq`, `NotIn`
/// and `Exists(false)`.
#[derive(Clone, Debug, PartialEq)]
pub enum Operator<T> {
    /// `$eq`
    Eq(T),
    /// `$neq`
    Neq(T),
    /// `$exists`
    Exists(bool),
    /// `$in`
    In(Vec<T>),
    /// `$notIn`
    NotIn(Vec<T>),
    /// `$like`: `*` any text, `?` one character, `\` before a character that stands for itself.
    Like(String),
    /// `$gt`
    Gt(T),
    /// `$gte`
    Gte(T),
    /// `$lt`
    Lt(T),
    /// `$lte`
    Lte(T),
}

/// Operators that must all hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition<T>(Vec<Operator<T>>);

impl<T> Condition<T> {
    /// The field has this value.
    pub fn eq(value: T) -> Self {
        Self(vec![Operator::Eq(value)])
    }

    /// All of these hold.
    pub fn all(operators: Vec<Operator<T>>) -> Self {
        Self(operators)
    }

    /// One more must hold.
    pub fn and(mut self, operator: Operator<T>) -> Self {
        self.0.push(operator);
        self
    }

    pub(crate) fn operators(&self) -> &[Operator<T>] {
        &self.0
    }
}

/// Something that a filter asks of a column, or of a table by way of one.
pub trait Criterion {
    /// Adds ` AND …`.
    fn render(&self, column: &'static str, sql: &mut Sql);

    /// Whether it asks for anything at all.
    fn narrows(&self) -> bool {
        true
    }
}

impl<T: Operand> Criterion for Condition<T> {
    fn render(&self, column: &'static str, sql: &mut Sql) {
        for operator in &self.0 {
            sql.push(" AND ");
            operator.render(column, sql);
        }
    }

    fn narrows(&self) -> bool {
        !self.0.is_empty()
    }
}

impl<T: Operand> Operator<T> {
    fn render(&self, column: &'static str, sql: &mut Sql) {
        match self {
            Self::Eq(value) => sql.push(column).push(" = ").bind(value.value()),
            Self::Neq(value) => sql.push(column).push(" IS NOT ").bind(value.value()),
            Self::Exists(true) => sql.push(column).push(" IS NOT NULL"),
            Self::Exists(false) => sql.push(column).push(" IS NULL"),
            Self::In(values) => list(sql.push(column).push(" IN ("), values),
            Self::NotIn(values) => {
                sql.push("(")
                    .push(column)
                    .push(" IS NULL OR ")
                    .push(column)
                    .push(" NOT IN (");
                list(sql, values).push(")")
            }
            Self::Like(pattern) => sql
                .push("matches(")
                .bind(pattern.clone())
                .push(", ")
                .push(column)
                .push(")"),
            Self::Gt(value) => sql.push(column).push(" > ").bind(value.value()),
            Self::Gte(value) => sql.push(column).push(" >= ").bind(value.value()),
            Self::Lt(value) => sql.push(column).push(" < ").bind(value.value()),
            Self::Lte(value) => sql.push(column).push(" <= ").bind(value.value()),
        };
    }
}

fn list<'a, T: Operand>(sql: &'a mut Sql, values: &[T]) -> &'a mut Sql {
    for (number, value) in values.iter().enumerate() {
        sql.push(if number > 0 { ", " } else { "" })
            .bind(value.value());
    }
    sql.push(")")
}

impl<'de, T: Operand> Deserialize<'de> for Condition<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ConditionVisitor(PhantomData))
    }
}

struct ConditionVisitor<T>(PhantomData<T>);

macro_rules! visit_plain {
    ($($method:ident: $type:ty),+) => {$(
        fn $method<E: serde::de::Error>(self, value: $type) -> Result<Self::Value, E> {
            T::deserialize(value.into_deserializer()).map(Condition::eq)
        }
    )+};
}

impl<'de, T: Operand> Visitor<'de> for ConditionVisitor<T> {
    type Value = Condition<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or an object of operators such as {\"$eq\": …}")
    }

    visit_plain!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut operators = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if operators.len() == MAX_OPERATORS {
                return Err(A::Error::custom(format_args!(
                    "expected at most {MAX_OPERATORS} operators in one condition, but there are more"
                )));
            }
            operators.push(read_operator(&name, &mut map)?);
        }
        Ok(Condition(operators))
    }
}

fn read_operator<'de, T: Operand, A: MapAccess<'de>>(
    name: &str,
    map: &mut A,
) -> Result<Operator<T>, A::Error> {
    match name {
        "$eq" => map.next_value().map(Operator::Eq),
        "$neq" => map.next_value().map(Operator::Neq),
        "$exists" => map.next_value().map(Operator::Exists),
        "$in" => read_list(map).map(Operator::In),
        "$notIn" => read_list(map).map(Operator::NotIn),
        "$like" if T::IS_TEXT => read_pattern(map).map(Operator::Like),
        "$gt" if T::IS_ORDERED => map.next_value().map(Operator::Gt),
        "$gte" if T::IS_ORDERED => map.next_value().map(Operator::Gte),
        "$lt" if T::IS_ORDERED => map.next_value().map(Operator::Lt),
        "$lte" if T::IS_ORDERED => map.next_value().map(Operator::Lte),
        _ => Err(A::Error::custom(format_args!(
            "expected one of the operators $eq, $neq, $exists, $in, $notIn{}{}, but got {name:?}",
            if T::IS_TEXT { ", $like" } else { "" },
            if T::IS_ORDERED {
                ", $gt, $gte, $lt, $lte"
            } else {
                ""
            },
        ))),
    }
}

fn read_list<'de, T: Operand, A: MapAccess<'de>>(map: &mut A) -> Result<Vec<T>, A::Error> {
    let values: Vec<T> = map.next_value()?;
    match values.len() {
        n if n > MAX_LIST => Err(A::Error::custom(format_args!(
            "expected at most {MAX_LIST} values in a list, but there are {n}"
        ))),
        _ => Ok(values),
    }
}

fn read_pattern<'de, A: MapAccess<'de>>(map: &mut A) -> Result<String, A::Error> {
    let pattern: String = map.next_value()?;
    match pattern.len() {
        n if n > MAX_PATTERN_BYTES => Err(A::Error::custom(format_args!(
            "expected a pattern of at most {MAX_PATTERN_BYTES} bytes, but it has {n}"
        ))),
        _ => Ok(pattern),
    }
}
