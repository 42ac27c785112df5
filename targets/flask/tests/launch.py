"""Both launches of the application as real processes, and raw HTTP to them."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.waiting import PATIENCE_SECONDS, wait_until

HOME = Path(__file__).parent.parent
GUNICORN = ["-m", "gunicorn", "--workers=4", "--no-control-socket", "piano.app:app"]
OWN_SERVER = ["-m", "piano.app"]


@dataclass
class Server:
    process: subprocess.Popen[str]
    port: int

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)

    def exchange(self, request: bytes) -> bytes:
        """Sends all of the request before it reads any of the answer, as a simple client does."""
        with self.connect() as connection:
            connection.sendall(request)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
            return answer

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.process.communicate()
        try:
            return self.exchange(b"GET /health HTTP/1.1\r\nHost: piano\r\n\r\n").startswith(b"HTTP/1.1 200 ")
        except OSError:
            return False


def start(arguments: list[str], **environment: str) -> Server:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "HOST", "PORT")}
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=HOME,
        env=inherited | {"PORT": str(port)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    return Server(process, port)


@contextmanager
def running(arguments: list[str], database_url: str) -> Iterator[Server]:
    """Killed on the way out with all its workers, if it has not ended by then."""
    server = start(arguments, DATABASE_URL=database_url)
    try:
        wait_until(server.is_ready)
        yield server
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()
        for pipe in (server.process.stdout, server.process.stderr):
            pipe.close()
