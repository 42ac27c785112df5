"""An application that mostly waits, as one does that asks a database or another service: 20 ms, then a short answer."""

import time

ANSWER = b"done\n"
HEADERS = [("Content-Type", "text/plain"), ("Content-Length", str(len(ANSWER)))]


def app(_environ, start_response):
    time.sleep(0.020)
    start_response("200 OK", HEADERS)
    return [ANSWER]
