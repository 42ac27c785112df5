//! TLS over a non-blocking socket, behind the same two calls as plain TCP.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use nix::errno::Errno;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::endpoint::Endpoint;
use super::error::Error;
use super::poller::socket;

/// What every connection of a job shares.
#[derive(Clone, Debug)]
pub(super) struct TlsSetup {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl TlsSetup {
    /// `None` for an endpoint without TLS. Trusts the system's roots and those of the endpoint.
    pub fn of(endpoint: &Endpoint) -> Result<Option<Self>, Error> {
        let Some(host) = endpoint.tls_name() else { return Ok(None) };
        let wrong = |why: String| Error::Tls { host: host.to_owned(), why };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for certificate in endpoint.trusted() {
            roots.add(CertificateDer::from(certificate.clone())).map_err(|error| wrong(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(wrong("this machine has no root certificates".to_owned()));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let name = ServerName::try_from(host.to_owned()).map_err(|error| wrong(error.to_string()))?;
        Ok(Some(Self { config: Arc::new(config), name }))
    }

    /// A session for a new connection.
    pub fn session(&self) -> Result<Box<Tls>, Error> {
        let session = ClientConnection::new(self.config.clone(), self.name.clone())
            .map_err(|error| Error::Tls { host: self.name.to_str().into_owned(), why: error.to_string() })?;
        let mut tls = Box::new(Tls { session });
        tls.session.set_buffer_limit(None);
        Ok(tls)
    }
}

/// One TLS session.
#[derive(Debug)]
pub(super) struct Tls {
    session: ClientConnection,
}

impl Tls {
    /// Whether requests can travel.
    pub fn established(&self) -> bool {
        !self.session.is_handshaking()
    }

    /// Takes all of `bytes` (held until the handshake is done) and sends what the socket takes.
    pub fn send(&mut self, fd: &OwnedFd, bytes: &[u8]) -> Result<usize, Errno> {
        self.session.writer().write_all(bytes).map_err(|_| Errno::EPIPE)?;
        self.flush(fd)?;
        Ok(bytes.len())
    }

    /// Sends what is held; true when nothing is left.
    pub fn flush(&mut self, fd: &OwnedFd) -> Result<bool, Errno> {
        while self.session.wants_write() {
            match self.session.write_tls(&mut Raw(fd)) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(errno(&error)),
            }
        }
        Ok(true)
    }

    /// Decrypts into `buffer`. `EAGAIN` when nothing is there, `EPROTO` when the peer does not keep to TLS or is not trusted.
    pub fn recv(&mut self, fd: &OwnedFd, buffer: &mut [u8]) -> Result<usize, Errno> {
        loop {
            match self.session.reader().read(buffer) {
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // A close without close_notify: the parser knows whether the answer was whole.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                Err(error) => return Err(errno(&error)),
            }
            match self.session.read_tls(&mut Raw(fd)) {
                Ok(0) if self.session.is_handshaking() => return Ok(0),
                Ok(_) => {}
                Err(error) => return Err(errno(&error)),
            }
            let processed = self.session.process_new_packets();
            self.flush(fd)?;
            processed.map_err(|_| Errno::EPROTO)?;
        }
    }
}

fn errno(error: &io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}

/// A borrowed socket as a reader and writer.
struct Raw<'a>(&'a OwnedFd);

impl Read for Raw<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(socket::recv(self.0, buffer)?)
    }
}

impl Write for Raw<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(socket::send(self.0, bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
