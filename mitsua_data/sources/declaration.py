"""What is common to all declarations: sources that a person describes in `manifests/sources/<id>.toml`, of any kind."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection

from pydantic import BaseModel, ConfigDict, Field

from mitsua_data.licences import Kind, Licence
from mitsua_data.sources.base import AnySource


class Declared(BaseModel):
    """What a person states of one source after looking at it. A key that is not known is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    """Which sort of declaration this is: a key of `sources.KINDS`. Each sort allows its own word only."""
    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    institution: str
    homepage: str
    terms: tuple[str, ...] = ()
    needs: str
    attribution: str = ""
    caption_licence: Licence | None = None
    basis: str = ""
    """What its claims rest on, in one line for people."""
    unverified: tuple[str, ...] = ()
    """What is believed of it without having been seen: sentences for people."""
    rule_version: int = Field(default=1, ge=1)

    @abstractmethod
    def source(self, sha256: str) -> AnySource:
        """The source that is declared. `sha256`: of the declaration's text."""


def unconditional(licences: Collection[Licence]) -> None:
    """Raise ValueError for a licence that sets conditions: a source may only claim what sets none."""
    for licence in licences:
        if licence.kind is Kind.LICENCE:
            raise ValueError(f"{licence} sets conditions; a source may only claim what sets none")
