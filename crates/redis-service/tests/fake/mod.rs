//! What the tests with a fake server share.

use redis_service::{ServiceConfig, config::Topology};
use redis_testkit::{Answer, FakeConnection, FakeServer};

/// A lazy configuration for `server`, without a health check.
pub(crate) fn config(server: &FakeServer) -> ServiceConfig {
    let address = server.address();
    ServiceConfig::default()
        .with_topology(Topology::standalone(address.ip().to_string(), address.port()))
        .with_health_check_interval(None)
        .with_lazy(true)
}

/// Answers the handshake: the name of the connection, and the library's name and version. Returns whether the
/// connection is still open.
pub(crate) fn greet(connection: &mut FakeConnection) -> bool {
    (0..3).all(|_| connection.request().is_some() && connection.answer(&Answer::simple("OK")))
}
