"""Waiting for another process or thread to get somewhere, without waiting for ever."""

import time
from collections.abc import Callable

import psycopg

PATIENCE_SECONDS = 30


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def wait_until_blocked(watching: psycopg.Connection, connections: int = 1) -> None:
    """Until so many connections to this database wait for a lock that another one holds."""
    blocked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    wait_until(lambda: watching.execute(blocked).fetchone()[0] >= connections)
