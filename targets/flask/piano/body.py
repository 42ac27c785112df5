"""Reading a request's body: at most 1 MiB, and exactly one JSON object.

Content-Type is not looked at. What a body's fields must hold is for `validation` to say.
"""

import json
from typing import Any

from flask import Flask, Response, request

from piano.errors import InvalidRequest, PayloadTooLarge

LIMIT_BYTES = 1024 * 1024
DRAIN_LIMIT_BYTES = 8 * 1024 * 1024
_PIECE_BYTES = 64 * 1024
_LONGEST_INT64 = len(str(-(2**63)))


def attach(app: Flask) -> None:
    app.after_request(_drain)


def read_object() -> dict[str, Any]:
    return _parse(_read())


def _read() -> bytes:
    if (request.content_length or 0) > LIMIT_BYTES:
        raise _too_large()
    pieces, missing = [], LIMIT_BYTES + 1
    while missing > 0:
        try:
            piece = request.stream.read(min(missing, _PIECE_BYTES))
        except Exception as error:
            # The stream is the server's, and so are its exceptions: a lost client, chunks that are none.
            raise InvalidRequest("the body could not be read") from error
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        missing -= len(piece)
    raise _too_large()


def _too_large() -> PayloadTooLarge:
    return PayloadTooLarge(f"the body is larger than {LIMIT_BYTES} bytes")


def _drain(response: Response) -> Response:
    """Reads what an early answer has left of the body, up to a limit.

    A socket that is closed with unread data is reset, and a client that is still sending never sees the answer.
    """
    if not request.content_length and "Transfer-Encoding" not in request.headers:
        return response
    remaining = DRAIN_LIMIT_BYTES
    while remaining > 0:
        try:
            piece = request.stream.read(_PIECE_BYTES)
        except Exception:
            # The answer stands whatever the rest of the body does.
            return response
        if not piece:
            return response
        remaining -= len(piece)
    return response


def _parse(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body.decode("utf-8"), parse_int=_integer, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise InvalidRequest("the body is not valid UTF-8") from error
    except RecursionError as error:
        raise InvalidRequest("the body is nested too deeply") from error
    except ValueError as error:
        raise InvalidRequest(f"the body is not valid JSON: {error}") from error
    if not isinstance(document, dict):
        raise InvalidRequest("the body must be a JSON object")
    return document


def _integer(digits: str) -> int | float:
    """An integer beyond 64 bits fits no field, so it need not be exact; `int` refuses thousands of digits."""
    return int(digits) if len(digits) <= _LONGEST_INT64 else float(digits)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")
