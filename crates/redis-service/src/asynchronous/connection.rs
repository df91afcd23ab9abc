use tokio::time::timeout;

use super::transport::Transport;
use crate::{
    Error, ErrorKind, Outcome, Result,
    error::{Stage, classify, classify_io},
    handshake::Handshake,
    settings::Settings,
};

/// Opens a connection and says what is to be said on it first, within the connect timeout.
///
/// # Cancellation safety
///
/// Dropping the future closes the socket.
pub(super) async fn open(settings: &Settings) -> Result<Transport> {
    match timeout(settings.config.connect_timeout, open_without_timeout(settings)).await {
        // Nothing but the handshake was sent.
        Ok(opened) => opened.map_err(|error| error.with_outcome(Outcome::NotApplied)),
        Err(_) => {
            let message = format!("no connection within {:?}", settings.config.connect_timeout);
            Err(Error::new(ErrorKind::Timeout, message))
        }
    }
}

async fn open_without_timeout(settings: &Settings) -> Result<Transport> {
    let handshake = settings.handshake()?;
    match greet(settings, &handshake).await {
        Err(error) => match settings.handshake_after(&handshake, &error) {
            Some(handshake) => greet(settings, &handshake).await,
            None => Err(error),
        },
        opened => opened,
    }
}

async fn greet(settings: &Settings, handshake: &Handshake) -> Result<Transport> {
    let mut transport = Transport::connect(settings).await?;
    let commands = handshake.commands();
    let mut wire = Vec::new();
    commands.write_to(&mut wire);
    transport.send(&wire).await.map_err(|error| classify_io(error.kind(), Stage::Sent))?;
    let mut replies = Vec::with_capacity(commands.replies());
    for _ in 0..commands.replies() {
        replies.push(transport.receive().await.map_err(|error| classify(&error, Stage::Sent))?);
    }
    handshake.check(commands.settle(replies)?)?;
    Ok(transport)
}
