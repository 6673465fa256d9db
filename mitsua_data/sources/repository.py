"""
Repositories: collections of image files whose rights are stated in licence files and side-cars beside them.

Reference: https://reuse.software/spec (side-cars, lists), https://spdx.org/licenses (identifiers)

What a repository says, and how we read it:

* A side-car (`a.png.license`, with `SPDX-License-Identifier`) is a statement on one file, and decides for that file. So
  is what the lists of REUSE say of it, and a side-car in Europeana's data model: see `repository_statements`.
* A licence file governs its folder and what lies below, up to the next licence file: the nearest one counts. It is
  known by its exact bytes (git blob id), never by its words. Two statements on one file must agree.
* Repositories state licences for code and forget that pictures came from elsewhere. So a licence file alone makes no
  claim, until a person has looked at the collection and declared, in `manifests/sources/<id>.toml`, which paths it
  covers: `Repository`. In a folder that nobody declared, only side-cars make claims: `AnyRepository`.
* The folder `LICENSES/` of REUSE holds texts, not statements.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from mitsua_data.licences import LICENCE_FILES, Licence
from mitsua_data.model import Evidence, Grade, ImageRef, Reason, Refusal, Verdict
from mitsua_data.sources.base import ArchiveReader, ArchiveSource, Body, Page, Record, SourceSpec, file_pointer
from mitsua_data.sources.declaration import Declared, unconditional
from mitsua_data.sources.repository_paths import (
    FORMATS,
    any_of,
    chain,
    folder,
    is_image,
    is_licence_file,
    nearest,
    place,
    side_car,
    suffix,
)
from mitsua_data.sources.repository_statements import Statement, lists, own_files, statements

PAGE: Final = 200
"""Most images on one page; a page never spans two folders, so that a new file changes the pages of its own folder."""
_BLOB = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
_FORMAT = Annotated[str, Field(pattern=f"^({'|'.join(sorted(FORMATS))})$")]
_PATTERN = Annotated[str, Field(pattern=r"^[^/\\].*$")]


class Declaration(Declared):
    """
    What a person states of one repository after looking at it: the content of `manifests/sources/<id>.toml`.

    Patterns are paths from the top of the repository, as in `.gitignore`: `*` stands for anything but `/`, `**` for
    anything, `**/` for any folders or none, `?` for one character.
    """

    kind: Literal["repository"] = "repository"
    creator: str = ""
    """Who made the pictures, where one name holds for all."""
    licence: Licence
    grade: Grade = Grade.E3
    include: tuple[_PATTERN, ...] = Field(min_length=1)
    """What the licence file was found to cover. Images elsewhere are `out_of_scope`."""
    exclude: tuple[_PATTERN, ...] = ()
    """What it does not cover, inside of that: other people's logos, fonts, photographs. These are `excluded`."""
    formats: frozenset[_FORMAT] = FORMATS
    licence_files: dict[str, tuple[_BLOB, ...]] = Field(min_length=1)
    """Path of each licence file that must be there, to the git blob ids of the texts that mean `licence`."""

    @field_validator("licence")
    @classmethod
    def _unconditional(cls, licence: Licence) -> Licence:
        unconditional([licence])
        return licence

    def source(self, sha256: str) -> Repository:
        """The repository."""
        return Repository(self, sha256)


@dataclass(frozen=True)
class _Text:
    """A licence file that governs an image."""

    blob: Evidence
    licence: Licence | None
    """What it means; None where its text is not known."""


class _Files(ArchiveSource):
    """What all repositories share: one image file is one record, and its evidence is what lies around it."""

    items = "image files"
    creator: str = ""
    declared: Mapping[str, Collection[str]] = MappingProxyType({})
    """Licence files that must be there, wherever the image lies, with the git blob ids of the texts that were read."""
    stated: Licence | None = None
    """What those texts mean."""

    def is_item(self, name: str) -> bool:
        """Image files."""
        return is_image(name)

    def is_top(self, entries: Collection[str]) -> bool:
        """The folder with the declared licence files; where none are declared, one that has any."""
        if self.declared:
            return {name.partition("/")[0] for name in self.declared} <= set(entries)
        return any(is_licence_file(entry) or entry in {"LICENSES", "REUSE.toml", ".reuse", ".git"} for entry in entries)

    def pages(self, reader: ArchiveReader, after: str | None = None) -> Iterator[Page]:
        """Image files folder by folder; the cursor is the last name of a page."""
        names = frozenset(reader.names())
        images = sorted(filter(is_image, names), key=place)
        self.require(images)
        texts = {name for name in names if name in self.declared or is_licence_file(name)}
        own = {image: names.intersection(own_files(image)) for image in images}
        above = {here: names.intersection(lists(f"{here}/")) for here in set(map(folder, images))}
        bodies = {body.name: body for body in reader.stream(texts.union(*own.values(), *above.values()))}
        left = [name for name in images if after is None or place(name) > place(after)]
        for here, group in groupby(left, key=folder):
            around = sorted(text for text in texts if text in self.declared or folder(text) in chain(here))
            found = list(group)
            for start in range(0, len(found), PAGE):
                batch = found[start : start + PAGE]
                beside = [*around, *sorted(above[here].union(*(own[image] for image in batch)))]
                index = reader.index([*batch, *beside])
                context = {name: bodies[name] for name in beside}
                yield Page((index,), cursor=batch[-1], context=context, total=len(images))

    def records(self, page: Page) -> Iterable[Record]:
        """One for each image file that the page's index names; its id is its path."""
        (index,) = page.bodies
        files = index.document.full("/files")
        names = sorted(filter(is_image, files)) if isinstance(files, dict) else []
        return [Record(name, index, context=page.context) for name in names]

    def images(self, record: Record) -> Sequence[ImageRef]:
        """The file itself; its title is made of its name."""
        path = PurePosixPath(record.id)
        title = re.sub(r"[\W_]+", " ", path.stem.removesuffix("@2x")).strip()
        url = f"{self.spec.id}:{record.id}"
        return (ImageRef("file", url, title=title, creator=self.creator, category=folder(record.id)),)

    def licence(self, record: Record, image: ImageRef) -> Verdict:  # noqa: ARG002  # a record is an image here
        """By the side-car where there is one, else by the licence files; whatever speaks must agree."""
        picture = record.quote(file_pointer(record.id))
        outside = self.outside(record.id)
        if outside is not None:
            return Refusal(outside, (picture,))
        missing = [file_pointer(name) for name in sorted(self.declared) if name not in record.context]
        if missing:
            absent = (record.quote(pointer, missing_ok=True) for pointer in missing)
            return Refusal(Reason.NO_LICENCE_FILE, (picture, *absent))
        texts = [self._read(record, name) for name in sorted({*nearest(record.context, record.id), *self.declared})]
        blobs = tuple(text.blob for text in texts)
        said = list(statements(record))
        quoted = tuple(evidence for each in said for evidence in each.evidence)
        if any(each.about for each in said):
            return self._by_statements(said, texts, (picture, *quoted, *blobs))
        beside = record.quote(file_pointer(side_car(record.id)), missing_ok=True)
        return self.by_texts(texts, (picture, beside, *quoted, *blobs))

    def _read(self, record: Record, name: str) -> _Text:
        """What a licence file means: a declared one by its declaration alone, any other by the table of texts."""
        blob = record.blob(name)
        if name not in self.declared:
            return _Text(blob, LICENCE_FILES.get(str(blob.value)))
        return _Text(blob, self.stated if blob.value in self.declared[name] else None)

    def _by_statements(
        self, said: Sequence[Statement], texts: Sequence[_Text], evidence: tuple[Evidence, ...]
    ) -> Verdict:
        """The one licence that all statements name, unless a licence file says another, or nobody knows what."""
        licences = {licence for each in said if each.about for licence in each.licences}
        if not licences:
            return Refusal(Reason.NO_STATEMENT, evidence)
        if len(licences) > 1:
            return Refusal(Reason.CONFLICT, evidence)
        (licence,) = licences
        around = {text.licence for text in texts} if licence in self.spec.may_claim else set()
        if licence is None or None in around:
            return Refusal(Reason.UNKNOWN_LICENCE, evidence)
        if around - {licence}:
            return Refusal(Reason.CONFLICT, evidence)
        return self.claim(licence, *evidence)

    def outside(self, path: str) -> Reason | None:  # noqa: ARG002  # nothing is, without a declaration
        """Why a path is not covered at all; None where it is."""
        return None

    def saved(self, bodies: Sequence[Body]) -> Iterable[Page]:
        """A saved index beside the files that it names; without one, each body by itself."""
        indexes = [body for body in bodies if isinstance(Record(body.locator, body).seen("/files"), dict)]
        beside = {body.name: body for body in bodies if body not in indexes}
        return [Page((index,), context=beside) for index in indexes] or super().saved(bodies)

    @abstractmethod
    def by_texts(self, texts: Sequence[_Text], evidence: tuple[Evidence, ...]) -> Verdict:
        """The verdict where no side-car speaks. `texts`: the nearest licence files, and the declared ones."""


class AnyRepository(_Files):
    """Folders that nobody declared, several in one source: a record's id begins with the name of its folder."""

    many = True
    spec = SourceSpec(
        id="repository",
        institution="whoever published the folder",
        homepage="https://reuse.software",
        may_claim=frozenset({Licence.CC0_1_0}),
        grade=Grade.E2,
        basis="a statement on each file: a side-car (SPDX, Europeana) or REUSE.toml, which all that speak must share",
        needs="a folder with side-cars (image.png.license) or REUSE.toml; to go by its licence file, declare it first",
        rule_version=2,
    )

    def by_texts(self, texts: Sequence[_Text], evidence: tuple[Evidence, ...]) -> Verdict:
        """Never a claim: a licence file alone does not say that it covers the pictures."""
        if not texts:
            return Refusal(Reason.NO_LICENCE_FILE, evidence)
        other = next((text.licence for text in texts if text.licence not in {None, *self.spec.may_claim}), None)
        if other is not None:
            return Refusal(Reason.LICENCE_NOT_CLAIMABLE, evidence, other)
        unknown = any(text.licence is None for text in texts)
        return Refusal(Reason.UNKNOWN_LICENCE if unknown else Reason.NO_STATEMENT, evidence)


class Repository(_Files):
    """One repository, as its declaration describes it."""

    def __init__(self, declaration: Declaration, sha256: str | None = None) -> None:
        """`sha256`: of the file the declaration was read from; None where there is no file."""
        self.declaration = declaration
        self.declaration_sha256 = sha256
        self.creator = declaration.creator
        self.declared = declaration.licence_files
        self.stated = declaration.licence
        self.spec = SourceSpec(
            id=declaration.id,
            institution=declaration.institution,
            homepage=declaration.homepage,
            terms=declaration.terms,
            may_claim=frozenset({declaration.licence}),
            grade=declaration.grade,
            caption_licence=declaration.caption_licence,
            attribution=declaration.attribution,
            basis=declaration.basis,
            unverified=declaration.unverified,
            needs=declaration.needs,
            rule_version=declaration.rule_version,
        )
        self._included = any_of(declaration.include)
        self._excluded = any_of(declaration.exclude)

    def outside(self, path: str) -> Reason | None:
        """By the declaration's patterns and formats; an exclusion is named first."""
        if self._excluded.fullmatch(path):
            return Reason.EXCLUDED
        covered = self._included.fullmatch(path) and suffix(path) in self.declaration.formats
        return None if covered else Reason.OUT_OF_SCOPE

    def by_texts(self, texts: Sequence[_Text], evidence: tuple[Evidence, ...]) -> Verdict:
        """A claim where the declared licence files and the nearest one all mean the declared licence."""
        licences = [text.licence for text in texts]
        if None in licences:
            return Refusal(Reason.UNKNOWN_LICENCE, evidence)
        other = next((licence for licence in licences if licence is not self.stated), None)
        if other is not None:
            return Refusal(Reason.LICENCE_NOT_CLAIMABLE, evidence, other)
        return self.claim(self.declaration.licence, *evidence)
