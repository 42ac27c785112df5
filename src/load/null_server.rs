//! A server that does nothing but answer: what the generator can do at most, and the floor of the network.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;

use super::error::Error;
use super::poller::Poller;

/// How often the server looks whether it shall end.
const PATIENCE: Duration = Duration::from_millis(20);
const LISTENER: u64 = u64::MAX;

/// How a null server goes about its connections, and where it runs.
#[derive(Clone, Debug, Default)]
pub(super) struct ServerStyle {
    /// Whether it closes each connection after one answer.
    pub closes: bool,
    /// CPUs that it may run on; `None` leaves that to the kernel.
    pub cpus: Option<Vec<usize>>,
}

/// A running null server on a free port of 127.0.0.1; it ends when dropped.
#[derive(Debug)]
pub struct NullServer {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl NullServer {
    /// Starts one whose answers have `body` bytes. Requests must come one at a time on each connection and fit into one
    /// piece, which those of the engine do.
    ///
    /// # Errors
    /// When no socket can be had.
    pub fn start(body: usize) -> Result<Self, Error> {
        Self::start_as(body, ServerStyle::default())
    }

    /// The same in that style.
    pub(super) fn start_as(body: usize, style: ServerStyle) -> Result<Self, Error> {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::system("listen for the null server"))?;
        let address = listener.local_addr().map_err(Error::system("listen for the null server"))?;
        listener.set_nonblocking(true).map_err(Error::system("listen for the null server"))?;
        let poller = Poller::new()?;
        poller.add(listener.as_fd(), LISTENER, false)?;
        let connection = if style.closes { "close" } else { "keep-alive" };
        let mut answer =
            format!("HTTP/1.1 200 OK\r\nConnection: {connection}\r\nContent-Length: {body}\r\n\r\n").into_bytes();
        answer.resize(answer.len() + body, b'x');
        let stop = Arc::new(AtomicBool::new(false));
        let seen = stop.clone();
        let thread = thread::Builder::new()
            .name("null-server".to_owned())
            .spawn(move || {
                confine(style.cpus.as_deref());
                serve(&listener, poller, &Answer { bytes: answer, closes: style.closes }, &seen);
            })
            .map_err(Error::system("start the null server"))?;
        Ok(Self { address, stop, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for NullServer {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
        // Somebody at the door wakes it; without that it looks a little later.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            // The thread returns nothing; a panic in it has been printed.
            let _ = thread.join();
        }
    }
}

/// What every request gets.
struct Answer {
    bytes: Vec<u8>,
    closes: bool,
}

/// Keeps the calling thread on these CPUs.
fn confine(cpus: Option<&[usize]>) {
    let mut set = CpuSet::new();
    let known = cpus.unwrap_or_default().iter().filter(|cpu| set.set(**cpu).is_ok()).count();
    if known > 0 {
        // Where that is refused it runs anywhere, and answers all the same.
        let _ = sched_setaffinity(Pid::from_raw(0), &set);
    }
}

fn serve(listener: &TcpListener, mut poller: Poller, answer: &Answer, stop: &AtomicBool) {
    // By file descriptor, which is also the token.
    let mut clients: Vec<Option<TcpStream>> = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    while !stop.load(SeqCst) {
        let Ok(count) = poller.wait(PATIENCE) else { return };
        for index in 0..count {
            let (token, _) = poller.event(index);
            if token == LISTENER {
                accept(listener, &poller, &mut clients);
                continue;
            }
            let place = usize::try_from(token).unwrap_or(usize::MAX);
            let Some(client) = clients.get_mut(place) else { continue };
            let alive = match client {
                Some(stream) => exchange(stream, &mut buffer, answer),
                None => true,
            };
            if !alive {
                *client = None;
            }
        }
    }
}

fn accept(listener: &TcpListener, poller: &Poller, clients: &mut Vec<Option<TcpStream>>) {
    while let Ok((stream, _)) = listener.accept() {
        let Ok(place) = usize::try_from(stream.as_raw_fd()) else { continue };
        let ready = stream.set_nonblocking(true).is_ok()
            && stream.set_nodelay(true).is_ok()
            && poller.add(stream.as_fd(), place as u64, false).is_ok();
        if ready {
            clients.resize_with(clients.len().max(place + 1), || None);
            clients[place] = Some(stream);
        }
    }
}

/// One request and its answer; false when the connection is over.
fn exchange(stream: &mut TcpStream, buffer: &mut [u8], answer: &Answer) -> bool {
    match stream.read(buffer) {
        Ok(0) => false,
        Ok(count) if buffer[..count].ends_with(b"\r\n\r\n") => send_whole(stream, &answer.bytes) && !answer.closes,
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
    }
}

/// A large answer may not fit into the socket at once.
fn send_whole(stream: &mut TcpStream, mut rest: &[u8]) -> bool {
    while !rest.is_empty() {
        match stream.write(rest) {
            Ok(count) => rest = &rest[count..],
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => thread::yield_now(),
            Err(_) => return false,
        }
    }
    true
}
