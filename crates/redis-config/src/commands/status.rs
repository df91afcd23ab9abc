use std::{
    collections::HashMap,
    sync::mpsc::{self, RecvTimeoutError},
    time::{Duration, Instant},
};

use redis_config_store::{
    State, Watch, WatchEvent,
    status::{Freshness, Notifications, Status},
};
use redis_service::RedisService;
use serde::Serialize;

use super::health::{self, Description};
use crate::{
    arguments::Common,
    connect::OpenStore,
    exit::Exit,
    failure::{Failure, Result, reason_word},
    output::{Output, counted, plain},
    place::Place,
    table::pad,
    time::roughly,
};

/// The whole report. It contains no value, no user and no password.
#[derive(Serialize)]
struct Report {
    namespace: String,
    redis: Place,
    freshness: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reset: Option<String>,
    age_ms: Option<u128>,
    epoch: String,
    revision: u64,
    keys: usize,
    bytes: usize,
    notifications: &'static str,
    missing_flags: Option<String>,
    tracking: &'static str,
    eviction: &'static str,
    round_trip_ms: f64,
    server: Server,
}

/// What the server reports of itself, where the user may ask.
#[derive(Serialize)]
struct Server {
    address: String,
    version: Option<String>,
    role: Option<String>,
    replicas: Option<u64>,
    /// How many bytes the slowest replica is behind.
    replica_lag_bytes: Option<u64>,
}

pub(super) fn run(common: &Common, output: &mut Output) -> Result<()> {
    let session = OpenStore::open(common)?;
    let state = watch_once(&session)?;
    let status = session.store.status();
    let asked = Instant::now();
    session.redis.ping()?;
    let round_trip = asked.elapsed();
    let flags = flags(&session.redis);
    let notifications = health::notifications(&status.notifications, flags.as_deref());
    let freshness = health::freshness(&status.freshness);
    let tracking = health::tracking(&status.tracking);
    let eviction = health::eviction(&status.eviction);
    let report = Report {
        namespace: session.store.namespace().to_owned(),
        redis: session.place.clone(),
        freshness: freshness.word,
        reset: status.last_reset.map(reason_word),
        age_ms: status.age.map(|age| age.as_millis()),
        epoch: status.epoch.to_string(),
        revision: status.revision,
        keys: state.len(),
        bytes: state.iter().map(|(_, entry)| entry.bytes().len()).sum(),
        notifications: notifications.word,
        missing_flags: match &status.notifications {
            Notifications::Missing(missing) => Some(missing.clone()),
            _ => None,
        },
        tracking: tracking.word,
        eviction: eviction.word,
        round_trip_ms: round_trip.as_secs_f64() * 1000.0,
        server: server(&session),
    };
    if output.is_json {
        output.json(&report)?;
    } else {
        show(output, &report, &status, [&freshness, &notifications, &tracking, &eviction])?;
    }
    verdict(&status.freshness, freshness)
}

/// The state of the namespace, from a watcher: so the subscription is tested as well.
fn watch_once(session: &OpenStore) -> Result<State> {
    let (events, received) = mpsc::channel();
    let watcher = session.store.watch(Watch::all()).map_err(Failure::reading)?;
    let watching = watcher.on_change(move |event| drop(events.send(event)));
    let until = Instant::now() + PATIENCE;
    loop {
        match received.recv_timeout(Duration::from_millis(20)) {
            Ok(WatchEvent::Initial(state)) => return Ok(state),
            Ok(WatchEvent::Reset(reset)) => return Ok(reset.after),
            Ok(_) => {}
            Err(error) => {
                let last = session.store.status().last_error;
                if let Some(error) = last.filter(|error| !error.is_unavailable()) {
                    return Err(Failure::reading(error));
                }
                if error == RecvTimeoutError::Disconnected || until <= Instant::now() {
                    watching.close();
                    return Err(no_answer(session));
                }
            }
        }
    }
}

/// How long Redis may take to answer; a call has a deadline of its own.
const PATIENCE: Duration = Duration::from_secs(30);

fn no_answer(session: &OpenStore) -> Failure {
    let last = session.store.status().last_error;
    last.map_or_else(|| Failure::new(Exit::Unavailable, "timeout", "Redis does not answer"), Failure::reading)
}

fn flags(redis: &RedisService) -> Option<String> {
    let query = redis.command("CONFIG GET").arg("notify-keyspace-events");
    query.run::<HashMap<String, String>>().ok()?.remove("notify-keyspace-events")
}

fn server(session: &OpenStore) -> Server {
    let info = |section| session.redis.command("INFO").arg(section).run::<String>().unwrap_or_default();
    let (server, replication) = (info("server"), info("replication"));
    let name = if field(&server, "valkey_version").is_some() { "Valkey" } else { "Redis" };
    let version = field(&server, "valkey_version").or_else(|| field(&server, "redis_version"));
    let offset: Option<u64> =
        field(&replication, "master_repl_offset").and_then(|offset| offset.parse().ok());
    let slowest = replication.lines().filter(|line| line.starts_with("slave") && line.contains("offset="));
    let slowest =
        slowest.filter_map(|line| line.split("offset=").nth(1)?.split(',').next()?.parse::<u64>().ok());
    Server {
        address: session.place.address.clone(),
        version: version.map(|version| format!("{name} {version}")),
        role: field(&replication, "role").map(str::to_owned),
        replicas: field(&replication, "connected_slaves").and_then(|count| count.parse().ok()),
        replica_lag_bytes: offset.zip(slowest.min()).map(|(offset, slowest)| offset.saturating_sub(slowest)),
    }
}

/// A line `name:value` of INFO.
fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.trim_end().strip_prefix(name)?.strip_prefix(':'))
}

fn show(
    output: &mut Output,
    report: &Report,
    status: &Status,
    descriptions: [&Description; 4],
) -> Result<()> {
    let paint = output.paint;
    let [freshness, notifications, tracking, eviction] = descriptions.map(|Description { word, meaning }| {
        let word = match *word {
            "Fresh" | "Working" | "Ready" | "On" | "Safe" => paint.good(word),
            "Unknown" | "Missing" | "NotReady" => paint.notable(word),
            _ => paint.bad(word),
        };
        format!("{word}, {meaning}")
    });
    let age = status.age.map_or_else(|| "never".to_owned(), |age| format!("{} ago", roughly(age)));
    let epoch = match (&*report.epoch, &status.freshness) {
        ("", Freshness::Reset(_)) => "unknown",
        ("", _) => "nothing was ever committed",
        (epoch, _) => epoch,
    };
    let rows = [
        ("namespace", plain(&report.namespace)),
        ("Redis keys", report.redis.redis_keys()),
        ("prefix", prefix(&report.redis.prefix)),
        ("database", report.redis.database.to_string()),
        ("freshness", freshness),
        ("confirmed", age),
        ("revision", report.revision.to_string()),
        ("epoch", epoch.to_owned()),
        ("keys", format!("{}, {} of values", report.keys, counted(report.bytes, "byte"))),
        ("notifications", notifications),
        ("tracking", tracking),
        ("eviction", eviction),
        ("lag", lag(report)),
        ("server", about(&report.server)),
    ];
    rows.into_iter()
        .try_for_each(|(name, what)| output.line(format!("{}  {what}", paint.faint(pad(name, 13)))))
}

fn prefix(prefix: &str) -> String {
    match prefix {
        "" => "none: the service has no namespace (REDIS_NAMESPACE)".to_owned(),
        prefix => format!("{}, the service's namespace (REDIS_NAMESPACE)", plain(prefix)),
    }
}

fn lag(report: &Report) -> String {
    let round_trip = format!("an answer takes {:.2} ms", report.round_trip_ms);
    match report.server.replica_lag_bytes {
        Some(bytes) => format!("{round_trip}; the slowest replica is {bytes} bytes behind"),
        None => round_trip,
    }
}

fn about(server: &Server) -> String {
    let mut about =
        server.version.clone().map_or_else(String::new, |version| format!("{} at ", plain(&version)));
    about += &plain(&server.address);
    if let Some(role) = &server.role {
        about += &format!(", {}", plain(role));
    }
    match (server.role.as_deref(), server.replicas) {
        (Some("master"), Some(1)) => about + " with 1 replica",
        (Some("master"), Some(replicas)) => format!("{about} with {replicas} replicas"),
        _ => about,
    }
}

/// An unhealthy state is an error, after the report was printed.
fn verdict(freshness: &Freshness, description: Description) -> Result<()> {
    match health::exit_of(freshness) {
        Exit::Done => Ok(()),
        exit => {
            let Description { word, meaning } = description;
            let reason = match freshness {
                Freshness::Reset(reason) => Some(*reason),
                _ => None,
            };
            let failure = Failure::new(exit, &word.to_lowercase(), format!("{word}: {meaning}"));
            Err(Failure { reason, ..failure })
        }
    }
}
