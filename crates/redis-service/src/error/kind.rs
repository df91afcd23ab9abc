use std::fmt;

/// The kind of failure that an [`Error`](crate::error::Error) reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No connection could be opened, or one was lost.
    Connection,
    /// The call's deadline, the response timeout or the connect timeout expired.
    Timeout,
    /// Every pooled connection was busy until the acquire timeout expired.
    PoolTimeout,
    /// The circuit breaker is open: recent calls failed, and this one was not sent.
    CircuitOpen,
    /// The service was closed.
    Closed,
    /// Credentials are missing or wrong, or the user is disabled.
    Auth,
    /// The user has no permission for this command, or not on this key or channel (`NOPERM`).
    Permission,
    /// The TLS handshake failed: certificate, host name, protocol.
    Tls,
    /// A value could not be encoded.
    Serialization,
    /// A stored value could not be decoded into the requested type.
    Deserialization,
    /// An argument is invalid; nothing was sent.
    InvalidInput,
    /// The configuration is invalid, or does not fit the server.
    Config,
    /// The configuration or the call requests a feature that this version, or the server, does not have.
    Unsupported,
    /// Another client changed a key that this call watches; nothing was applied.
    Conflict,
    /// The key holds another type of value (`WRONGTYPE`).
    WrongType,
    /// The server is out of memory (`OOM`); reads still work.
    OutOfMemory,
    /// A write was sent to a replica (`READONLY`).
    ReadOnly,
    /// A script is blocking the server (`BUSY`).
    Busy,
    /// The server is not ready yet (`LOADING`, `MASTERDOWN`, `CLUSTERDOWN`, `TRYAGAIN`, too many clients).
    Loading,
    /// The server refuses writes: it cannot save them (`MISCONF`), or has too few replicas (`NOREPLICAS`).
    WriteRefused,
    /// The keys of one call are on different slots of a cluster (`CROSSSLOT`), or the slot is on another node
    /// (`MOVED`, `ASK`).
    Slot,
    /// The server does not know the script (`NOSCRIPT`).
    NoScript,
    /// The reply was not valid RESP, or not of a type that the command returns.
    Protocol,
    /// The server answered with another error.
    Operation,
}

impl ErrorKind {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 24] = {
        use ErrorKind::*;
        [
            Connection,
            Timeout,
            PoolTimeout,
            CircuitOpen,
            Closed,
            Auth,
            Permission,
            Tls,
            Serialization,
            Deserialization,
            InvalidInput,
            Config,
            Unsupported,
            Conflict,
            WrongType,
            OutOfMemory,
            ReadOnly,
            Busy,
            Loading,
            WriteRefused,
            Slot,
            NoScript,
            Protocol,
            Operation,
        ]
    };
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connection => "connection",
            Self::Timeout => "timeout",
            Self::PoolTimeout => "pool timeout",
            Self::CircuitOpen => "circuit open",
            Self::Closed => "closed",
            Self::Auth => "auth",
            Self::Permission => "permission",
            Self::Tls => "tls",
            Self::Serialization => "serialization",
            Self::Deserialization => "deserialization",
            Self::InvalidInput => "invalid input",
            Self::Config => "config",
            Self::Unsupported => "unsupported",
            Self::Conflict => "conflict",
            Self::WrongType => "wrong type",
            Self::OutOfMemory => "out of memory",
            Self::ReadOnly => "read only",
            Self::Busy => "busy",
            Self::Loading => "loading",
            Self::WriteRefused => "write refused",
            Self::Slot => "slot",
            Self::NoScript => "no script",
            Self::Protocol => "protocol",
            Self::Operation => "operation",
        })
    }
}

/// Whether Redis applied a failed call. There are no more outcomes than these three: a `match` needs no `_`.
///
/// ```
/// use redis_service::Outcome;
///
/// fn may_repeat(outcome: Outcome, is_idempotent: bool) -> bool {
///     match outcome {
///         Outcome::NotApplied => true,
///         Outcome::Unknown => is_idempotent,
///         Outcome::Applied => false,
///     }
/// }
/// # assert!(may_repeat(Outcome::NotApplied, false));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Redis did not apply the call. Repeating it cannot apply it twice.
    NotApplied,
    /// The call may or may not have been applied: it was sent, and no answer arrived.
    Unknown,
    /// Redis applied the call, and its answer could not be used, such as a value that does not decode.
    Applied,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotApplied => "not applied",
            Self::Unknown => "outcome unknown",
            Self::Applied => "applied",
        })
    }
}
