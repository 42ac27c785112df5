"""The handler that lists exercises, through Flask's test client, with the real database behind it."""

import pytest


@pytest.mark.parametrize("query", ["", "?difficulty=3", "?page=2&page_size=10"], ids=["list", "filtered", "page"])
def test_get_exercises(benchmark, client, query):
    response = benchmark(client.get, f"/api/piano/exercises{query}")
    assert response.status_code == 200
