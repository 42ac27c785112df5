"""The tables as SQLAlchemy sees them. The schema itself, with its constraints and indexes, is made elsewhere."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Double, ForeignKey, Integer, String, Text, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012, SQLAlchemy reads it from the class
        int: BigInteger,
        float: Double,
        datetime: DateTime(timezone=True),
    }
    # What the database fills in comes back with the statement that wrote the row.
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    token: Mapped[str] = mapped_column(Text, unique=True)


class Exercise(Base):
    __tablename__ = "piano_exercises"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(String(2000))
    difficulty_level: Mapped[int] = mapped_column(Integer)
    notes_sequence: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Attempt(Base):
    __tablename__ = "piano_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    exercise_id: Mapped[int] = mapped_column(ForeignKey(Exercise.id, ondelete="CASCADE"))
    notes_played: Mapped[str] = mapped_column(String(1000))
    is_correct: Mapped[bool] = mapped_column()
    accuracy_percentage: Mapped[float] = mapped_column()
    response_time_ms: Mapped[int] = mapped_column(Integer)
    attempted_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Progress(Base):
    __tablename__ = "piano_progress"

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), primary_key=True)
    current_difficulty_level: Mapped[int] = mapped_column(Integer, server_default="1")
    total_exercises_completed: Mapped[int] = mapped_column(Integer, server_default="0")
    average_accuracy_percentage: Mapped[float] = mapped_column(server_default="0")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
