//! A tour of redis-service through the blocking API. `../asynchronous/tour.rs` is the same with `.await`.
//!
//! Run it by `scripts/demo`, or by `cargo run -p redis-service --example blocking_tour`. It uses the server
//! that `REDIS_URL` names; without one it starts and stops a private server.

use std::{env, fmt::Display, process, time::Duration};

use jiff::Timestamp;
use redis_service::RedisService;
use redis_service::{Error, Key, Result, ServiceConfig};
use redis_testkit::{Options, Server};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize, Serialize)]
struct User {
    name: String,
    plan: Plan,
    since: Timestamp,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Plan {
    Free,
    Pro,
}

/// Redis removes the tour's keys after this time, even if the tour breaks off.
const MINUTE: Duration = Duration::from_secs(60);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    step("Connect to the server that the environment names");
    let private = private_server()?;
    let redis = RedisService::connect(config(private.as_ref())?)?;
    came_back("connected");

    let tour = redis.namespace(&format!("tour-{}", process::id()));
    let result = print_tour(&tour);

    step("Leave nothing behind");
    say("delete every key that was written, with one call");
    let deleted = tour.delete_many(&["user:1", "user:2", "user:3", "shop:visits", "blog:visits"])?;
    came_back(format!("{deleted} keys deleted"));
    redis.close();
    Ok(result?)
}

/// The tour itself: all of its keys are below the namespace of `redis`.
fn print_tour(redis: &RedisService) -> Result<()> {
    typed_values(redis)?;
    first_come_first_served(redis)?;
    many_at_once(redis)?;
    namespaces(redis)?;
    errors(redis)
}

fn typed_values(redis: &RedisService) -> Result<()> {
    step("Store a struct for one minute, and read it back");
    let key = Key::new("user").part(1);
    say(format!("set {key} to a User, with its time to live in the same step"));
    redis.set(&key, &user("Ada", Plan::Pro), MINUTE)?;
    let stored = redis.get_raw(&key)?.unwrap_or_default();
    came_back(format!("Redis now holds {}", String::from_utf8_lossy(&stored)));

    say(format!("get {key} as a User"));
    let found: Option<User> = redis.get(&key)?;
    came_back(format!("{found:?}"));

    say(format!("ttl {key}"));
    let ttl = redis.ttl(&key)?;
    came_back(format!("{ttl:?}"));
    Ok(())
}

fn first_come_first_served(redis: &RedisService) -> Result<()> {
    step("Set a value only if it is absent");
    for name in ["Grace", "Edsger"] {
        say(format!("set user:2 to {name}, if it is absent"));
        let won = redis.set_if_absent("user:2", &user(name, Plan::Free), MINUTE)?;
        came_back(if won { "it was absent, and is set" } else { "it was there, and is left alone" });
    }
    Ok(())
}

fn many_at_once(redis: &RedisService) -> Result<()> {
    step("Read many values, one of them broken");
    redis.set_raw("user:3", "{ this is not JSON", MINUTE)?;
    let keys = ["user:1", "user:2", "user:3", "user:4"];
    say(format!("get {} in one round trip", keys.join(", ")));
    for (key, value) in keys.iter().zip(redis.get_many::<User>(&keys)?) {
        match value {
            Ok(Some(user)) => came_back(format!("{key}: {} ({:?})", user.name, user.plan)),
            Ok(None) => came_back(format!("{key}: no such key")),
            Err(failed) => came_back(format!("{key}: FailedValue, {failed}")),
        }
    }
    Ok(())
}

fn namespaces(redis: &RedisService) -> Result<()> {
    step("Keep the keys of two parts of a program apart");
    let (shop, blog) = (redis.namespace("shop"), redis.namespace("blog"));
    say("set visits in the namespace shop, set visits in the namespace blog, and read both");
    shop.set("visits", &41, MINUTE)?;
    blog.set("visits", &7, MINUTE)?;
    let (in_shop, in_blog) = (shop.get_or("visits", 0)?, blog.get_or("visits", 0)?);
    came_back(format!("shop: {in_shop}, blog: {in_blog}"));
    Ok(())
}

fn errors(redis: &RedisService) -> Result<()> {
    step("Make three mistakes: each error says what went wrong, where, and whether Redis did it");
    say("get user:1 as a number, though it is a User");
    explain(redis.get::<u64>("user:1").err());

    say("set a key without a name");
    explain(redis.set("", "anything", MINUTE).err());

    say("set a key on a server that is down");
    let config = ServiceConfig::from_url("redis://127.0.0.1:1")?.with_lazy(true);
    let unreachable = RedisService::connect(config)?;
    explain(unreachable.set("user:1", "anything", MINUTE).err());
    unreachable.close();
    Ok(())
}

fn user(name: &str, plan: Plan) -> User {
    User { name: name.to_owned(), plan, since: Timestamp::constant(1_767_225_600, 0) }
}

/// Starts a server of the tour's own, unless `REDIS_URL` names one.
fn private_server() -> Result<Option<Server>, redis_testkit::Error> {
    if env::var_os("REDIS_URL").is_some_and(|url| !url.is_empty()) {
        say("REDIS_URL names a server: the tour uses it, below a namespace of its own");
        return Ok(None);
    }
    let server = Server::start(Options::default())?;
    say(format!("REDIS_URL is not set: the tour has started a server of its own at {}", server.address()));
    Ok(Some(server))
}

fn config(private: Option<&Server>) -> Result<ServiceConfig> {
    match private {
        Some(server) => ServiceConfig::from_vars([("REDIS_URL".to_owned(), server.url())]),
        None => ServiceConfig::from_env(),
    }
}

fn step(title: &str) {
    println!("\n{title}");
}

fn say(what: impl Display) {
    println!("  {what}");
}

fn came_back(what: impl Display) {
    println!("    -> {what}");
}

fn explain(error: Option<Error>) {
    let Some(error) = error else { return came_back("no error, which this tour did not expect") };
    came_back(&error);
    came_back(format!("kind {:?}, key {:?}, outcome {:?}", error.kind(), error.key(), error.outcome()));
}
