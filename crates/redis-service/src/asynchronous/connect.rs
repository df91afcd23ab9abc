use tokio::time::timeout_at;

use super::transport::Transport;
use crate::{
    clock,
    error::{Error, ErrorKind, Outcome, Result, Rounded, Stage, classify},
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
    let opened = open_in_time(endpoint).await.map_err(Error::of_opening)?;
    endpoint.connected(clock::now());
    Ok(opened)
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
    let late = || Error::new(ErrorKind::Timeout, format!("no connection within {}", Rounded(timeout)));

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
    let (replies, ended) = converse(transport, &handshake.commands()).await?;
    let greeting = handshake.check(replies, ended)?;
    if let Some((command, verification)) = greeting.verification() {
        let asked = [command].into_iter().collect();
        match converse(transport, &asked).await {
            Ok((_, None)) => {}
            Ok((_, Some(_))) | Err(_) => return Err(verification),
        }
    }
    Ok(())
}

/// Returns the replies, and the error of the connection if it ended before there were all of them.
async fn converse(
    transport: &mut Transport,
    commands: &RawPipeline,
) -> Result<(Vec<Result<Reply>>, Option<Error>)> {
    let mut wire = Vec::new();
    commands.write_to(&mut wire);
    if let Err(error) = transport.send(&wire).await {
        // A server that closes the connection may have said why.
        drop(transport.receive().await);
        return Err(error);
    }
    let (mut replies, mut ended) = (Vec::with_capacity(commands.replies()), None);
    while ended.is_none() && replies.len() < commands.replies() {
        match transport.receive().await {
            Ok(reply) => replies.push(reply),
            Err(error) => ended = Some(classify(&error, Stage::Sent)),
        }
    }
    Ok((commands.parse_replies(replies)?, ended))
}
