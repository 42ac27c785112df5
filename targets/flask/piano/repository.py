"""The queries. Transactions begin and end in `services`."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Double, Numeric, Select, cast, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from piano.models import Attempt, Exercise, Progress, User
from piano.parameters import Page
from piano.validation import AttemptFields, ExerciseFields


class ExerciseStats(NamedTuple):
    total: int
    correct: int
    average: float


class Standing(NamedTuple):
    user_id: int
    level: int
    completed: int
    average: float


class Repository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def user_id_of_token(self, token: str) -> int | None:
        return self._session.scalar(select(User.id).where(User.token == token))

    def exercises(self, difficulty: int | None, page: Page) -> tuple[int, Sequence[Exercise]]:
        matching = select(Exercise)
        if difficulty is not None:
            matching = matching.where(Exercise.difficulty_level == difficulty)
        return self._page(matching, [Exercise.id], page)

    def exercise(self, exercise_id: int) -> Exercise | None:
        return self._session.get(Exercise, exercise_id)

    def exercise_exists(self, exercise_id: int) -> bool:
        return self._session.scalar(select(Exercise.id).where(Exercise.id == exercise_id)) is not None

    def add_exercise(self, fields: ExerciseFields) -> Exercise:
        exercise = Exercise(**fields.model_dump())
        self._session.add(exercise)
        self._session.flush()
        return exercise

    def replace_exercise(self, exercise_id: int, fields: ExerciseFields) -> Exercise | None:
        return self._session.scalar(
            update(Exercise)
            .where(Exercise.id == exercise_id)
            .values(**fields.model_dump(), updated_at=func.now())
            .returning(Exercise)
        )

    def delete_exercise(self, exercise_id: int) -> bool:
        return self._session.execute(delete(Exercise).where(Exercise.id == exercise_id)).rowcount > 0

    def attempts_of_user(self, user_id: int, page: Page) -> tuple[int, Sequence[Attempt]]:
        return self._newest_attempts(Attempt.user_id == user_id, page)

    def attempts_on_exercise(self, exercise_id: int, page: Page) -> tuple[int, Sequence[Attempt]]:
        return self._newest_attempts(Attempt.exercise_id == exercise_id, page)

    def add_attempt(self, user_id: int, fields: AttemptFields) -> Attempt:
        attempt = Attempt(user_id=user_id, **fields.model_dump())
        self._session.add(attempt)
        self._session.flush()
        return attempt

    def stats(self, user_id: int, exercise_id: int) -> ExerciseStats:
        row = self._session.execute(
            select(
                func.count(),
                func.count().filter(Attempt.is_correct),
                func.coalesce(_rounded_average(Attempt.accuracy_percentage), 0.0),
            ).where(Attempt.exercise_id == exercise_id, Attempt.user_id == user_id)
        ).one()
        return ExerciseStats(*row)

    def progress(self, user_id: int) -> Progress | None:
        return self._session.get(Progress, user_id)

    def lock_progress(self, user_id: int) -> Progress:
        """The user's row, made when there is none, locked until the transaction ends.

        A reset can commit between the two statements and take the row away; then it is made anew.
        """
        create = insert(Progress).values(user_id=user_id).on_conflict_do_nothing()
        lock = select(Progress).where(Progress.user_id == user_id).with_for_update()
        progress = None
        while progress is None:
            self._session.execute(create)
            progress = self._session.scalar(lock)
        return progress

    def save_progress(self, user_id: int, level: int, completed: int) -> None:
        """Writes a locked progress, with the average over all of the user's attempts, and reads nothing back."""
        average = select(_rounded_average(Attempt.accuracy_percentage)).where(Attempt.user_id == user_id)
        self._session.execute(
            update(Progress)
            .where(Progress.user_id == user_id)
            .values(
                current_difficulty_level=level,
                total_exercises_completed=completed,
                average_accuracy_percentage=average.scalar_subquery(),
                updated_at=func.now(),
            )
            .execution_options(synchronize_session=False)
        )

    def delete_progress(self, user_id: int) -> None:
        self._session.execute(delete(Progress).where(Progress.user_id == user_id))

    def leaderboard(self, limit: int) -> tuple[int, list[Standing]]:
        """PostgreSQL aggregates all attempts of each user and counts the users in the same pass."""
        averages = (
            select(Attempt.user_id, _rounded_average(Attempt.accuracy_percentage).label("average"))
            .group_by(Attempt.user_id)
            .subquery()
        )
        completed = func.coalesce(Progress.total_exercises_completed, 0)
        rows = self._session.execute(
            select(
                func.count().over(),
                averages.c.user_id,
                func.coalesce(Progress.current_difficulty_level, 1),
                completed,
                averages.c.average,
            )
            .select_from(averages)
            .outerjoin(Progress, Progress.user_id == averages.c.user_id)
            .order_by(averages.c.average.desc(), completed.desc(), averages.c.user_id)
            .limit(limit)
        ).all()
        total = rows[0][0] if rows else 0
        return total, [Standing(*standing) for _, *standing in rows]

    def _newest_attempts(self, condition: ColumnElement[bool], page: Page) -> tuple[int, Sequence[Attempt]]:
        return self._page(select(Attempt).where(condition), [Attempt.attempted_at.desc(), Attempt.id.desc()], page)

    def _page(self, matching: Select, order: list, page: Page) -> tuple[int, Sequence]:
        total = self._session.scalar(matching.with_only_columns(func.count(), maintain_column_froms=True))
        rows = self._session.scalars(matching.order_by(*order).limit(page.size).offset(page.offset)).all()
        return total, rows


def _rounded_average(column: InstrumentedAttribute[float]) -> ColumnElement[float]:
    """Two decimals, rounded by PostgreSQL."""
    return cast(func.round(cast(func.avg(column), Numeric), 2), Double)
