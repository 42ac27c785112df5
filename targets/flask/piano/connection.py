"""One connection to PostgreSQL, and the check at start that there can be one.

Knows the driver only: gunicorn's master makes the check before it forks, and has no need of the ORM for it.
"""

import psycopg

CONNECT_TIMEOUT_SECONDS = 5


class DatabaseUnreachable(Exception):  # noqa: N818, a state of the world and not a mistake
    """No connection could be made; the message is one line."""


def connect(url: str) -> psycopg.Connection:
    """The URL goes to libpq as it is, so that every form PostgreSQL documents works."""
    return psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT_SECONDS)


def check_database(url: str) -> None:
    """Opens one connection and closes it again."""
    try:
        connect(url).close()
    except psycopg.Error as error:
        cause = " ".join(str(error).split())
        raise DatabaseUnreachable(f"cannot reach the database: {cause}") from error
