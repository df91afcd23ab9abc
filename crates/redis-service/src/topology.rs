//! Which servers there are, and what each of them is asked for.

mod endpoint;

pub(crate) use self::endpoint::Endpoint;
