//! A configuration in variables.

#![expect(clippy::disallowed_methods, reason = "reads the environment, before there is a service")]

use std::{collections::HashMap, env};

use secrecy::{ExposeSecret, SecretString};

use super::{
    draft::{Formation, Layer, Setting},
    fields,
    profile::Profile,
    text, url,
};
use crate::error::{Error, Result};

const URL: &str = "REDIS_URL";
const PROFILE: &str = "ENVIRONMENT";
const USE_SENTINEL: &str = "REDIS_USE_SENTINEL";
const USE_CLUSTER: &str = "REDIS_USE_CLUSTERS";

/// The variables that matter here and are not empty.
#[derive(Debug, Default)]
pub(super) struct Environment(HashMap<String, SecretString>);

impl Environment {
    pub(super) fn of_process() -> Result<Self> {
        let mut vars = Vec::new();
        for (name, value) in env::vars_os() {
            let Some(name) = name.into_string().ok().filter(|name| is_ours(name)) else { continue };
            match value.into_string() {
                Ok(value) => vars.push((name, value)),
                Err(_) => return Err(Error::config(format!("{name} is not UTF-8"))),
            }
        }
        Ok(Self::new(vars))
    }

    pub(super) fn new(vars: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = vars.into_iter().filter(|(name, value)| is_ours(name) && !value.is_empty());
        Self(ours.map(|(name, value)| (name, value.into())).collect())
    }

    pub(super) fn profile(&self) -> Profile {
        self.text(PROFILE).map_or_else(Profile::default, Profile::named)
    }

    /// The single variables, and above them `REDIS_URL`.
    pub(super) fn layers(&self) -> Result<[Layer; 2]> {
        let url = self.text(URL).map(|text| url::parse(text, URL)).transpose()?;
        self.check_switches(url.as_ref())?;
        let mut settings = Vec::new();
        for field in fields::all() {
            // What Kubernetes puts into REDIS_PORT must not break a service that has a URL.
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

    /// There is no saying which of two topologies was meant.
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
