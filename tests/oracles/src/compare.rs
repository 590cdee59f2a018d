//! The comparison of opinions, and the report of what differs.

use std::collections::BTreeMap;
use std::process::ExitCode;

use crate::engines::{self, OTHERS, Opinion};
use crate::known;
use crate::plain::{Plain, Precision};

/// New differences that are printed; the rest is counted.
const PRINTED: usize = 40;

/// Characters by which reasons are counted together.
const REASON: usize = 60;

#[derive(Default)]
pub struct Comparison {
    expressions: usize,
    /// By engine: agreements, and expressions that it has no opinion on.
    agreed: BTreeMap<&'static str, usize>,
    silent: BTreeMap<&'static str, usize>,
    /// The first words of their reasons.
    reasons: BTreeMap<(&'static str, String), usize>,
    /// By row of the known differences.
    explained: BTreeMap<usize, usize>,
    new: Vec<String>,
}

impl Comparison {
    pub fn expression(&mut self, context: &str, expression: &str) {
        self.expressions += 1;
        let ours = engines::guarded(|| engines::ours::evaluate(context, expression));
        for engine in &OTHERS {
            let theirs = engine.opinion(context, expression);
            self.weigh(engine.name, engine.precision, expression, &ours, theirs);
        }
    }

    pub fn weigh(
        &mut self,
        engine: &'static str,
        precision: Precision,
        subject: &str,
        ours: &Opinion,
        theirs: Opinion,
    ) {
        let theirs = match theirs {
            Ok(theirs) => theirs,
            Err(reason) => {
                *self.silent.entry(engine).or_default() += 1;
                let words = reason.chars().take(REASON).collect();
                *self.reasons.entry((engine, words)).or_default() += 1;
                return;
            }
        };
        // What we refuse and another gives null for is the same answer to one who asks.
        let ours = match ours {
            Ok(value) => value.clone(),
            Err(_) if theirs == Plain::Null => Plain::Null,
            Err(reason) => Plain::Other("refused:", reason.clone()),
        };
        if ours.agrees(&theirs, precision) {
            *self.agreed.entry(engine).or_default() += 1;
        } else if let Some(row) = known::explanation(engine, subject, &ours, &theirs) {
            *self.explained.entry(row).or_default() += 1;
        } else {
            self.new.push(format!(
                "{subject}\n    ours   {ours}\n    {engine:6} {theirs}"
            ));
        }
    }

    pub fn report(&self) -> ExitCode {
        println!("{} expressions and decisions", self.expressions);
        for engine in &OTHERS {
            let count = |of: &BTreeMap<&str, usize>| of.get(engine.name).copied().unwrap_or(0);
            println!(
                "{}: agrees on {}, has no opinion on {}",
                engine.name,
                count(&self.agreed),
                count(&self.silent)
            );
        }
        for ((engine, reason), count) in &self.reasons {
            println!("{engine} has none, {count} times: {reason}");
        }
        for (row, known) in known::all().iter().enumerate() {
            match self.explained.get(&row) {
                Some(count) => println!("known, {count} times: {}", known.describe()),
                None => println!("known, did not occur: {}", known.describe()),
            }
        }
        for difference in self.new.iter().take(PRINTED) {
            println!("new difference: {difference}");
        }
        if self.new.is_empty() {
            return ExitCode::SUCCESS;
        }
        println!(
            "Expected no differences but those in differences.tsv, but there are {} new ones",
            self.new.len()
        );
        ExitCode::FAILURE
    }

    pub fn count(&mut self) {
        self.expressions += 1;
    }
}
