"""Every module of tests or benchmarks works on its own copy of the seeded database, and only it sees what it writes."""

import os
from collections.abc import Callable, Iterator

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from piano.settings import Settings
from tests.scratch import copied_database


def pytest_configure() -> None:
    if not os.environ.get("DATABASE_URL"):
        raise pytest.UsageError("DATABASE_URL is not set: it must name a seeded Piano database to copy.")


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with copied_database(os.environ["DATABASE_URL"]) as url:
        yield url


@pytest.fixture(scope="module")
def make_app() -> Callable[[str], Flask]:
    # Importing the module reads DATABASE_URL, so it waits until that is known to be set.
    from piano.app import create_app

    return lambda url: create_app(Settings(database_url=url, host="127.0.0.1", port=5000))


@pytest.fixture(scope="module")
def app(make_app: Callable[[str], Flask], database_url: str) -> Iterator[Flask]:
    app = make_app(database_url)
    yield app
    app.extensions["database"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def sql(database_url: str) -> Iterator[psycopg.Connection]:
    """A connection of the test's own, beside the application's."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection
