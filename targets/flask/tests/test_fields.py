"""What the fields of an exercise and of an attempt may hold, at and past every edge."""

import json

import pytest

from tests.contract import ATTEMPT, EXERCISE, ME, assert_invalid, assert_not_found

EXERCISES, ATTEMPTS = "/api/piano/exercises", "/api/piano/attempts"
WRONG_TEXT = ["null", "1", "true", "[]", "{}", '""', '"\\u0000"', '"a\\u0000"', '"\\ud800"', '"\\udc00\\ud800"']
WRONG_INTEGER = ["null", "true", "false", '"1"', "1.0", "1e0", "1.5", "[1]", "{}", "-1", "9" * 30, "9" * 5000, "1e400"]


def post(client, path, valid, field, value):
    """Posts a valid body whose one field is spelt as the given JSON; None leaves the field out."""
    others = json.dumps({key: other for key, other in valid.items() if key != field})
    body = others if value is None else f'{others[:-1]}, "{field}": {value}}}'
    return client.post(path, data=body, headers=ME)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("title", [None, *WRONG_TEXT, json.dumps("x" * 256), json.dumps("𝄞" * 256)]),
        ("description", ["1", "false", "[]", "{}", '"\\u0000"', '"\\udfff"', json.dumps("x" * 2001)]),
        ("difficulty_level", [None, *WRONG_INTEGER, "0", "6", "2147483648"]),
        (
            "notes_sequence",
            [None, *WRONG_TEXT]
            + [
                json.dumps(notes)
                for notes in ["C", "4", "c4", "H4", "C9", "C44", "C##4", "Cb#4", "C4,", ",C4", "C4,,D4"]
            ]
            + [json.dumps(notes) for notes in ["C4, D4", "C4 D4", " C4", "C4\n", "C4\nD4", "C٤", "C♯4", "C4;D4"]]
            + [json.dumps(",".join(["C4"] * 86)), json.dumps("C#4," * 63 + "C#44")],
        ),
    ],
)
def test_wrong_exercises(client, field, values):
    for value in values:
        assert_invalid(post(client, EXERCISES, EXERCISE, field, value))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("title", ['"x"', '" "', json.dumps("x" * 255), json.dumps("𝄞" * 255), '"\\ud834\\udd1e"', '"\\u00e9\\n"']),
        ("description", [None, "null", '""', json.dumps("é" * 2000)]),
        ("difficulty_level", ["1", "5"]),
        ("notes_sequence", ['"A0"', '"G#8,Bb0"', json.dumps(",".join(["C4"] * 85)), json.dumps("C#4," * 63 + "C4")]),
    ],
)
def test_right_exercises(client, field, values):
    for value in values:
        response = post(client, EXERCISES, EXERCISE, field, value)
        assert response.status_code == 201, response.text
        assert response.json[field] == (None if value is None else json.loads(value))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("exercise_id", [None, *WRONG_INTEGER, "0", "9223372036854775808"]),
        ("notes_played", [None, *WRONG_TEXT, json.dumps("x" * 1001)]),
        ("is_correct", [None, "null", "0", "1", '"true"', "[]"]),
        (
            "accuracy_percentage",
            [None, "null", "true", '"50"', "[]", "-0.01", "-1", "100.01", "101", "1e400", "-1e400"],
        ),
        ("accuracy_percentage", ["NaN", "Infinity", "9" * 30, "9" * 5000, "-" + "9" * 5000]),
        ("response_time_ms", [None, *WRONG_INTEGER, "2147483648"]),
    ],
)
def test_wrong_attempts(client, field, values):
    for value in values:
        assert_invalid(post(client, ATTEMPTS, ATTEMPT, field, value))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("notes_played", ['"?"', '" "', json.dumps("𝄞" * 1000), '"any text, no notes"']),
        ("is_correct", ["true", "false"]),
        ("accuracy_percentage", ["0", "100", "0.0", "100.0", "1e2", "33.333333333333336", "1e-7", "5e-324"]),
        ("response_time_ms", ["0", "-0", "2147483647"]),
    ],
)
def test_right_attempts(client, field, values):
    for value in values:
        response = post(client, ATTEMPTS, ATTEMPT, field, value)
        assert response.status_code == 201, response.text
        assert response.json[field] == json.loads(value)


def test_an_absent_exercise(client):
    assert_not_found(post(client, ATTEMPTS, ATTEMPT, "exercise_id", "9223372036854775807"))


def test_put_validates_like_post(client):
    for field in EXERCISE:
        body = EXERCISE | {field: 0}
        assert_invalid(client.put(f"{EXERCISES}/1", json=body, headers=ME))
