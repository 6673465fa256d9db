"""
What a source is: a declared `SourceSpec`, and pure functions from captured bytes to verdicts.

    reader ──pages()──▶ Page (bodies + cursor) ──records()──▶ Record ──images(), licence()──▶ judge() ──▶ Judged

A source never opens a file or a connection, and catches nothing: the reader it is given does the first, `judge` the
second. Whatever a verdict rests on is quoted from the page's bodies by `Record.quote`, so the same bodies give the
same verdicts again, in an audit as in the crawl. A page also carries the bodies that all its records lean on (policy
page, licence file, a package's copyright file) as its context, each under the name of its role. The pages of terms that
a source on the web names are captured in each crawl, and every claim quotes them: a flag alone is not enough.

A field that a rule needs and does not find makes `Record.quote` raise `RuleRefusal`, which `judge` turns into a
verdict: absence is `unreadable`, a value outside the known vocabulary is `unknown_value`. Neither ends a crawl.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import ClassVar, Generic, TypeAlias, TypeVar, final

from mitsua_data.errors import SourceError
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Evidence, Grade, ImageId, ImageRef, MediaType, Reason, Refusal, Verdict
from mitsua_data.pointers import Absent, UnreadableBody
from mitsua_data.sources.readers import ArchiveReader, DumpReader, WebReader, file_pointer, quoted_original
from mitsua_data.sources.record import DUMP, REGISTRARS, Body, Page, Record, RuleRefusal
from mitsua_data.sources.spec import Key, SourceSpec

__all__ = [
    "DUMP", "REGISTRARS", "AnySource", "ArchiveReader", "ArchiveSource", "Body", "DumpReader", "Judged", "Key", "Page",
    "Record", "RuleRefusal", "Source", "SourceError", "SourceSpec", "WebReader", "WebSource", "file_pointer", "judge",
    "judge_page", "judge_records", "judge_together", "quoted_original",
]  # fmt: skip

ReaderT = TypeVar("ReaderT", contravariant=True)


class Source(ABC, Generic[ReaderT]):
    """One collection. Subclasses are stateless; their instances stand in `sources.SOURCES`."""

    spec: SourceSpec
    declaration_sha256: str | None = None
    """Of the file that declares the source; None where code does."""

    @abstractmethod
    def pages(self, reader: ReaderT, after: str | None = None) -> Iterator[Page]:
        """The collection, page by page, behind the cursor `after`; from the start where that is None."""

    @abstractmethod
    def records(self, page: Page) -> Iterable[Record]:
        """The records of a page, from its bodies alone. It may raise what pointers and quotes raise."""

    @abstractmethod
    def images(self, record: Record) -> Sequence[ImageRef]:
        """The record's images, each with a `part` of its own; empty where it has none."""

    @abstractmethod
    def licence(self, record: Record, image: ImageRef) -> Verdict:
        """What is said about the rights in one image, quoting every field it rests on."""

    def absence(self, record: Record) -> tuple[Evidence, ...]:
        """What shows that a record has no image."""
        return (record.whole(),)

    def saved(self, bodies: Sequence[Body]) -> Iterable[Page]:
        """
        Pages made of bodies somebody saved, for `inspect`: without terms and cursor, one page a body.

        A source that joins answers (a photograph and its history, two tables) puts them beside one another here.
        """
        return [Page((body,)) for body in bodies]

    def claim(self, licence: Licence, *evidence: Evidence, grade: Grade | None = None) -> Claim:
        """A claim on this source's grade, or on a weaker one."""
        return Claim(licence, grade or self.spec.grade, evidence)


class ArchiveSource(Source[ArchiveReader], ABC):
    """A source that is read from packages, folders and checkouts."""

    many: ClassVar[bool] = False
    """Whether it reads more than one collection: then names begin with the name of the folder that was given."""
    items: ClassVar[str] = "files"
    """What people call the files that make records."""
    signed: ClassVar[bool] = False
    """Whether what lies in it counts only under a registrar's signature: then `REGISTRARS` stands beside it."""
    packages: ClassVar[tuple[str, ...]] = ()
    """Debian packages that hold the collection: a crawl without `--from` downloads them."""

    def home(self, names: Sequence[str]) -> str:  # noqa: ARG002  # most collections begin where the path does
        """The leading folders, `""` or ending in `/`, that are not part of a name, whatever path was given."""
        return ""

    @abstractmethod
    def is_item(self, name: str) -> bool:
        """Whether a file of this name makes a record."""

    @abstractmethod
    def is_top(self, entries: Collection[str]) -> bool:
        """Whether a folder with these files and folders in it is where a collection begins."""

    def is_collection(self, names: Iterable[str]) -> bool:  # noqa: ARG002  # a repository's file is always in one
        """Whether these files are the collection, rather than single files somebody saved from it."""
        return True

    def require(self, found: Collection[str]) -> None:
        """Raise SourceError where an archive holds nothing that makes a record: it is not this collection."""
        if not found:
            raise SourceError(f"{self.spec.id}: no {self.items} here", advice=f"name {self.spec.needs}")


class WebSource(Source[WebReader], ABC):
    """A source that is read over HTTP, or from a dump that its institution publishes."""

    dump_lists: ClassVar[bool] = False
    """Whether its dump only tells what to ask the server for: then `listing` reads the dump, too."""

    joins: ClassVar[bool] = False
    """Whether a record is made of several answers: then one that did not come is asked for with its whole page."""

    @final
    def pages(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        """
        The collection behind the cursor `after`, from its dump where one was named, else from its server.

        The terms come first and stand beside every page, each under its URL. Raises SourceError where one is not there.
        """
        dump = None if self.dump_lists else reader.dump
        found = self.listing(reader, after) if dump is None else self.dumped(dump, after)
        terms = self.captured_terms(reader)  # `found` has not begun; only a source that no server lists has said so
        for page in found:
            yield replace(page, context={**page.context, **terms})

    @final
    def captured_terms(self, reader: WebReader) -> dict[str, Body]:
        """The pages of terms, each under its URL. Raises SourceError where one is not there."""
        return {url: _there(reader.get(url, MediaType.HTML), self.spec.id) for url in self.spec.terms}

    @abstractmethod
    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        """The collection page by page, as its server lists it, behind the cursor `after`; without the terms."""

    def dumped(self, dump: DumpReader, after: str | None = None) -> Iterator[Page]:  # noqa: ARG002
        """The same from a dump. Raises SourceError where the source has none."""
        raise SourceError(f"{self.spec.id} publishes no dump that is read here", advice="leave --from out")


def _there(body: Body, source: str) -> Body:
    if body.exchange is not None and body.exchange.status != 200:
        advice = f"the terms may have moved; save the page and name it: --terms {body.locator}=FILE"
        raise SourceError(f"{source}: {body.locator} is gone, and nothing is claimed without it", advice=advice)
    return body


AnySource: TypeAlias = "ArchiveSource | WebSource"


@dataclass(frozen=True)
class Judged:
    """One image, or one record without any, and what the source's rule says of it."""

    id: ImageId
    image: ImageRef | None
    """None exactly where `id.part` is empty."""
    verdict: Verdict
    capture: str
    """sha256 of the body its record stands in."""


def judge(source: Source[ReaderT], record: Record) -> tuple[Judged, ...]:
    """
    The verdicts on one record: one for each image, or one with the part `""` where there is none.

    Laws: whatever the bytes are, this returns; no two verdicts bear one id (of images with one part, the first counts);
    a claim it returns is under a licence that the source may claim, on no stronger grade than the source has; and what
    a server answered with another status than 200 (it is gone) is no statement, whatever its body says.
    """
    empty = ImageId(source.spec.id, record.id, "")
    if record.body.exchange is not None and record.body.exchange.status != 200:
        return (Judged(empty, None, Refusal(Reason.UNREADABLE, (record.whole(),)), record.body.sha256),)
    try:
        images = {image.part: image for image in reversed(source.images(record))}
        if not images:
            return (Judged(empty, None, Refusal(Reason.NO_IMAGE, source.absence(record)), record.body.sha256),)
    except RuleRefusal as refused:
        return (Judged(empty, None, refused.refusal, record.body.sha256),)
    return tuple(
        Judged(replace(empty, part=image.part), image, _verdict(source, record, image), record.body.sha256)
        for image in reversed(images.values())
    )


def judge_together(source: Source[ReaderT], records: Sequence[Record]) -> tuple[Judged, ...]:
    """
    The verdicts on records that bear one id: what they say alike is said once, by the last of them.

    Laws: no two verdicts bear one id; an image is claimed only if every record that tells of it claims it, under one
    licence, and none of them is refused as a whole: else it is refused as `conflict`, by what both sides quote.
    """
    if len(records) == 1:
        return judge(source, records[0])
    found: dict[ImageId, list[Judged]] = {}
    for judged in chain.from_iterable(judge(source, record) for record in records):
        found.setdefault(judged.id, []).append(judged)
    whole = [each for image in found if not image.part for each in found[image]]
    parts = {image: [*whole, *told] for image, told in found.items() if image.part}
    return tuple(_agreed(told) for told in (parts or found).values())


def _agreed(told: Sequence[Judged]) -> Judged:
    """What is said of one image several times: the last verdict, or a conflict where a claim is not alone."""
    *_, last = told
    claims = [each.verdict for each in told if isinstance(each.verdict, Claim)]
    if not claims or (len(claims) == len(told) and len({claim.licence for claim in claims}) == 1):
        return last
    quoted = {(each.capture, each.pointer): each for verdict in told for each in verdict.verdict.evidence}
    evidence = tuple(quoted.values())  # by where they stand: what stands there may be a list
    return replace(last, verdict=Refusal(Reason.CONFLICT, evidence))


def judge_page(source: Source[ReaderT], page: Page) -> Iterator[Judged]:
    """The verdicts on every record of a page, as `judge_records` gives them."""
    for judged in judge_records(source, page):
        yield from judged


def judge_records(source: Source[ReaderT], page: Page) -> Iterator[tuple[Judged, ...]]:
    """
    The verdicts on every record of a page, record by record; no two of a page bear one id.

    Records with one id are judged together, where the first of them stands; the others give nothing. A page that cannot
    be split into records (its bodies cannot be parsed, or are built otherwise than expected) gives one refusal for each
    body, with the locator as its id.
    """
    try:
        records = list(source.records(page))
    except (UnreadableBody, Absent, RuleRefusal):
        for body in page.bodies:
            record = Record(body.locator, body)
            image = ImageId(source.spec.id, record.id, "")
            yield (Judged(image, None, Refusal(Reason.UNREADABLE, (record.whole(),)), body.sha256),)
        return
    named: dict[str, list[Record]] = {}
    for record in records:
        named.setdefault(record.id, []).append(record)
    for record in records:
        yield judge_together(source, named.pop(record.id)) if record.id in named else ()


def _verdict(source: Source[ReaderT], record: Record, image: ImageRef) -> Verdict:
    try:
        verdict = source.licence(record, image)
        around = _around(source, record) if isinstance(source, WebSource) else ()
    except RuleRefusal as refused:
        return refused.refusal
    if isinstance(verdict, Refusal):
        return verdict
    if verdict.licence not in source.spec.may_claim:
        return Refusal(Reason.LICENCE_NOT_CLAIMABLE, verdict.evidence, verdict.licence)
    grade = min(verdict.grade, source.spec.grade, key=lambda each: each.rank)
    return replace(verdict, grade=grade, evidence=verdict.evidence + around)


def _around(source: WebSource, record: Record) -> tuple[Evidence, ...]:
    """What every claim quotes beside its own fields: the dump that the record lies in, and the pages of terms."""
    name = record.body.name.partition("?")[0]
    dump = (record.quote(file_pointer(name), of=DUMP),) if DUMP in record.context else ()
    return (*dump, *(record.whole(of=url) for url in source.spec.terms if url in record.context))
