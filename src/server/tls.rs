//! TLS: the certificate and key of a server, read again when their files change.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use tokio::net::TcpStream;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
    server::TlsStream,
};

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often it is looked whether the files have changed.
const LOOK: Duration = Duration::from_secs(60);

/// The files of a certificate.
#[derive(Debug, Clone)]
pub struct Files {
    /// The certificate, with those between it and the root, in PEM.
    pub cert: PathBuf,
    /// Its key, in PEM.
    pub key: PathBuf,
}

/// Encrypts connections.
pub struct Tls {
    files: Files,
    now: Mutex<Now>,
}

struct Now {
    config: Arc<ServerConfig>,
    written: Option<SystemTime>,
    looked: Instant,
}

/// A file of a certificate that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", file.display())]
pub struct BadFile {
    /// The file.
    pub file: PathBuf,
    why: String,
}

fn bad(file: &Path, error: &dyn std::fmt::Display) -> std::io::Error {
    let bad = BadFile { file: file.into(), why: error.to_string() };
    std::io::Error::new(std::io::ErrorKind::InvalidInput, bad)
}

impl Files {
    /// When they were written last.
    fn written(&self) -> Option<SystemTime> {
        let of = |file: &Path| std::fs::metadata(file).and_then(|found| found.modified()).ok();
        of(&self.cert).max(of(&self.key))
    }

    fn read(&self) -> std::io::Result<Arc<ServerConfig>> {
        let certs = CertificateDer::pem_file_iter(&self.cert).map_err(|error| bad(&self.cert, &error))?;
        let certs: Vec<_> = certs.collect::<Result<_, _>>().map_err(|error| bad(&self.cert, &error))?;
        if certs.is_empty() {
            return Err(bad(&self.cert, &"there is no certificate in it"));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| bad(&self.key, &error))?;
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(certs, key)
            .map_err(|error| bad(&self.key, &error))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// A file that cannot be read, a key that does not belong to the certificate.
    pub fn open(files: Files) -> std::io::Result<Self> {
        let (written, config) = (files.written(), files.read()?);
        Ok(Self { files, now: Mutex::new(Now { config, written, looked: Instant::now() }) })
    }

    fn config(&self) -> Arc<ServerConfig> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if now.looked.elapsed() >= LOOK {
            now.looked = Instant::now();
            let written = self.files.written();
            if written != now.written {
                match self.files.read() {
                    Ok(config) => {
                        tracing::info!("the certificate was read again");
                        (now.config, now.written) = (config, written);
                    }
                    // One of the two may be there before the other.
                    Err(error) => tracing::warn!(%error, "the new certificate cannot be used; the old one stays"),
                }
            }
        }
        now.config.clone()
    }

    /// Encrypts a connection; nothing for whoever does not finish the handshake.
    pub async fn accept(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let acceptor = TlsAcceptor::from(self.config());
        tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await.ok()?.ok()
    }
}
