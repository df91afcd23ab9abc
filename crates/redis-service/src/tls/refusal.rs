//! The reasons why a TLS handshake failed.

use rustls::{AlertDescription as Alert, CertificateError as Certificate, InvalidMessage};

use crate::error::{Error, ErrorKind};

/// Converts a failure of TLS itself. A later attempt does not cure it, so it has a kind of its own.
pub(super) fn refused(error: rustls::Error) -> Error {
    Error::new(ErrorKind::Tls, reason(&error)).with_source(error)
}

fn reason(error: &rustls::Error) -> &'static str {
    use rustls::Error as Theirs;
    match error {
        Theirs::InvalidCertificate(problem) => certificate(problem),
        Theirs::NoCertificatesPresented => "the server presents no certificate",
        Theirs::AlertReceived(description) => alert(*description),
        Theirs::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge,
        ) => "the server does not speak TLS",
        Theirs::PeerIncompatible(_) | Theirs::NoApplicationProtocol => {
            "the server offers no TLS version or cipher that is still safe"
        }
        Theirs::DecryptError | Theirs::PeerSentOversizedRecord => "the server's data was damaged in transit",
        Theirs::InvalidMessage(_)
        | Theirs::InappropriateMessage { .. }
        | Theirs::InappropriateHandshakeMessage { .. }
        | Theirs::PeerMisbehaved(_) => "the server violates the TLS protocol",
        _ => "the TLS handshake failed",
    }
}

/// Describes the problem with the server's certificate.
fn certificate(problem: &Certificate) -> &'static str {
    match problem {
        Certificate::UnknownIssuer => {
            "the server's certificate is signed by an authority that is not trusted"
        }
        // An authority is looked up by its name, then checked by its key.
        Certificate::BadSignature => {
            "the server's certificate has a wrong signature, perhaps of another authority by the same name"
        }
        Certificate::Expired | Certificate::ExpiredContext { .. } => "the server's certificate has expired",
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet"
        }
        Certificate::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            "the server's certificate has no subjectAltName, and so is for no host: a common name does not count; make \
             one with a subjectAltName"
        }
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            "the server's certificate is for another host"
        }
        Certificate::InvalidPurpose | Certificate::InvalidPurposeContext { .. } => {
            "the server's certificate is not one for servers"
        }
        Certificate::Revoked => "the server's certificate is revoked",
        Certificate::BadEncoding => "the server's certificate is malformed",
        Certificate::UnsupportedSignatureAlgorithmContext { .. }
        | Certificate::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "the server's certificate is signed by an algorithm that is not safe, or not supported"
        }
        // The errors of rustls' own verifier have no type here, and are named by their text.
        Certificate::Other(other) => other_problem(&other.to_string()),
        _ => NOT_ACCEPTABLE,
    }
}

const NOT_ACCEPTABLE: &str = "the server's certificate is not acceptable";

fn other_problem(name: &str) -> &'static str {
    match name {
        "CaUsedAsEndEntity" => {
            "the server's certificate is that of an authority (CA:TRUE), which is no server's: have the authority sign a \
             certificate for the server, or make a self-signed one with CA:FALSE"
        }
        "UnsupportedCertVersion" => {
            "the server's certificate is of an old version of X.509, which cannot name hosts: make one of version 3, with a \
             subjectAltName"
        }
        "EndEntityUsedAsCa" => {
            "the server's certificate is signed by one that is not an authority's (CA:FALSE)"
        }
        "PathLenConstraintViolated" | "NameConstraintViolation" => {
            "the server's certificate is one that its authority may not sign"
        }
        _ => NOT_ACCEPTABLE,
    }
}

/// Describes why the server refuses the client.
fn alert(description: Alert) -> &'static str {
    match description {
        Alert::CertificateRequired | Alert::NoCertificate => "the server demands a client certificate",
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        | Alert::AccessDenied
        | Alert::DecryptError => "the server rejects the client certificate",
        // With TLS 1.2 this is also how a server demands a certificate.
        Alert::HandshakeFailure => {
            "the server refused the TLS handshake: no common cipher, or no client certificate"
        }
        Alert::ProtocolVersion | Alert::InsufficientSecurity => {
            "the server accepts no TLS version or cipher that is still safe"
        }
        Alert::UnrecognisedName => "the server does not know the requested host name",
        _ => "the server aborted the TLS handshake",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Outcome;
    use rustls::{Error as Theirs, PeerIncompatible};

    fn other(name: &'static str) -> Theirs {
        let error = std::io::Error::other(name);
        Theirs::InvalidCertificate(Certificate::Other(rustls::OtherError(std::sync::Arc::new(error))))
    }

    #[test]
    fn each_cause_has_a_message_of_its_own() {
        let mut messages = Vec::new();
        for (causes, part) in [
            (vec![Theirs::InvalidCertificate(Certificate::UnknownIssuer)], "not trusted"),
            (vec![Theirs::InvalidCertificate(Certificate::BadSignature)], "wrong signature"),
            (vec![Theirs::InvalidCertificate(Certificate::Expired)], "has expired"),
            (vec![Theirs::InvalidCertificate(Certificate::NotValidYet)], "not valid yet"),
            (vec![Theirs::InvalidCertificate(Certificate::NotValidForName)], "another host"),
            (vec![Theirs::InvalidCertificate(Certificate::InvalidPurpose)], "not one for servers"),
            (vec![Theirs::InvalidCertificate(Certificate::Revoked)], "revoked"),
            (vec![Theirs::InvalidCertificate(Certificate::BadEncoding)], "malformed"),
            (vec![Theirs::InvalidCertificate(Certificate::ApplicationVerificationFailure)], "not acceptable"),
            (vec![other("CaUsedAsEndEntity")], "CA:TRUE"),
            (vec![other("UnsupportedCertVersion")], "of an old version of X.509"),
            (vec![other("EndEntityUsedAsCa")], "CA:FALSE"),
            (vec![other("NameConstraintViolation")], "may not sign"),
            (vec![Theirs::NoCertificatesPresented], "presents no certificate"),
            (vec![Theirs::AlertReceived(Alert::CertificateRequired)], "demands a client certificate"),
            (
                vec![
                    Theirs::AlertReceived(Alert::BadCertificate),
                    Theirs::AlertReceived(Alert::UnknownCA),
                    Theirs::AlertReceived(Alert::CertificateExpired),
                    Theirs::AlertReceived(Alert::CertificateUnknown),
                    Theirs::AlertReceived(Alert::DecryptError),
                ],
                "rejects the client certificate",
            ),
            (vec![Theirs::AlertReceived(Alert::HandshakeFailure)], "or no client certificate"),
            (vec![Theirs::AlertReceived(Alert::ProtocolVersion)], "accepts no TLS version"),
            (vec![Theirs::AlertReceived(Alert::UnrecognisedName)], "the requested host name"),
            (
                vec![Theirs::AlertReceived(Alert::InternalError), Theirs::AlertReceived(Alert::Unknown(200))],
                "aborted",
            ),
            (vec![Theirs::InvalidMessage(InvalidMessage::InvalidContentType)], "does not speak TLS"),
            (vec![Theirs::InvalidMessage(InvalidMessage::InvalidCcs)], "violates the TLS protocol"),
            (vec![Theirs::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon)], "offers no TLS"),
            (vec![Theirs::DecryptError], "damaged"),
            (vec![Theirs::General("canary".to_owned())], "handshake failed"),
        ] {
            for cause in &causes {
                assert!(reason(cause).contains(part), "{cause:?}: {}", reason(cause));
            }
            messages.push(reason(&causes[0]));
        }
        let all = messages.len();
        messages.sort_unstable();
        messages.dedup();
        assert_eq!(messages.len(), all);
    }

    #[test]
    fn nothing_was_applied() {
        let error = refused(Theirs::DecryptError);
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Tls, Outcome::NotApplied));
    }
}
