//! What a build without TLS has in its place: types that nobody can make.

use std::io::{self, Read, Write};

use crate::{
    config::Tls,
    error::{Error, ErrorKind, Result},
};

#[derive(Clone, Debug)]
pub(crate) enum Client {}

#[derive(Debug)]
pub(crate) enum TlsStream {}

impl Client {
    pub(crate) fn new(_: &Tls, _: &str) -> Result<Self> {
        Err(Error::new(ErrorKind::Unsupported, "TLS needs the cargo feature `tls` of redis-service"))
    }

    pub(crate) fn session(&self) -> Result<TlsStream> {
        match *self {}
    }
}

impl TlsStream {
    pub(super) fn handshake(&mut self, _: &mut impl Write) -> io::Result<()> {
        match *self {}
    }

    pub(super) fn read(&mut self, _: &mut impl Read, _: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }

    pub(super) fn write(&mut self, _: &mut impl Write, _: &[u8]) -> io::Result<usize> {
        match *self {}
    }

    pub(super) fn send(&mut self, _: &mut impl Write) -> io::Result<()> {
        match *self {}
    }

    #[cfg(feature = "blocking")]
    pub(super) fn absorb(&mut self, _: &mut impl Read) -> bool {
        match *self {}
    }

    #[cfg(feature = "blocking")]
    pub(super) fn is_drained(&mut self) -> bool {
        match *self {}
    }

    pub(super) fn explain(&self, _: Error) -> Error {
        match *self {}
    }
}
