//! Compares our FEEL and DMN with other engines: the expressions of a table, random ones, and
//! decision models. Differences that `differences.tsv` explains are counted; any other one is
//! printed and fails the run.
//!
//!   gardesh-oracles [random expressions] [seed]

mod compare;
mod engines;
mod generate;
mod known;
mod models;
mod plain;
mod table;

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use compare::Comparison;

/// Random expressions when no number is given; a minute's worth at most.
const RANDOM: usize = 20_000;

fn main() -> ExitCode {
    // What an engine panics about is counted; thousands of backtraces would hide the result.
    std::panic::set_hook(Box::new(|_| {}));
    let mut arguments = std::env::args().skip(1);
    let mut number = |what: &str, default: u64| match arguments.next().map(|text| text.parse()) {
        None => default,
        Some(Ok(number)) => number,
        Some(Err(_)) => {
            eprintln!("Expected a number for the {what}, but found something else");
            std::process::exit(2)
        }
    };
    let count = number("count of random expressions", RANDOM as u64) as usize;
    let seed = number("seed", clock());
    let mut comparison = Comparison::default();
    for (context, expression) in table::expressions() {
        comparison.expression(context, expression);
    }
    println!("seed {seed} (gardesh-oracles {count} {seed} repeats it)");
    let mut generator = generate::Generator::new(seed);
    for _ in 0..count {
        comparison.expression(generate::CONTEXT, &generator.expression());
    }
    models::compare(&mut comparison);
    comparison.report()
}

/// A different seed each time.
fn clock() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(1, |since| since.as_secs())
}
