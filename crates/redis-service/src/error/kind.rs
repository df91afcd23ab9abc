use std::fmt;

/// What kind of failure an [`Error`](crate::error::Error) is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No connection could be made, or one was lost.
    Connection,
    /// The call's deadline, the response timeout or the connect timeout passed.
    Timeout,
    /// Every pooled connection was busy until the acquire timeout passed.
    PoolTimeout,
    /// The circuit breaker is open: recent calls failed, and this one was not tried.
    CircuitOpen,
    /// The service was closed.
    Closed,
    /// Credentials are missing or wrong, or the user is disabled.
    Auth,
    /// The user may not run this command, or not on this key or channel (`NOPERM`).
    Permission,
    /// The TLS handshake failed: certificate, host name, protocol.
    Tls,
    /// A value could not be encoded.
    Serialization,
    /// A stored value could not be decoded into the type asked for.
    Deserialization,
    /// An argument makes no sense; nothing was sent.
    InvalidInput,
    /// The configuration makes no sense, or does not fit the server.
    Config,
    /// The configuration or the call asks for something that this version, or the server, cannot do.
    Unsupported,
    /// Somebody else changed what this call relied on; nothing was applied.
    Conflict,
    /// The key holds another type of value (`WRONGTYPE`).
    WrongType,
    /// The server is out of memory (`OOM`); reads go on working.
    OutOfMemory,
    /// A write was sent to a replica (`READONLY`).
    ReadOnly,
    /// A script is blocking the server (`BUSY`).
    Busy,
    /// The server is not ready yet (`LOADING`, `MASTERDOWN`, `CLUSTERDOWN`, `TRYAGAIN`, too many clients).
    Loading,
    /// The server refuses writes: it cannot save them (`MISCONF`), or has too few replicas (`NOREPLICAS`).
    WriteRefused,
    /// Keys of one call live on different slots of a cluster (`CROSSSLOT`), or the slot lives on another
    /// node (`MOVED`, `ASK`).
    Slot,
    /// The server does not know the script (`NOSCRIPT`).
    NoScript,
    /// The reply was not valid RESP, or not what the command answers.
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

/// Whether Redis applied a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// Redis did not apply it. Doing it again cannot do it twice.
    NotApplied,
    /// It may or may not have been applied: it was sent, and no answer came.
    Unknown,
    /// Redis applied it, and its answer could not be used, such as a value that does not decode.
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
