use std::sync::Arc;

use super::{client::Client, engine::Engine, router::Router, runtime::example, service::Service};
use crate::testing::{Recorded, ScriptedServer, ServerState};

impl Service {
    /// Returns a service whose commands are answered from a script, without a server, and what it sends.
    ///
    /// It is an ordinary service, but for its sockets, which are memory; and there is no health check. Within the async
    /// API, it must be called inside a tokio runtime.
    ///
    /// # Panics
    ///
    /// If the script's configuration is invalid.
    ///
    #[doc = example!("scripted.md")]
    #[must_use]
    #[track_caller]
    pub fn scripted(server: ScriptedServer) -> (Self, Recorded) {
        let (mut config, server) = ServerState::of(server);
        config.tls = None;
        let config = Arc::new(config);
        match Router::scripted(&config, Arc::clone(&server)) {
            Ok(router) => {
                let client = Client::new(Engine::new(router, &config), &config);
                (Self { client, config }, Recorded(server))
            }
            Err(error) => panic!("no service with the script's configuration: {error}"),
        }
    }
}
