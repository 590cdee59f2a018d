//! The same attempt gives the same bytes, whatever it looks at.

use std::collections::BTreeMap;
use std::sync::Arc;

use gardesh_runtime::{FaultKind, Limits, LogLevel, StepJob};

use crate::support::{Sandbox, completed, fault, job, step_with};

/// Writes `$n` bytes at `$at` as hexadecimal digits into a JSON object and returns it.
const HEX: &str = r#"
    (data (i32.const 2048) "0123456789abcdef")
    (data (i32.const 2100) "{\"hex\":\"")
    (func $hex (param $at i32) (param $n i32) (result i32) (local $out i32)
        (memory.copy (i32.const 3000) (i32.const 2100) (i32.const 8))
        (local.set $out (i32.const 3008))
        (loop $l
            (i32.store8 (local.get $out) (i32.load8_u (i32.add (i32.const 2048)
                (i32.shr_u (i32.load8_u (local.get $at)) (i32.const 4)))))
            (i32.store8 offset=1 (local.get $out) (i32.load8_u (i32.add (i32.const 2048)
                (i32.and (i32.load8_u (local.get $at)) (i32.const 15)))))
            (local.set $out (i32.add (local.get $out) (i32.const 2)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br_if $l (local.get $n)))
        (i32.store16 (local.get $out) (i32.const 0x7d22))
        (call $complete (i32.const 3000)
            (i32.sub (i32.add (local.get $out) (i32.const 2)) (i32.const 3000))))"#;

async fn hex(imports: &str, body: &str, job: StepJob) -> String {
    hex_in(Sandbox::new(Limits::default()), imports, body, job).await
}

async fn hex_in(sandbox: Sandbox, imports: &str, body: &str, job: StepJob) -> String {
    let report = sandbox.run_job(&step_with(imports, HEX, body), job).await;
    completed(&report).to_owned()
}

#[tokio::test]
async fn randomness_follows_the_job_key_and_not_the_attempt() {
    let body = "(call $random (i32.const 16) (i32.const 700))
        (call $hex (i32.load (i32.const 700)) (i32.const 16))";
    let run = |change: fn(&mut StepJob)| {
        let mut job = job("{}");
        change(&mut job);
        hex("", body, job)
    };
    let first = run(|_| {}).await;
    assert_eq!(first.len(), r#"{"hex":""}"#.len() + 32);
    assert_eq!(first, run(|_| {}).await);
    assert_eq!(first, run(|job| job.attempt = 2).await);
    for change in [
        (|job: &mut StepJob| job.key += 1) as fn(&mut StepJob),
        |job| job.tenant = "other".into(),
    ] {
        assert_ne!(first, run(change).await);
    }
}

#[tokio::test]
async fn randomness_is_another_in_another_installation() {
    let body = "(call $random (i32.const 16) (i32.const 700))
        (call $hex (i32.load (i32.const 700)) (i32.const 16))";
    let run = async |secret| {
        let sandbox = Sandbox::with(Limits::default(), |config| config.secret = secret);
        hex_in(sandbox, "", body, job("{}")).await
    };
    let first = run([1; 32]).await;
    assert_eq!(first, run([1; 32]).await);
    assert_ne!(first, run([2; 32]).await);
}

#[tokio::test]
async fn wasi_randomness_is_the_same_sequence() {
    let imports = r#"
        (import "wasi:random/random@0.2.0" "get-random-bytes" (func $bytes (param i64 i32)))
        (import "wasi:random/insecure@0.2.0" "get-insecure-random-u64" (func $u64 (result i64)))
        (import "wasi:random/insecure-seed@0.2.0" "insecure-seed" (func $seed (param i32)))"#;
    let body = "(call $bytes (i64.const 8) (i32.const 700))
        (i64.store (i32.const 800) (i64.load (i32.load (i32.const 700))))
        (i64.store (i32.const 808) (call $u64))
        (call $seed (i32.const 816))
        (call $hex (i32.const 800) (i32.const 32))";
    let host = "(call $random (i32.const 32) (i32.const 700))
        (call $hex (i32.load (i32.const 700)) (i32.const 32))";
    let wasi = hex(imports, body, job("{}")).await;
    assert_eq!(wasi, hex("", host, job("{}")).await);
}

#[tokio::test]
async fn clocks_say_journal_time() {
    let imports = r#"(import "wasi:clocks/wall-clock@0.2.0" "now" (func $wall (param i32)))"#;
    let body = "(i64.store (i32.const 800) (call $now))
        (call $wall (i32.const 808))
        (call $hex (i32.const 800) (i32.const 20))";
    let text = hex(imports, body, job("{}")).await;
    let mut expected = 1_700_000_000_123_u64.to_le_bytes().to_vec();
    expected.extend(1_700_000_000_u64.to_le_bytes());
    expected.extend(123_000_000_u32.to_le_bytes());
    let digits: String = expected.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(text, format!(r#"{{"hex":"{digits}"}}"#));
}

#[tokio::test]
async fn an_hour_of_sleep_takes_no_time_and_moves_the_clock() {
    let imports = r#"
        (import "wasi:clocks/monotonic-clock@0.2.0" "now" (func $mono (result i64)))
        (import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration"
            (func $after (param i64) (result i32)))
        (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
        (import "wasi:io/poll@0.2.0" "[resource-drop]pollable" (func $drop (param i32)))"#;
    let body = "(local $p i32)
        (i64.store (i32.const 800) (call $mono))
        (call $block (local.tee $p (call $after (i64.const 3600000000000))))
        (call $drop (local.get $p))
        (i64.store (i32.const 800) (i64.sub (call $mono) (i64.load (i32.const 800))))
        (call $hex (i32.const 800) (i32.const 8))";
    let passed = 3_600_000_000_000_u64 + 1_000;
    let digits: String = passed
        .to_le_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        hex(imports, body, job("{}")).await,
        format!(r#"{{"hex":"{digits}"}}"#)
    );
}

#[tokio::test]
async fn polling_an_empty_list_is_a_fault() {
    let imports = r#"(import "wasi:io/poll@0.2.0" "poll" (func $poll (param i32 i32 i32)))"#;
    let sandbox = Sandbox::new(Limits::default());
    let body = "(call $poll (i32.const 0) (i32.const 0) (i32.const 700)) (call $empty)";
    let report = sandbox.run(&step_with(imports, "", body)).await;
    assert!(
        fault(&report, FaultKind::Trap)
            .message
            .contains("empty list")
    );
}

#[tokio::test]
async fn handles_are_bounded() {
    let imports = r#"(import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration"
        (func $after (param i64) (result i32)))"#;
    let sandbox = Sandbox::new(Limits::default());
    let body = "(loop $l (drop (call $after (i64.const 1))) (br $l)) unreachable";
    let report = sandbox.run(&step_with(imports, "", body)).await;
    fault(&report, FaultKind::Trap);
    assert!(report.usage.host_calls < 2_000);
}

#[tokio::test]
async fn standard_streams_go_to_the_log() {
    let imports = r#"
        (import "wasi:cli/stdout@0.2.0" "get-stdout" (func $stdout (result i32)))
        (import "wasi:cli/stderr@0.2.0" "get-stderr" (func $stderr (result i32)))
        (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
            (func $write (param i32 i32 i32 i32)))"#;
    let data = r#"(data (i32.const 2048) "hello\nworldoops\n")"#;
    let body = "(call $write (call $stdout) (i32.const 2048) (i32.const 11) (i32.const 700))
        (call $write (call $stderr) (i32.const 2059) (i32.const 5) (i32.const 700))
        (call $empty)";
    let sandbox = Sandbox::new(Limits::default());
    let report = sandbox.run(&step_with(imports, data, body)).await;
    completed(&report);
    let lines: Vec<_> = report
        .log
        .iter()
        .map(|line| (line.level, line.message.as_str()))
        .collect();
    let (info, error) = (LogLevel::Info, LogLevel::Error);
    assert_eq!(lines, [(info, "hello"), (error, "oops"), (info, "world")]);
}

#[tokio::test]
async fn input_is_closed_and_the_environment_empty() {
    let imports = r#"
        (import "wasi:cli/stdin@0.2.0" "get-stdin" (func $stdin (result i32)))
        (import "wasi:io/streams@0.2.0" "[method]input-stream.blocking-read"
            (func $read (param i32 i64 i32)))
        (import "wasi:cli/environment@0.2.0" "get-environment" (func $env (param i32)))
        (import "wasi:cli/environment@0.2.0" "get-arguments" (func $args (param i32)))"#;
    let body = "(call $read (call $stdin) (i64.const 10) (i32.const 700))
        (i32.store8 (i32.const 800) (i32.load8_u (i32.const 700)))
        (i32.store8 (i32.const 801) (i32.load8_u (i32.const 704)))
        (call $env (i32.const 720))
        (i32.store8 (i32.const 802) (i32.load (i32.const 724)))
        (call $args (i32.const 720))
        (i32.store8 (i32.const 803) (i32.load (i32.const 724)))
        (call $hex (i32.const 800) (i32.const 4))";
    // An error (1), namely closed (1); no variables and no arguments.
    assert_eq!(hex(imports, body, job("{}")).await, r#"{"hex":"01010000"}"#);
}

#[tokio::test]
async fn there_are_no_files_and_no_sockets() {
    let imports = r#"
        (import "wasi:filesystem/preopens@0.2.3" "get-directories" (func $dirs (param i32)))
        (import "wasi:sockets/tcp-create-socket@0.2.3" "create-tcp-socket"
            (func $socket (param i32)))
        (import "wasi:sockets/tcp-create-socket@0.2.3" "local-name" (func $name (param i32)))"#;
    let body = "(call $dirs (i32.const 720))
        (i32.store8 (i32.const 800) (i32.load (i32.const 724)))
        (call $socket (i32.const 720))
        (i32.store8 (i32.const 801) (i32.load8_u (i32.const 720)))
        (i32.store8 (i32.const 802) (i32.load8_u (i32.const 724)))
        (call $hex (i32.const 800) (i32.const 3))";
    // An empty list; an error (1), namely access-denied (1).
    assert_eq!(hex(imports, body, job("{}")).await, r#"{"hex":"000101"}"#);

    let sandbox = Sandbox::new(Limits::default());
    let body = "(call $name (i32.const 720)) (call $empty)";
    let report = sandbox.run(&step_with(imports, "", body)).await;
    let message = &fault(&report, FaultKind::Trap).message;
    assert!(
        message.contains("tcp-create-socket@0.2.3#local-name"),
        "{message}"
    );
}

#[tokio::test]
async fn exit_is_no_answer() {
    let imports = r#"(import "wasi:cli/exit@0.2.0" "exit" (func $exit (param i32)))"#;
    let sandbox = Sandbox::new(Limits::default());
    let report = sandbox
        .run(&step_with(
            imports,
            "",
            "(call $exit (i32.const 1)) (call $empty)",
        ))
        .await;
    assert!(
        fault(&report, FaultKind::Trap)
            .message
            .contains("exited with code 1")
    );
}

#[tokio::test]
async fn not_a_number_has_one_representation() {
    // A NaN with a payload of its own goes through an addition.
    let body = "(f64.store (i32.const 800) (f64.add
            (f64.reinterpret_i64 (i64.const 0x7ff8dead0000beef)) (f64.const 1)))
        (f64.store (i32.const 808) (f64.div (f64.const 0) (f64.const 0)))
        (call $hex (i32.const 800) (i32.const 16))";
    let canonical = "000000000000f87f";
    let expected = format!(r#"{{"hex":"{canonical}{canonical}"}}"#);
    assert_eq!(hex("", body, job("{}")).await, expected);
}

#[tokio::test]
async fn configuration_is_what_was_given() {
    let data = r#"(data (i32.const 2048) "limitnone")"#;
    let body = "(call $config (i32.const 2053) (i32.const 4) (i32.const 700))
        (if (i32.load8_u (i32.const 700)) (then unreachable))
        (call $config (i32.const 2048) (i32.const 5) (i32.const 700))
        (if (i32.eqz (i32.load8_u (i32.const 700))) (then unreachable))
        (call $complete (i32.load (i32.const 704)) (i32.load (i32.const 708)))";
    let sandbox = Sandbox::new(Limits::default());
    let digest = sandbox.store(&step_with("", data, body));
    let config = BTreeMap::from([("limit".to_owned(), r#"{"eur":5}"#.to_owned())]);
    let report = sandbox
        .runtime
        .run_step(&digest, job("{}"), Arc::new(config))
        .await;
    assert_eq!(completed(&report), r#"{"eur":5}"#);
}

#[tokio::test]
async fn instances_share_nothing() {
    let counter = "(global $n (mut i32) (i32.const 0))";
    let body = "(global.set $n (i32.add (global.get $n) (i32.const 1)))
        (i32.store (i32.const 800) (global.get $n))
        (i32.store (i32.const 804) (i32.load (i32.const 60000)))
        (i32.store (i32.const 60000) (i32.const 7))
        (call $hex (i32.const 800) (i32.const 8))";
    let sandbox = Sandbox::new(Limits::default());
    let wasm = step_with("", &format!("{counter}{HEX}"), body);
    for _ in 0..20 {
        let report = sandbox.run(&wasm).await;
        assert_eq!(completed(&report), r#"{"hex":"0100000000000000"}"#);
    }
}
