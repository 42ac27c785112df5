"""The file www/index.html over HTTP/1.1 with keep-alive, and nothing else: `tiny.py HOST PORT`."""

import asyncio
import signal
import sys
from pathlib import Path

BODY = (Path(__file__).parent / "www" / "index.html").read_bytes()
HEAD = f"HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: {len(BODY)}\r\n\r\n"
FOUND = (HEAD % "200 OK").encode() + BODY


class Connection(asyncio.Protocol):
    """Answers every head of a request with the file, whatever its path; requests with a body are not for this server."""

    def connection_made(self, transport):
        self.transport = transport
        self.read = b""

    def data_received(self, data):
        *heads, self.read = (self.read + data).split(b"\r\n\r\n")
        self.transport.write(FOUND * len(heads))
        if len(self.read) > 65536:
            self.transport.close()


async def main(host, port):
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = await loop.create_server(Connection, host, port)
    await stopped.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
