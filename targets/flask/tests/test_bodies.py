"""The body as bytes and as JSON, whatever its fields: size, encoding, syntax."""

import json

import pytest

from tests.contract import ABSENT_ID, EXERCISE, ME, assert_error, assert_invalid, assert_not_found

LIMIT = 1024 * 1024
PATH = "/api/piano/exercises"
VALID = json.dumps(EXERCISE).encode()


def post(client, body, **arguments):
    return client.post(PATH, data=body, headers=ME, **arguments)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"null",
        b"true",
        b"1",
        b'"text"',
        b"[]",
        b"[" + VALID + b"]",
        VALID + b"x",
        VALID + VALID,
        VALID + b"\x00",
        VALID[:-1],
        VALID[:-1] + b",}",
        VALID.replace(b'"', b"'"),
        b"\xef\xbb\xbf" + VALID,
        VALID.replace(b"Scale", b"\xff"),
        VALID.replace(b"Scale", b"\xed\xa0\x80"),
        VALID.replace(b"Scale", b"line\nfeed"),
        VALID.decode().encode("utf-16"),
        VALID[:-1] + b',"unknown":NaN}',
        VALID[:-1] + b',"unknown":Infinity}',
        VALID[:-1] + b',"unknown":-Infinity}',
        VALID[:-1] + b',"unknown":01}',
        b"[" * 200_000,
        b'{"a":' * 100_000,
        VALID[:-1] + b',"unknown":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_no_json_object(client, body):
    assert_invalid(post(client, body))


@pytest.mark.parametrize(
    "unknown",
    [
        b"null",
        b"1e400",
        b"1" * 10_000,
        b'"\\u0000"',
        b'"\\ud800"',
        b'[{"title": 1}]',
        b'"' + b"x" * 5000 + b'"',
    ],
    ids=lambda value: repr(value[:12]),
)
def test_unknown_fields_are_ignored(client, unknown):
    response = post(client, VALID[:-1] + b',"unknown":' + unknown + b',"Title":5,"DIFFICULTY_LEVEL":9}')
    assert response.status_code == 201
    assert response.json["title"] == EXERCISE["title"]


def test_keys_have_case(client):
    assert_invalid(post(client, VALID.replace(b'"title"', b'"Title"')))


def test_the_last_of_a_repeated_key_counts(client):
    assert post(client, b'{"title":5,' + VALID[1:-1] + b',"title":"last"}').json["title"] == "last"
    assert_invalid(post(client, VALID[:-1] + b',"title":5}'))


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "nonsense"])
def test_the_content_type_is_ignored(client, content_type):
    assert post(client, VALID, content_type=content_type).status_code == 201


def test_white_space_around_the_object(client):
    assert post(client, b" \r\n\t" + VALID + b" \r\n\t").status_code == 201


def test_the_largest_body(client):
    assert post(client, VALID.ljust(LIMIT)).status_code == 201
    assert_error(post(client, VALID.ljust(LIMIT + 1)), 413, "payload_too_large")


def test_the_size_is_checked_before_the_syntax_and_the_row(client):
    path = f"{PATH}/{ABSENT_ID}"
    assert_error(client.put(path, data=b"x" * (LIMIT + 1), headers=ME), 413, "payload_too_large")
    assert_invalid(client.put(path, data=b"x" * LIMIT, headers=ME))
    assert_not_found(client.put(path, data=VALID, headers=ME))
