//! Types that implement `redis::FromRedisValue`, asked for by those who use both crates.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(feature = "blocking")]

use redis::{FromRedisValue, ParsingError, Value};
use redis_service::{ErrorKind, Outcome, RedisService, ServiceConfig};
use redis_testkit::{Options, Server};

#[derive(Debug, PartialEq)]
struct Point {
    x: i64,
    y: i64,
}

impl FromRedisValue for Point {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        let (x, y) = redis::from_redis_value(value)?;
        Ok(Self { x, y })
    }
}

#[derive(Debug, PartialEq)]
struct Name(String);

impl FromRedisValue for Name {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        redis::from_redis_value(value).map(Self)
    }
}

redis_service::from_redis_value!(Point, Name);

#[test]
fn they_convert_by_themselves_and_within_others() {
    let server = Server::start(Options::default()).unwrap();
    let redis = RedisService::connect(ServiceConfig::from_url(&server.url()).unwrap()).unwrap();
    let eval = |source: &str| redis.command("EVAL").arg(source).arg(0);

    assert_eq!(eval("return {1, 2}").run::<Point>().unwrap(), Point { x: 1, y: 2 });
    let found: (Option<Name>, Option<Name>, Vec<Point>) =
        eval("return {'Ada', false, {{1, 2}, {3, 4}}}").run().unwrap();
    let points = vec![Point { x: 1, y: 2 }, Point { x: 3, y: 4 }];
    assert_eq!(found, (Some(Name("Ada".to_owned())), None, points));

    for source in ["return 'canary'", "return {'canary', 1}", "return {{1, 'canary'}}"] {
        let error = eval(source).run::<Point>().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Deserialization, Outcome::Applied));
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    }
    let error = eval("return {{err='OOM canary'}}").run::<Vec<Point>>().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfMemory, Outcome::Applied));
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
}
