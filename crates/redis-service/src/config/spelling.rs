//! Names that are no settings, and the settings that they resemble.

use super::fields;

/// The prefix of variables, but for those of older services.
const PREFIX: &str = "REDIS_";

/// Returns the variable that was probably meant by one that is no setting.
///
/// Other programs have variables with the same prefix, so only what is close to a setting counts: in other case, or
/// as the field is called (`REDIS_POOL_SIZE`), or with a few letters wrong (see [`tolerance`]). Kubernetes' links to a
/// service are none.
pub(super) fn meant_variable(name: &str, value: &str) -> Option<&'static str> {
    let upper = name.to_ascii_uppercase();
    let rest = upper.strip_prefix(PREFIX)?;
    if is_service_link(rest, value) {
        return None;
    }
    let by_variable = fields::all().filter_map(|field| {
        let rest = field.variable.strip_prefix(PREFIX)?;
        Some((rest.to_owned(), field.variable))
    });
    let by_field = fields::all().map(|field| (field.name.replace('.', "_").to_uppercase(), field.variable));
    nearest(rest, by_variable.chain(by_field).chain([("URL".to_owned(), "REDIS_URL")]))
}

/// Returns the field that was probably meant by an unknown path in a file.
pub(super) fn meant_field(path: &str) -> Option<&'static str> {
    nearest(path, fields::all().map(|field| (field.name.to_owned(), field.name)))
}

/// Returns the option that was probably meant by an unknown one in a URL.
pub(super) fn meant_option(name: &str) -> Option<&'static str> {
    nearest(name, fields::all().filter_map(|field| Some((field.option?.to_owned(), field.option?))))
}

/// Whether Kubernetes makes this variable for a service named `redis` or `redis-…`; `rest` is its name without the
/// prefix.
fn is_service_link(rest: &str, value: &str) -> bool {
    let is_of_port = |(_, port): (&str, &str)| {
        let (number, protocol) = port.split_once('_').unwrap_or((port, ""));
        let is_protocol = ["TCP", "UDP", "SCTP"].iter().any(|name| protocol.starts_with(name));
        is_protocol && number.bytes().all(|digit| digit.is_ascii_digit())
    };
    rest.ends_with("SERVICE_HOST")
        || rest.contains("SERVICE_PORT")
        || rest.split_once("PORT_").is_some_and(is_of_port)
        || value.starts_with("tcp://")
        || value.starts_with("udp://")
}

fn nearest<T>(name: &str, candidates: impl Iterator<Item = (String, T)>) -> Option<T> {
    let close = candidates.filter_map(|(candidate, meant)| {
        let distance = distance(name.as_bytes(), candidate.as_bytes());
        (distance <= tolerance(&candidate)).then_some((distance, meant))
    });
    close.min_by_key(|(distance, _)| *distance).map(|(_, meant)| meant)
}

/// How many letters may be missing, added, wrong or exchanged: one for every three, and two at most.
fn tolerance(name: &str) -> usize {
    (name.len() / 3).min(2)
}

/// The number of letters that are missing, added or wrong, or of neighbours that are exchanged.
fn distance(a: &[u8], b: &[u8]) -> usize {
    // The last three rows of the table of distances between beginnings of both.
    let (mut before, mut above): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=b.len()).collect());
    for i in 1..=a.len() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i);
        for j in 1..=b.len() {
            let changed = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_are_missing_added_wrong_or_exchanged_count_one_each() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "ab", 2),
            ("deadline", "deadline", 0),
            ("deadlne", "deadline", 1),
            ("deadlinee", "deadline", 1),
            ("deadlime", "deadline", 1),
            ("daedline", "deadline", 1),
            ("edadlien", "deadline", 2),
            ("port", "host", 2),
        ] {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
            assert_eq!(distance(b.as_bytes(), a.as_bytes()), expected, "{b} {a}");
        }
    }

    #[test]
    fn a_misspelt_variable_is_recognised() {
        for (name, meant) in [
            ("REDIS_DEADLNE", "REDIS_DEADLINE"),
            ("REDIS_URI", "REDIS_URL"),
            ("REDIS_HOTS", "REDIS_HOST"),
            ("redis_password", "REDIS_PASSWORD"),
            ("REDIS_PASWORD", "REDIS_PASSWORD"),
            ("REDIS_RETRY_ATTEMPS", "REDIS_RETRY_ATTEMPTS"),
            ("REDIS_MAX_CONECTIONS", "REDIS_MAX_CONNECTIONS"),
            ("REDIS_POOL_SIZE", "REDIS_MAX_CONNECTIONS"),
            ("REDIS_DEFAULT_TTL", "CACHE_TTL_SECONDS"),
            ("REDIS_TLS", "REDIS_USE_SSL"),
        ] {
            assert_eq!(meant_variable(name, "x"), Some(meant), "{name}");
        }
    }

    #[test]
    fn what_other_programs_set_is_not_a_misspelt_setting() {
        for name in [
            "REDIS_CONFIG_NAMESPACE",
            "REDIS_SERVER_BIN",
            "REDIS_IMAGE",
            "REDIS_VERSION",
            "REDIS_CACHE",
            "REDIS_REPLICATION_MODE",
            "REDIS_DATA_DIR",
            "REDIS_DB2",
            "REDIS_EXPORTER_LOG_FORMAT",
            "REDISCLI_AUTH",
            "REDISDEADLINE",
            "DEADLINE",
            "CACHE_TTL_SECOND",
            "REDIS_",
            "REDIS_ünï",
        ] {
            assert_eq!(meant_variable(name, "x"), None, "{name}");
        }
    }

    #[test]
    fn links_to_a_service_of_kubernetes_are_not() {
        for name in [
            "REDIS_SERVICE_HOST",
            "REDIS_SERVICE_PORT",
            "REDIS_SERVICE_PORT_REDIS",
            "REDIS_PORT_6379_TCP",
            "REDIS_PORT_6379_TCP_PORT",
            "REDIS_PORT_6379_TCP_PROTO",
            "REDIS_PORT_6379_TCP_ADDR",
            "REDIS_MASTER_SERVICE_HOST",
            "REDIS_MASTER_PORT_6379_TCP_ADDR",
        ] {
            assert_eq!(meant_variable(name, "10.0.0.1"), None, "{name}");
        }
        assert_eq!(meant_variable("REDIS_PORTS", "tcp://10.0.0.1:6379"), None);
        assert_eq!(meant_variable("REDIS_PORTS", "6379"), Some("REDIS_PORT"));
    }

    #[test]
    fn no_setting_is_taken_for_another() {
        for field in fields::all() {
            assert_eq!(meant_field(field.name), Some(field.name));
            if let Some(option) = field.option {
                assert_eq!(meant_option(option), Some(option));
            }
        }
        assert_eq!(meant_field("retri.attemps"), Some("retry.attempts"));
        assert_eq!(meant_field("colour"), None);
        assert_eq!(meant_option("pool_sise"), Some("pool_size"));
    }
}
