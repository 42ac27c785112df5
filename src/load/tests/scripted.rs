//! A server that does what a test says, byte for byte.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};

use crate::load::Endpoint;

/// What the server does after a request.
#[derive(Clone, Debug)]
pub enum Act {
    Send(Vec<u8>),
    Pause(Duration),
    /// FIN, after which nothing more is read.
    Close,
    /// RST.
    Reset,
    /// Never answers, and holds the connection.
    Silence,
}

/// A text to send.
pub fn send(text: &str) -> Act {
    Act::Send(text.as_bytes().to_vec())
}

/// `200` with that body.
pub fn ok(body: &str) -> Act {
    send(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}

/// Decides by the number of the connection and of the request on it, both from 0.
type Script = dyn Fn(u64, u64) -> Vec<Act> + Send + Sync;

/// The server; it stops listening when dropped.
pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Seen>,
    stop: Arc<AtomicBool>,
}

#[derive(Default)]
struct Seen {
    connections: AtomicU64,
    /// Connections open now, and the most there ever were.
    open: AtomicU64,
    most: AtomicU64,
    requests: AtomicU64,
    /// The text of each request, head and body.
    texts: Mutex<Vec<String>>,
}

impl Server {
    pub fn start(script: impl Fn(u64, u64) -> Vec<Act> + Send + Sync + 'static) -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST, script)
    }

    pub fn start_at(host: Ipv4Addr, script: impl Fn(u64, u64) -> Vec<Act> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((host, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, stop) = (Arc::new(Seen::default()), Arc::new(AtomicBool::new(false)));
        let (counts, ended) = (seen.clone(), stop.clone());
        let script: Arc<Script> = Arc::new(script);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(SeqCst) {
                    return;
                }
                let (counts, script) = (counts.clone(), script.clone());
                let number = counts.connections.fetch_add(1, SeqCst);
                counts.most.fetch_max(counts.open.fetch_add(1, SeqCst) + 1, SeqCst);
                thread::spawn(move || {
                    serve(stream.unwrap(), number, &counts, &*script);
                    counts.open.fetch_sub(1, SeqCst);
                });
            }
        });
        Self { address, seen, stop }
    }

    /// One that always does the same.
    pub fn always(acts: Vec<Act>) -> Self {
        Self::start(move |_, _| acts.clone())
    }

    pub fn endpoint(&self) -> Endpoint {
        Endpoint::at(self.address)
    }

    pub fn connections(&self) -> u64 {
        self.seen.connections.load(SeqCst)
    }

    /// The most connections that were open at once.
    pub fn most_connections(&self) -> u64 {
        self.seen.most.load(SeqCst)
    }

    pub fn requests(&self) -> u64 {
        self.seen.requests.load(SeqCst)
    }

    pub fn texts(&self) -> Vec<String> {
        self.seen.texts.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut stream: TcpStream, connection: u64, seen: &Seen, script: &Script) {
    stream.set_nodelay(true).unwrap();
    for request in 0.. {
        let Some(text) = read_request(&mut stream) else { return };
        seen.requests.fetch_add(1, SeqCst);
        seen.texts.lock().unwrap().push(text);
        for act in script(connection, request) {
            match act {
                Act::Send(bytes) => {
                    if stream.write_all(&bytes).is_err() {
                        return;
                    }
                }
                Act::Pause(duration) => thread::sleep(duration),
                Act::Close => {
                    let _ = stream.shutdown(Shutdown::Write);
                    let _ = stream.read_to_end(&mut Vec::new());
                    return;
                }
                Act::Reset => {
                    let linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };
                    setsockopt(&stream, sockopt::Linger, &linger).unwrap();
                    return;
                }
                Act::Silence => {
                    let _ = stream.read_to_end(&mut Vec::new());
                    return;
                }
            }
        }
    }
}

fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 << 10];
    loop {
        if let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
            let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
            let body: usize = length.map_or(0, |length| length.parse().unwrap());
            if bytes.len() >= head + 4 + body {
                return Some(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}
