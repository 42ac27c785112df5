"""Flask's own threaded server, the second way to launch the application."""

import signal

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from piano.settings import Settings


class RequestHandler(WSGIRequestHandler):
    """Keeps no access log, and waits for a silent client no longer than this many seconds."""

    timeout = 5

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def serve(app: Flask, settings: Settings) -> None:
    """Returns after TERM or INT, when the requests under way are answered."""
    server = make_server(settings.host, settings.port, app, threaded=True, request_handler=RequestHandler)
    server.daemon_threads = False
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, signal.default_int_handler)
    server.serve_forever()
