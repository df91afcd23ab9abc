//! Stored values and their time to live.

use super::super::{
    duration,
    field::{Field, put},
    text,
};
use super::show_optional;

pub(super) static FIELDS: &[Field] = &[
    Field::new(
        "namespace",
        "REDIS_NAMESPACE",
        "The prefix of every key.",
        |draft, text| put(&mut draft.config.namespace, text::words(text).map(Some)),
        |draft| show_optional(draft.config.namespace.as_ref()),
    )
    .option("namespace"),
    Field::new(
        "codec",
        "REDIS_CODEC",
        "The form in which values are stored: `json`, `python_json` (the bytes of Python's `json.dumps`), or with its \
         feature `messagepack`.",
        |draft, text| put(&mut draft.config.codec, text::codec(text)),
        |draft| text::codec_name(draft.config.codec),
    )
    .option("codec"),
    Field::new(
        "compression_threshold",
        "REDIS_COMPRESSION_THRESHOLD",
        "The size in bytes from which an encoded value is compressed; `off` is never (`null` in a file).",
        |draft, text| {
            let off = text.trim().eq_ignore_ascii_case("off");
            let bytes = if off { Ok(None) } else { text::number(text).map(Some) };
            put(&mut draft.config.compression_threshold, bytes)
        },
        |draft| show_optional(draft.config.compression_threshold),
    )
    .option("compression_threshold"),
    Field::new(
        "default_ttl",
        "CACHE_TTL_SECONDS",
        "The time to live of `Expiry::Default`. The variable is in seconds: `300`.",
        |draft, text| put(&mut draft.config.default_ttl, duration::parse(text.trim())),
        |draft| duration::show(draft.config.default_ttl),
    )
    .variable_as(|draft, text| put(&mut draft.config.default_ttl, duration::parse_seconds(text.trim())))
    .option("default_ttl"),
    Field::new(
        "long_ttl",
        "CACHE_TTL_LONG_SECONDS",
        "The time to live of `Expiry::Long`. The variable is in seconds: `3600`.",
        |draft, text| put(&mut draft.config.long_ttl, duration::parse(text.trim())),
        |draft| duration::show(draft.config.long_ttl),
    )
    .variable_as(|draft, text| put(&mut draft.config.long_ttl, duration::parse_seconds(text.trim())))
    .option("long_ttl"),
    Field::new(
        "client_name",
        "REDIS_CLIENT_NAME",
        "The connections' name in `CLIENT LIST`: printable ASCII, no spaces.",
        |draft, text| put(&mut draft.config.client_name, text::words(text)),
        |draft| draft.config.client_name.clone(),
    )
    .option("client_name"),
    Field::new(
        "max_value_bytes",
        "REDIS_MAX_VALUE_BYTES",
        "The largest size of an encoded value, in bytes. 512 MiB is Redis' own limit.",
        |draft, text| put(&mut draft.config.max_value_bytes, text::number(text)),
        |draft| draft.config.max_value_bytes.to_string(),
    )
    .option("max_value_bytes"),
];
