"""What only a real server shows: start, stop, sockets and the pool."""

import json
import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.contract import ATTEMPT
from tests.launch import GUNICORN, OWN_SERVER, running, start
from tests.scratch import copied_database
from tests.waiting import PATIENCE_SECONDS, wait_until_blocked

LIMIT = 1024 * 1024
LAUNCHES = pytest.mark.parametrize("launch", [GUNICORN, OWN_SERVER], ids=["gunicorn", "own server"])


@pytest.fixture(scope="module", params=[GUNICORN, OWN_SERVER], ids=["gunicorn", "own server"])
def server(request, database_url):
    with running(request.param, database_url) as server:
        yield server


def post(body, *headers, path="/api/piano/attempts", user="piano-token-1"):
    lines = [f"POST {path} HTTP/1.1", "Host: piano", f"Authorization: Bearer {user}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def sized(body, **arguments):
    return post(body, f"Content-Length: {len(body)}", **arguments)


def chunked(body, size=40_000):
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return post(framed + b"0\r\n\r\n", "Transfer-Encoding: chunked")


def assert_status(answer, status, code=None):
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer
    if code:
        assert json.loads(body)["error"]["code"] == code


@pytest.mark.parametrize("framed", [sized, chunked])
def test_bodies_of_either_framing(server, framed):
    valid = json.dumps(ATTEMPT).encode()
    assert_status(server.exchange(framed(valid)), 201)
    assert_status(server.exchange(framed(valid.ljust(LIMIT))), 201)
    assert_status(server.exchange(framed(b"x" * LIMIT)), 400, "invalid_request")
    assert_status(server.exchange(framed(b"")), 400, "invalid_request")


@pytest.mark.parametrize("framed", [sized, chunked])
@pytest.mark.parametrize("size", [LIMIT + 1, 7 * LIMIT])
def test_a_client_that_is_still_sending_sees_the_413(server, framed, size):
    assert_status(server.exchange(framed(b"x" * size)), 413, "payload_too_large")


def test_a_client_that_is_still_sending_sees_any_early_error(server):
    body = b"x" * (3 * LIMIT)
    assert_status(server.exchange(sized(body, user="nobody")), 401, "unauthorized")
    assert_status(server.exchange(sized(body, path="/nowhere")), 404, "not_found")
    assert_status(server.exchange(sized(body, path="/health")), 405, "method_not_allowed")


@pytest.mark.parametrize("broken", [b"zz\r\nx\r\n0\r\n\r\n", b"5\r\n{}"])
def test_a_body_that_breaks_off_is_the_clients_mistake(server, broken):
    with server.connect() as connection:
        connection.sendall(post(broken, "Transfer-Encoding: chunked"))
        connection.shutdown(socket.SHUT_WR)
        assert_status(connection.makefile("rb").read(), 400, "invalid_request")


def test_no_content_has_neither_body_nor_type(server):
    head = b"DELETE /api/piano/progress HTTP/1.1\r\nHost: piano\r\nAuthorization: Bearer piano-token-9\r\n\r\n"
    answer = server.exchange(head)
    assert_status(answer, 204)
    assert answer.endswith(b"\r\n\r\n")
    assert b"content-type" not in answer.lower()


# Threads, which the ordinary launch has not, make a worker want more than its part; 48 requests fill all four alike.
THREADED = [*GUNICORN, "--threads=8", "--worker-connections=12"]


@pytest.mark.parametrize("launch", [THREADED, OWN_SERVER], ids=["gunicorn", "own server"])
def test_all_processes_together_hold_sixteen_connections(launch):
    request = b"GET /api/piano/leaderboard HTTP/1.1\r\nHost: piano\r\n\r\n"
    with (
        copied_database(os.environ["DATABASE_URL"]) as url,
        running(launch, url) as server,
        psycopg.connect(url) as locking,
        psycopg.connect(url, autocommit=True) as watching,
    ):
        locking.execute("LOCK TABLE piano_attempts")
        with ThreadPoolExecutor(48) as threads:
            answers = [threads.submit(server.exchange, request) for _ in range(48)]
            try:
                wait_until_blocked(watching, connections=16)
            finally:
                locking.rollback()
            for answer in answers:
                assert_status(answer.result(), 200)
        clients = "datname = current_database() AND backend_type = 'client backend' AND pid <> ALL(%s)"
        ours = [locking.info.backend_pid, watching.info.backend_pid]
        held = watching.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {clients}", [ours])
        assert held.fetchone() == (16,)


@LAUNCHES
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_graceful_and_silent(launch, stop, database_url):
    with running(launch, database_url) as server:
        server.process.send_signal(stop)
        assert server.process.communicate(timeout=PATIENCE_SECONDS) == ("", "")
        assert server.process.returncode == 0


@LAUNCHES
@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "piano: DATABASE_URL is not set"),
        ({"DATABASE_URL": "mysql://localhost"}, "piano: DATABASE_URL must start with"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "piano: cannot reach the database"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "PORT": "http"}, "piano: PORT must be"),
    ],
)
def test_a_start_that_cannot_succeed_ends_with_one_line(launch, environment, sentence):
    server = start(launch, **environment)
    output, errors = server.process.communicate(timeout=PATIENCE_SECONDS)
    assert (server.process.returncode, output) == (1, "")
    assert errors.startswith(sentence)
    assert errors.count("\n") == 1
