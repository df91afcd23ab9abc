//! Nothing shows passwords, users, values or arguments: not `Display`, `Debug`, the sources of an error, or traces. Keys
//! may be shown.

use std::{
    collections::HashMap,
    fmt::{Debug, Write},
    time::Duration,
};

use redis_service::{
    Degrade, Error, ErrorKind, Expiry, Script, ServiceConfig,
    config::{Credentials, RetryPolicy},
    protocol::{Command, RawPipeline},
};
use redis_testkit::{Answer, Direction, FakeServer, Options, Proxy, Scope, Server};

use crate::{
    RedisService, dual,
    fixture::{self, HOUR, traces},
    scenario,
};

const USER: &str = "canary-user";
const PASSWORD: &str = "canary-password";
const VALUE: &str = "canary-value";
const ARGUMENT: &str = "canary-argument";

/// Everything that a scenario could have printed.
struct Shown(String);

impl Shown {
    fn new() -> Self {
        traces::listen();
        Self(String::new())
    }

    fn thing(&mut self, thing: &dyn Debug) {
        writeln!(self.0, "{thing:?}\n{thing:#?}").unwrap();
    }

    /// An error and its sources.
    fn error(&mut self, error: &dyn std::error::Error) {
        let mut next = Some(error);
        while let Some(error) = next {
            writeln!(self.0, "{error}\n{error:#}\n{error:?}\n{error:#?}").unwrap();
            next = error.source();
        }
    }

    fn failure<T>(&mut self, result: Result<T, Error>) -> ErrorKind {
        let Err(error) = result else { panic!("it did not fail") };
        self.error(&error);
        error.kind()
    }

    /// Checks that there is text, without a canary.
    fn check(self) {
        assert!(!self.0.is_empty());
        for text in [self.0, traces::heard()] {
            let lower = text.to_lowercase();
            if let Some(at) = lower.find("canary") {
                let about: String = lower[at.saturating_sub(200)..].chars().take(300).collect();
                panic!("a canary sings: {about}");
            }
        }
    }
}

fn with_login(config: ServiceConfig) -> ServiceConfig {
    config.with_username(USER).with_password(PASSWORD).with_retry(RetryPolicy::none())
}

#[dual]
#[scenario]
async fn logging_in_shows_neither_user_nor_password() {
    let mut shown = Shown::new();
    let server = Server::start(Options::default().with_user(USER, PASSWORD, "~* +@all")).unwrap();
    let url = server.url_as(USER, PASSWORD);
    let config = fixture::config(&url);
    shown.thing(&config);
    shown.thing(&Credentials::new(USER, PASSWORD));
    let redis = RedisService::connect(config).await.unwrap();
    shown.thing(&redis);
    shown.thing(&redis.health().await);
    shown.thing(&redis.dedicated().await.unwrap());
    shown.thing(&redis.command("AUTH").arg(USER).arg(PASSWORD));
    let kind = shown.failure(redis.command("AUTH").arg(USER).arg(PASSWORD).run::<()>().await);
    assert_eq!(kind, ErrorKind::Unsupported);

    for url in [server.url_as(USER, "canary-wrong"), server.url_as("canary-nobody", PASSWORD)] {
        let kind = shown.failure(RedisService::connect(fixture::config(&url)).await);
        assert_eq!(kind, ErrorKind::Auth);
        let lazy = RedisService::connect(fixture::config(&url).with_lazy(true)).await.unwrap();
        let kind = shown.failure(lazy.get::<u8>("key").await);
        assert_eq!(kind, ErrorKind::Auth);
        let kind = shown.failure(lazy.dedicated().await);
        assert_eq!(kind, ErrorKind::Auth);
        shown.thing(&lazy);
        shown.thing(&lazy.health().await);
    }
    shown.failure(ServiceConfig::from_url(&format!("redis://{USER}:{PASSWORD}@host:port")));
    shown.check();
}

#[dual]
#[scenario]
async fn a_login_that_is_cut_short_shows_nothing() {
    let mut shown = Shown::new();
    let server = Server::start(Options::default().with_user(USER, PASSWORD, "~* +@all")).unwrap();
    for (direction, bytes) in [
        (Direction::ToServer, 0),
        (Direction::ToServer, 25),
        (Direction::ToServer, 60),
        (Direction::ToClient, 0),
        (Direction::ToClient, 3),
    ] {
        let proxy = Proxy::start(server.address()).unwrap();
        proxy.cut_after(direction, bytes, Scope::All);
        let config = with_login(fixture::config(&proxy.url())).with_deadline(Duration::from_millis(500));
        shown.failure(RedisService::connect(config).await);
    }
    shown.check();
}

/// A server that refuses every command but these as unknown, and repeats all its arguments: the worst that the text of
/// a server can hold.
fn echo(known: &'static [&str]) -> FakeServer {
    let serve = |request: &redis_testkit::Request| match known.contains(&request.name()) {
        true => Answer::simple("OK"),
        false => Answer::unknown_command(request),
    };
    FakeServer::serve(move |connection| {
        while let Some(request) = connection.request() {
            if !connection.answer(&serve(&request)) {
                return;
            }
        }
    })
    .unwrap()
}

#[dual]
#[scenario]
async fn a_server_that_echoes_everything_is_not_quoted() {
    let mut shown = Shown::new();
    let unwelcoming = echo(&[]);
    let unwelcoming = format!("redis://{}/1", unwelcoming.address());
    shown.failure(RedisService::connect(with_login(fixture::config(&unwelcoming))).await);

    let welcoming = echo(&["AUTH", "SELECT", "CLIENT"]);
    let url = format!("redis://{}/1", welcoming.address());
    let config = with_login(fixture::config(&url)).with_lazy(true);
    let redis = RedisService::connect(config).await.unwrap();
    shown.failure(redis.ping().await);
    shown.failure(redis.set("key", VALUE, HOUR).await);
    shown.failure(redis.set_many([("key", VALUE)], HOUR).await);
    shown.failure(redis.replace("key", &VALUE.to_owned(), HOUR).await);
    shown.failure(redis.increment_with_expiry("key", 1, HOUR).await);
    shown.failure(redis.command("HELLO").arg(3).arg("AUTH").arg(USER).arg(PASSWORD).run::<()>().await);
    shown.failure(redis.command("NEWCOMMAND").key("key").arg(ARGUMENT).run::<()>().await);
    let mut dedicated = redis.dedicated().await.unwrap();
    shown.failure(dedicated.command("NEWCOMMAND").arg(ARGUMENT).run::<()>().await);
    let mut pipeline = RawPipeline::new();
    pipeline.push(Command::new("NEWCOMMAND").arg(ARGUMENT));
    shown.thing(&pipeline);
    let replies = dedicated.pipeline(&pipeline).await.unwrap();
    shown.thing(&replies);
    shown.failure(dedicated.pipeline(&pipeline.clone().atomic()).await);
    shown.thing(&redis.health().await);
    shown.check();
}

#[dual]
#[scenario]
async fn values_that_do_not_fit_are_not_quoted() {
    let mut shown = Shown::new();
    let server = fixture::server();
    let config = fixture::config(&server.url()).with_max_value_bytes(64);
    let redis = RedisService::connect(config).await.unwrap();
    redis.set("text", VALUE, HOUR).await.unwrap();
    redis.set_raw("raw", VALUE, HOUR).await.unwrap();
    redis.command("RPUSH").key("list").arg(VALUE).run::<()>().await.unwrap();

    for key in ["text", "raw"] {
        let kind = shown.failure(redis.get::<u32>(key).await);
        assert_eq!(kind, ErrorKind::Deserialization);
        shown.failure(redis.get_or(key, 1_u32).await);
        shown.failure(redis.get_map::<_, u32>(&[key]).await);
        for value in redis.get_many::<u32>(&[key]).await.unwrap() {
            shown.thing(&value);
            shown.error(&value.unwrap_err());
        }
        shown.failure(redis.increment(key, 1).await);
        shown.failure(redis.increment_with_expiry(key, 1, HOUR).await);
        shown.failure(redis.command("GET").key(key).run::<i64>().await);
        shown.failure(redis.command("GET").key(key).run::<HashMap<String, i64>>().await);
    }
    shown.failure(redis.get::<u32>("list").await);
    shown.failure(redis.command("LRANGE").key("list").arg(0).arg(-1).run::<Vec<i64>>().await);
    shown.failure(redis.set("key", &VALUE.repeat(10), HOUR).await);
    shown.failure(redis.set_raw("key", VALUE.repeat(10), HOUR).await);
    shown.failure(redis.set("key", &HashMap::from([((VALUE, 1), VALUE)]), HOUR).await);
    shown.failure(redis.set("key", VALUE, Expiry::from(Duration::ZERO)).await);
    shown.failure(redis.replace::<u32>("text", &1, HOUR).await);
    redis.set("text", VALUE, HOUR).await.unwrap();
    shown.failure(redis.take::<u32>("text").await);
    shown.check();
}

#[dual]
#[scenario]
async fn what_the_server_refuses_is_not_quoted() {
    let mut shown = Shown::new();
    let reader = Options::default().with_user(USER, PASSWORD, "~* +@read +eval");
    let server = Server::start(reader.with_config("maxmemory", "1")).unwrap();
    let reader = RedisService::connect(fixture::config(&server.url_as(USER, PASSWORD)).with_lazy(true));
    let reader = reader.await.unwrap();
    let kind = shown.failure(reader.set("key", VALUE, HOUR).await);
    assert_eq!(kind, ErrorKind::Permission);
    shown.failure(reader.set_many([("key", VALUE)], HOUR).await);
    shown.failure(reader.command("NEWCOMMAND").arg(ARGUMENT).run::<()>().await);
    shown.thing(&reader.health().await);

    let redis = RedisService::connect(fixture::config(&server.url())).await.unwrap();
    let kind = shown.failure(redis.set("key", VALUE, HOUR).await);
    assert_eq!(kind, ErrorKind::OutOfMemory);
    shown.failure(redis.set_many([("key", VALUE)], HOUR).await);
    let fails = "return redis.error_reply(ARGV[1])";
    shown.failure(redis.command("EVAL").arg(fails).arg(0).arg(ARGUMENT).run::<()>().await);
    let said = "return redis.error_reply('canary-argument canary-value')";
    // The first word of an error is its code, and codes are shown: the script chose to say that.
    let script = Script::new(said);
    shown.thing(&script);
    shown.thing(&script.call().key("key").arg(ARGUMENT));
    shown.thing(&redis.command("EVAL").arg(said).arg(0));
    let mut pipeline = redis.pipeline();
    pipeline.set("key", VALUE, HOUR);
    pipeline.command("NEWCOMMAND").arg(ARGUMENT).queue::<()>();
    shown.thing(&pipeline.script(&script).key("key").value(VALUE));
    pipeline.script(&script).key("key").arg(ARGUMENT).queue::<()>();
    shown.thing(&pipeline);
    // No caller takes these errors; the traces contain them.
    let results = pipeline.run().await.unwrap();
    shown.thing(&results);
    drop(results);
    shown.failure(redis.script(&script).key("key").value(VALUE).run::<()>().await);
    shown.check();
}

#[dual]
#[scenario]
async fn a_connection_that_breaks_shows_nothing_of_what_was_on_its_way() {
    let mut shown = Shown::new();
    let server = Server::start(Options::default().with_user(USER, PASSWORD, "~* +@all")).unwrap();
    let proxy = Proxy::start(server.address()).unwrap();
    let config = with_login(fixture::config(&proxy.url()))
        .with_response_timeout(Duration::from_millis(200))
        .with_deadline(Duration::from_millis(400));
    let redis = RedisService::connect(config).await.unwrap();
    redis.set("key", VALUE, HOUR).await.unwrap();
    for bytes in [0, 9, 25] {
        proxy.cut_after(Direction::ToServer, bytes, Scope::Once);
        shown.failure(redis.set_if_absent("other", VALUE, HOUR).await);
        proxy.heal().unwrap();
        fixture::answers_again(&redis).await;
        proxy.cut_after(Direction::ToClient, bytes.min(8), Scope::Once);
        shown.failure(redis.take::<String>("key").await);
        proxy.heal().unwrap();
        fixture::answers_again(&redis).await;
        redis.set("key", VALUE, HOUR).await.unwrap();
    }
    proxy.corrupt(Direction::ToClient, 0, Scope::Once);
    shown.failure(redis.get::<String>("key").await);
    proxy.black_hole(Scope::All);
    shown.failure(redis.replace("key", &VALUE.to_owned(), HOUR).await);
    let error = redis.get::<String>("key").await.unwrap_err();
    shown.error(&error);
    assert!(error.is_unavailable(), "{error:?}");
    let found = Err::<Option<String>, _>(error).unavailable_as_none().unwrap();
    assert_eq!(found, None);
    assert!(traces::heard().contains("Redis is unavailable"), "this hears what is traced");
    shown.thing(&redis.health().await);
    shown.thing(&redis);
    shown.check();
}
