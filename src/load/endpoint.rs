//! Where a server is: TCP over IPv4 or IPv6, with or without TLS, or a Unix socket.

use std::fmt;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use super::error::Error;

/// A server's place, its addresses resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    place: Place,
    /// The value of `Host`.
    host_header: String,
    /// The name that the certificate must have; `None` is plain HTTP.
    tls_name: Option<String>,
    /// Certificates (DER) trusted beside those of the system.
    trusted: Vec<Vec<u8>>,
}

/// Where to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Every address of the host, in the resolver's order; never empty.
    Tcp(Vec<SocketAddr>),
    /// A Unix socket's path.
    Unix(PathBuf),
}

/// How long one address of several may take when the answering one is looked for.
const PROBE: Duration = Duration::from_secs(1);

impl Endpoint {
    /// Reads `http://host[:port]`, `https://host[:port]` or `unix:/path` and resolves the host.
    ///
    /// # Errors
    /// When the text is none of these, carries a path, or the host has no address.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |why: &str| Error::Endpoint { url: text.to_owned(), why: why.to_owned() };
        if let Some(path) = text.strip_prefix("unix:") {
            if !path.starts_with('/') {
                return Err(wrong("the path of a Unix socket must be absolute, as in `unix:/run/app.sock`"));
            }
            let place = Place::Unix(PathBuf::from(path));
            return Ok(Self { place, host_header: "localhost".to_owned(), tls_name: None, trusted: Vec::new() });
        }
        let url = url::Url::parse(text).map_err(|error| wrong(&format!("{error}; use http://host:port")))?;
        let tls = match url.scheme() {
            "http" => false,
            "https" => true,
            other => return Err(wrong(&format!("the scheme `{other}` is not http, https or unix"))),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("a path belongs to the request, not to the server"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("credentials belong in an Authorization header of the request"));
        }
        let host = url.host_str().ok_or_else(|| wrong("it has no host"))?;
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let port = url.port_or_known_default().ok_or_else(|| wrong("it has no port"))?;
        let resolve = |source| Error::Resolve { host: name.to_owned(), source };
        let addresses: Vec<SocketAddr> = (name, port).to_socket_addrs().map_err(resolve)?.collect();
        if addresses.is_empty() {
            return Err(wrong("the host has no address"));
        }
        let host_header = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let tls_name = tls.then(|| name.to_owned());
        Ok(Self { place: Place::Tcp(addresses), host_header, tls_name, trusted: Vec::new() })
    }

    /// Plain HTTP at one address.
    #[must_use]
    pub fn at(address: SocketAddr) -> Self {
        Self { place: Place::Tcp(vec![address]), host_header: address.to_string(), tls_name: None, trusted: Vec::new() }
    }

    /// The same server, with one more trusted certificate (DER) for TLS.
    #[must_use]
    pub fn trusting(mut self, certificate: Vec<u8>) -> Self {
        self.trusted.push(certificate);
        self
    }

    /// The value of the `Host` header.
    #[must_use]
    pub fn host_header(&self) -> &str {
        &self.host_header
    }

    /// Where to connect.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The name that the server's certificate must have; `None` for plain HTTP.
    #[must_use]
    pub fn tls_name(&self) -> Option<&str> {
        self.tls_name.as_deref()
    }

    /// Certificates (DER) trusted beside those of the system.
    #[must_use]
    pub fn trusted(&self) -> &[Vec<u8>] {
        &self.trusted
    }

    /// The address that answers: of several (`localhost` is often two) the first that accepts a connection, else the first.
    pub(super) fn pick(&self) -> Option<SocketAddr> {
        match &self.place {
            Place::Unix(_) => None,
            Place::Tcp(addresses) if addresses.len() == 1 => addresses.first().copied(),
            Place::Tcp(addresses) => {
                let answers = |address: &&SocketAddr| TcpStream::connect_timeout(address, PROBE).is_ok();
                addresses.iter().find(answers).or(addresses.first()).copied()
            }
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Unix(path) => write!(f, "unix:{}", path.display()),
            Place::Tcp(_) if self.tls_name.is_some() => write!(f, "https://{}", self.host_header),
            Place::Tcp(_) => write!(f, "http://{}", self.host_header),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written_back() {
        for (text, header) in [
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
            ("http://[::1]:80", "[::1]"),
            ("https://127.0.0.1", "127.0.0.1"),
            ("http://localhost:5000", "localhost:5000"),
            ("unix:/run/app.sock", "localhost"),
        ] {
            let endpoint = Endpoint::parse(text).expect(text);
            assert_eq!(endpoint.host_header(), header);
            assert_eq!(Endpoint::parse(&endpoint.to_string()).expect("its own form"), endpoint);
        }
    }

    #[test]
    fn what_is_no_server_is_refused_with_a_reason() {
        for (text, reason) in [
            ("127.0.0.1:80", "http://host:port"),
            ("ftp://127.0.0.1", "`ftp`"),
            ("http://127.0.0.1/list", "path"),
            ("http://me:pw@127.0.0.1", "credentials"),
            ("unix:run", "absolute"),
        ] {
            let message = Endpoint::parse(text).expect_err(text).to_string();
            assert!(message.contains(reason), "{message}");
        }
    }
}
