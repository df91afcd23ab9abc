//! What may be left of a service.

use std::time::Duration;

use redis_service::health::ConnectionStatus;
use redis_testkit::{Inspector, Proxy};

use crate::calls::Calls;

/// What is left of a service after its last caller.
pub(crate) struct Rest {
    pub(crate) connections: ConnectionStatus,
    /// The number of tasks that still run.
    pub(crate) background: usize,
}

impl Rest {
    /// Compares with what is promised: once the last handle is gone, nothing is left.
    pub(crate) fn audit(&self, proxy: &Proxy, server: &mut Inspector, calls: &Calls) {
        if self.background > 0 {
            calls.violated(format!("{} tasks outlived the service", self.background));
        }
        if !proxy.wait_until(Duration::from_secs(5), |statistics| statistics.open == 0) {
            calls.violated(format!("{} connections outlived the service", proxy.statistics().open));
        }
        let clients = server.text(&["CLIENT", "LIST"]).expect("a list of clients");
        let clients = clients.lines().filter(|line| line.contains(" name=soak ")).count();
        if clients > 0 {
            calls.violated(format!("{clients} connections are left at the server"));
        }
    }

    /// The counts, as rows of a table.
    pub(crate) fn rows(&self, proxy: &Proxy) -> Vec<(String, String)> {
        let ConnectionStatus { open, in_use, limit, .. } = self.connections;
        vec![
            ("connections made".to_owned(), proxy.statistics().accepted.to_string()),
            ("connections at rest".to_owned(), format!("{open} open, {in_use} in use, limit {limit}")),
        ]
    }
}
