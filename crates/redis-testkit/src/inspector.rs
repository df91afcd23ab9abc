use std::{
    io::{BufReader, Write},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use rustls::ClientConfig;

use crate::{Error, Value, transport::Transport};

/// A separate, clean connection to a server, for assertions about what the server really holds.
///
/// It shares no code with any client library, speaks RESP2, and has all rights: it logs in as a user of its own, past the
/// users and passwords of the [`Options`](crate::Options). [`Server::cli`](crate::Server::cli) opens one.
///
/// ```no_run
/// # fn main() -> Result<(), redis_testkit::Error> {
/// use redis_testkit::{Options, Server, Value};
///
/// let server = Server::start(Options::default().with_password("secret"))?;
/// let mut inspector = server.cli()?;
/// assert_eq!(inspector.text(&["SET", "key", "value"])?, "OK");
/// assert_eq!(inspector.integer(&["STRLEN", "key"])?, 5);
/// assert_eq!(inspector.call(&["GET", "missing"])?, Value::Nil);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Inspector {
    connection: BufReader<Transport>,
}

impl Inspector {
    /// Sends one command and reads its reply. An error reply is a [`Value::Error`].
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the connection fails, or if the server, perhaps frozen, sends nothing for five seconds. The
    /// connection cannot be used afterwards.
    pub fn call(&mut self, arguments: &[impl AsRef<[u8]>]) -> Result<Value, Error> {
        let mut request = format!("*{}\r\n", arguments.len()).into_bytes();
        for argument in arguments.iter().map(AsRef::as_ref) {
            request.extend_from_slice(format!("${}\r\n", argument.len()).as_bytes());
            request.extend_from_slice(argument);
            request.extend_from_slice(b"\r\n");
        }
        let transport = self.connection.get_mut();
        transport
            .write_all(&request)
            .and_then(|()| transport.flush())
            .map_err(Error::io("send a command"))?;
        Value::read(&mut self.connection).map_err(Error::io("read a reply"))
    }

    /// As [`call`](Self::call), for a command that answers with a number.
    ///
    /// # Errors
    ///
    /// As for `call`, and [`Error::Reply`] if the reply is not an integer.
    pub fn integer(&mut self, arguments: &[impl AsRef<[u8]>]) -> Result<i64, Error> {
        match self.call(arguments)? {
            Value::Integer(number) => Ok(number),
            other => Err(unexpected("an integer", &other)),
        }
    }

    /// As [`call`](Self::call), for a command that answers with a string, such as `GET` or `INFO`, or with a status.
    ///
    /// # Errors
    ///
    /// As for `call`, and [`Error::Reply`] if the reply is of another type, nil, or not UTF-8.
    pub fn text(&mut self, arguments: &[impl AsRef<[u8]>]) -> Result<String, Error> {
        match self.call(arguments)? {
            Value::Simple(text) => Ok(text),
            Value::Bulk(bytes) => String::from_utf8(bytes)
                .map_err(|error| unexpected("UTF-8", &Value::Bulk(error.into_bytes()))),
            other => Err(unexpected("a string", &other)),
        }
    }

    pub(crate) fn connect(
        address: SocketAddr,
        tls: Option<&Arc<ClientConfig>>,
        patience: Duration,
    ) -> Result<Self, Error> {
        let transport =
            Transport::connect(address, tls, patience).map_err(Error::io(format!("connect to {address}")))?;
        Ok(Self { connection: BufReader::new(transport) })
    }
}

fn unexpected(wanted: &str, got: &Value) -> Error {
    match got {
        Value::Error(text) => Error::Reply(text.clone()),
        other => Error::Reply(format!("{other:?} instead of {wanted}")),
    }
}
