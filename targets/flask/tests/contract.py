"""The contract's shapes and the words that tests share."""

import re
from typing import Any

from werkzeug.test import TestResponse

ME = {"Authorization": "Bearer piano-token-1"}
OTHER = {"Authorization": "Bearer piano-token-2"}
ABSENT_ID = 2**63 - 1

EXERCISE = {"title": "Scale", "description": "Slowly.", "difficulty_level": 2, "notes_sequence": "C4,F#3,Bb5"}
ATTEMPT = {
    "exercise_id": 1,
    "notes_played": "C4,E4",
    "is_correct": True,
    "accuracy_percentage": 87.25,
    "response_time_ms": 900,
}

OPEN_ROUTES = [
    ("GET", "/health"),
    ("GET", "/api/piano/exercises"),
    ("GET", "/api/piano/exercises/1"),
    ("GET", "/api/piano/exercises/1/attempts"),
    ("GET", "/api/piano/leaderboard"),
]
PROTECTED_ROUTES = [
    ("POST", "/api/piano/exercises"),
    ("PUT", "/api/piano/exercises/1"),
    ("DELETE", "/api/piano/exercises/1"),
    ("POST", "/api/piano/attempts"),
    ("GET", "/api/piano/attempts"),
    ("GET", "/api/piano/exercises/1/stats"),
    ("GET", "/api/piano/progress"),
    ("DELETE", "/api/piano/progress"),
]

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


def assert_error(response: TestResponse, status: int, code: str) -> None:
    assert (response.status_code, response.mimetype) == (status, "application/json"), response.text
    assert set(response.json) == {"error"}
    assert set(response.json["error"]) == {"code", "message"}
    assert response.json["error"]["code"] == code
    assert response.json["error"]["message"]


def assert_invalid(response: TestResponse) -> None:
    assert_error(response, 400, "invalid_request")


def assert_not_found(response: TestResponse) -> None:
    assert_error(response, 404, "not_found")


def assert_no_content(response: TestResponse) -> None:
    assert (response.status_code, response.data) == (204, b"")
    assert "Content-Type" not in response.headers


def assert_time(text: Any) -> None:
    assert _TIME.fullmatch(text), text
