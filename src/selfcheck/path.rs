//! The way there and back, which every latency contains and no server's account of itself does.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::load::NullServer;

/// Round trips of which the median is taken.
const TRIPS: usize = 100;
/// Between two of them, as between two requests of the session: a processor that sleeps wakes up late.
const PAUSE: Duration = Duration::from_millis(2);

/// The median round trip to a server that answers at once, us, by a plain blocking client: not by the engine, whose
/// figures it is to be set beside. 0 where no socket can be had.
pub(super) fn round_trip_us() -> f64 {
    let mut trips = trips().unwrap_or_default();
    trips.sort();
    trips.get(trips.len() / 2).map_or(0.0, |trip| trip.as_secs_f64() * 1e6)
}

fn trips() -> std::io::Result<Vec<Duration>> {
    let server = NullServer::start(64).map_err(std::io::Error::other)?;
    let mut stream = TcpStream::connect(server.address())?;
    stream.set_nodelay(true)?;
    let mut answer = [0; 4096];
    let mut trip = || -> std::io::Result<Duration> {
        std::thread::sleep(PAUSE);
        let sent = Instant::now();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: null\r\n\r\n")?;
        let count = stream.read(&mut answer)?;
        if count == 0 { Err(std::io::ErrorKind::UnexpectedEof.into()) } else { Ok(sent.elapsed()) }
    };
    (0..TRIPS).map(|_| trip()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_way_and_it_takes_time() {
        let floor = round_trip_us();
        assert!(floor > 1.0 && floor < 1e6, "{floor} us");
    }
}
