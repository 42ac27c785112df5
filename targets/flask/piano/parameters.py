"""Positive integers from the path and the query string: ASCII digits only, within a range, else 400."""

import re
from typing import NamedTuple

from flask import request

from piano.errors import InvalidRequest

MAX_ID = 2**63 - 1
MAX_PAGE = 2**31 - 1
DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
DEFAULT_LEADERBOARD = 10
MAX_LEADERBOARD = 100

_DIGITS = re.compile(r"[0-9]+")


class Page(NamedTuple):
    number: int
    size: int

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size


def path_id(text: str) -> int:
    return _positive("id", text, MAX_ID)


def difficulty() -> int | None:
    return _query("difficulty", 5, None)


def page() -> Page:
    return Page(number=_query("page", MAX_PAGE, 1), size=_query("page_size", MAX_PAGE_SIZE, DEFAULT_PAGE_SIZE))


def limit() -> int:
    return _query("limit", MAX_LEADERBOARD, DEFAULT_LEADERBOARD)


def _query(name: str, largest: int, default: int | None) -> int | None:
    """Of a repeated key the first value counts; a key without a value is an empty one, and wrong."""
    text = request.args.get(name)
    return default if text is None else _positive(name, text, largest)


def _positive(name: str, text: str, largest: int) -> int:
    # Stripped and measured before `int`, which refuses thousands of digits even where they are zeros.
    digits = text.lstrip("0") if _DIGITS.fullmatch(text) else ""
    if not digits or len(digits) > len(str(largest)) or int(digits) > largest:
        raise InvalidRequest(f"{name} must be an integer from 1 to {largest}")
    return int(digits)
