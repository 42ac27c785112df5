"""Listing, reading, creating, replacing and deleting exercises."""

from datetime import UTC, datetime

from tests.contract import (
    ABSENT_ID,
    ATTEMPT,
    EXERCISE,
    ME,
    OTHER,
    assert_no_content,
    assert_not_found,
    assert_time,
)

PATH = "/api/piano/exercises"


def create(client, **fields):
    return client.post(PATH, json=EXERCISE | fields, headers=ME).json


def count(sql, table, condition="true"):
    return sql.execute(f"SELECT count(*) FROM {table} WHERE {condition}").fetchone()[0]


def test_the_first_page_by_default(client, sql):
    body = client.get(PATH).json
    assert list(body) == ["total", "page", "page_size", "data"]
    assert (body["total"], body["page"], body["page_size"]) == (count(sql, "piano_exercises"), 1, 20)
    assert [row["id"] for row in body["data"]] == list(range(1, 21))


def test_pages_join_without_gap_or_overlap(client):
    pages = [client.get(f"{PATH}?page={page}&page_size=7").json["data"] for page in (1, 2, 3)]
    assert [row["id"] for page in pages for row in page] == list(range(1, 22))


def test_a_page_past_the_end_is_empty(client, sql):
    body = client.get(f"{PATH}?page=2147483647&page_size=100").json
    assert (body["data"], body["page"], body["page_size"]) == ([], 2147483647, 100)
    assert body["total"] == count(sql, "piano_exercises")


def test_the_difficulty_filters_rows_and_total(client, sql):
    for difficulty in range(1, 6):
        body = client.get(f"{PATH}?difficulty={difficulty}&page_size=100").json
        assert body["total"] == count(sql, "piano_exercises", f"difficulty_level = {difficulty}")
        assert {row["difficulty_level"] for row in body["data"]} <= {difficulty}
        assert [row["id"] for row in body["data"]] == sorted(row["id"] for row in body["data"])


def test_one_exercise(client, sql):
    body = client.get(f"{PATH}/1").json
    fields = "id, title, description, difficulty_level, notes_sequence, created_at, updated_at"
    *plain, created, updated = sql.execute(f"SELECT {fields} FROM piano_exercises WHERE id = 1").fetchone()
    assert list(body) == fields.split(", ")
    assert list(body.values())[:5] == plain
    assert datetime.fromisoformat(body["created_at"]) == created
    assert datetime.fromisoformat(body["updated_at"]) == updated


def test_times_have_six_digits_and_are_utc(client, sql):
    sql.execute(
        "UPDATE piano_exercises SET created_at = '2024-01-01 00:30+05:30', updated_at = '0999-12-31 UTC' WHERE id = 2"
    )
    body = client.get(f"{PATH}/2").json
    assert (body["created_at"], body["updated_at"]) == ("2023-12-31T19:00:00.000000Z", "0999-12-31T00:00:00.000000Z")


def test_an_absent_exercise(client):
    assert_not_found(client.get(f"{PATH}/{ABSENT_ID}"))
    assert_not_found(client.put(f"{PATH}/{ABSENT_ID}", json=EXERCISE, headers=ME))
    assert_not_found(client.delete(f"{PATH}/{ABSENT_ID}", headers=ME))


def test_create(client):
    before = datetime.now(UTC)
    response = client.post(PATH, json=EXERCISE, headers=ME)
    assert response.status_code == 201
    assert {key: response.json[key] for key in EXERCISE} == EXERCISE
    assert_time(response.json["created_at"])
    assert response.json["created_at"] == response.json["updated_at"]
    assert abs(datetime.fromisoformat(response.json["created_at"]) - before).total_seconds() < 60
    assert client.get(f"{PATH}/{response.json['id']}").json == response.json


def test_text_comes_back_as_it_went(client):
    title = '  Für Elise 𝄞 "quoted" \\ <b>&</b>\t\u2028  '
    assert create(client, title=title)["title"] == title


def test_put_replaces_every_field(client):
    made = create(client)
    response = client.put(
        f"{PATH}/{made['id']}", headers=OTHER, json={k: v for k, v in EXERCISE.items() if k != "description"}
    )
    assert response.status_code == 200
    assert response.json["description"] is None
    assert response.json["created_at"] == made["created_at"]
    assert response.json["updated_at"] > made["updated_at"]
    assert client.get(f"{PATH}/{made['id']}").json == response.json


def test_put_sets_updated_at_even_when_nothing_changes(client):
    made = create(client)
    assert client.put(f"{PATH}/{made['id']}", headers=ME, json=EXERCISE).json["updated_at"] > made["updated_at"]


def test_delete_takes_the_attempts_and_leaves_the_progress(client):
    made = create(client)
    assert client.post("/api/piano/attempts", json=ATTEMPT | {"exercise_id": made["id"]}, headers=ME).status_code == 201
    progress, attempts = (client.get(f"/api/piano/{what}", headers=ME).json for what in ("progress", "attempts"))
    assert_no_content(client.delete(f"{PATH}/{made['id']}", headers=ME))
    assert_not_found(client.get(f"{PATH}/{made['id']}"))
    assert_not_found(client.delete(f"{PATH}/{made['id']}", headers=ME))
    assert client.get("/api/piano/progress", headers=ME).json == progress
    assert client.get("/api/piano/attempts", headers=ME).json["total"] == attempts["total"] - 1
