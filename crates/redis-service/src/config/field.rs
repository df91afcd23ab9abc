//! The properties of each field.

use std::fmt::Write;

use super::{ServiceConfig, draft::Draft, fields, text::Problem};

pub(super) type Set = fn(&mut Draft, &str) -> Result<(), Problem>;
pub(super) type Show = fn(&Draft) -> String;

/// A field, and its names in the sources.
#[derive(Debug)]
pub(super) struct Field {
    /// The field's path in a configuration file.
    pub(super) name: &'static str,
    pub(super) variable: &'static str,
    /// The query option of a URL, unless another part of the URL states the field.
    pub(super) option: Option<&'static str>,
    url: &'static str,
    meaning: &'static str,
    pub(super) set: Set,
    /// How the variable is read, where that differs from the option.
    pub(super) set_from_variable: Set,
    show: Show,
}

impl Field {
    pub(super) const fn new(
        name: &'static str,
        variable: &'static str,
        meaning: &'static str,
        set: Set,
        show: Show,
    ) -> Self {
        Self { name, variable, option: None, url: "", meaning, set, set_from_variable: set, show }
    }

    /// Sets the query option of URLs.
    pub(super) const fn option(mut self, name: &'static str) -> Self {
        self.option = Some(name);
        self
    }

    /// Sets the part of a URL, other than a query option, that states the field.
    pub(super) const fn part(mut self, part: &'static str) -> Self {
        self.url = part;
        self
    }

    pub(super) const fn variable_as(mut self, set: Set) -> Self {
        self.set_from_variable = set;
        self
    }

    pub(super) fn named(name: &str) -> Option<&'static Self> {
        fields::all().find(|field| field.name == name)
    }
}

/// Assigns a parsed value, or returns the problem.
pub(super) fn put<T>(slot: &mut T, parsed: Result<T, Problem>) -> Result<(), Problem> {
    *slot = parsed?;
    Ok(())
}

pub(super) fn reference() -> String {
    let defaults = Draft::new(ServiceConfig::default());
    let mut table = String::from("| field | variable | URL | default | meaning |\n|---|---|---|---|---|\n");
    for field in fields::all() {
        let Field { name, variable, meaning, .. } = field;
        let url = field.option.map_or_else(|| field.url.to_owned(), |option| format!("`?{option}=`"));
        let default = (field.show)(&defaults);
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| `{name}` | `{variable}` | {url} | {default} | {meaning} |");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_variable_is_named_after_its_field_unless_it_has_an_older_name() {
        const OLDER: [&str; 15] = [
            "REDIS_USE_SENTINEL",
            "REDIS_USE_CLUSTERS",
            "REDIS_HOST",
            "REDIS_PORT",
            "REDIS_SENTINELS",
            "REDIS_SENTINEL_SERVICE_NAME",
            "REDIS_SENTINEL_USERNAME",
            "REDIS_SENTINEL_PASSWORD",
            "REDIS_SENTINEL_SOCKET_TIMEOUT",
            "REDIS_CLUSTERS",
            "REDIS_CLUSTERS_PASSWORD",
            "REDIS_USE_SSL",
            "REDIS_MAX_CONNECTIONS",
            "CACHE_TTL_SECONDS",
            "CACHE_TTL_LONG_SECONDS",
        ];
        for field in fields::all().filter(|field| !OLDER.contains(&field.variable)) {
            let by_rule = format!("REDIS_{}", field.name.replace('.', "_").to_uppercase());
            assert_eq!(field.variable, by_rule);
        }
        let named: HashSet<_> = fields::all().map(|field| field.variable).collect();
        assert!(OLDER.iter().all(|variable| named.contains(variable)));
    }

    #[test]
    fn variables_and_options_are_unique_and_every_field_is_reachable_by_url() {
        let mut seen = HashSet::new();
        for field in fields::all() {
            assert!(seen.insert(field.variable), "{}", field.variable);
            assert!(field.option.is_none_or(|option| seen.insert(option)), "{}", field.name);
            assert!(field.option.is_some() || !field.url.is_empty(), "{}", field.name);
        }
    }

    #[test]
    fn every_field_of_a_configuration_is_described() {
        let serde_json::Value::Object(config) = serde_json::to_value(ServiceConfig::default()).unwrap()
        else {
            panic!("not an object");
        };
        for (name, value) in config {
            let nested = value.as_object().filter(|_| name != "topology");
            let paths: Vec<_> = match nested {
                Some(fields) => fields.keys().map(|inner| format!("{name}.{inner}")).collect(),
                None => vec![name],
            };
            for path in paths {
                let described =
                    |field: &Field| field.name == path || field.name.starts_with(&format!("{path}."));
                assert!(fields::all().any(described), "{path}");
            }
        }
    }
}
