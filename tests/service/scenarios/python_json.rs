//! Values that Python writes as well are the same bytes.

use std::{
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

use fastrand::Rng;
use redis_service::{ErrorKind, values::Codec};
use serde_json::{Map, Value, json};

use crate::{
    RedisService, dual,
    fixture::{self, HOUR},
    scenario,
};

const VALUES: usize = 10_000;

/// Reads a value a line, and writes each as `json.dumps` does.
const PYTHON: &str = "import json, sys\nfor line in sys.stdin: print(json.dumps(json.loads(line)))";

fn text(rng: &mut Rng) -> String {
    let any = |rng: &mut Rng| match rng.u8(..5) {
        0 => rng.char('\0'..='\u{7f}'),
        1 => rng.char('\u{80}'..='\u{ffff}'),
        2 => rng.char('\u{10000}'..=char::MAX),
        _ => rng.alphanumeric(),
    };
    (0..rng.usize(..8)).map(|_| any(rng)).collect()
}

fn number(rng: &mut Rng) -> Value {
    match rng.u8(..6) {
        0 => json!(rng.i64(..)),
        1 => json!(rng.u64(..)),
        2 => json!(rng.i64(-100..100)),
        3 => json!(rng.i64(-10_000..10_000) as f64 / 8.0),
        4 => json!(10_f64.powi(rng.i32(-30..30))),
        // JSON has no floats that are not finite: `null`.
        _ => json!(f64::from_bits(rng.u64(..))),
    }
}

fn value(rng: &mut Rng, depth: usize) -> Value {
    match rng.u8(..if depth == 0 { 5 } else { 8 }) {
        0 => Value::Null,
        1 => json!(rng.bool()),
        2 => json!(text(rng)),
        3 | 4 => number(rng),
        5 | 6 => (0..rng.usize(..4)).map(|_| value(rng, depth - 1)).collect(),
        _ => (0..rng.usize(..4)).map(|_| (text(rng), value(rng, depth - 1))).collect::<Map<_, _>>().into(),
    }
}

/// What Python writes for each value; `None` if there is no Python.
fn of_python(values: &[Value]) -> Option<Vec<String>> {
    let python =
        Command::new("python3").args(["-c", PYTHON]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut python) = python else {
        eprintln!("SKIPPED: there is no python3 to compare with");
        return None;
    };
    let lines: String = values.iter().map(|value| format!("{value}\n")).collect();
    let mut input = python.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let output = python.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let written: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(written.len(), values.len());
    Some(written)
}

#[dual]
async fn connect(server: &redis_testkit::Server) -> RedisService {
    let config = fixture::config(&server.url()).with_codec(Codec::PythonJson);
    RedisService::connect(config).await.unwrap().with_deadline(Duration::from_secs(60))
}

#[dual]
#[scenario]
async fn values_are_the_bytes_that_python_writes() {
    let mut rng = Rng::with_seed(7);
    let values: Vec<_> = (0..VALUES).map(|_| value(&mut rng, 3)).collect();
    let Some(written) = of_python(&values) else { return };
    let server = fixture::server();
    let redis = connect(&server).await;
    let keys: Vec<_> = (0..VALUES).map(|number| format!("value:{number}")).collect();
    redis.set_many(keys.iter().zip(&values), HOUR).await.unwrap();
    let mut read = redis.command("MGET");
    for key in &keys {
        read = read.key(key);
    }
    let stored: Vec<String> = read.run().await.unwrap();
    for ((stored, python), value) in stored.iter().zip(&written).zip(&values) {
        assert_eq!(stored, python, "{value}");
    }
    // Whatever codec it is written with, it is read as JSON.
    let plain = fixture::connect(&server).await;
    for redis in [redis, plain] {
        let read = redis.get_many::<Value>(&keys).await.unwrap();
        assert!(read.into_iter().zip(&values).all(|(read, value)| read.unwrap().as_ref() == Some(value)));
    }
}

#[dual]
#[scenario]
async fn members_that_python_wrote_are_found() {
    let server = fixture::server();
    let redis = connect(&server).await;
    let mut cli = server.cli().unwrap();
    // json.dumps("Zo\u{eb}"), json.dumps(["a", 1.0])
    cli.call(&["ZADD", "board", "10", r#""Zo\u00eb""#, "3", r#"["a", 1.0]"#]).unwrap();
    let board = redis.sorted_set::<Value>("board");
    let score = board.score(&json!("Zo\u{eb}")).await.unwrap();
    assert_eq!(score, Some(10.0));
    let score = board.increment(&json!(["a", 1.0]), 1.0).await.unwrap();
    assert_eq!(score, 4.0);
    let length = board.len().await.unwrap();
    assert_eq!(length, 2);
    // Integers stay numbers for INCR.
    redis.set("count", &7, HOUR).await.unwrap();
    let count = redis.increment("count", 1).await.unwrap();
    assert_eq!(count, 8);
    for unreadable in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = redis.set("float", &unreadable, HOUR).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Serialization, "{error}");
    }
}
