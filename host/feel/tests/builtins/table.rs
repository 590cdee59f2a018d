//! The table: every built-in function of the standard that has a fixed number of parameters, with
//! their names and types, and one call. The checks are in `main.rs`.

/// What a parameter takes.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Text,
    Number,
    /// A date, or whatever else converts; not a number.
    Moment,
    Context,
    Function,
    Bool,
    /// A single value stands for the list of it.
    List,
    /// Anything but null.
    Some,
    /// Anything, null included.
    Any,
}
use Kind::{Any, Bool, Context, Function, List, Moment, Number, Some as NotNull, Text};

/// Parameter name, what it takes, an argument.
pub type Parameter = (&'static str, Kind, &'static str);

/// Function, parameters, how many of them are needed, the result.
pub type Row = (&'static str, &'static [Parameter], usize, &'static str);

/// The parameter that `append` takes any number of, and that has no use as a name.
pub const MORE: &str = "item";
const RANGE: &str = "[1..5]";

pub const TABLE: &[Row] = &[
    // Conversion.
    (
        "date",
        &[("from", Moment, "\"2024-02-29\"")],
        1,
        "@\"2024-02-29\"",
    ),
    (
        "date",
        &[
            ("year", Number, "2024"),
            ("month", Number, "2"),
            ("day", Number, "29"),
        ],
        3,
        "@\"2024-02-29\"",
    ),
    (
        "time",
        &[("from", Moment, "\"08:30:00\"")],
        1,
        "@\"08:30:00\"",
    ),
    (
        "time",
        &[
            ("hour", Number, "8"),
            ("minute", Number, "30"),
            ("second", Number, "1.5"),
            ("offset", Moment, "@\"PT1H\""),
        ],
        3,
        "@\"08:30:01.5+01:00\"",
    ),
    (
        "date and time",
        &[("from", Moment, "\"2024-02-29T08:30:00\"")],
        1,
        "@\"2024-02-29T08:30:00\"",
    ),
    (
        "date and time",
        &[
            ("date", Moment, "@\"2024-02-29\""),
            ("time", Moment, "@\"08:30:00Z\""),
        ],
        2,
        "@\"2024-02-29T08:30:00Z\"",
    ),
    (
        "number",
        &[
            ("from", Text, "\"1.234,5\""),
            ("grouping separator", Text, "\".\""),
            ("decimal separator", Text, "\",\""),
        ],
        3,
        "1234.5",
    ),
    ("string", &[("from", NotNull, "1.50")], 1, "\"1.5\""),
    (
        "duration",
        &[("from", Moment, "\"P1DT2H\"")],
        1,
        "@\"P1DT2H\"",
    ),
    (
        "years and months duration",
        &[
            ("from", Moment, "@\"2011-12-22\""),
            ("to", Moment, "@\"2013-08-24\""),
        ],
        2,
        "@\"P1Y8M\"",
    ),
    ("range", &[("from", Text, "\"[18..21)\"")], 1, "[18..21)"),
    // Boolean.
    ("not", &[("negand", Bool, "true")], 1, "false"),
    // Strings.
    (
        "substring",
        &[
            ("string", Text, "\"foobar\""),
            ("start position", Number, "3"),
            ("length", Number, "2"),
        ],
        2,
        "\"ob\"",
    ),
    ("string length", &[("string", Text, "\"foo\"")], 1, "3"),
    ("upper case", &[("string", Text, "\"aBc4\"")], 1, "\"ABC4\""),
    ("lower case", &[("string", Text, "\"aBc4\"")], 1, "\"abc4\""),
    (
        "substring before",
        &[("string", Text, "\"foobar\""), ("match", Text, "\"bar\"")],
        2,
        "\"foo\"",
    ),
    (
        "substring after",
        &[("string", Text, "\"foobar\""), ("match", Text, "\"ob\"")],
        2,
        "\"ar\"",
    ),
    (
        "replace",
        &[
            ("input", Text, "\"aBc\""),
            ("pattern", Text, "\"b\""),
            ("replacement", Text, "\"[$0]\""),
            ("flags", Text, "\"i\""),
        ],
        3,
        "\"a[B]c\"",
    ),
    (
        "contains",
        &[("string", Text, "\"foobar\""), ("match", Text, "\"oba\"")],
        2,
        "true",
    ),
    (
        "starts with",
        &[("string", Text, "\"foobar\""), ("match", Text, "\"fo\"")],
        2,
        "true",
    ),
    (
        "ends with",
        &[("string", Text, "\"foobar\""), ("match", Text, "\"r\"")],
        2,
        "true",
    ),
    (
        "matches",
        &[
            ("input", Text, "\"foobar\""),
            ("pattern", Text, "\"^FO*b\""),
            ("flags", Text, "\"i\""),
        ],
        2,
        "true",
    ),
    (
        "split",
        &[
            ("string", Text, "\"John Doe\""),
            ("delimiter", Text, "\"\\s\""),
        ],
        2,
        "[\"John\", \"Doe\"]",
    ),
    (
        "string join",
        &[
            ("list", List, "[\"a\", \"b\"]"),
            ("delimiter", Text, "\"_\""),
        ],
        1,
        "\"a_b\"",
    ),
    // Lists.
    (
        "list contains",
        &[("list", List, "[1, 2]"), ("element", Any, "2")],
        2,
        "true",
    ),
    (
        "list replace",
        &[
            ("list", List, "[2, 4, 7]"),
            ("position", Number, "3"),
            ("newItem", Any, "6"),
        ],
        3,
        "[2, 4, 6]",
    ),
    (
        "list replace",
        &[
            ("list", List, "[2, 4, 7]"),
            ("match", Function, "function(item, newItem) item < newItem"),
            ("newItem", Any, "5"),
        ],
        3,
        "[5, 5, 7]",
    ),
    ("count", &[("list", List, "[1, 2, 3]")], 1, "3"),
    ("min", &[("list", List, "[3, 1, 2]")], 1, "1"),
    ("max", &[("list", List, "[3, 1, 2]")], 1, "3"),
    ("sum", &[("list", List, "[3, 1, 2]")], 1, "6"),
    ("mean", &[("list", List, "[3, 1, 2]")], 1, "2"),
    ("product", &[("list", List, "[3, 1, 2]")], 1, "6"),
    ("median", &[("list", List, "[8, 2, 5, 3]")], 1, "4"),
    ("stddev", &[("list", List, "[2, 4, 6]")], 1, "2"),
    ("mode", &[("list", List, "[6, 3, 9, 6, 6]")], 1, "[6]"),
    ("all", &[("list", List, "[true, false]")], 1, "false"),
    ("any", &[("list", List, "[true, false]")], 1, "true"),
    (
        "sublist",
        &[
            ("list", List, "[4, 5, 6]"),
            ("start position", Number, "1"),
            ("length", Number, "2"),
        ],
        2,
        "[4, 5]",
    ),
    (
        "append",
        &[("list", List, "[1]"), (MORE, Any, "2")],
        2,
        "[1, 2]",
    ),
    (
        "insert before",
        &[
            ("list", List, "[1, 3]"),
            ("position", Number, "1"),
            ("newItem", Any, "2"),
        ],
        3,
        "[2, 1, 3]",
    ),
    (
        "remove",
        &[("list", List, "[1, 2, 3]"), ("position", Number, "2")],
        2,
        "[1, 3]",
    ),
    ("reverse", &[("list", List, "[1, 2, 3]")], 1, "[3, 2, 1]"),
    (
        "index of",
        &[("list", List, "[1, 2, 3, 2]"), ("match", Any, "2")],
        2,
        "[2, 4]",
    ),
    (
        "distinct values",
        &[("list", List, "[1, 2, 1]")],
        1,
        "[1, 2]",
    ),
    (
        "flatten",
        &[("list", List, "[[1, [2]], [[[3]]]]")],
        1,
        "[1, 2, 3]",
    ),
    (
        "sort",
        &[
            ("list", List, "[3, 1, 2]"),
            ("precedes", Function, "function(x, y) x > y"),
        ],
        1,
        "[3, 2, 1]",
    ),
    // Numbers.
    (
        "decimal",
        &[("n", Number, "2.5"), ("scale", Number, "0")],
        2,
        "2",
    ),
    (
        "floor",
        &[("n", Number, "-1.56"), ("scale", Number, "1")],
        1,
        "-1.6",
    ),
    (
        "ceiling",
        &[("n", Number, "-1.56"), ("scale", Number, "1")],
        1,
        "-1.5",
    ),
    (
        "round up",
        &[("n", Number, "1.121"), ("scale", Number, "2")],
        1,
        "1.13",
    ),
    (
        "round down",
        &[("n", Number, "-1.126"), ("scale", Number, "2")],
        1,
        "-1.12",
    ),
    (
        "round half up",
        &[("n", Number, "-5.5"), ("scale", Number, "0")],
        1,
        "-6",
    ),
    (
        "round half down",
        &[("n", Number, "-5.5"), ("scale", Number, "0")],
        1,
        "-5",
    ),
    ("abs", &[("n", Number, "-10")], 1, "10"),
    (
        "modulo",
        &[("dividend", Number, "-12"), ("divisor", Number, "5")],
        2,
        "3",
    ),
    ("sqrt", &[("number", Number, "16")], 1, "4"),
    ("log", &[("number", Number, "1")], 1, "0"),
    ("exp", &[("number", Number, "0")], 1, "1"),
    ("odd", &[("number", Number, "5")], 1, "true"),
    ("even", &[("number", Number, "-2")], 1, "true"),
    // Dates.
    (
        "day of year",
        &[("date", Moment, "@\"2019-09-17\"")],
        1,
        "260",
    ),
    (
        "day of week",
        &[("date", Moment, "@\"2019-09-17\"")],
        1,
        "\"Tuesday\"",
    ),
    (
        "month of year",
        &[("date", Moment, "@\"2019-09-17\"")],
        1,
        "\"September\"",
    ),
    (
        "week of year",
        &[("date", Moment, "@\"2005-01-01\"")],
        1,
        "53",
    ),
    (
        "is",
        &[("value1", Any, "1"), ("value2", Any, "1")],
        2,
        "true",
    ),
    // Ranges.
    (
        "before",
        &[("point1", NotNull, "1"), ("point2", NotNull, "10")],
        2,
        "true",
    ),
    (
        "before",
        &[("point", NotNull, "1"), ("range", NotNull, "(1..5]")],
        2,
        "true",
    ),
    (
        "before",
        &[("range", NotNull, "[1..5)"), ("point", NotNull, "5")],
        2,
        "true",
    ),
    (
        "after",
        &[("range1", NotNull, "[6..9]"), ("range2", NotNull, RANGE)],
        2,
        "true",
    ),
    (
        "meets",
        &[("range1", NotNull, RANGE), ("range2", NotNull, "[5..8]")],
        2,
        "true",
    ),
    (
        "met by",
        &[("range1", NotNull, "[5..8]"), ("range2", NotNull, RANGE)],
        2,
        "true",
    ),
    (
        "overlaps",
        &[("range1", NotNull, RANGE), ("range2", NotNull, "[3..8]")],
        2,
        "true",
    ),
    (
        "overlaps before",
        &[("range1", NotNull, RANGE), ("range2", NotNull, "[3..8]")],
        2,
        "true",
    ),
    (
        "overlaps after",
        &[("range1", NotNull, "[3..8]"), ("range2", NotNull, RANGE)],
        2,
        "true",
    ),
    (
        "finishes",
        &[("point", NotNull, "5"), ("range", NotNull, RANGE)],
        2,
        "true",
    ),
    (
        "finished by",
        &[("range", NotNull, RANGE), ("point", NotNull, "5")],
        2,
        "true",
    ),
    (
        "includes",
        &[("range", NotNull, RANGE), ("point", NotNull, "4")],
        2,
        "true",
    ),
    (
        "during",
        &[("point", NotNull, "4"), ("range", NotNull, RANGE)],
        2,
        "true",
    ),
    (
        "starts",
        &[("point", NotNull, "1"), ("range", NotNull, RANGE)],
        2,
        "true",
    ),
    (
        "started by",
        &[("range", NotNull, RANGE), ("point", NotNull, "1")],
        2,
        "true",
    ),
    (
        "coincides",
        &[("range1", NotNull, RANGE), ("range2", NotNull, RANGE)],
        2,
        "true",
    ),
    // Contexts.
    (
        "get value",
        &[("m", Context, "{a: 1}"), ("key", Text, "\"a\"")],
        2,
        "1",
    ),
    (
        "get entries",
        &[("m", Context, "{a: 1}")],
        1,
        "[{key: \"a\", value: 1}]",
    ),
    (
        "context",
        &[("entries", List, "[{key: \"a\", value: 1}]")],
        1,
        "{a: 1}",
    ),
    (
        "context put",
        &[
            ("context", Context, "{a: 1}"),
            ("key", Text, "\"b\""),
            ("value", Any, "2"),
        ],
        3,
        "{a: 1, b: 2}",
    ),
    (
        "context put",
        &[
            ("context", Context, "{a: {b: 1}}"),
            ("keys", List, "[\"a\", \"b\"]"),
            ("value", Any, "2"),
        ],
        3,
        "{a: {b: 2}}",
    ),
    (
        "context merge",
        &[("contexts", List, "[{a: 1}, {b: 2}]")],
        1,
        "{a: 1, b: 2}",
    ),
];
