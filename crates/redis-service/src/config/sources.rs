//! Several sources of one configuration.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, SecretString};

use super::{ServiceConfig, draft::Draft, environment::Environment, file, url};
use crate::error::{Error, Result, escape, file_problem};

/// Several sources of one [`ServiceConfig`]. Their precedence does not depend on the order of the calls:
/// environment, URL, file, profile, defaults.
///
/// ```no_run
/// # use redis_service::config::Sources;
/// let config = Sources::new().file("/etc/app/redis.json").env().load()?.with_client_name("app");
/// # Ok::<(), redis_service::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Sources {
    environment: Option<Variables>,
    url: Option<SecretString>,
    file: Option<PathBuf>,
}

#[derive(Clone)]
enum Variables {
    OfProcess,
    Given(Vec<(String, String)>),
}

impl Sources {
    /// No source yet: the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the variables of the process. Empty variables count as not set. Only the variables of the
    /// [reference](ServiceConfig::reference), `REDIS_URL` and `ENVIRONMENT` are read. One that is close to such a
    /// variable, and none, is logged as a warning: it is probably misspelt.
    pub fn env(self) -> Self {
        Self { environment: Some(Variables::OfProcess), ..self }
    }

    /// Reads these variables instead of those of the process.
    pub fn vars(self, vars: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { environment: Some(Variables::Given(vars.into_iter().collect())), ..self }
    }

    /// Reads a URL:
    ///
    /// ```text
    /// redis://[user[:password]@]host[:port][/db][?option=value&…]
    /// redis+sentinel://[user[:password]@]host[:port],host[:port][/service[/db]][?…]
    /// redis+cluster://[user[:password]@]host[:port],host[:port][?…]
    /// ```
    ///
    /// `rediss` instead of `redis` means TLS. Everything is percent-decoded; `+` stands for itself. A
    /// fragment is an error, and so is a `%` that is not followed by two hexadecimal digits.
    pub fn url(self, url: impl Into<SecretString>) -> Self {
        Self { url: Some(url.into()), ..self }
    }

    /// Reads a JSON file: an object with any of the fields of a [`ServiceConfig`].
    pub fn file(self, path: impl AsRef<Path>) -> Self {
        Self { file: Some(path.as_ref().to_owned()), ..self }
    }

    /// Reads and combines the sources. [`ServiceConfig::validate`] checks the whole later, after the code has
    /// set fields of its own.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::error::ErrorKind::Config), naming the source, and the variable, part or
    /// field in it that is malformed or contradicts another.
    pub fn load(self) -> Result<ServiceConfig> {
        let environment = match self.environment {
            None => Environment::default(),
            Some(Variables::OfProcess) => Environment::of_process()?,
            Some(Variables::Given(vars)) => Environment::new(vars),
        };
        let profile = environment.profile();
        let base = match self.file {
            None => file::profile(profile)?,
            Some(path) => {
                let label = format!("\"{}\"", escape(path.as_os_str().as_encoded_bytes()));
                file::parse(read(&path, &label)?.expose_secret(), &label, profile)?
            }
        };
        let mut draft = Draft::new(base);
        if let Some(url) = self.url {
            draft.apply(url::parse(url.expose_secret(), "the URL")?)?;
        }
        for layer in environment.layers()? {
            draft.apply(layer)?;
        }
        draft.finish()
    }
}

#[expect(clippy::disallowed_methods, reason = "reads a file of the configuration, before there is a service")]
fn read(path: &Path, label: &str) -> Result<SecretString> {
    let text = fs::read_to_string(path).map_err(|error| {
        Error::config(format!("{label} cannot be read: {}", file_problem(error.kind())))
            .with_source(io::Error::from(error.kind()))
    })?;
    Ok(text.into())
}

impl fmt::Debug for Variables {
    /// Without values: any may be a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OfProcess => f.write_str("OfProcess"),
            Self::Given(vars) => write!(f, "Given({} variables)", vars.len()),
        }
    }
}
