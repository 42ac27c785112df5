"""What the fields of a body must hold. Strict: nothing is coerced, a boolean is no number, `1.0` is no integer."""

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from piano.errors import InvalidRequest

_INT32_MAX = 2**31 - 1
_INT64_MAX = 2**63 - 1
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NOTES = r"^[A-G](#|b)?[0-8](,[A-G](#|b)?[0-8])*$"


def _storable(text: str) -> str:
    """JSON can spell two things that no PostgreSQL text can hold."""
    if "\x00" in text:
        raise PydanticCustomError("nul", "String should not contain U+0000")
    if _SURROGATE.search(text):
        raise PydanticCustomError("surrogate", "String should not contain a lone surrogate")
    return text


# Lengths count code points.
Text = Annotated[str, AfterValidator(_storable)]


class Fields(BaseModel):
    """Unknown fields are ignored, whatever their value."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    @classmethod
    def check(cls, document: dict[str, Any]) -> Self:
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            raise InvalidRequest(f"{first['loc'][0]}: {first['msg']}") from error


class ExerciseFields(Fields):
    title: Annotated[Text, Field(min_length=1, max_length=255)]
    description: Annotated[Text, Field(max_length=2000)] | None = None
    difficulty_level: Annotated[int, Field(ge=1, le=5)]
    notes_sequence: Annotated[Text, Field(min_length=1, max_length=255, pattern=_NOTES)]


class AttemptFields(Fields):
    exercise_id: Annotated[int, Field(ge=1, le=_INT64_MAX)]
    notes_played: Annotated[Text, Field(min_length=1, max_length=1000)]
    is_correct: bool
    accuracy_percentage: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    response_time_ms: Annotated[int, Field(ge=0, le=_INT32_MAX)]
