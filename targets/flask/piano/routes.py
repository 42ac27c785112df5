"""The endpoints. Each asks in the contract's order: who, which id, which query values, which body."""

from typing import Any

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import NotFound

from piano import body, parameters, representation
from piano.auth import current_user_id
from piano.database import session
from piano.services import PianoService
from piano.validation import AttemptFields, ExerciseFields

piano = Blueprint("piano", __name__, url_prefix="/api/piano")
health = Blueprint("health", __name__)


def attach(app: Flask) -> None:
    app.url_map.merge_slashes = False
    app.before_request(_refuse_leading_slashes)
    app.register_blueprint(piano)
    app.register_blueprint(health)


def _refuse_leading_slashes() -> None:
    """Werkzeug's router would drop all but one of them."""
    if request.environ["PATH_INFO"].startswith("//"):
        raise NotFound


def _service() -> PianoService:
    return PianoService(session())


def _no_content() -> Response:
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


@health.get("/health")
def healthy() -> dict[str, Any]:
    return {"status": "ok"}


@piano.get("/exercises")
def list_exercises() -> dict[str, Any]:
    difficulty, page = parameters.difficulty(), parameters.page()
    total, rows = _service().exercises(difficulty, page)
    return representation.listing(page, total, [representation.exercise(row) for row in rows])


@piano.get("/exercises/<exercise_id>")
def show_exercise(exercise_id: str) -> dict[str, Any]:
    return representation.exercise(_service().exercise(parameters.path_id(exercise_id)))


@piano.post("/exercises")
def create_exercise() -> tuple[dict[str, Any], int]:
    current_user_id()
    fields = ExerciseFields.check(body.read_object())
    return representation.exercise(_service().create_exercise(fields)), 201


@piano.put("/exercises/<exercise_id>")
def replace_exercise(exercise_id: str) -> dict[str, Any]:
    current_user_id()
    number = parameters.path_id(exercise_id)
    fields = ExerciseFields.check(body.read_object())
    return representation.exercise(_service().replace_exercise(number, fields))


@piano.delete("/exercises/<exercise_id>")
def delete_exercise(exercise_id: str) -> Response:
    current_user_id()
    _service().delete_exercise(parameters.path_id(exercise_id))
    return _no_content()


@piano.get("/exercises/<exercise_id>/attempts")
def list_attempts_on_exercise(exercise_id: str) -> dict[str, Any]:
    number, page = parameters.path_id(exercise_id), parameters.page()
    total, rows = _service().attempts_on_exercise(number, page)
    return representation.listing(page, total, [representation.attempt(row) for row in rows])


@piano.get("/exercises/<exercise_id>/stats")
def show_stats(exercise_id: str) -> dict[str, Any]:
    user_id = current_user_id()
    number = parameters.path_id(exercise_id)
    return representation.stats(number, _service().stats(user_id, number))


@piano.post("/attempts")
def record_attempt() -> tuple[dict[str, Any], int]:
    user_id = current_user_id()
    fields = AttemptFields.check(body.read_object())
    return representation.attempt(_service().record_attempt(user_id, fields)), 201


@piano.get("/attempts")
def list_own_attempts() -> dict[str, Any]:
    user_id = current_user_id()
    page = parameters.page()
    total, rows = _service().attempts_of_user(user_id, page)
    return representation.listing(page, total, [representation.attempt(row) for row in rows])


@piano.get("/progress")
def show_progress() -> dict[str, Any]:
    user_id = current_user_id()
    return representation.progress(user_id, _service().progress(user_id))


@piano.delete("/progress")
def reset_progress() -> Response:
    _service().reset_progress(current_user_id())
    return _no_content()


@piano.get("/leaderboard")
def show_leaderboard() -> dict[str, Any]:
    total, standings = _service().leaderboard(parameters.limit())
    return representation.leaderboard(total, standings)
