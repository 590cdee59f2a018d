//! Components that are small to send and large to take in: what the host must refuse within
//! its bounds.

use std::fmt::Write as _;

use gardesh_tests::component;

/// Locals of the function that is slow to compile, all of them alive at once.
const LOCALS: usize = 20_000;

/// How often each of them is written.
const ROUNDS: usize = 10;

/// The number of a component's section that holds a core module.
const CORE_MODULE: u8 = 1;

/// A component with so many levels, each of which instantiates the one before twice: as many
/// instances as two to the power of the levels.
pub fn nested_instances(levels: usize) -> Vec<u8> {
    let mut text = String::from(
        "(component (component $c0 (core module $m) (core instance (instantiate $m)))",
    );
    for level in 1..=levels {
        let before = level - 1;
        write!(
            text,
            "(component $c{level} (alias outer 1 $c{before} (component $inner))
               (instance (instantiate $inner)) (instance (instantiate $inner)))"
        )
        .expect("a text takes everything");
    }
    write!(text, "(instance (instantiate $c{levels})))").expect("a text takes everything");
    wat::parse_str(text).expect("a component")
}

/// An honest component with a module besides that takes the compiler minutes.
pub fn slow_to_compile() -> Vec<u8> {
    let module = wat::parse_str(many_live_locals()).expect("a module");
    let mut wasm = component("hostile");
    wasm.push(CORE_MODULE);
    wasm.extend(leb128(module.len()));
    wasm.extend(module);
    wasm
}

fn many_live_locals() -> String {
    let mut text = String::from("(module (func (param i64) (result i64) (local");
    text.push_str(&" i64".repeat(LOCALS));
    text.push(')');
    let mut line = |arguments: std::fmt::Arguments<'_>| {
        text.write_fmt(arguments).expect("a text takes everything");
    };
    for round in 0..ROUNDS {
        for local in 1..=LOCALS {
            // Each depends on one far away, so none can be forgotten.
            let other = (local * 7_919 + round) % LOCALS;
            line(format_args!(
                "(local.set {local} (i64.add (local.get {other}) (local.get {local})))"
            ));
        }
    }
    line(format_args!("(local.get 0)"));
    for local in 1..=LOCALS {
        line(format_args!("(local.get {local}) (i64.xor)"));
    }
    text.push_str("))");
    text
}

/// A number as WebAssembly writes lengths.
fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
