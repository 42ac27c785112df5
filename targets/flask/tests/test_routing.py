"""Which paths and methods exist; everything else is a JSON 404 or 405."""

import pytest

from tests.contract import OPEN_ROUTES, PROTECTED_ROUTES, assert_error, assert_not_found

ALLOWED = {
    "/health": "GET, HEAD",
    "/api/piano/exercises": "GET, HEAD, POST",
    "/api/piano/exercises/1": "DELETE, GET, HEAD, PUT",
    "/api/piano/exercises/1/attempts": "GET, HEAD",
    "/api/piano/exercises/1/stats": "GET, HEAD",
    "/api/piano/attempts": "GET, HEAD, POST",
    "/api/piano/progress": "DELETE, GET, HEAD",
    "/api/piano/leaderboard": "GET, HEAD",
}


def test_health(client):
    response = client.get("/health")
    assert (response.status_code, response.json) == (200, {"status": "ok"})


def test_every_route_is_in_the_table_of_methods():
    assert {path for _, path in OPEN_ROUTES + PROTECTED_ROUTES} == set(ALLOWED)


@pytest.mark.parametrize(("path", "allowed"), ALLOWED.items())
@pytest.mark.parametrize("method", ["OPTIONS", "PATCH", "TRACE", "BREW"])
def test_other_methods_are_not_allowed_even_without_a_token(client, path, allowed, method):
    response = client.open(path, method=method)
    assert_error(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == allowed


@pytest.mark.parametrize("path", [path for method, path in OPEN_ROUTES if method == "GET"])
def test_head_is_get_without_a_body(client, path):
    get, head = client.get(path), client.head(path)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


@pytest.mark.parametrize("path", ALLOWED)
def test_a_trailing_slash_is_another_path(client, path):
    assert_not_found(client.get(f"{path}/"))


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api",
        "/api/piano",
        "/API/piano/exercises",
        "/static/piano.js",
        "//health",
        "//api/piano/exercises",
        "/api//piano/exercises",
        "/api/piano//exercises",
        "/api/piano/exercises//stats",
        "/api/piano/exercises/1/2",
        "/api/piano/exercises/1%2F2",
        "/api/piano/exercises/1/stats/2",
        "/api/piano/%00",
        "/api/piano/%ff",
    ],
)
def test_unknown_paths(client, path):
    assert_not_found(client.get(path))
    assert_not_found(client.options(path))
