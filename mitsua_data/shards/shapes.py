"""Shapes that every document of a release shares: strict models, digests, and errors said in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar, cast

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from mitsua_data.canonical import canonical, parse_canonical
from mitsua_data.errors import IntegrityError
from mitsua_data.model import Json

if TYPE_CHECKING:
    JsonObject = dict[str, Json]
else:
    JsonObject = dict[str, JsonValue]  # pydantic cannot resolve a recursive alias that is not its own

Sha256Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 digest, 64 lower-case hex digits."""
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""A number of things or bytes that JSON carries exactly."""
Time = Annotated[AwareDatetime, Field(strict=False)]
"""A moment with its offset from UTC; ISO 8601 in JSON."""


class Border(BaseModel):
    """Outside data: no field more, no field of another type, nothing changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def dump(self) -> dict[str, Json]:
        """The value as JSON, ready for `canonical`."""
        return cast("dict[str, Json]", self.model_dump(mode="json", by_alias=True))

    def text(self) -> bytes:
        """The value as canonical JSON."""
        return canonical(self.dump())


BorderT = TypeVar("BorderT", bound=Border)


def read_shape(shape: type[BorderT], text: bytes, *, what: str, limit: int) -> BorderT:
    """
    Read a document in canonical JSON. `what` names it in errors; `limit` is its largest size in bytes.

    Raises IntegrityError where it is not canonical, or not of that shape.
    """
    try:
        return shape.model_validate(parse_canonical(text, limit=limit))
    except ValueError as error:
        raise IntegrityError(f"{what}: {first_line(error)}") from error


def first_line(error: ValueError) -> str:
    """A validation error in one line: the place and the complaint."""
    if isinstance(error, ValidationError):
        detail = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in detail["loc"])
        return f"{place}: {detail['msg']}" if place else detail["msg"]
    return str(error)
