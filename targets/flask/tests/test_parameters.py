"""Ids in the path and values in the query: positive integers of ASCII digits within a range."""

import pytest

from tests.contract import ABSENT_ID, ME, assert_invalid, assert_not_found

# Seen through percent-decoding: an Arabic three, a superscript two, a NUL, a line feed, bytes that are no UTF-8.
NO_POSITIVE_INTEGER = [
    *["0", "000", "-1", "%2B1", "+1", "1.0", "1e1", "0x1", "one", "1%20", "%201", "1_0", "1,2"],
    *["%D9%A3", "%C2%B2", "1%00", "%00", "1%0A", "%FF", "1" * 40, "9" * 5000, "0" * 5000],
]


@pytest.mark.parametrize("text", [*NO_POSITIVE_INTEGER, "9223372036854775808"])
@pytest.mark.parametrize("rest", ["", "/attempts", "/stats"])
def test_wrong_ids(client, text, rest):
    assert_invalid(client.get(f"/api/piano/exercises/{text}{rest}", headers=ME))


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_wrong_id_is_refused_before_the_body_is_read(client, method):
    assert_invalid(client.open("/api/piano/exercises/0", method=method, headers=ME, data=b"x" * (1024 * 1024 + 1)))


@pytest.mark.parametrize("rest", ["", "/attempts", "/stats"])
def test_the_largest_id_is_merely_absent(client, rest):
    assert_not_found(client.get(f"/api/piano/exercises/{ABSENT_ID}{rest}", headers=ME))


@pytest.mark.parametrize("text", ["01", "0" * 4990 + "1"])
def test_leading_zeros_are_fine(client, text):
    assert client.get(f"/api/piano/exercises/{text}").json["id"] == 1


@pytest.mark.parametrize("text", ["", *NO_POSITIVE_INTEGER])
@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/api/piano/exercises", "page"),
        ("/api/piano/exercises", "page_size"),
        ("/api/piano/exercises", "difficulty"),
        ("/api/piano/exercises/1/attempts", "page"),
        ("/api/piano/exercises/1/attempts", "page_size"),
        ("/api/piano/attempts", "page"),
        ("/api/piano/attempts", "page_size"),
        ("/api/piano/leaderboard", "limit"),
    ],
)
def test_wrong_query_values(client, path, key, text):
    assert_invalid(client.get(f"{path}?{key}={text}", headers=ME))


@pytest.mark.parametrize(
    ("path", "largest"),
    [
        ("/api/piano/exercises?page_size={}", 100),
        ("/api/piano/exercises?page={}", 2**31 - 1),
        ("/api/piano/exercises?page_size=100&page={}", 2**31 - 1),
        ("/api/piano/exercises?difficulty={}", 5),
        ("/api/piano/exercises/1/attempts?page_size={}", 100),
        ("/api/piano/exercises/1/attempts?page={}", 2**31 - 1),
        ("/api/piano/attempts?page_size={}", 100),
        ("/api/piano/attempts?page={}", 2**31 - 1),
        ("/api/piano/leaderboard?limit={}", 100),
    ],
)
def test_the_largest_query_value(client, path, largest):
    assert client.get(path.format(largest), headers=ME).status_code == 200
    assert_invalid(client.get(path.format(largest + 1), headers=ME))


def test_a_key_without_a_value_is_empty(client):
    assert_invalid(client.get("/api/piano/exercises?page"))


def test_the_first_of_a_repeated_key_counts(client):
    assert client.get("/api/piano/exercises?page=2&page=x").json["page"] == 2
    assert_invalid(client.get("/api/piano/exercises?page=x&page=2"))


@pytest.mark.parametrize("query", ["Page=x", "limit=x", "unknown", "=", "&&", "x=%FF", "x=%00"])
def test_unknown_keys_are_ignored(client, query):
    assert client.get(f"/api/piano/exercises?{query}").json["page"] == 1


def test_a_wrong_query_value_comes_before_an_absent_row(client):
    assert_invalid(client.get(f"/api/piano/exercises/{ABSENT_ID}/attempts?page=0"))
