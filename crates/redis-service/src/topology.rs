//! The servers: how each is reached.

mod endpoint;
mod rotation;
mod socket_options;

pub(crate) use self::{
    endpoint::Endpoint,
    rotation::Rotation,
    socket_options::{SocketOptions, share_of},
};
