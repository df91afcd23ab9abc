use std::time::SystemTime;

use serde::Serialize;

use super::{Label, Operation, OperationResult, Read, ReplyContext, Request, operation::Subject};
use crate::{
    error::{Error, Result},
    protocol::{Command, Reply},
    values::{AsKey, Expires, Expiry, Namespace, ValuePolicy},
};

/// The context of operations: their namespace, and how values are written and read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) namespace: &'a Namespace,
    pub(crate) policy: &'a ValuePolicy,
}

impl<'a> Scope<'a> {
    /// A key in this scope.
    pub(crate) fn on(self, key: &'a (impl AsKey + ?Sized)) -> KeyScope<'a> {
        KeyScope { scope: self, key: key.as_key(), is_found: key.is_found() }
    }

    /// Makes an operation that is not on a single key.
    pub(crate) fn make<T, R: Into<Request>>(
        self,
        name: &'static str,
        request: impl FnOnce(Self) -> Result<R>,
        read: fn(Reply, &ReplyContext<'_>) -> Result<T>,
    ) -> OperationResult<T> {
        let request = request(self).map_err(|error| error.during(name))?;
        Ok(Operation::new(Label::new(name, Subject::Nothing), request.into(), Read::Reply(read)))
    }

    /// As [`make`](Self::make). If there is nothing to send, the result is the default one.
    pub(crate) fn make_unless_empty<T: Default, R: Into<Request>>(
        self,
        name: &'static str,
        request: impl FnOnce(Self) -> Result<Option<R>>,
        read: fn(Reply, &ReplyContext<'_>) -> Result<T>,
    ) -> OperationResult<T> {
        let request = request(self).map_err(|error| error.during(name))?;
        Ok(optional(Label::new(name, Subject::Nothing), request, read))
    }
}

/// A key in a scope. If the key is invalid, the operation fails.
#[derive(Debug)]
pub(crate) struct KeyScope<'a> {
    scope: Scope<'a>,
    key: Result<&'a [u8]>,
    is_found: bool,
}

impl<'a> KeyScope<'a> {
    pub(crate) fn make<T, R: Into<Request>>(
        self,
        name: &'static str,
        request: impl FnOnce(Keyed<'a>) -> Result<R>,
        read: fn(Reply, &ReplyContext<'_>) -> Result<T>,
    ) -> OperationResult<T> {
        let request = self.build(name, request)?;
        Ok(Operation::new(Label::new(name, Subject::Key), request.into(), Read::Reply(read)))
    }

    /// As [`make`](Self::make). If there is nothing to send, the result is the default one.
    pub(crate) fn make_unless_empty<T: Default, R: Into<Request>>(
        self,
        name: &'static str,
        request: impl FnOnce(Keyed<'a>) -> Result<Option<R>>,
        read: fn(Reply, &ReplyContext<'_>) -> Result<T>,
    ) -> OperationResult<T> {
        let request = self.build(name, request)?;
        Ok(optional(Label::new(name, Subject::Key), request, read))
    }

    /// Builds the request of the operation `name`; its errors name operation and key.
    pub(super) fn build<R>(
        self,
        name: &'static str,
        request: impl FnOnce(Keyed<'a>) -> Result<R>,
    ) -> Result<R> {
        let Self { scope, key, is_found } = self;
        match key {
            Ok(key) => {
                request(Keyed { scope, key, is_found }).map_err(|error| error.during(name).on_key(key))
            }
            Err(error) => Err(error.during(name)),
        }
    }
}

fn optional<T: Default, R: Into<Request>>(
    label: Label,
    request: Option<R>,
    read: fn(Reply, &ReplyContext<'_>) -> Result<T>,
) -> Operation<T> {
    match request {
        Some(request) => Operation::new(label, request.into(), Read::Reply(read)),
        None => Operation::new(label, Request::Nothing, Read::Nothing(T::default)),
    }
}

/// A valid key of a command or script.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keyed<'a> {
    pub(crate) scope: Scope<'a>,
    /// As the caller wrote it, without the namespace.
    pub(crate) key: &'a [u8],
    /// Whether Redis named it.
    pub(crate) is_found: bool,
}

impl AsKey for Keyed<'_> {
    fn as_key(&self) -> Result<&[u8]> {
        Ok(self.key)
    }

    fn is_found(&self) -> bool {
        self.is_found
    }
}

impl Keyed<'_> {
    /// The command `name` on the key.
    pub(crate) fn command(self, name: &'static str) -> Result<Command> {
        self.command_with_room(name, 0)
    }

    /// The command `name` on the key, with room for an argument of `room` bytes.
    pub(crate) fn command_with_room(self, name: &'static str, room: usize) -> Result<Command> {
        self.scope.namespace.command(name, self.key, self.is_found, room)
    }

    /// The command `name` on the key with one value.
    pub(crate) fn with_value<V: Serialize + ?Sized>(self, name: &'static str, value: &V) -> Result<Command> {
        let value = self.encode(value)?;
        Ok(self.command_with_room(name, value.len())?.arg(value))
    }

    /// The command `name` on the key with many values; `None` if there are none.
    pub(crate) fn with_values<V: Serialize>(
        self,
        name: &'static str,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Option<Command>> {
        self.with_all(name, values, |command, value| Ok(command.arg(self.encode(&value)?)))
    }

    /// The command `name` on the key with the words that `add` appends for each item; `None` if there are no
    /// items.
    pub(crate) fn with_all<I>(
        self,
        name: &'static str,
        items: impl IntoIterator<Item = I>,
        add: impl FnMut(Command, I) -> Result<Command>,
    ) -> Result<Option<Command>> {
        let mut items = items.into_iter().peekable();
        let command = self.command(name)?;
        if items.peek().is_none() {
            return Ok(None);
        }
        items.try_fold(command, add).map(Some)
    }

    /// The key as Redis stores it.
    pub(crate) fn whole(self) -> Result<Vec<u8>> {
        self.scope.namespace.whole(self.key, self.is_found)
    }

    pub(crate) fn encode<V: Serialize + ?Sized>(self, value: &V) -> Result<Vec<u8>> {
        self.scope.policy.encode(value)
    }

    /// `now` is this machine's time.
    pub(crate) fn expires(self, expiry: Expiry, now: SystemTime) -> Result<Expires> {
        self.scope.policy.expires(expiry, now)
    }

    /// # Errors
    ///
    /// `InvalidInput` if the expiry is not a time to live.
    pub(crate) fn time_to_live(self, expiry: Expiry, now: SystemTime) -> Result<i64> {
        match self.expires(expiry, now)? {
            Expires::InMilliseconds(lives) => Ok(lives),
            _ => Err(Error::invalid_input("the expiry must be a time to live")),
        }
    }
}
