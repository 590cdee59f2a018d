//! Random expressions, well-typed for the most part: a seed gives the same ones every time.

/// The variables that they use.
pub const CONTEXT: &str = r#"{n: 7, m: -2.5, big: 123456789012, s: "Wort", e: "", b: true, l: [3, 1, 2], w: ["b", "a"], c: {a: 1, b: "x", l: [1, 2]}, d: date("2024-02-29"), t: date and time("2024-03-31T01:30:00Z"), p: duration("P1DT2H"), y: duration("P1Y2M"), z: null}"#;

/// Deepest nesting.
const DEPTH: u32 = 4;

pub struct Generator {
    state: u64,
}

impl Generator {
    pub fn new(seed: u64) -> Generator {
        Generator { state: seed }
    }

    pub fn expression(&mut self) -> String {
        match self.below(9) {
            0 | 1 => self.number(DEPTH),
            2 => self.text(DEPTH),
            3 => self.truth(DEPTH),
            4 => self.list(DEPTH),
            5 => self.context(DEPTH),
            6 => self.date(DEPTH),
            7 => self.moment(DEPTH),
            _ => self.duration(DEPTH),
        }
    }

    /// SplitMix64.
    fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn one<'t>(&mut self, choices: &[&'t str]) -> &'t str {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn number(&mut self, depth: u32) -> String {
        if depth == 0 || self.below(6) == 0 {
            return self
                .one(&[
                    "0", "1", "2", "3", "10", "0.1", "2.50", "100", "n", "m", "big", "c.a", "7.005",
                ])
                .to_owned();
        }
        let depth = depth - 1;
        match self.below(16) {
            0..=4 => {
                let (left, right) = (self.number(depth), self.number(depth));
                let operator = self.one(&["+", "-", "*", "/"]);
                format!("({left} {operator} {right})")
            }
            5 => format!("(-{})", self.number(depth)),
            6 => format!(
                "({} ** {})",
                self.number(depth),
                self.one(&["2", "3", "0", "-1"])
            ),
            7 => {
                let name = self.one(&["floor", "ceiling", "abs"]);
                format!("{name}({})", self.number(depth))
            }
            8 => {
                let name = self.one(&[
                    "decimal",
                    "round up",
                    "round down",
                    "round half up",
                    "round half down",
                ]);
                format!(
                    "{name}({}, {})",
                    self.number(depth),
                    self.one(&["0", "1", "2", "-1"])
                )
            }
            9 => format!("modulo({}, {})", self.number(depth), self.number(depth)),
            10 => {
                let name = self.one(&["count", "sum", "min", "max", "mean", "median", "product"]);
                format!("{name}({})", self.numbers(depth))
            }
            11 => format!("string length({})", self.text(depth)),
            12 => format!(
                "(if {} then {} else {})",
                self.truth(depth),
                self.number(depth),
                self.number(depth)
            ),
            13 => format!(
                "{}[{}]",
                self.numbers(depth),
                self.one(&["1", "-1", "2", "9"])
            ),
            14 => format!(
                "{}.{}",
                self.date(depth),
                self.one(&["year", "month", "day", "weekday"])
            ),
            _ => format!(
                "{}.{}",
                self.moment(depth),
                self.one(&["hour", "minute", "second", "day"])
            ),
        }
    }

    fn numbers(&mut self, depth: u32) -> String {
        if depth == 0 || self.below(4) == 0 {
            return self
                .one(&["l", "[1, 2, 3]", "[0.5]", "[]", "c.l", "[2, 2, 1]"])
                .to_owned();
        }
        let depth = depth - 1;
        match self.below(11) {
            0 | 1 => format!("[{}, {}]", self.number(depth), self.number(depth)),
            2 => format!(
                "{}[item {} {}]",
                self.numbers(depth),
                self.one(&[">", "<=", "="]),
                self.number(0)
            ),
            3 => format!(
                "(for i in {} return i * {})",
                self.numbers(depth),
                self.number(0)
            ),
            4 => format!(
                "concatenate({}, {})",
                self.numbers(depth),
                self.numbers(depth)
            ),
            5 => format!("reverse({})", self.numbers(depth)),
            6 => format!("sort({}, function(x, y) x < y)", self.numbers(depth)),
            7 => format!("distinct values({})", self.numbers(depth)),
            8 => format!("append({}, {})", self.numbers(depth), self.number(depth)),
            9 => format!(
                "sublist({}, {})",
                self.numbers(depth),
                self.one(&["1", "2", "-1"])
            ),
            _ => format!("index of({}, {})", self.numbers(depth), self.number(0)),
        }
    }

    fn text(&mut self, depth: u32) -> String {
        if depth == 0 || self.below(4) == 0 {
            return self
                .one(&["s", "e", "\"a b\"", "\"é😀\"", "\"x,y\"", "c.b", "\"1.50\""])
                .to_owned();
        }
        let depth = depth - 1;
        match self.below(10) {
            0 | 1 => format!("({} + {})", self.text(depth), self.text(depth)),
            2 => format!(
                "substring({}, {})",
                self.text(depth),
                self.one(&["1", "2", "-1", "9"])
            ),
            3 => format!(
                "substring({}, {}, {})",
                self.text(depth),
                self.one(&["1", "-2"]),
                self.one(&["1", "2"])
            ),
            4 => format!(
                "{}({})",
                self.one(&["upper case", "lower case"]),
                self.text(depth)
            ),
            5 => format!(
                "substring {}({}, {})",
                self.one(&["before", "after"]),
                self.text(depth),
                self.text(depth)
            ),
            6 => format!("string({})", self.number(0)),
            7 => format!(
                "replace({}, \"{}\", \"{}\")",
                self.text(depth),
                self.one(&["a", "[a-o]", "(.)"]),
                self.one(&["", "z", "$1$1"])
            ),
            8 => format!(
                "string join({}, \"{}\")",
                self.texts(depth),
                self.one(&[",", "", "--"])
            ),
            _ => format!(
                "(if {} then {} else {})",
                self.truth(depth),
                self.text(depth),
                self.text(depth)
            ),
        }
    }

    fn texts(&mut self, depth: u32) -> String {
        match self.below(3) {
            0 => "w".to_owned(),
            1 => format!("[{}, {}]", self.text(depth.saturating_sub(1)), self.text(0)),
            _ => format!(
                "split({}, \"{}\")",
                self.text(depth.saturating_sub(1)),
                self.one(&[",", " "])
            ),
        }
    }

    fn truth(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.one(&["true", "false", "b", "z"]).to_owned();
        }
        let depth = depth - 1;
        match self.below(13) {
            0 => format!("({} and {})", self.truth(depth), self.truth(depth)),
            1 => format!("({} or {})", self.truth(depth), self.truth(depth)),
            2 => format!("not({})", self.truth(depth)),
            3 => format!(
                "({} {} {})",
                self.number(depth),
                self.one(&["=", "!=", "<", "<=", ">", ">="]),
                self.number(depth)
            ),
            4 => format!(
                "({} {} {})",
                self.text(depth),
                self.one(&["=", "!=", "<", ">="]),
                self.text(depth)
            ),
            5 => format!(
                "({} between {} and {})",
                self.number(depth),
                self.number(0),
                self.number(0)
            ),
            6 => format!(
                "({} in {}{}..{}{})",
                self.number(depth),
                self.one(&["[", "("]),
                self.number(0),
                self.number(0),
                self.one(&["]", ")"])
            ),
            7 => format!(
                "{}({}, {})",
                self.one(&["contains", "starts with", "ends with"]),
                self.text(depth),
                self.text(0)
            ),
            8 => format!("list contains({}, {})", self.numbers(depth), self.number(0)),
            9 => format!(
                "({} i in {} satisfies i > {})",
                self.one(&["some", "every"]),
                self.numbers(depth),
                self.number(0)
            ),
            10 => format!(
                "({} {} {})",
                self.date(depth),
                self.one(&["=", "<", ">="]),
                self.date(depth)
            ),
            11 => format!(
                "({} {} {})",
                self.duration(depth),
                self.one(&["=", "<", ">="]),
                self.duration(depth)
            ),
            _ => format!(
                "({} {} {})",
                self.moment(depth),
                self.one(&["=", "<", ">="]),
                self.moment(depth)
            ),
        }
    }

    fn list(&mut self, depth: u32) -> String {
        match self.below(6) {
            0 => self.texts(depth),
            1 => format!("[{}, {}]", self.text(depth - 1), self.number(depth - 1)),
            2 => format!(
                "flatten([{}, [{}]])",
                self.numbers(depth - 1),
                self.number(depth - 1)
            ),
            3 => format!(
                "(for x in {}, i in {} return x + i)",
                self.numbers(1),
                self.numbers(1)
            ),
            4 => format!(
                "remove({}, {})",
                self.numbers(depth - 1),
                self.one(&["1", "2", "-1"])
            ),
            _ => self.numbers(depth),
        }
    }

    fn context(&mut self, depth: u32) -> String {
        match self.below(5) {
            0 => format!(
                "{{k: {}, v: {}}}",
                self.number(depth - 1),
                self.text(depth - 1)
            ),
            1 => format!("{{k: {}, v: k}}.v", self.number(depth - 1)),
            2 => format!(
                "get value({{k: {}}}, \"{}\")",
                self.date(1),
                self.one(&["k", "j"])
            ),
            3 => format!("get entries({{k: {}}})", self.truth(1)),
            _ => format!(
                "[{{k: {}}}, {{k: {}}}][k > {}]",
                self.number(1),
                self.number(1),
                self.number(0)
            ),
        }
    }

    fn date(&mut self, depth: u32) -> String {
        if depth == 0 || self.below(3) == 0 {
            return self
                .one(&[
                    "d",
                    "date(\"2023-12-31\")",
                    "date(\"2024-01-31\")",
                    "date(2000, 2, 29)",
                    "date(\"2024-03-01\")",
                ])
                .to_owned();
        }
        match self.below(3) {
            0 => format!(
                "({} {} {})",
                self.date(depth - 1),
                self.one(&["+", "-"]),
                self.months(depth - 1)
            ),
            1 => format!(
                "({} {} duration(\"P{}D\"))",
                self.date(depth - 1),
                self.one(&["+", "-"]),
                self.one(&["1", "30", "366"])
            ),
            _ => format!("date({})", self.moment(depth - 1)),
        }
    }

    fn moment(&mut self, depth: u32) -> String {
        if depth == 0 || self.below(3) == 0 {
            return self
                .one(&[
                    "t",
                    "date and time(\"2024-12-31T23:59:59+02:00\")",
                    "date and time(\"2020-02-29T00:00:00Z\")",
                ])
                .to_owned();
        }
        let operator = self.one(&["+", "-"]);
        match self.below(2) {
            0 => format!(
                "({} {operator} {})",
                self.moment(depth - 1),
                self.days(depth - 1)
            ),
            _ => format!(
                "({} {operator} {})",
                self.moment(depth - 1),
                self.months(depth - 1)
            ),
        }
    }

    fn duration(&mut self, depth: u32) -> String {
        if self.below(2) == 0 {
            self.days(depth)
        } else {
            self.months(depth)
        }
    }

    fn days(&mut self, depth: u32) -> String {
        if depth == 0 || self.below(3) == 0 {
            return self
                .one(&[
                    "p",
                    "duration(\"PT36H\")",
                    "duration(\"-PT0.5S\")",
                    "duration(\"P3DT4H5M6S\")",
                ])
                .to_owned();
        }
        match self.below(5) {
            0 => format!(
                "({} {} {})",
                self.days(depth - 1),
                self.one(&["+", "-"]),
                self.days(depth - 1)
            ),
            1 => format!(
                "({} * {})",
                self.days(depth - 1),
                self.one(&["2", "0.5", "-1"])
            ),
            2 => format!("({} / {})", self.days(depth - 1), self.one(&["2", "4"])),
            3 => format!("({} - {})", self.moment(depth - 1), self.moment(depth - 1)),
            _ => format!("({} - {})", self.date(depth - 1), self.date(depth - 1)),
        }
    }

    fn months(&mut self, depth: u32) -> String {
        if depth == 0 || self.below(3) == 0 {
            return self
                .one(&[
                    "y",
                    "duration(\"P1M\")",
                    "duration(\"-P14M\")",
                    "duration(\"P4Y\")",
                ])
                .to_owned();
        }
        match self.below(3) {
            0 => format!(
                "({} {} {})",
                self.months(depth - 1),
                self.one(&["+", "-"]),
                self.months(depth - 1)
            ),
            1 => format!(
                "({} * {})",
                self.months(depth - 1),
                self.one(&["2", "3", "-1"])
            ),
            _ => format!(
                "years and months duration({}, {})",
                self.date(depth - 1),
                self.date(depth - 1)
            ),
        }
    }
}
