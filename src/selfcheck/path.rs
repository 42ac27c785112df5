//! The way there and back, which every latency contains and no server's account of itself does.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::process::{Command, Supervised, launch};
use crate::target::port;

/// Round trips of which the median is taken.
const TRIPS: usize = 50;
/// What the server keeps each request: long enough for every processor to fall asleep, as it does in a session.
const KEPT: Duration = Duration::from_millis(5);
/// How long the server may take to listen.
const PATIENCE: Duration = Duration::from_secs(5);

/// The median of what a round trip takes beside the time that the server keeps the request, us, by a plain blocking client:
/// not by the engine, whose figures it is to be set beside. What the server prints goes into `folder`. 0 where it cannot be
/// had.
pub(super) fn round_trip_us(program: &Path, folder: &Path) -> f64 {
    let mut trips = trips(program, folder).unwrap_or_default();
    trips.sort();
    trips.get(trips.len() / 2).map_or(0.0, |trip| trip.saturating_sub(KEPT).as_secs_f64() * 1e6)
}

fn trips(program: &Path, folder: &Path) -> io::Result<Vec<Duration>> {
    let (_server, mut stream) = server(program, folder)?;
    stream.set_nodelay(true)?;
    let mut answer = [0; 4096];
    let mut trip = || -> io::Result<Duration> {
        let sent = Instant::now();
        stream.write_all(b"GET /wait HTTP/1.1\r\nHost: path\r\n\r\n")?;
        let count = stream.read(&mut answer)?;
        if count == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(sent.elapsed()) }
    };
    (0..TRIPS).map(|_| trip()).collect()
}

/// A known-truth server, ended when it is dropped, and a connection to it.
fn server(program: &Path, folder: &Path) -> io::Result<(Supervised, TcpStream)> {
    let address = format!("127.0.0.1:{}", port::free().map_err(io::Error::other)?);
    let kept = format!("1x{}us", KEPT.as_micros());
    let words = [super::SERVER, "--listen", &address, "--service-mix", &kept];
    let argv = [program.display().to_string()].into_iter().chain(words.map(str::to_owned));
    let command = Command {
        argv: argv.collect(),
        dir: folder.to_owned(),
        inherit: None,
        env: Vec::new(),
        stdout: folder.join("path.stdout"),
        stderr: folder.join("path.stderr"),
        cpus: None,
        user: None,
    };
    let server = launch(program, &command).map_err(io::Error::other)?;
    let begun = Instant::now();
    loop {
        match TcpStream::connect(&address) {
            Err(_) if begun.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(1)),
            connected => return connected.map(|stream| (server, stream)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_server_there_is_no_way_to_measure() {
        let folder = tempfile::tempdir().unwrap();
        assert!(round_trip_us(Path::new("/no/such/program"), folder.path()).abs() < f64::EPSILON);
    }
}
