"""How a user stands: progress, stats on an exercise, and the leaderboard."""

import pytest

from tests.contract import ABSENT_ID, EXERCISE, ME, OTHER, assert_no_content, assert_not_found, assert_time

NEW_USER = {
    "current_difficulty_level": 1,
    "total_exercises_completed": 0,
    "average_accuracy_percentage": 0,
    "updated_at": None,
}


@pytest.fixture
def new_user(sql):
    """The Authorization header and the id of a user who has done nothing yet."""
    user_id, token = sql.execute(
        "INSERT INTO users (name, token) VALUES ('New', gen_random_uuid()) RETURNING id, token"
    ).fetchone()
    yield {"Authorization": f"Bearer {token}"}, user_id
    sql.execute("DELETE FROM piano_progress WHERE user_id = %s", [user_id])
    sql.execute("DELETE FROM piano_attempts WHERE user_id = %s", [user_id])
    sql.execute("DELETE FROM users WHERE id = %s", [user_id])


def give_attempts(sql, user_id, accuracies):
    for accuracy in accuracies:
        sql.execute(
            "INSERT INTO piano_attempts (user_id, exercise_id, notes_played, is_correct, accuracy_percentage,"
            " response_time_ms) VALUES (%s, 1, 'C4', %s, %s, 1)",
            [user_id, accuracy >= 60, accuracy],
        )


def test_progress_of_a_user_with_a_row(client, sql):
    body = client.get("/api/piano/progress", headers=ME).json
    assert_time(body.pop("updated_at"))
    fields = "user_id, current_difficulty_level, total_exercises_completed, average_accuracy_percentage"
    assert list(body) == fields.split(", ")
    assert tuple(body.values()) == sql.execute(f"SELECT {fields} FROM piano_progress WHERE user_id = 1").fetchone()


def test_progress_of_a_new_user_is_the_beginning_and_makes_no_row(client, sql, new_user):
    header, user_id = new_user
    assert client.get("/api/piano/progress", headers=header).json == {"user_id": user_id} | NEW_USER
    assert sql.execute("SELECT count(*) FROM piano_progress WHERE user_id = %s", [user_id]).fetchone() == (0,)


def test_reset_is_the_same_the_second_time(client):
    others = client.get("/api/piano/progress", headers=ME).json
    for _ in range(2):
        assert_no_content(client.delete("/api/piano/progress", headers=OTHER))
        assert client.get("/api/piano/progress", headers=OTHER).json == {"user_id": 2} | NEW_USER
    assert client.get("/api/piano/progress", headers=ME).json == others


def test_stats_are_the_users_own(client, sql, new_user):
    header, user_id = new_user
    nothing = {"exercise_id": 1, "total_attempts": 0, "correct_attempts": 0, "average_accuracy_percentage": 0}
    assert client.get("/api/piano/exercises/1/stats", headers=header).json == nothing
    give_attempts(sql, user_id, [100, 50, 50.015])
    assert client.get("/api/piano/exercises/1/stats", headers=header).json == {
        "exercise_id": 1,
        "total_attempts": 3,
        "correct_attempts": 1,
        "average_accuracy_percentage": 66.67,
    }


def test_stats_of_an_absent_exercise_and_of_an_untried_one(client):
    assert_not_found(client.get(f"/api/piano/exercises/{ABSENT_ID}/stats", headers=ME))
    untried = client.post("/api/piano/exercises", json=EXERCISE, headers=ME).json["id"]
    assert client.get(f"/api/piano/exercises/{untried}/stats", headers=ME).json["total_attempts"] == 0


def test_leaderboard_is_the_aggregate(client, sql):
    expected = sql.execute("""
        SELECT a.user_id, coalesce(p.current_difficulty_level, 1), coalesce(p.total_exercises_completed, 0),
               round(avg(a.accuracy_percentage)::numeric, 2)::float8 AS average
        FROM piano_attempts a LEFT JOIN piano_progress p ON p.user_id = a.user_id
        GROUP BY a.user_id, p.user_id ORDER BY average DESC, 3 DESC, 1
    """).fetchall()
    for query, limit in [("", 10), ("?limit=1", 1), ("?limit=100", 100)]:
        body = client.get(f"/api/piano/leaderboard{query}").json
        assert list(body) == ["leaderboard", "total"]
        assert body["total"] == len(expected)
        assert [row.pop("rank") for row in body["leaderboard"]] == list(range(1, len(body["leaderboard"]) + 1))
        assert [tuple(row.values()) for row in body["leaderboard"]] == expected[:limit]


def test_leaderboard_breaks_ties_of_the_rounded_average(client, sql):
    insert = "INSERT INTO users (id, name, token) VALUES (%(id)s, 'Tied', 'tied-' || %(id)s)"
    progress = "INSERT INTO piano_progress (user_id, total_exercises_completed) VALUES (%s, %s)"
    # All show 100.0: the two exact ones must not pass the one with more completed, nor a row win over none by chance.
    for user_id, completed, accuracies in [
        (9001, 2, [100]),
        (9002, None, [100]),
        (9003, 7, [100, 99.999]),
        (9004, 2, [100]),
    ]:
        sql.execute(insert, {"id": user_id})
        give_attempts(sql, user_id, accuracies)
        if completed is not None:
            sql.execute(progress, [user_id, completed])
    rows = client.get("/api/piano/leaderboard?limit=4").json["leaderboard"]
    assert [row["user_id"] for row in rows] == [9003, 9001, 9004, 9002]
    assert {row["average_accuracy_percentage"] for row in rows} == {100}
    assert rows[3] == {
        "rank": 4,
        "user_id": 9002,
        "current_difficulty_level": 1,
        "total_exercises_completed": 0,
        "average_accuracy_percentage": 100,
    }


def test_leaderboard_without_attempts(client, sql):
    sql.execute("DELETE FROM piano_attempts")
    assert client.get("/api/piano/leaderboard").json == {"leaderboard": [], "total": 0}
