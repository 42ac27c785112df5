"""Who asks: the user whose token the Authorization header bears."""

import re

from flask import request

from piano.database import session
from piano.errors import Unauthorized
from piano.repository import Repository

# One space and no more: a token does not begin with white space.
_BEARER = re.compile(r"bearer (\S.*)", re.IGNORECASE)


def current_user_id() -> int:
    token = _token(request.headers.get("Authorization", ""))
    user_id = Repository(session()).user_id_of_token(token) if token else None
    if user_id is None:
        raise Unauthorized("send Authorization: Bearer followed by a valid token")
    return user_id


def _token(header: str) -> str | None:
    """A header arrives as Latin-1, whatever the client meant; tokens are UTF-8."""
    match = _BEARER.fullmatch(header)
    if match is None:
        return None
    try:
        return match[1].encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None
