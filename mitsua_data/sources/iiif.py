"""
Museums with IIIF: objects as manifests, in collections that may hold collections; one source for each declaration.

Reference: https://iiif.io/api/presentation/3.0/#rights (version 2: `license`), https://rightsstatements.org

What a manifest says, and how we read it:

* `rights` (version 3) and `license` (version 2) hold the URI of a licence or of a rights statement. What stands nearest
  to the image counts: its own, else its canvas's, else its manifest's. Where one level names two, they must agree.
* Which URIs are free is the declaration's word, after somebody has read the museum's policy; the policy page is
  captured in each crawl. A URI that means another licence is `licence_not_claimable`, one that says "in copyright" is
  `not_open`, one that nobody knows is `unknown_licence`.
* `attribution`, `requiredStatement` and `metadata` are for people. Where one of them claims a right, at the manifest,
  the canvas or the image, it contradicts, and a person looks.
* An image comes from its service at a size that is enough; without one, as the manifest names it.
* `iiif` itself reads saved manifests of any museum. It knows no policy, so it is for looking, not for crawling.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from mitsua_data.licences import Licence, from_uri, normalise_uri
from mitsua_data.model import Evidence, Grade, ImageRef, Reason, Refusal, Verdict
from mitsua_data.sources.base import Body, Page, Record, RuleRefusal, SourceError, SourceSpec, WebReader, WebSource
from mitsua_data.sources.declaration import Declared, unconditional
from mitsua_data.sources.hosts import host_of
from mitsua_data.sources.iiif_manifest import (
    SIZE,
    Painting,
    is_collection,
    is_manifest,
    paintings,
    shown,
    words,
)
from mitsua_data.sources.iiif_walk import walk
from mitsua_data.sources.reserved import reserves, strings

IN_COPYRIGHT: Final = frozenset(
    f"rightsstatements.org/{folder}/{name}/1.0"
    for folder in ("vocab", "page")
    for name in ("InC", "InC-OW-EU", "InC-EDU", "InC-NC", "InC-RUU", "NoC-CR", "NoC-NC", "NoC-OKLR")
)
"""Statements that say: not free, or not for every use."""
RIGHTS: Final = ("/rights", "/license")
SPEAKERS: Final = ("/attribution", "/requiredStatement", "/metadata")
"""Words for people, at any level."""
_URL = Annotated[str, Field(pattern=r"^https://[A-Za-z0-9.-]+/\S*$", max_length=1000)]
_HOST = Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]


class Museum(Declared):
    """What a person states of one museum's IIIF service: the content of a declaration."""

    kind: Literal["iiif"]
    collections: tuple[_URL, ...] = Field(min_length=1)
    """Where its collections, or single manifests, are."""
    rights: tuple[str, ...] = Field(min_length=1)
    """URIs that its policy says are free."""
    terms: tuple[_URL, ...] = Field(min_length=1)
    """The policy pages."""
    hosts: frozenset[_HOST] = Field(min_length=1)
    image_hosts: frozenset[_HOST] = Field(min_length=1)
    requests_per_second: float = Field(default=1.0, gt=0, le=10)
    size: str = Field(default=SIZE, pattern=r"^(max|full|!?[1-9][0-9]{1,4},[1-9][0-9]{1,4}|[1-9][0-9]{1,4},)$")
    """What is asked for of the image service, where it wants another form than this."""

    @field_validator("rights")
    @classmethod
    def _known(cls, uris: tuple[str, ...]) -> tuple[str, ...]:
        licences = {uri: from_uri(uri) for uri in uris}
        if None in licences.values():
            raise ValueError(f"{next(uri for uri in uris if licences[uri] is None)} is no licence that is known")
        unconditional([licence for licence in licences.values() if licence])
        return uris

    def source(self, sha256: str) -> DeclaredIiif:
        """The museum."""
        return DeclaredIiif(self, sha256)


class _Iiif(WebSource, ABC):
    """What every manifest says, whoever publishes it."""

    size: str = SIZE

    def records(self, page: Page) -> Iterable[Record]:
        """One for each manifest; a collection is none, and whatever is neither is one that is refused."""
        for body in page.bodies:
            record = Record(body.locator, body, context=page.context)
            saved = not body.locator.startswith("https://") and is_manifest(record)
            if not is_collection(record):
                own = record.text("/@id") or record.text("/id") if saved else ""
                yield replace(record, id=own or record.id)

    def images(self, record: Record) -> Sequence[ImageRef]:
        """Everything that is painted on its canvases."""
        if not is_manifest(record):
            raise RuleRefusal(Reason.UNREADABLE, record.whole())
        about = shown(record)
        return [
            ImageRef(
                part=painting.part,
                url=painting.url,
                title=words(record.seen("/label")),
                landing_url=record.text("/homepage/0/id") or record.text("/related") or record.text("/related/@id"),
                description=words(record.seen("/summary") or record.seen("/description")),
                creator=about.get("creator", ""),
                date=about.get("date", ""),
                medium=about.get("medium", ""),
                culture=about.get("culture", ""),
            )
            for painting in reversed(_painted(record.body, self.size).values())
        ]

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        """What the nearest rights statement means, if the words for people claim nothing else."""
        painting = _painted(record.body, self.size)[image.part]
        address = record.quote(painting.address)
        spoken = tuple(_spoken(record, painting.levels))
        for level in painting.levels:
            said = [record.quote(f"{level}{key}", missing_ok=True) for key in _keys(record, level)]
            if said:
                return self._by_statement(said, spoken, image, address)
        silent = tuple(record.quote(f"{level}/rights", missing_ok=True) for level in painting.levels)
        return Refusal(Reason.NO_STATEMENT, (*silent, *spoken, address))

    def _by_statement(
        self, said: Sequence[Evidence], spoken: tuple[Evidence, ...], image: ImageRef, address: Evidence
    ) -> Verdict:
        evidence = (*said, *spoken, address)
        values = [value for each in said for value in (each.value if isinstance(each.value, list) else [each.value])]
        uris = [value for value in values if isinstance(value, str)]
        if len(uris) != len(values) or not uris or not self.serves(image.url):
            return Refusal(Reason.UNKNOWN_VALUE, evidence)
        if any(normalise_uri(uri) in IN_COPYRIGHT for uri in uris):
            return Refusal(Reason.NOT_OPEN, evidence)
        first, *others = {from_uri(uri) for uri in uris}
        if first is None or None in others:
            return Refusal(Reason.UNKNOWN_LICENCE, evidence)
        if others or (first in self.spec.may_claim and spoken):
            return Refusal(Reason.CONFLICT, evidence)
        return self.claim(first, *evidence)

    def serves(self, url: str) -> bool:
        """Whether an image's address is one that this source may fetch."""
        return url.startswith("https://") and bool(host_of(url))


class AnyIiif(_Iiif):
    """Manifests that somebody saved, of no declared museum."""

    spec = SourceSpec(
        id="iiif",
        institution="whoever published the manifest",
        homepage="https://iiif.io",
        may_claim=frozenset({Licence.CC0_1_0, Licence.PDM_1_0}),
        grade=Grade.E2,
        basis="the rights statement of each manifest, canvas or image",
        needs='a declaration of the museum (kind = "iiif"), with its policy page; saved manifests for inspect',
        rule_version=1,
    )

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:  # noqa: ARG002
        """Nothing: it has no server. Raises SourceError."""
        raise SourceError("iiif has no server of its own", advice=f"it needs {self.spec.needs}")


class DeclaredIiif(_Iiif):
    """One museum, as its declaration describes it."""

    def __init__(self, declaration: Museum, sha256: str | None = None) -> None:
        """`sha256`: of the file the declaration was read from; None where there is no file."""
        self.declaration = declaration
        self.declaration_sha256 = sha256
        self.size = declaration.size
        self.spec = SourceSpec(
            id=declaration.id,
            institution=declaration.institution,
            homepage=declaration.homepage,
            terms=declaration.terms,
            may_claim=frozenset(licence for uri in declaration.rights if (licence := from_uri(uri))),
            grade=Grade.E2,
            metadata_hosts=declaration.hosts,
            image_hosts=declaration.image_hosts,
            requests_per_second=declaration.requests_per_second,
            caption_licence=declaration.caption_licence,
            attribution=declaration.attribution,
            basis=declaration.basis,
            unverified=declaration.unverified,
            needs=declaration.needs,
            rule_version=declaration.rule_version,
        )

    def serves(self, url: str) -> bool:
        """On the declared hosts only."""
        return url.startswith("https://") and host_of(url) in self.spec.image_hosts

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        """Collections from the top down, ten manifests to a page."""
        return walk(reader, self.declaration.collections, self.spec.metadata_hosts, after)


@lru_cache(maxsize=16)
def _painted(body: Body, size: str) -> dict[str, Painting]:
    """What a manifest paints, by part: found once, as a book has a thousand pages. Of one part, the first counts."""
    found = list(paintings(Record(body.locator, body), size))
    return {painting.part: painting for painting in reversed(found)}


def _keys(record: Record, level: str) -> list[str]:
    """Where a level speaks of rights, if only to say null, or what cannot be read; of a manifest, null is silence."""
    found = [key for key in RIGHTS if record.has(f"{level}{key}")]
    return [key for key in found if level or record.quote(key).value is not None]


def _spoken(record: Record, levels: Sequence[str]) -> Iterator[Evidence]:
    """The words for people that claim a right. Raises RuleRefusal where they cannot be read."""
    for pointer in (f"{level}{key}" for level in levels for key in SPEAKERS):
        quoted = record.quote(pointer, missing_ok=True)
        if quoted.value is not None and any(map(reserves, strings(record.value(pointer)))):
            yield quoted
