//! The servers, and how each is reached.

mod endpoint;
mod rotation;
mod socket_options;

pub(crate) use self::{
    endpoint::Endpoint,
    rotation::Rotation,
    socket_options::{SocketOptions, connect_to_path, share_of},
};
