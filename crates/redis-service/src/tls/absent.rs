//! The stand-ins in a build without TLS: types that cannot be constructed.

use std::io::{self, Read, Write};

use crate::{
    config::Tls,
    error::{Error, ErrorKind, Result},
};

#[derive(Clone, Debug)]
pub(crate) enum TlsConnector {}

#[derive(Debug)]
pub(crate) enum TlsStream {}

impl TlsConnector {
    pub(crate) fn new(_: &Tls, _: &str) -> Result<Self> {
        Err(Error::new(ErrorKind::Unsupported, "TLS needs the cargo feature `tls` of redis-service"))
    }

    pub(crate) fn tls_stream(&self) -> Result<TlsStream> {
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
    pub(super) fn drain_tls_records(&mut self, _: &mut impl Read) -> bool {
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
