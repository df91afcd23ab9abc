//! Retries and the circuit breaker.

use super::super::{
    duration,
    field::{Field, put},
    text,
};

pub(super) static FIELDS: &[Field] = &[
    Field::new(
        "retry.attempts",
        "REDIS_RETRY_ATTEMPTS",
        "The highest number of attempts of a call; 1 means no retry.",
        |draft, text| put(&mut draft.config.retry.attempts, text::number(text)),
        |draft| draft.config.retry.attempts.to_string(),
    )
    .option("retry_attempts"),
    Field::new(
        "retry.base",
        "REDIS_RETRY_BASE",
        "The longest first pause between attempts; pauses are random and double.",
        |draft, text| put(&mut draft.config.retry.base, duration::parse(text.trim())),
        |draft| duration::show(draft.config.retry.base),
    )
    .option("retry_base"),
    Field::new(
        "retry.cap",
        "REDIS_RETRY_CAP",
        "The longest pause of all.",
        |draft, text| put(&mut draft.config.retry.cap, duration::parse(text.trim())),
        |draft| duration::show(draft.config.retry.cap),
    )
    .option("retry_cap"),
    Field::new(
        "breaker.enabled",
        "REDIS_BREAKER_ENABLED",
        "Whether calls fail at once while a server does not answer.",
        |draft, text| put(&mut draft.config.breaker.enabled, text::boolean(text)),
        |draft| draft.config.breaker.enabled.to_string(),
    )
    .option("breaker_enabled"),
    Field::new(
        "breaker.failure_rate",
        "REDIS_BREAKER_FAILURE_RATE",
        "The share of calls that must fail for the breaker to open: above 0, at most 1.",
        |draft, text| put(&mut draft.config.breaker.failure_rate, text::rate(text)),
        |draft| draft.config.breaker.failure_rate.to_string(),
    )
    .option("breaker_failure_rate"),
    Field::new(
        "breaker.min_failures",
        "REDIS_BREAKER_MIN_FAILURES",
        "How many calls must fail for the breaker to open.",
        |draft, text| put(&mut draft.config.breaker.min_failures, text::number(text)),
        |draft| draft.config.breaker.min_failures.to_string(),
    )
    .option("breaker_min_failures"),
    Field::new(
        "breaker.window",
        "REDIS_BREAKER_WINDOW",
        "How far back the breaker looks.",
        |draft, text| put(&mut draft.config.breaker.window, duration::parse(text.trim())),
        |draft| duration::show(draft.config.breaker.window),
    )
    .option("breaker_window"),
    Field::new(
        "breaker.open_for",
        "REDIS_BREAKER_OPEN_FOR",
        "How long the breaker stays open the first time; doubled each time a probe fails.",
        |draft, text| put(&mut draft.config.breaker.open_for, duration::parse(text.trim())),
        |draft| duration::show(draft.config.breaker.open_for),
    )
    .option("breaker_open_for"),
    Field::new(
        "breaker.max_open_for",
        "REDIS_BREAKER_MAX_OPEN_FOR",
        "How long the breaker stays open at most.",
        |draft, text| put(&mut draft.config.breaker.max_open_for, duration::parse(text.trim())),
        |draft| duration::show(draft.config.breaker.max_open_for),
    )
    .option("breaker_max_open_for"),
    Field::new(
        "breaker.probes",
        "REDIS_BREAKER_PROBES",
        "How many probes must succeed before the breaker closes.",
        |draft, text| put(&mut draft.config.breaker.probes, text::number(text)),
        |draft| draft.config.breaker.probes.to_string(),
    )
    .option("breaker_probes"),
];
