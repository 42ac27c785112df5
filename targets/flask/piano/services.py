"""What the endpoints do, and in which transaction. A row that is not there is `NotFound`."""

from collections.abc import Sequence

import psycopg.errors
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from piano.database import transaction
from piano.errors import NotFound
from piano.models import Attempt, Exercise, Progress
from piano.parameters import Page
from piano.repository import ExerciseStats, Repository, Standing
from piano.validation import AttemptFields, ExerciseFields

TOP_LEVEL = 5
COMPLETED_PER_LEVEL = 20


class PianoService:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._repository = Repository(session)

    def exercises(self, difficulty: int | None, page: Page) -> tuple[int, Sequence[Exercise]]:
        return self._repository.exercises(difficulty, page)

    def exercise(self, exercise_id: int) -> Exercise:
        exercise = self._repository.exercise(exercise_id)
        if exercise is None:
            raise _no_exercise(exercise_id)
        return exercise

    def create_exercise(self, fields: ExerciseFields) -> Exercise:
        with transaction(self._session):
            return self._repository.add_exercise(fields)

    def replace_exercise(self, exercise_id: int, fields: ExerciseFields) -> Exercise:
        with transaction(self._session):
            exercise = self._repository.replace_exercise(exercise_id, fields)
            if exercise is None:
                raise _no_exercise(exercise_id)
            return exercise

    def delete_exercise(self, exercise_id: int) -> None:
        """Its attempts go with it, by the schema's cascade; progress stays as it was earned."""
        with transaction(self._session):
            if not self._repository.delete_exercise(exercise_id):
                raise _no_exercise(exercise_id)

    def record_attempt(self, user_id: int, fields: AttemptFields) -> Attempt:
        """The attempt and the progress it makes are one transaction.

        The progress row is locked first, so that attempts of one user queue up and none counts without the other.
        """
        with transaction(self._session):
            progress = self._repository.lock_progress(user_id)
            try:
                attempt = self._repository.add_attempt(user_id, fields)
            except IntegrityError as error:
                if isinstance(error.orig, psycopg.errors.ForeignKeyViolation):
                    raise _no_exercise(fields.exercise_id) from error
                raise
            completed = progress.total_exercises_completed + fields.is_correct
            level = min(TOP_LEVEL, 1 + completed // COMPLETED_PER_LEVEL)
            self._repository.save_progress(user_id, level, completed)
            return attempt

    def attempts_of_user(self, user_id: int, page: Page) -> tuple[int, Sequence[Attempt]]:
        return self._repository.attempts_of_user(user_id, page)

    def attempts_on_exercise(self, exercise_id: int, page: Page) -> tuple[int, Sequence[Attempt]]:
        self._require_exercise(exercise_id)
        return self._repository.attempts_on_exercise(exercise_id, page)

    def stats(self, user_id: int, exercise_id: int) -> ExerciseStats:
        self._require_exercise(exercise_id)
        return self._repository.stats(user_id, exercise_id)

    def progress(self, user_id: int) -> Progress | None:
        return self._repository.progress(user_id)

    def reset_progress(self, user_id: int) -> None:
        with transaction(self._session):
            self._repository.delete_progress(user_id)

    def leaderboard(self, limit: int) -> tuple[int, list[Standing]]:
        return self._repository.leaderboard(limit)

    def _require_exercise(self, exercise_id: int) -> None:
        if not self._repository.exercise_exists(exercise_id):
            raise _no_exercise(exercise_id)


def _no_exercise(exercise_id: int) -> NotFound:
    return NotFound(f"there is no exercise {exercise_id}")
