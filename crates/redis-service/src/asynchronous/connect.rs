use tokio::time::timeout_at;

use super::transport::Transport;
use crate::{
    clock,
    error::{Error, ErrorKind, Outcome, Result, Stage, classify},
    protocol::{Handshake, RawPipeline, Reply},
    resilience::Deadline,
    topology::Endpoint,
};

/// Opens a connection and does its handshake within the connect timeout.
///
/// # Cancellation safety
///
/// Dropping the future closes the socket.
pub(super) async fn open(endpoint: &Endpoint) -> Result<Transport> {
    open_in_time(endpoint).await.map_err(Error::of_opening)
}

async fn open_in_time(endpoint: &Endpoint) -> Result<Transport> {
    let until = Deadline::after(clock::now(), endpoint.config.connect_timeout);
    let handshake = endpoint.handshake()?;
    match open_with(endpoint, &handshake, until).await {
        Err(error) => match endpoint.handshake_after(&handshake, &error) {
            Some(handshake) => open_with(endpoint, &handshake, until).await,
            None => Err(error),
        },
        opened => opened,
    }
}

async fn open_with(endpoint: &Endpoint, handshake: &Handshake, until: Deadline) -> Result<Transport> {
    let until = until.instant().into();
    let timeout = endpoint.config.connect_timeout;
    let late = || Error::new(ErrorKind::Timeout, format!("no connection within {timeout:?}"));

    let connected = timeout_at(until, Transport::connect(endpoint)).await;
    let mut transport = connected.unwrap_or_else(|_| Err(late()))?;
    let began = clock::now();
    let introduced = timeout_at(until, run_handshake(&mut transport, handshake)).await;
    match introduced.unwrap_or_else(|_| Err(late())) {
        Ok(()) => {
            transport.set_round_trip(clock::now().saturating_duration_since(began));
            Ok(transport)
        }
        // Only the handshake was sent.
        Err(error) => Err(transport.explain(error).with_outcome(Outcome::NotApplied)),
    }
}

async fn run_handshake(transport: &mut Transport, handshake: &Handshake) -> Result<()> {
    transport.handshake().await?;
    let greeting = handshake.check(converse(transport, &handshake.commands()).await?)?;
    if let Some((command, verification)) = greeting.verification() {
        let asked = [command].into_iter().collect();
        converse(transport, &asked).await.map_err(|_| verification)?;
    }
    Ok(())
}

async fn converse(transport: &mut Transport, commands: &RawPipeline) -> Result<Vec<Result<Reply>>> {
    let mut wire = Vec::new();
    commands.write_to(&mut wire);
    if let Err(error) = transport.send(&wire).await {
        // A server that closes the connection may have said why.
        drop(transport.receive().await);
        return Err(error);
    }
    let mut replies = Vec::with_capacity(commands.replies());
    for _ in 0..commands.replies() {
        replies.push(transport.receive().await.map_err(|error| classify(&error, Stage::Sent))?);
    }
    commands.parse_replies(replies)
}
