"""The errors a client can meet, all of one JSON form, and the handlers that turn every exception into it."""

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException, MethodNotAllowed


class ApiError(Exception):
    """An answer that is an error. Only its subclasses are raised."""

    status: int
    code: str

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidRequest(ApiError):  # noqa: N818, named after the answer's code, as all four are
    status = 400
    code = "invalid_request"


class Unauthorized(ApiError):  # noqa: N818
    status = 401
    code = "unauthorized"


class NotFound(ApiError):  # noqa: N818
    status = 404
    code = "not_found"


class PayloadTooLarge(ApiError):  # noqa: N818
    status = 413
    code = "payload_too_large"


# What Flask and Werkzeug raise themselves; any other 4xx of theirs is a request they cannot read.
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "payload_too_large"}


def attach(app: Flask) -> None:
    app.register_error_handler(ApiError, _api_error)
    app.register_error_handler(HTTPException, _http_error)


def _api_error(error: ApiError) -> Response:
    response = _answer(error.status, error.code, error.message)
    if isinstance(error, Unauthorized):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _http_error(error: HTTPException) -> Response:
    """Flask brings an unexpected exception here as a 500, after it has logged the cause."""
    status = error.code or 500
    if status >= 500:
        return _answer(status, "internal", "the server could not answer this request")
    response = _answer(status, _CODES.get(status, "invalid_request"), error.description or error.name)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _answer(status: int, code: str, message: str) -> Response:
    response = jsonify({"error": {"code": code, "message": message}})
    response.status_code = status
    return response
