"""
Works delivered under a contract: a folder of image files, and the signed permission that lies on top of it.

Reference: `mitsua permit`, which writes `permission.intoto.json`: a DSSE envelope around an in-toto statement.

What a permission says, and how we read it:

* It lists the exact works by the SHA-256 of their files. A file that is not on the list, or was changed since, is not
  covered, wherever it lies.
* `allowed_acts` names what is allowed, and all that is: without `training` there is no claim. An act, a warranty or a
  term in words that we do not know is a refusal: it could be a condition.
* It counts only if a registrar whose key is pinned here signed it. The pinned keys stand beside the folder as a capture
  of their own, and every quotation from the permission names the key by which its signature is verified.
* Its term is quoted, and judged when a decision is made: a rule has no clock. There it must be on record, too.
* It is a grant to one licensee: never a dedication, never CC0. No portfolio page and no e-mail stands in for it.
* Nothing is said of the licensor but a salted hash; a credit is given where the permission asks for one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePosixPath
from typing import Final

from mitsua_data.licences import Licence
from mitsua_data.model import UNLIMITED, Act, Evidence, Grade, ImageRef, Reason, Refusal, Verdict, Warranty
from mitsua_data.sources.base import REGISTRARS, ArchiveReader, ArchiveSource, Page, Record, RuleRefusal, SourceSpec
from mitsua_data.sources.base import file_pointer as in_index
from mitsua_data.sources.repository_paths import FORMATS

PAGE: Final = 200
"""Most images on one page; a page never spans two deliveries."""
STATEMENT: Final = "permission.intoto.json"
"""The permission's name, on top of the delivered folder."""
MOST_SIGNATURES: Final = 16
PAYLOAD: Final = "application/vnd.in-toto+json"
"""The type that is signed together with the statement."""
PLAIN: Final = {
    "/_type": "https://in-toto.io/Statement/v1",
    "/predicateType": "urn:mitsua:permission:v1",
}
"""What kind of statement it must be."""
ACTS: Final = "/predicate/allowed_acts"
WARRANTIES: Final = "/predicate/warranties"
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_TEXT: Final = re.compile(r"(?s).*\S.*")
_DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
SHAPES: Final = {
    "/predicate/document": _HEX,
    "/predicate/licensor/sha256": _HEX,
    "/predicate/licensee": _TEXT,
    "/predicate/territory": _TEXT,
    "/predicate/withdrawal_rule": _TEXT,
    "/predicate/term/from": re.compile(_DAY),
    "/predicate/term/until": re.compile(f"{_DAY}|{UNLIMITED}"),
}
"""What else must be said, in one text each."""


class Contract(ArchiveSource):
    """One delivered file is one record; its permission is the evidence."""

    many = True
    signed = True
    items = "image files"
    spec = SourceSpec(
        id="contract",
        institution="rights holders who signed a permission",
        homepage="https://in-toto.io/Statement/v1",
        may_claim=frozenset({Licence.PERMISSION}),
        grade=Grade.E4,
        caption_licence=Licence.PERMISSION,
        basis="a grant that the rights holder signed, for these exact files, as a pinned registrar recorded it",
        needs=f"a delivered folder with {STATEMENT} on top of it, which mitsua permit writes",
    )

    def is_item(self, name: str) -> bool:
        """Image files."""
        return _suffix(name) in FORMATS

    def is_top(self, entries: Collection[str]) -> bool:
        """The folder that the permission lies in."""
        return STATEMENT in entries

    def pages(self, reader: ArchiveReader, after: str | None = None) -> Iterator[Page]:
        """Image files, delivery by delivery; the cursor is the last name of a page."""
        names = frozenset(reader.names())
        images = sorted(filter(self.is_item, names))
        self.require(images)
        left = [name for name in images if after is None or name > after]
        for delivery, group in groupby(left, key=_delivery):
            statement = f"{delivery}/{STATEMENT}"
            context = {body.name: body for body in reader.stream([statement, REGISTRARS])}
            found = list(group)
            for start in range(0, len(found), PAGE):
                batch = found[start : start + PAGE]
                index = reader.index([*batch, statement])
                yield Page((index,), cursor=batch[-1], context=context, total=len(images))

    def records(self, page: Page) -> Iterable[Record]:
        """One for each image file that the page's index names; its id is its path, from the delivered folder on."""
        (index,) = page.bodies
        files = index.document.full("/files")
        names = sorted(filter(self.is_item, files)) if isinstance(files, dict) else []
        return [Record(name, index, context=page.context) for name in names]

    def images(self, record: Record) -> Sequence[ImageRef]:
        """The file itself; its title is made of its name, its creator is the credit that was asked for."""
        path = PurePosixPath(record.id)
        title = re.sub(r"[\W_]+", " ", path.stem).strip()
        signed = _signed(record)
        credit = record.text(f"{signed.pointer}/predicate/credit", of=_statement(record)) if signed else ""
        category = record.id.partition("/")[2].rpartition("/")[0]
        return (ImageRef("file", f"{self.spec.id}:{record.id}", title=title, creator=credit, category=category),)

    def licence(self, record: Record, image: ImageRef) -> Verdict:  # noqa: ARG002  # a record is an image here
        """A permission, if a pinned registrar signed that it covers these bytes and allows training on them."""
        picture, statement = record.quote(in_index(record.id)), _statement(record)
        if statement not in record.context:
            return Refusal(Reason.NO_PERMISSION, (picture, record.quote(in_index(statement), missing_ok=True)))
        signed = _signed(record)
        if signed is None:
            return Refusal(Reason.UNSIGNED, (picture, record.whole(of=statement)))
        digest = str(picture.value).removeprefix("sha256:")
        work = record.quote(f"{signed.pointer}/predicate/works/{digest}", of=statement, missing_ok=True)
        terms = tuple(_terms(record, signed.pointer, statement))
        acts = next(each for each in terms if each.pointer.endswith(ACTS))
        evidence = (picture, work, signed.key, *terms)
        if not isinstance(work.value, str) or not isinstance(acts.value, list) or Act.TRAINING not in acts.value:
            return Refusal(Reason.NO_PERMISSION, evidence)
        return self.claim(Licence.PERMISSION, *evidence)


@dataclass(frozen=True)
class _Signed:
    """What a pinned registrar signed."""

    key: Evidence
    """The key, as it is pinned."""
    pointer: str
    """What is put before a pointer into it: with it, nothing is read whose signature by that key does not verify."""


def _signed(record: Record) -> _Signed | None:
    """The record's permission, if a pinned registrar signed it."""
    statement = _statement(record)
    if statement not in record.context or REGISTRARS not in record.context:
        return None
    for place in range(MOST_SIGNATURES):
        keyid = record.seen(f"/signatures/{place}/keyid", of=statement)
        if not isinstance(keyid, str) or not _HEX.fullmatch(keyid):
            continue
        key = record.quote(f"/registrars/{keyid}", of=REGISTRARS, missing_ok=True)
        pointer = f"dsse:{key.value}"
        if key.value is not None and record.seen(f"{pointer}/predicateType", of=statement) is not None:
            return _Signed(key, pointer)
    return None


def _terms(record: Record, signed: str, statement: str) -> Iterator[Evidence]:
    """Everything that a permission must say. Raises RuleRefusal where a word of it is missing or unknown."""
    yield record.quote("/payloadType", of=statement, among=(PAYLOAD,))
    for pointer, value in PLAIN.items():
        yield record.quote(signed + pointer, of=statement, among=(value,))
    for pointer, shape in SHAPES.items():
        yield _shaped(record.quote(signed + pointer, of=statement), shape)
    yield _listed(record.quote(signed + ACTS, of=statement), tuple(Act))
    yield _listed(record.quote(signed + WARRANTIES, of=statement), tuple(Warranty))


def _shaped(evidence: Evidence, shape: re.Pattern[str]) -> Evidence:
    if not isinstance(evidence.value, str) or not shape.fullmatch(evidence.value):
        raise RuleRefusal(Reason.UNKNOWN_VALUE, evidence)
    return evidence


def _listed(evidence: Evidence, known: Collection[str]) -> Evidence:
    """A list of known words, and of nothing else."""
    value = evidence.value
    if not isinstance(value, list) or not all(isinstance(each, str) and each in known for each in value):
        raise RuleRefusal(Reason.UNKNOWN_VALUE, evidence)
    return evidence


def _statement(record: Record) -> str:
    return f"{_delivery(record.id)}/{STATEMENT}"


def _delivery(name: str) -> str:
    """The folder that was named, which stands before all its names."""
    return name.partition("/")[0]


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.removeprefix(".").lower()
