//! A configuration in JSON.

use serde_json::{Map, Value};

use super::{ServiceConfig, fields, profile::Profile, spelling};
use crate::error::{Error, Result, escape};

/// Reads `json`, the text of a file; errors call it `label`.
pub(super) fn parse(json: &str, label: &str, profile: Profile) -> Result<ServiceConfig> {
    let refuse = |problem: &str| Error::config(format!("{label} {problem}"));
    let stated: Map<String, Value> = serde_json::from_str(json).map_err(|error| {
        refuse(&format!("is not a JSON object (line {}, column {})", error.line(), error.column()))
    })?;
    let mut settings = profile.settings();
    settings.extend(stated.clone());
    // serde's own message is dropped, because it shows values.
    serde_json::from_value(Value::Object(settings)).map_err(|_| match culprit(&Value::Object(stated), &[]) {
        path if path.is_empty() => refuse("is not a configuration"),
        path if is_known(&path) => refuse(&format!("has a malformed value in \"{}\"", path.join("."))),
        path => {
            let path = path.join(".");
            let meant = spelling::meant_field(&path);
            let hint = meant.map_or_else(String::new, |meant| format!(": is \"{meant}\" meant?"));
            refuse(&format!("has an unknown field \"{}\"{hint}", escape(path.as_bytes())))
        }
    })
}

pub(super) fn profile(profile: Profile) -> Result<ServiceConfig> {
    parse("{}", "the profile", profile)
}

/// Returns the path to the innermost invalid value; empty if there is none.
fn culprit(value: &Value, path: &[&str]) -> Vec<String> {
    let Value::Object(fields) = value else { return own(path) };
    for (name, value) in fields {
        let path = [path, &[name]].concat();
        let alone = path
            .iter()
            .rev()
            .fold(value.clone(), |inner, name| Value::Object(Map::from_iter([((*name).to_owned(), inner)])));
        if serde_json::from_value::<ServiceConfig>(alone).is_err() {
            return culprit(value, &path);
        }
    }
    own(path)
}

fn own(path: &[&str]) -> Vec<String> {
    path.iter().map(|&name| name.to_owned()).collect()
}

fn is_known(path: &[String]) -> bool {
    let path = path.join(".");
    let below =
        |name: &str| name.strip_prefix(&path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    fields::all().any(|field| below(field.name))
}
