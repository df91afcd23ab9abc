use crate::{AsKey, Error, Result};

/// A call of one of the service's methods: what its errors name.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    operation: &'a str,
    /// As the caller wrote it, without the namespace.
    key: Option<&'a [u8]>,
}

impl<'a> Call<'a> {
    /// A call that concerns no single key.
    pub(crate) fn new(operation: &'a str) -> Self {
        Self { operation, key: None }
    }

    pub(crate) fn on(operation: &'a str, key: &'a (impl AsKey + ?Sized)) -> Self {
        // A key that is refused is named by the error that refuses it.
        Self { operation, key: key.as_key().ok() }
    }

    /// Names the call in an error.
    pub(crate) fn blame(self, error: Error) -> Error {
        let error = error.during(self.operation.to_owned());
        match self.key {
            Some(key) => error.on_key(key),
            None => error,
        }
    }

    /// Names the call in the error of a result.
    pub(crate) fn name<T>(self, result: Result<T>) -> Result<T> {
        result.map_err(|error| self.blame(error))
    }
}
