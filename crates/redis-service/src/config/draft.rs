//! A configuration while its sources are put together.

use std::borrow::Cow;

use secrecy::{ExposeSecret, SecretString};

use super::{
    Node, Sentinel, ServiceConfig, Tls, Topology,
    field::{Field, Set},
    node,
};
use crate::error::{Error, Result};

/// Which [`Topology`] it will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Formation {
    Standalone,
    Sentinel,
    Cluster,
}

/// What one source states.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub(super) formation: Option<Formation>,
    pub(super) settings: Vec<Setting>,
}

/// A field as a source states it.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) field: &'static Field,
    pub(super) text: SecretString,
    /// What to blame: the subject of the sentence that a `Problem` ends.
    pub(super) origin: Cow<'static, str>,
    pub(super) set: Set,
}

/// Where layers are laid on top of each other, the weakest first. Unlike a [`ServiceConfig`] it remembers what
/// was stated about topologies that were not chosen.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) config: ServiceConfig,
    pub(super) formation: Formation,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) sentinel: Sentinel,
    pub(super) cluster: Vec<Node>,
    pub(super) cluster_password: Option<SecretString>,
    pub(super) tls_enabled: bool,
    pub(super) tls: Tls,
    tls_option: Option<Cow<'static, str>>,
}

impl Draft {
    pub(super) fn new(mut config: ServiceConfig) -> Self {
        let tls = config.tls.take();
        let mut draft = Self {
            formation: Formation::Standalone,
            host: "127.0.0.1".to_owned(),
            port: node::REDIS_PORT,
            sentinel: Sentinel::default(),
            cluster: Vec::new(),
            cluster_password: None,
            tls_enabled: tls.is_some(),
            tls: tls.unwrap_or_default(),
            tls_option: None,
            config,
        };
        match std::mem::take(&mut draft.config.topology) {
            Topology::Standalone { host, port } => (draft.host, draft.port) = (host, port),
            Topology::Sentinel(sentinel) => {
                (draft.formation, draft.sentinel) = (Formation::Sentinel, sentinel);
            }
            Topology::Cluster { nodes } => (draft.formation, draft.cluster) = (Formation::Cluster, nodes),
        }
        draft
    }

    /// Lays `layer` on top.
    pub(super) fn apply(&mut self, layer: Layer) -> Result<()> {
        if let Some(formation) = layer.formation {
            self.formation = formation;
        }
        for Setting { field, text, origin, set } in layer.settings {
            if let Err(problem) = set(self, text.expose_secret()) {
                return Err(Error::config(format!("{origin} {problem}")));
            }
            if field.name.starts_with("tls.") {
                self.tls_option = Some(origin);
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<ServiceConfig> {
        self.config.topology = match self.formation {
            Formation::Standalone => Topology::Standalone { host: self.host, port: self.port },
            Formation::Sentinel => Topology::Sentinel(self.sentinel),
            Formation::Cluster => {
                self.config.password = self.cluster_password.or(self.config.password);
                Topology::Cluster { nodes: self.cluster }
            }
        };
        self.config.tls = match (self.tls_enabled, self.tls_option) {
            (true, _) => Some(self.tls),
            (false, None) => None,
            (false, Some(origin)) => {
                let message = format!("{origin} is set, but TLS is off: use rediss:// or REDIS_USE_SSL=true");
                return Err(Error::config(message));
            }
        };
        Ok(self.config)
    }
}
