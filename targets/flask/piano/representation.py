"""Rows as the JSON objects of the contract."""

from datetime import UTC, datetime
from typing import Any

from piano.models import Attempt, Exercise, Progress
from piano.parameters import Page
from piano.repository import ExerciseStats, Standing


def listing(page: Page, total: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"total": total, "page": page.number, "page_size": page.size, "data": rows}


def exercise(row: Exercise) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "description": row.description,
        "difficulty_level": row.difficulty_level,
        "notes_sequence": row.notes_sequence,
        "created_at": _time(row.created_at),
        "updated_at": _time(row.updated_at),
    }


def attempt(row: Attempt) -> dict[str, Any]:
    return {
        "id": row.id,
        "user_id": row.user_id,
        "exercise_id": row.exercise_id,
        "notes_played": row.notes_played,
        "is_correct": row.is_correct,
        "accuracy_percentage": row.accuracy_percentage,
        "response_time_ms": row.response_time_ms,
        "attempted_at": _time(row.attempted_at),
    }


def progress(user_id: int, row: Progress | None) -> dict[str, Any]:
    """A user without a row stands at the beginning."""
    return {
        "user_id": user_id,
        "current_difficulty_level": row.current_difficulty_level if row else 1,
        "total_exercises_completed": row.total_exercises_completed if row else 0,
        "average_accuracy_percentage": row.average_accuracy_percentage if row else 0.0,
        "updated_at": _time(row.updated_at) if row else None,
    }


def stats(exercise_id: int, row: ExerciseStats) -> dict[str, Any]:
    return {
        "exercise_id": exercise_id,
        "total_attempts": row.total,
        "correct_attempts": row.correct,
        "average_accuracy_percentage": row.average,
    }


def leaderboard(total: int, standings: list[Standing]) -> dict[str, Any]:
    return {
        "leaderboard": [
            {
                "rank": rank,
                "user_id": standing.user_id,
                "current_difficulty_level": standing.level,
                "total_exercises_completed": standing.completed,
                "average_accuracy_percentage": standing.average,
            }
            for rank, standing in enumerate(standings, start=1)
        ],
        "total": total,
    }


def _time(moment: datetime) -> str:
    """RFC 3339 in UTC with six digits of a second, whatever the time zone of the database session."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
