//! How a struct becomes a row of a table and back. The struct's fields are the columns, so
//! that the table's definition, its insert and its reader cannot drift apart.

use std::borrow::Cow;
use std::hash::Hash;
use std::sync::Arc;

use gardesh_engine::file_bytes::FileBytes;
use gardesh_engine::key::*;
use rusqlite::types::ValueRef;
use rusqlite::{Result, Statement};

/// A type that one column holds.
pub trait Column: Sized {
    /// `INTEGER`, `TEXT` or `BLOB`.
    const SQL_TYPE: &'static str;
    /// Whether NULL stands for one of its values.
    const NULLABLE: bool = false;
    /// Binds it as parameter `at`, counted from 1.
    fn bind(&self, statement: &mut Statement<'_>, at: usize) -> Result<()>;
    /// Reads it from column `at`, counted from 0.
    fn read(row: &rusqlite::Row<'_>, at: usize) -> Result<Self>;
}

/// Name and type of a column.
#[derive(Debug)]
pub struct ColumnInfo {
    /// As in SQL; the API's name is derived from it.
    pub name: &'static str,
    /// `INTEGER`, `TEXT` or `BLOB`.
    pub sql_type: &'static str,
    /// Whether it may be NULL.
    pub nullable: bool,
}

/// A struct that is stored as a row. Each table has the tenant as its first column besides.
pub trait Row: Sized {
    /// The table.
    const TABLE: &'static str;
    /// The columns after `tenant`, in the order of the fields.
    const COLUMNS: &'static [ColumnInfo];
    /// The columns that, after `tenant`, make the primary key.
    const KEY: &'static [&'static str];
    /// The columns that a later event may change. The others keep their first value.
    const CHANGES: &'static [&'static str];
    /// Column lists of the indexes; after ` WHERE ` which rows are in one that leaves out those
    /// nobody looks for by it.
    const INDEXES: &'static [&'static str];
    /// Binds the fields as parameters from `at` on, counted from 1.
    fn bind(&self, statement: &mut Statement<'_>, at: usize) -> Result<()>;
    /// Reads the fields from column `at` on, counted from 0.
    fn read(row: &rusqlite::Row<'_>, at: usize) -> Result<Self>;
}

/// What a row is found by: the columns of its primary key after the tenant.
pub trait RowKey: Copy + Ord + Hash + std::fmt::Display {
    /// Binds it as parameters from `at` on, counted from 1.
    fn bind_key(&self, statement: &mut Statement<'_>, at: usize) -> Result<()>;
    /// Reads it from columns from `at` on, counted from 0.
    fn read_key(row: &rusqlite::Row<'_>, at: usize) -> Result<Self>;
}

/// Most are one column.
impl<C: Column + Copy + Ord + Hash + std::fmt::Display> RowKey for C {
    fn bind_key(&self, statement: &mut Statement<'_>, at: usize) -> Result<()> {
        self.bind(statement, at)
    }

    fn read_key(row: &rusqlite::Row<'_>, at: usize) -> Result<Self> {
        C::read(row, at)
    }
}

/// A row that is found by a key.
pub trait Keyed: Row {
    /// The type of the key.
    type Key: RowKey;
    /// Its key.
    fn key(&self) -> Self::Key;
}

/// Declares a struct whose fields are columns, and implements [`Row`] for it.
macro_rules! row {
    (
        $(#[$doc:meta])*
        pub struct $name:ident in $table:literal {
            $( $(#[$field_doc:meta])* $field:ident : $type:ty ),+ $(,)?
        }
        key: [$($key:ident),+],
        changes: [$($change:ident),*],
        indexes: [$($index:literal),*] $(,)?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $( $(#[$field_doc])* pub $field: $type, )+
        }

        impl $crate::row::Row for $name {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [$crate::row::ColumnInfo] = &[$(
                $crate::row::ColumnInfo {
                    name: stringify!($field),
                    sql_type: <$type as $crate::row::Column>::SQL_TYPE,
                    nullable: <$type as $crate::row::Column>::NULLABLE,
                },
            )+];
            const KEY: &'static [&'static str] = &[$(stringify!($key)),+];
            const CHANGES: &'static [&'static str] = &[$(stringify!($change)),*];
            const INDEXES: &'static [&'static str] = &[$($index),*];

            fn bind(&self, statement: &mut rusqlite::Statement<'_>, at: usize) -> rusqlite::Result<()> {
                let mut at = at..;
                $( $crate::row::Column::bind(&self.$field, statement, at.next().unwrap_or_default())?; )+
                Ok(())
            }

            fn read(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Self> {
                let mut at = at..;
                Ok(Self { $(
                    $field: $crate::row::Column::read(row, at.next().unwrap_or_default())?,
                )+ })
            }
        }
    };
}

/// Declares an enum whose values have the names of the API, in the table as in JSON.
macro_rules! names {
    (
        $(#[$doc:meta])*
        pub enum $name:ident { $( $(#[$value_doc:meta])* $value:ident = $text:literal ),+ $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub enum $name { $( $(#[$value_doc])* #[serde(rename = $text)] $value, )+ }

        impl $name {
            /// The name in the API.
            pub fn name(self) -> &'static str {
                match self { $( Self::$value => $text, )+ }
            }
        }

        impl $crate::row::Column for $name {
            const SQL_TYPE: &'static str = "TEXT";

            fn bind(&self, statement: &mut rusqlite::Statement<'_>, at: usize) -> rusqlite::Result<()> {
                statement.raw_bind_parameter(at, self.name())
            }

            fn read(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Self> {
                match row.get_ref(at)?.as_str()? {
                    $( $text => Ok(Self::$value), )+
                    other => Err($crate::row::unreadable(at, other)),
                }
            }
        }

        impl $crate::search::Operand for $name {
            const IS_TEXT: bool = true;

            fn value(&self) -> rusqlite::types::Value {
                self.name().to_owned().into()
            }
        }
    };
}

pub(crate) use {names, row};

/// A value that no version of this table's schema could have written.
pub(crate) fn unreadable(at: usize, found: &str) -> rusqlite::Error {
    let message = format!("Expected a value of the column's type, but found {found:?}.");
    rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, message.into())
}

impl Column for u64 {
    const SQL_TYPE: &'static str = "INTEGER";

    /// Keys and times stay far below 2^63; a time that does not is the end of time.
    fn bind(&self, statement: &mut Statement<'_>, at: usize) -> Result<()> {
        statement.raw_bind_parameter(at, i64::try_from(*self).unwrap_or(i64::MAX))
    }

    fn read(row: &rusqlite::Row<'_>, at: usize) -> Result<Self> {
        let number: i64 = row.get(at)?;
        u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, number))
    }
}

macro_rules! plain_columns {
    ($($type:ty as $sql:literal),+) => {$(
        impl Column for $type {
            const SQL_TYPE: &'static str = $sql;

            fn bind(&self, statement: &mut Statement<'_>, at: usize) -> Result<()> {
                statement.raw_bind_parameter(at, self)
            }

            fn read(row: &rusqlite::Row<'_>, at: usize) -> Result<Self> {
                row.get(at)
            }
        }
    )+};
}

plain_columns!(i64 as "INTEGER", i32 as "INTEGER", u32 as "INTEGER", u8 as "INTEGER", bool as "INTEGER", String as "TEXT");

impl Column for Arc<str> {
    const SQL_TYPE: &'static str = "TEXT";

    fn bind(&self, statement: &mut Statement<'_>, at: usize) -> Result<()> {
        statement.raw_bind_parameter(at, &**self)
    }

    fn read(row: &rusqlite::Row<'_>, at: usize) -> Result<Self> {
        row.get(at)
    }
}

impl Column for FileBytes {
    const SQL_TYPE: &'static str = "BLOB";

    fn bind(&self, statement: &mut Statement<'_>, at: usize) -> Result<()> {
        statement.raw_bind_parameter(at, &**self)
    }

    fn read(row: &rusqlite::Row<'_>, at: usize) -> Result<Self> {
        row.get::<_, Vec<u8>>(at).map(Self::from)
    }
}

impl Column for Cow<'static, str> {
    const SQL_TYPE: &'static str = "TEXT";

    fn bind(&self, statement: &mut Statement<'_>, at: usize) -> Result<()> {
        statement.raw_bind_parameter(at, &**self)
    }

    fn read(row: &rusqlite::Row<'_>, at: usize) -> Result<Self> {
        row.get(at).map(Cow::Owned)
    }
}

/// Stores a type as JSON text.
macro_rules! json_column {
    ($type:ty) => {
        impl $crate::row::Column for $type {
            const SQL_TYPE: &'static str = "TEXT";

            fn bind(
                &self,
                statement: &mut rusqlite::Statement<'_>,
                at: usize,
            ) -> rusqlite::Result<()> {
                $crate::row::bind_json(self, statement, at)
            }

            fn read(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Self> {
                $crate::row::read_json(row, at)
            }
        }
    };
}

pub(crate) use json_column;

// A list of names is a JSON array, which SQLite can look into.
json_column!(Vec<Arc<str>>);

pub(crate) fn bind_json(
    value: &impl serde::Serialize,
    statement: &mut Statement<'_>,
    at: usize,
) -> Result<()> {
    let json = serde_json::to_string(value)
        .map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    statement.raw_bind_parameter(at, json)
}

pub(crate) fn read_json<T: serde::de::DeserializeOwned>(
    row: &rusqlite::Row<'_>,
    at: usize,
) -> Result<T> {
    let text = row.get_ref(at)?.as_str()?;
    serde_json::from_str(text).map_err(|_| unreadable(at, text))
}

impl<T: Column> Column for Option<T> {
    const SQL_TYPE: &'static str = T::SQL_TYPE;
    const NULLABLE: bool = true;

    fn bind(&self, statement: &mut Statement<'_>, at: usize) -> Result<()> {
        match self {
            Some(value) => value.bind(statement, at),
            None => statement.raw_bind_parameter(at, rusqlite::types::Null),
        }
    }

    fn read(row: &rusqlite::Row<'_>, at: usize) -> Result<Self> {
        if row.get_ref(at)? == ValueRef::Null {
            return Ok(None);
        }
        T::read(row, at).map(Some)
    }
}

macro_rules! key_columns {
    ($($(#[$doc:meta])* $key:ident,)+) => {$(
        impl Column for $key {
            const SQL_TYPE: &'static str = "INTEGER";

            fn bind(&self, statement: &mut Statement<'_>, at: usize) -> Result<()> {
                self.0.bind(statement, at)
            }

            fn read(row: &rusqlite::Row<'_>, at: usize) -> Result<Self> {
                Column::read(row, at).map($key)
            }
        }
    )+};
}

gardesh_engine::for_each_key!(key_columns);
