use std::sync::Arc;

use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};

use crate::{Error, Identity};

/// What an inspector needs to reach a server that presents `server`, however bad that certificate is: it must be that
/// very one, and nothing else is asked of it.
pub(crate) fn pinned(server: &Identity, client: &Identity) -> Result<Arc<ClientConfig>, Error> {
    let failed = "read a certificate";
    let expected = CertificateDer::from_pem_file(server.certificate()).map_err(Error::certificate(failed))?;
    let chain =
        vec![CertificateDer::from_pem_file(client.certificate()).map_err(Error::certificate(failed))?];
    let key = PrivateKeyDer::from_pem_file(client.key()).map_err(Error::certificate("read a key"))?;

    // Always this provider by name: the process default belongs to the program under test.
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(Pinned { expected, provider: Arc::clone(&provider) });
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder.dangerous().with_custom_certificate_verifier(verifier).with_client_auth_cert(chain, key)
        })
        .map(Arc::new)
        .map_err(Error::certificate("set up TLS"))
}

#[derive(Debug)]
struct Pinned {
    expected: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *end_entity == self.expected {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::General("not the certificate that this server was given".to_owned()))
        }
    }

    // rustls cannot read every certificate that a server may present here, and to be that very one is enough.
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
