"""The bearer token: which headers carry one, which endpoints ask, and what is checked after it."""

import pytest

from tests.contract import ME, OPEN_ROUTES, PROTECTED_ROUTES, assert_error, assert_invalid

REFUSED = [
    "",
    "Bearer",
    "Bearer ",
    "Bearer  piano-token-1",
    "Bearer\tpiano-token-1",
    "Bearer piano-token-1 more",
    "Bearer piano-token-0",
    "Bearer PIANO-TOKEN-1",
    "Bearer \xff\xfe",
    "Basic piano-token-1",
    "Bearerpiano-token-1",
    "piano-token-1",
]


@pytest.mark.parametrize(("method", "path"), PROTECTED_ROUTES)
def test_protected_routes_ask_for_a_token(client, method, path):
    assert_error(client.open(path, method=method), 401, "unauthorized")


@pytest.mark.parametrize("header", REFUSED)
def test_other_headers_are_refused(client, header):
    response = client.get("/api/piano/progress", headers={"Authorization": header})
    assert_error(response, 401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_has_no_case(client, scheme):
    response = client.get("/api/piano/progress", headers={"Authorization": f"{scheme} piano-token-1"})
    assert response.json["user_id"] == 1


def test_a_token_beyond_ascii(client, sql):
    sql.execute("UPDATE users SET token = 'schlüssel' WHERE id = 3")
    header = "Bearer schlüssel".encode().decode("latin-1")
    assert client.get("/api/piano/progress", headers={"Authorization": header}).json["user_id"] == 3


@pytest.mark.parametrize(("method", "path"), OPEN_ROUTES)
@pytest.mark.parametrize("header", ["Bearer nobody", "nonsense"])
def test_open_routes_ignore_the_header(client, method, path, header):
    assert client.open(path, method=method, headers={"Authorization": header}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/api/piano/exercises/zero"),
        ("DELETE", "/api/piano/exercises/0"),
        ("GET", "/api/piano/exercises/x/stats"),
        ("GET", "/api/piano/attempts?page=x"),
        ("POST", "/api/piano/attempts"),
        ("POST", "/api/piano/exercises"),
    ],
)
def test_the_token_is_checked_before_ids_queries_and_bodies(client, method, path):
    wrong = b"{" if method in ("PUT", "POST") else b""
    assert_error(client.open(path, method=method, data=wrong), 401, "unauthorized")
    assert_invalid(client.open(path, method=method, data=wrong, headers=ME))
    huge = b"x" * (1024 * 1024 + 1)
    assert_error(client.open(path, method=method, data=huge), 401, "unauthorized")
