"""The database away, back again, or set up oddly: 500 without the cause, then service as before."""

import os
from contextlib import ExitStack

import pytest
from sqlalchemy import exc

from piano import database
from tests.contract import ME, assert_error
from tests.scratch import administer, copied_database

PATH = "/api/piano/exercises/1"


@pytest.fixture
def own_url():
    with copied_database(os.environ["DATABASE_URL"]) as url:
        yield url


@pytest.fixture
def own_client(make_app, own_url):
    app = make_app(own_url)
    yield app.test_client()
    app.extensions["database"].close()


def disconnect_all(url):
    name = url.rpartition("/")[2]
    administer(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


def test_a_database_error_is_logged_and_not_told(own_client, own_url, caplog):
    name = own_url.rpartition("/")[2]
    assert own_client.get(PATH).status_code == 200
    administer(own_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    disconnect_all(own_url)
    for path in (PATH, "/api/piano/progress", PATH):
        response = own_client.get(path, headers=ME)
        assert_error(response, 500, "internal")
        for cause in ("psycopg", "SQL", "Operational", "connection", name, "piano-token"):
            assert cause not in response.text
    assert own_client.get("/health").status_code == 200
    assert "OperationalError" in caplog.text
    assert "piano-token" not in caplog.text
    administer(own_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert own_client.get(PATH).status_code == 200


def test_connections_that_died_idle_are_replaced_unseen(own_client, own_url, monkeypatch):
    monkeypatch.setattr(database, "IDLE_SECONDS_BEFORE_CHECK", 0)
    assert own_client.get(PATH).status_code == 200
    disconnect_all(own_url)
    assert own_client.get(PATH).status_code == 200


def test_connections_that_died_busy_fail_once(own_client, own_url, monkeypatch):
    monkeypatch.setattr(database, "IDLE_SECONDS_BEFORE_CHECK", 3600)
    assert own_client.get(PATH).status_code == 200
    disconnect_all(own_url)
    assert_error(own_client.get(PATH), 500, "internal")
    assert own_client.get(PATH).status_code == 200


def test_the_time_zone_of_the_session_does_not_matter(own_client, own_url):
    here = own_client.get(PATH).json
    administer(own_url, f"ALTER DATABASE {own_url.rpartition('/')[2]} SET timezone = 'Asia/Kathmandu'")
    disconnect_all(own_url)
    own_client.get(PATH)
    assert own_client.get(PATH).json == here


def test_any_exception_is_a_json_500(app, client, monkeypatch):
    def fail(**_arguments):
        raise RuntimeError("the secret cause")

    monkeypatch.setitem(app.view_functions, "health.healthy", fail)
    response = client.get("/health")
    assert_error(response, 500, "internal")
    assert "secret" not in response.text


@pytest.mark.parametrize(("processes", "connections"), [(1, 16), (3, 5), (4, 4), (16, 1), (40, 1)])
def test_each_process_takes_its_part_of_sixteen_and_no_more(own_url, monkeypatch, processes, connections):
    monkeypatch.setattr(database, "WAIT_SECONDS_FOR_CONNECTION", 0)
    own = database.Database(own_url)
    own.share_among(processes)
    with ExitStack() as opened:
        for _ in range(connections):
            opened.enter_context(own.session()).connection()
        with own.session() as one_more, pytest.raises(exc.TimeoutError):
            one_more.connection()
    own.close()
