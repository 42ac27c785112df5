//! The servers that all generators drive: nginx, gunicorn and the engine's own null server, each on the first CPU.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pianoprof::load::NullServer;
use tempfile::TempDir;

/// The Flask target's interpreter, which has gunicorn.
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/targets/flask/.venv/bin/python");

/// A running server; it ends when dropped.
pub struct Server {
    pub name: &'static str,
    pub url: String,
    _running: Running,
}

#[expect(dead_code, reason = "held for the sake of dropping it")]
enum Running {
    Process(Process, TempDir),
    Null(NullServer),
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // TERM, so that a master takes its workers along.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

impl Server {
    /// Starts one after the other, each when the one before it is dropped.
    pub fn all() -> impl Iterator<Item = Result<Self, String>> {
        let starts: [fn() -> Result<Self, String>; 5] = [
            || nginx("nginx, 2 KB, keep-alive", "2k", "600"),
            || nginx("nginx, 100 KB, keep-alive", "100k", "600"),
            || nginx("nginx, 2 KB, closes after every answer", "2k", "0"),
            || gunicorn("gunicorn sync, 2 KB, closes after every answer"),
            || null("null server of the engine, 128 bytes, keep-alive"),
        ];
        starts.into_iter().map(|start| start())
    }
}

/// Binds the calling thread to one CPU, where there are two.
pub fn pin(cpu: usize) {
    // SAFETY: the set is valid when zeroed and outlives the call.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(cpu, &mut set);
        // Refused where that CPU is missing: everything is then where the kernel puts it.
        libc::sched_setaffinity(0, size_of_val(&set), &raw const set);
    }
}

fn nginx(name: &'static str, file: &str, keep_alive: &str) -> Result<Server, String> {
    let folder = folder();
    let at = folder.path().display();
    let port = free_port();
    for (file, size) in [("2k", 2 << 10), ("100k", 100 << 10)] {
        fs::write(folder.path().join(file), vec![b'x'; size]).unwrap();
    }
    let text = format!(
        "worker_processes 1; daemon off; pid {at}/pid; error_log {at}/errors;
         events {{ worker_connections 4096; }}
         http {{ access_log off; keepalive_requests 1000000000; keepalive_timeout {keep_alive};
           client_body_temp_path {at}/a; proxy_temp_path {at}/b; fastcgi_temp_path {at}/c; uwsgi_temp_path {at}/d;
           scgi_temp_path {at}/e; sendfile on; tcp_nopush on; root {at}; server {{ listen 127.0.0.1:{port}; }} }}"
    );
    fs::write(folder.path().join("nginx.conf"), text).unwrap();
    let mut command = Command::new("nginx");
    command.arg("-c").arg(folder.path().join("nginx.conf")).arg("-e").arg(folder.path().join("errors"));
    launch(name, command, folder, port, file)
}

fn gunicorn(name: &'static str) -> Result<Server, String> {
    if !Path::new(PYTHON).is_file() {
        return Err(format!("{name} needs `make setup`"));
    }
    let folder = folder();
    let port = free_port();
    let text = "BODY = b'x' * 2048\n\n\ndef app(environ, start):\n    start('200 OK', [('Content-Length', '2048')])\n    return [BODY]\n";
    fs::write(folder.path().join("app.py"), text).unwrap();
    let mut command = Command::new(PYTHON);
    command.args(["-m", "gunicorn", "--workers", "1", "--bind", &format!("127.0.0.1:{port}"), "app:app"]);
    launch(name, command, folder, port, "")
}

fn null(name: &'static str) -> Result<Server, String> {
    let before = Affinity::now();
    // The server's thread inherits the place; this one, which only waits, goes back to where it was.
    pin(0);
    let server = NullServer::start(128).map_err(|error| format!("{name}: {error}"))?;
    before.restore();
    Ok(Server { name, url: format!("http://{}/", server.address()), _running: Running::Null(server) })
}

fn launch(name: &'static str, mut command: Command, folder: TempDir, port: u16, path: &str) -> Result<Server, String> {
    command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // SAFETY: the closure makes one system call and touches no memory of this process.
    unsafe {
        command.pre_exec(|| {
            pin(0);
            Ok(())
        });
    }
    let process = Process(command.spawn().map_err(|error| format!("{name}: {error}"))?);
    let deadline = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if Instant::now() > deadline {
            return Err(format!("{name} does not listen on port {port}"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(Server { name, url: format!("http://127.0.0.1:{port}/{path}"), _running: Running::Process(process, folder) })
}

/// A folder that nginx's worker, which is nobody, can read.
fn folder() -> TempDir {
    use std::os::unix::fs::PermissionsExt;
    tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o755)).tempdir().unwrap()
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Where a thread may run.
struct Affinity(libc::cpu_set_t);

impl Affinity {
    fn now() -> Self {
        // SAFETY: the set is valid when zeroed and outlives the call.
        unsafe {
            let mut set: libc::cpu_set_t = std::mem::zeroed();
            libc::sched_getaffinity(0, size_of_val(&set), &raw mut set);
            Self(set)
        }
    }

    fn restore(&self) {
        // SAFETY: the set outlives the call.
        unsafe { libc::sched_setaffinity(0, size_of_val(&self.0), &raw const self.0) };
    }
}
