//! A service that follows its limits while people change them with `redis-config`, through the async API.
//! `../blocking/config_watch.rs` is the same without `.await`.
//!
//! Run it by `scripts/demo`; or build the tool by `cargo build -p redis-config`, then
//! `cargo run -p redis-config-store --example async_config_watch`. It uses the server that `REDIS_URL` names, else a
//! private one, which it starts and stops; and the tool that `REDIS_CONFIG_TOOL` names, else the one in its own build.

use std::{
    env,
    fmt::Display,
    path::PathBuf,
    process::{self, Command},
    time::{Duration, Instant},
};

use redis_config_store::asynchronous::Live;
use redis_config_store::{AsyncConfigStore, StoreOptions};
use redis_service::{AsyncRedisService, ServiceConfig};
use redis_testkit::{Options, Server};
use serde::Deserialize;
use tokio::time::sleep;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The limits of the service.
#[derive(Debug, Deserialize)]
struct Limits {
    rps: u32,
}

/// How long the service may take to see a change.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> Result<()> {
    step("Start a service that follows its limits");
    let private = private_server()?;
    let namespace = format!("tour-{}", process::id());
    let redis = AsyncRedisService::connect(config(private.as_ref())?).await?;
    // Asks twice a second, in case the server sends no notifications.
    let options =
        StoreOptions::default().with_interval(Duration::from_millis(500)).with_validator("limits", check);
    let store = AsyncConfigStore::open_with(&redis, &namespace, options).await?;
    let limits: Live<Limits> = store.live("limits").await?;
    show(&limits);

    let tool = Tool { url: private.map(|server| (server.url(), server)), namespace: namespace.clone() };
    let changed = change(&tool, &limits).await;

    step("Lose everything: the keys are deleted behind the store's back");
    let keys = ["cur", "log"].map(|name| format!("{{cs:{namespace}}}:{name}"));
    redis.command("DEL").key(&*keys[0]).key(&*keys[1]).run::<u64>().await?;
    until(|| limits.status().problem.is_some()).await?;
    show(&limits);

    store.close();
    redis.close().await;
    changed
}

/// Changes the limits with the tool, and shows what the service sees.
async fn change(tool: &Tool, limits: &Live<Limits>) -> Result<()> {
    step("Set the limits");
    tool.run(&["set", "limits", r#"{"rps": 100}"#, "--message", "to begin with"])?;
    until(|| is_at(limits, 1)).await?;
    show(limits);

    step("Raise them, if they were not changed in between");
    tool.run(&["set", "limits", r#"{"rps": 250}"#, "--if-version", "1", "--message", "more traffic"])?;
    until(|| is_at(limits, 2)).await?;
    show(limits);
    tool.run(&["diff", "limits"])?;

    step("Make a mistake: the service refuses the value, keeps the last good one, and says so");
    tool.run(&["set", "limits", r#"{"rps": 0}"#])?;
    until(|| limits.status().problem.is_some()).await?;
    show(limits);

    step("Go back");
    tool.run(&["rollback", "limits", "2"])?;
    until(|| is_at(limits, 4)).await?;
    show(limits);
    tool.run(&["history", "limits"])
}

fn check(limits: &Limits) -> std::result::Result<(), String> {
    if limits.rps == 0 { Err("the limit must allow one request".to_owned()) } else { Ok(()) }
}

fn is_at(limits: &Live<Limits>, version: u64) -> bool {
    limits.load().is_some_and(|limits| limits.version.number == version)
}

/// Waits until the service has seen it: a few milliseconds.
async fn until(is_seen: impl Fn() -> bool) -> Result<()> {
    let started = Instant::now();
    while !is_seen() {
        if started.elapsed() > PATIENCE {
            return Err("the service has not seen it".into());
        }
        sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// What the service would do at this moment.
fn show(limits: &Live<Limits>) {
    let status = limits.status();
    came_back(match limits.load() {
        Some(limits) => {
            format!("service: {} requests/s, version {}", limits.value.rps, limits.version.number)
        }
        None => "service: no limits".to_owned(),
    });
    match status.problem {
        Some(problem) => came_back(format!("service: {problem}")),
        None => came_back(format!("service: {:?}", status.store.freshness)),
    }
}

/// `redis-config`, as people call it.
struct Tool {
    /// The private server, if there is one.
    url: Option<(String, Server)>,
    namespace: String,
}

impl Tool {
    fn run(&self, arguments: &[&str]) -> Result<()> {
        let shown = arguments.iter().map(|argument| match argument.contains([' ', '{']) {
            true => format!("'{argument}'"),
            false => (*argument).to_owned(),
        });
        say(format!("$ redis-config {}", shown.collect::<Vec<_>>().join(" ")));
        let mut command = Command::new(program()?);
        command
            .args(arguments)
            .env("REDIS_CONFIG_NAMESPACE", &self.namespace)
            .env("REDIS_CONFIG_AUTHOR", "ada");
        if let Some((url, _)) = &self.url {
            command.env("REDIS_URL", url);
        }
        let output = command.output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        String::from_utf8_lossy(&output.stdout).lines().for_each(say);
        Ok(())
    }
}

/// Examples are built into a folder beside the tool.
fn program() -> Result<PathBuf> {
    if let Some(program) = env::var_os("REDIS_CONFIG_TOOL") {
        return Ok(program.into());
    }
    let program = env::current_exe()?.ancestors().nth(2).map(|folder| folder.join("redis-config"));
    let program = program.filter(|program| program.exists());
    program.ok_or_else(|| "the tool is not built: cargo build -p redis-config".into())
}

/// A server of the example's own, unless `REDIS_URL` names one.
fn private_server() -> Result<Option<Server>> {
    if env::var_os("REDIS_URL").is_some_and(|url| !url.is_empty()) {
        say("REDIS_URL names a server: the example uses it, in a namespace of its own");
        return Ok(None);
    }
    let server = Server::start(Options::default().with_config("notify-keyspace-events", "Ktgxe"))?;
    say(format!("REDIS_URL is not set: the example has started a server of its own at {}", server.address()));
    Ok(Some(server))
}

fn config(private: Option<&Server>) -> Result<ServiceConfig> {
    Ok(match private {
        Some(server) => ServiceConfig::from_vars([("REDIS_URL".to_owned(), server.url())])?,
        None => ServiceConfig::from_env()?,
    })
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
