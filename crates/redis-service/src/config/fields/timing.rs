//! Timeouts and the number of connections.

use super::super::{
    duration,
    field::{Field, put},
    text,
    validate::MOST_CONNECTIONS,
};
use super::show_optional;

pub(super) static FIELDS: &[Field] = &[
    Field::new(
        "connect_timeout",
        "REDIS_CONNECT_TIMEOUT",
        "How long connecting may take, from the name lookup to the login.",
        |draft, text| put(&mut draft.config.connect_timeout, duration::parse(text.trim())),
        |draft| duration::show(draft.config.connect_timeout),
    )
    .option("connect_timeout"),
    Field::new(
        "response_timeout",
        "REDIS_RESPONSE_TIMEOUT",
        "How long the server may take to answer one attempt.",
        |draft, text| put(&mut draft.config.response_timeout, duration::parse(text.trim())),
        |draft| duration::show(draft.config.response_timeout),
    )
    .option("response_timeout"),
    Field::new(
        "deadline",
        "REDIS_DEADLINE",
        "How long a call may take in all, retries and pauses included.",
        |draft, text| put(&mut draft.config.deadline, duration::parse(text.trim())),
        |draft| duration::show(draft.config.deadline),
    )
    .option("deadline"),
    Field::new(
        "pool_size",
        "REDIS_MAX_CONNECTIONS",
        "How many connections the blocking service opens at most: 1 to 65535. The variable may be larger, and then \
         means 65535.",
        |draft, text| put(&mut draft.config.pool_size, text::number(text)),
        |draft| draft.config.pool_size.to_string(),
    )
    .variable_as(|draft, text| put(&mut draft.config.pool_size, text::number(text).map(shared_limit)))
    .option("pool_size"),
    Field::new(
        "acquire_timeout",
        "REDIS_ACQUIRE_TIMEOUT",
        "How long a call waits for a free connection of the blocking service.",
        |draft, text| put(&mut draft.config.acquire_timeout, duration::parse(text.trim())),
        |draft| duration::show(draft.config.acquire_timeout),
    )
    .option("acquire_timeout"),
    Field::new(
        "idle_check",
        "REDIS_IDLE_CHECK",
        "A connection that was idle for longer is checked with a PING; a pooled one before it is used.",
        |draft, text| put(&mut draft.config.idle_check, duration::parse(text.trim())),
        |draft| duration::show(draft.config.idle_check),
    )
    .option("idle_check"),
    Field::new(
        "keepalive",
        "REDIS_KEEPALIVE",
        "A connection that was idle for longer is probed by TCP keepalive; at least 1s.",
        |draft, text| put(&mut draft.config.keepalive, duration::parse(text.trim())),
        |draft| duration::show(draft.config.keepalive),
    )
    .option("keepalive"),
    Field::new(
        "tcp_user_timeout",
        "REDIS_TCP_USER_TIMEOUT",
        "How long sent data may stay unacknowledged before the connection is given up.",
        |draft, text| put(&mut draft.config.tcp_user_timeout, duration::parse(text.trim())),
        |draft| duration::show(draft.config.tcp_user_timeout),
    )
    .option("tcp_user_timeout"),
    Field::new(
        "health_check_interval",
        "REDIS_HEALTH_CHECK_INTERVAL",
        "How often the service sends the server a PING; `off` is never (`null` in a file).",
        |draft, text| {
            let off = text.trim().eq_ignore_ascii_case("off");
            let interval = if off { Ok(None) } else { duration::parse(text.trim()).map(Some) };
            put(&mut draft.config.health_check_interval, interval)
        },
        |draft| show_optional(draft.config.health_check_interval.map(duration::show)),
    )
    .option("health_check_interval"),
    Field::new(
        "lazy",
        "REDIS_LAZY",
        "Whether connecting waits until the first call to contact the server; otherwise it sends one PING.",
        |draft, text| put(&mut draft.config.lazy, text::boolean(text)),
        |draft| draft.config.lazy.to_string(),
    )
    .option("lazy"),
];

/// Reads a number of connections from the variable that redis-py's services share: there, 2^31 is the usual
/// way to say that there is no limit.
fn shared_limit(connections: u64) -> u32 {
    u32::try_from(connections).ok().filter(|connections| *connections <= MOST_CONNECTIONS).unwrap_or_else(
        || {
            tracing::warn!(
                connections,
                limit = MOST_CONNECTIONS,
                "REDIS_MAX_CONNECTIONS is above the limit, which is used instead"
            );
            MOST_CONNECTIONS
        },
    )
}
