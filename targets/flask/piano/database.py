"""The engine with its connection pool, and the session of a request.

Nothing is connected until the first query, so an engine that was made before a fork shares no socket.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from flask import Flask, current_app, g
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session

from piano.connection import connect

TOTAL_CONNECTIONS = 16
IDLE_SECONDS_BEFORE_CHECK = 1.0
WAIT_SECONDS_FOR_CONNECTION = 30


class Database:
    """This process's engine. The total of connections is shared by all processes of one server."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine = _engine(url, TOTAL_CONNECTIONS)

    def share_among(self, processes: int) -> None:
        """Takes this process's part of the total; called by a worker before its first request."""
        self._engine = _engine(self._url, max(1, TOTAL_CONNECTIONS // processes))

    def session(self) -> Session:
        return Session(self._engine, expire_on_commit=False)

    def close(self) -> None:
        self._engine.dispose()


def attach(app: Flask, url: str) -> None:
    """Gives the application its database, and every request the end of its session."""
    app.extensions["database"] = Database(url)
    app.teardown_appcontext(_close_session)


def session() -> Session:
    """The session of the current request: one connection, taken from the pool by the first query.

    Each of its statements stands by itself, as a read needs no more; what belongs together is done in a `transaction`.
    """
    if "session" not in g:
        g.session = current_app.extensions["database"].session()
    return g.session


@contextmanager
def transaction(session: Session) -> Iterator[None]:
    """What is done inside happens as a whole or not at all. An error leaves the rollback to the end of the session."""
    session.commit()  # Gives back the connection of earlier reads, whose isolation level cannot be changed any more.
    session.connection(execution_options={"isolation_level": "READ COMMITTED"})
    yield
    session.commit()


def _close_session(_error: BaseException | None) -> None:
    opened = g.pop("session", None)
    if opened is not None:
        opened.close()


def _engine(url: str, connections: int) -> Engine:
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: connect(url),
        pool_size=connections,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS_FOR_CONNECTION,
        isolation_level="AUTOCOMMIT",  # BEGIN and ROLLBACK around every read would be two more round trips.
        hide_parameters=True,  # A logged error must not carry a user's token.
    )
    event.listen(engine, "checkin", _note_time)
    event.listen(engine, "checkout", _check_after_idling)
    return engine


def _note_time(_connection, record) -> None:
    record.info["idle_since"] = time.monotonic()


def _check_after_idling(connection, record, _fairy) -> None:
    """A connection that died while it lay idle (a restarted server) is replaced, not handed to a request.

    A busy one is not asked: it was in order a moment ago, and asking costs a round trip per request.
    """
    idle_since = record.info.get("idle_since")
    if idle_since is None or time.monotonic() - idle_since < IDLE_SECONDS_BEFORE_CHECK:
        return
    try:
        connection.execute("")  # An empty query: the server answers, and has nothing to execute.
    except psycopg.Error as error:
        raise InvalidatePoolError from error
