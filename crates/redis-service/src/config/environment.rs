//! A configuration in environment variables.

#![expect(clippy::disallowed_methods, reason = "reads the environment, before there is a service")]

use std::{collections::HashMap, env};

use secrecy::{ExposeSecret, SecretString};

use super::{
    draft::{Formation, Layer, Setting},
    fields,
    profile::Profile,
    spelling, text, url,
};
use crate::error::{Error, Result, escape};

const URL: &str = "REDIS_URL";
const PROFILE: &str = "ENVIRONMENT";
const USE_SENTINEL: &str = "REDIS_USE_SENTINEL";
const USE_CLUSTER: &str = "REDIS_USE_CLUSTERS";

/// The known variables that are not empty.
#[derive(Debug, Default)]
pub(super) struct Environment(HashMap<String, SecretString>);

impl Environment {
    pub(super) fn of_process() -> Result<Self> {
        let mut vars = Vec::new();
        for (name, value) in env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => vars.push((name, value)),
                Err(_) if is_ours(&name) => return Err(Error::config(format!("{name} is not UTF-8"))),
                Err(_) => {}
            }
        }
        Ok(Self::new(vars))
    }

    pub(super) fn new(vars: impl IntoIterator<Item = (String, String)>) -> Self {
        let vars = vars.into_iter().filter(|(_, value)| !value.is_empty());
        let (ours, others): (Vec<_>, Vec<_>) = vars.partition(|(name, _)| is_ours(name));
        for (name, value) in others {
            if let Some(meant) = spelling::meant_variable(&name, &value) {
                let variable = escape(name.as_bytes());
                tracing::warn!(
                    variable,
                    meant,
                    "{variable} is not a setting, and is not read: is {meant} meant?"
                );
            }
        }
        Self(ours.into_iter().map(|(name, value)| (name, value.into())).collect())
    }

    pub(super) fn profile(&self) -> Profile {
        self.text(PROFILE).map_or_else(Profile::default, Profile::named)
    }

    /// Returns the layer of the single variables, and above it that of `REDIS_URL`.
    pub(super) fn layers(&self) -> Result<[Layer; 2]> {
        let url = self.text(URL).map(|text| url::parse(text, URL)).transpose()?;
        self.check_switches(url.as_ref())?;
        let mut settings = Vec::new();
        for field in fields::all() {
            // A REDIS_PORT set by Kubernetes must not break a service that has a URL.
            if url.is_some() && matches!(field.variable, "REDIS_HOST" | "REDIS_PORT") {
                continue;
            }
            if let Some(text) = self.0.get(field.variable) {
                let (set, origin) = (field.set_from_variable, field.variable.into());
                settings.push(Setting { field, text: text.clone(), origin, set });
            }
        }
        Ok([Layer { formation: None, settings }, url.unwrap_or_default()])
    }

    /// Refuses variables that name two topologies: it is unknown which one is meant.
    fn check_switches(&self, url: Option<&Layer>) -> Result<()> {
        let switches = [(USE_SENTINEL, Formation::Sentinel), (USE_CLUSTER, Formation::Cluster)];
        let mut chosen = url.and_then(|url| url.formation).map(|formation| (URL, formation));
        for (variable, formation) in switches {
            let on = self.text(variable).map(text::boolean).transpose();
            let on = on.map_err(|problem| Error::config(format!("{variable} {problem}")))?;
            if on != Some(true) {
                continue;
            }
            match chosen {
                Some((other, chosen)) if chosen != formation => {
                    let message = format!("{other} and {variable} contradict each other");
                    return Err(Error::config(message));
                }
                _ => chosen = Some((variable, formation)),
            }
        }
        Ok(())
    }

    fn text(&self, variable: &str) -> Option<&str> {
        self.0.get(variable).map(ExposeSecret::expose_secret)
    }
}

fn is_ours(name: &str) -> bool {
    name == URL || name == PROFILE || fields::all().any(|field| field.variable == name)
}
