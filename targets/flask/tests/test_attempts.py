"""Recording attempts, with the progress they make, and listing them newest first."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg

from tests.contract import ABSENT_ID, ATTEMPT, EXERCISE, ME, assert_no_content, assert_not_found, assert_time
from tests.waiting import wait_until_blocked

PATH = "/api/piano/attempts"
FIELDS = ["id", "user_id", *ATTEMPT, "attempted_at"]


def as_user(number):
    return {"Authorization": f"Bearer piano-token-{number}"}


def row(sql, query, *values):
    return sql.execute(query, values).fetchone()


def test_record(client, sql):
    response = client.post(PATH, json=ATTEMPT, headers=ME)
    assert response.status_code == 201
    assert list(response.json) == FIELDS
    assert response.json["user_id"] == 1
    assert {key: response.json[key] for key in ATTEMPT} == ATTEMPT
    assert_time(response.json["attempted_at"])
    assert row(sql, "SELECT count(*) FROM piano_attempts WHERE id = %s", response.json["id"]) == (1,)


def test_progress_follows_in_the_same_transaction(client, sql):
    assert_no_content(client.delete("/api/piano/progress", headers=as_user(4)))
    for number, (correct, accuracy) in enumerate([(True, 99.99), (False, 0), (True, 33.335)], start=1):
        attempt = client.post(
            PATH, json=ATTEMPT | {"is_correct": correct, "accuracy_percentage": accuracy}, headers=as_user(4)
        )
        progress = client.get("/api/piano/progress", headers=as_user(4)).json
        assert progress == {
            "user_id": 4,
            "current_difficulty_level": 1,
            "total_exercises_completed": [1, 1, 2][number - 1],
            "average_accuracy_percentage": row(
                sql, "SELECT round(avg(accuracy_percentage)::numeric, 2)::float8 FROM piano_attempts WHERE user_id = 4"
            )[0],
            "updated_at": attempt.json["attempted_at"],
        }


def test_the_level_rises_every_twenty_to_five(client, sql):
    for completed, level in [(18, 1), (19, 2), (39, 3), (78, 4), (79, 5), (99, 5), (500, 5)]:
        sql.execute("UPDATE piano_progress SET total_exercises_completed = %s WHERE user_id = 5", [completed])
        client.post(PATH, json=ATTEMPT | {"is_correct": True}, headers=as_user(5))
        progress = client.get("/api/piano/progress", headers=as_user(5)).json
        assert (progress["total_exercises_completed"], progress["current_difficulty_level"]) == (completed + 1, level)


def test_an_absent_exercise_leaves_nothing_behind(client, sql):
    client.delete("/api/piano/progress", headers=as_user(6))
    assert_not_found(client.post(PATH, json=ATTEMPT | {"exercise_id": ABSENT_ID}, headers=as_user(6)))
    assert row(sql, "SELECT count(*) FROM piano_progress WHERE user_id = 6") == (0,)


def test_fifty_attempts_at_once_lose_none(app, sql):
    app.test_client().delete("/api/piano/progress", headers=as_user(7))
    before = row(sql, "SELECT count(*) FROM piano_attempts WHERE user_id = 7")[0]
    together = threading.Barrier(50)

    def record(_number):
        together.wait()
        return app.test_client().post(PATH, json=ATTEMPT, headers=as_user(7)).status_code

    with ThreadPoolExecutor(50) as threads:
        assert list(threads.map(record, range(50))) == [201] * 50
    assert row(sql, "SELECT count(*) FROM piano_attempts WHERE user_id = 7") == (before + 50,)
    expected = """
        SELECT 50, 3, round(avg(accuracy_percentage)::numeric, 2)::float8 FROM piano_attempts WHERE user_id = 7
    """
    stored = """
        SELECT total_exercises_completed, current_difficulty_level, average_accuracy_percentage
        FROM piano_progress WHERE user_id = 7
    """
    assert row(sql, stored) == row(sql, expected)


def test_an_exercise_deleted_at_the_same_moment(app, client, database_url, sql):
    exercise = client.post("/api/piano/exercises", json=EXERCISE, headers=ME).json["id"]
    with ThreadPoolExecutor(1) as thread, psycopg.connect(database_url) as deleting:
        deleting.execute("DELETE FROM piano_exercises WHERE id = %s", [exercise])
        body = ATTEMPT | {"exercise_id": exercise}
        answer = thread.submit(app.test_client().post, PATH, json=body, headers=ME)
        wait_until_blocked(sql)
        deleting.commit()
        assert_not_found(answer.result())


def test_progress_reset_at_the_same_moment(app, database_url, sql):
    with ThreadPoolExecutor(1) as thread, psycopg.connect(database_url) as resetting:
        resetting.execute("DELETE FROM piano_progress WHERE user_id = 8")
        answer = thread.submit(app.test_client().post, PATH, json=ATTEMPT, headers=as_user(8))
        wait_until_blocked(sql)
        resetting.commit()
        assert answer.result().status_code == 201
    assert row(sql, "SELECT total_exercises_completed FROM piano_progress WHERE user_id = 8") == (1,)


def test_own_attempts_newest_first(client, sql):
    sql.execute("UPDATE piano_attempts SET attempted_at = '2030-01-01 UTC' WHERE id <= 40")
    expected = sql.execute(
        "SELECT id FROM piano_attempts WHERE user_id = 1 ORDER BY attempted_at DESC, id DESC LIMIT 20"
    ).fetchall()
    body = client.get(PATH, headers=ME).json
    assert (list(body), body["page"], body["page_size"]) == (["total", "page", "page_size", "data"], 1, 20)
    assert [(attempt["id"],) for attempt in body["data"]] == expected
    assert list(body["data"][0]) == FIELDS
    assert (body["total"],) == row(sql, "SELECT count(*) FROM piano_attempts WHERE user_id = 1")
    assert client.get(f"{PATH}?page=1000000", headers=ME).json["data"] == []


def test_attempts_on_an_exercise_are_everybodys(client, sql):
    sql.execute("UPDATE piano_attempts SET attempted_at = '2030-01-01 UTC' WHERE id <= 400")
    expected = sql.execute(
        "SELECT id FROM piano_attempts WHERE exercise_id = 2 ORDER BY attempted_at DESC, id DESC LIMIT 5 OFFSET 5"
    ).fetchall()
    body = client.get("/api/piano/exercises/2/attempts?page=2&page_size=5").json
    assert (body["page"], body["page_size"]) == (2, 5)
    assert [(attempt["id"],) for attempt in body["data"]] == expected
    assert (body["total"],) == row(sql, "SELECT count(*) FROM piano_attempts WHERE exercise_id = 2")


def test_attempts_on_an_absent_exercise_and_on_an_untried_one(client):
    assert_not_found(client.get(f"/api/piano/exercises/{ABSENT_ID}/attempts"))
    untried = client.post("/api/piano/exercises", json=EXERCISE, headers=ME).json["id"]
    body = client.get(f"/api/piano/exercises/{untried}/attempts").json
    assert body == {"total": 0, "page": 1, "page_size": 20, "data": []}
