"""Throwaway copies of the seeded database, on the server that holds it."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg


@contextmanager
def copied_database(seeded_url: str) -> Iterator[str]:
    """The URL of a copy, which is dropped on the way out, whoever is still connected to it."""
    name = f"piano_test_{uuid.uuid4().hex}"
    template = urlsplit(seeded_url).path.removeprefix("/")
    administer(seeded_url, f'CREATE DATABASE {name} TEMPLATE "{template}"')
    try:
        yield url_of(seeded_url, name)
    finally:
        administer(seeded_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def administer(url: str, statement: str) -> None:
    with psycopg.connect(url_of(url, "postgres"), autocommit=True) as connection:
        connection.execute(statement)


def url_of(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()
