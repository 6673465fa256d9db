"""
What a source is: a declared `SourceSpec`, and pure functions from captured bytes to verdicts.

    reader ──pages()──▶ Page (bodies + cursor) ──records()──▶ Record ──images(), licence()──▶ judge() ──▶ Judged

A source never opens a file or a connection, and catches nothing: the reader it is given does the first, `judge` the
second. Whatever a verdict rests on is quoted from the page's bodies by `Record.quote`, so the same bodies give the
same verdicts again, in an audit as in the crawl. A page also carries the bodies that all its records lean on (policy
page, licence file, a package's copyright file) as its context, each under the name of its role.

A field that a rule needs and does not find makes `Record.quote` raise `RuleRefusal`, which `judge` turns into a
verdict: absence is `unreadable`, a value outside the known vocabulary is `unknown_value`. Neither ends a crawl.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar, Final, Generic, Protocol, TypeAlias, TypeVar

from mitsua_data.errors import SourceError
from mitsua_data.licences import Licence
from mitsua_data.model import (
    Claim,
    Evidence,
    Grade,
    HttpExchange,
    ImageId,
    ImageRef,
    Json,
    MediaType,
    Reason,
    Refusal,
    Verdict,
)
from mitsua_data.pointers import GIT_BLOB, WHOLE, Absent, Document, UnreadableBody, escape_key

_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, kw_only=True)
class SourceSpec:
    """A source's declaration: who it is, what it may claim, and how it is to be asked."""

    id: str
    """Lower case, digits and `_`; never changed once something was crawled."""
    institution: str
    homepage: str
    terms: tuple[str, ...] = ()
    """URLs of terms and policy pages. A web source captures them in each crawl; an archive source names them only."""
    may_claim: frozenset[Licence]
    """Licences this source may claim. Any other it finds is `licence_not_claimable`."""
    grade: Grade
    """The strongest grade its claims may bear."""
    metadata_hosts: frozenset[str] = frozenset()
    image_hosts: frozenset[str] = frozenset()
    """Hosts that may be asked for records and for images; both empty for archives."""
    requests_per_second: float = 1.0
    robots_apply: bool = True
    """Whether robots.txt and TDM reservations bind a crawl; a documented API or a download says so itself."""
    caption_licence: Licence | None = None
    """
    Licence of titles and keywords; None: none is stated. Nothing reads it yet: a dataset's `captions.parts` decides
    which words are taken, so where none is stated its author must choose among `folder`, `name` and `source`.
    """
    attribution: str = ""
    """The credit the source wishes, where it wishes one."""
    needs: str = ""
    """What a person must bring (a key, a file), in one line; empty: nothing."""
    rule_version: int = 1
    """Raised whenever the rule below it would judge some record differently."""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"{self.id!r} is not a source id: lower case letters, digits and _")
        if not self.may_claim:
            raise ValueError(f"{self.id}: a source that may claim nothing is no source")


@dataclass(frozen=True)
class Body:
    """Bytes that somebody else published, as received."""

    data: bytes
    media_type: MediaType
    locator: str
    """URL, or `<collection>:<path>`."""
    exchange: HttpExchange | None = None
    """How it was asked for and answered; None for files."""

    @property
    def sha256(self) -> str:
        """Digest of the bytes, in hex: the capture's name."""
        return self.document.sha256

    @property
    def name(self) -> str:
        """The path, of a body with the locator `<collection>:<path>`."""
        return self.locator.partition(":")[2]

    @cached_property
    def document(self) -> Document:
        """The bytes, ready to be pointed into."""
        return Document(self.data, self.media_type)


@dataclass(frozen=True)
class Page:
    """The part of a crawl that is captured, judged and committed together."""

    bodies: tuple[Body, ...]
    """What its records are computed from."""
    cursor: str = ""
    """`pages(reader, after=cursor)` goes on behind this page."""
    context: Mapping[str, Body] = field(default_factory=dict)
    """Bodies shared by many pages, by role; each is captured once."""
    total: int | None = None
    """About how many records there are on all pages together, where the source tells."""

    def captures(self) -> Iterator[Body]:
        """Every body that must be stored before a verdict of this page is."""
        yield from self.context.values()
        yield from self.bodies


@dataclass(frozen=True)
class Record:
    """One item's metadata inside a page, and the context its verdict may quote."""

    id: str
    """The source's own identifier."""
    body: Body
    base: str = ""
    """What is put before each pointer: where the record stands in its body (`/items/3` in JSON, `17` in CSV)."""
    context: Mapping[str, Body] = field(default_factory=dict)

    def quote(
        self, pointer: str, *, of: str = "", among: Collection[Json] | None = None, missing_ok: bool = False
    ) -> Evidence:
        """
        What stands at `pointer`: in the record, or in the context body with the role `of`.

        Raises RuleRefusal: `unreadable` where the body cannot be parsed, or nothing stands there and `missing_ok` is
        false (else None is quoted); `unknown_value` where `among` is given and the value is not exactly one of it.
        """
        body, place = self._find(pointer, of)
        try:
            evidence = Evidence(body.sha256, place, body.document.at(place))
        except Absent:
            evidence = Evidence(body.sha256, place, None)
            if not missing_ok:
                raise RuleRefusal(Reason.UNREADABLE, evidence) from None
            return evidence
        except UnreadableBody as error:
            raise RuleRefusal(Reason.UNREADABLE, Evidence(body.sha256, WHOLE, body.document.at(WHOLE))) from error
        if among is not None and not any(_same(evidence.value, known) for known in among):
            raise RuleRefusal(Reason.UNKNOWN_VALUE, evidence)
        return evidence

    def whole(self, of: str = "") -> Evidence:
        """The body itself, quoted by its digest."""
        body = self.context[of] if of else self.body
        return Evidence(body.sha256, WHOLE, body.document.at(WHOLE))

    def blob(self, of: str) -> Evidence:
        """The git blob id of the context body with the role `of`: which exact text it is."""
        return self.quote(GIT_BLOB, of=of)

    def text(self, pointer: str, *, of: str = "") -> str:
        """A text for titles and captions, however long; empty where there is none. For rights, use `quote`."""
        value = self.value(pointer, of=of)
        return value if isinstance(value, str) else ""

    def texts(self, pointer: str, *, of: str = "") -> tuple[str, ...]:
        """The texts of a list (or of one value), for tags; whatever is not text is left out."""
        value = self.value(pointer, of=of)
        return tuple(each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str))

    def value(self, pointer: str, *, of: str = "") -> Json:
        """What stands there, however long; None where nothing does, or the body cannot be parsed. Never for rights."""
        body, place = self._find(pointer, of)
        try:
            return body.document.full(place)
        except (Absent, UnreadableBody):
            return None

    def _find(self, pointer: str, of: str) -> tuple[Body, str]:
        if not of:
            return self.body, self.base + pointer
        if of not in self.context:
            raise RuleRefusal(Reason.UNREADABLE, self.whole())
        return self.context[of], pointer


def _same(value: Json, known: Json) -> bool:
    """Equal, and of one type: 1 is not True, and "true" is neither."""
    return type(value) is type(known) and value == known


class RuleRefusal(Exception):  # a verdict on its way to `judge`, not an error
    """A rule met something that ends in a refusal. Only `judge` catches it."""

    def __init__(self, reason: Reason, *evidence: Evidence) -> None:
        super().__init__(str(reason))
        self.refusal = Refusal(reason, evidence)


class ArchiveReader(Protocol):
    """A package, folder or checkout, named by the person who crawls."""

    def names(self) -> Sequence[str]:
        """Every file's name, `/`-separated, in the order in which `stream` yields them."""

    def stream(self, names: Iterable[str]) -> Iterator[Body]:
        """The named files, in one pass; names that are not there are passed over. Raises SourceError."""

    def index(self, names: Iterable[str]) -> Body:
        """What the archive holds under these names, and what is known of itself, as a JSON body (see `archives`)."""


def file_pointer(name: str) -> str:
    """The pointer to a file's digest in the body that `ArchiveReader.index` makes."""
    return f"/files/{escape_key(name)}"


def quoted_original(url: str, evidence: Iterable[Evidence]) -> str | None:
    """The sha256 of an image's bytes, where a verdict on it quotes an archive's index; None where it does not."""
    pointer = file_pointer(url.partition(":")[2])
    value = next((each.value for each in evidence if each.pointer == pointer), None)
    return value.removeprefix("sha256:") if isinstance(value, str) else None


class WebReader(Protocol):
    """The web, as one source may use it: its hosts, its pace, every answer captured."""

    def get(self, url: str, media_type: MediaType) -> Body:
        """
        One answer: 200, or 404/410 with `exchange.status` telling. Raises SourceError for anything else, after retries.

        `media_type` is what the rule will read the body as, whatever the server calls it.
        """


ReaderT = TypeVar("ReaderT", contravariant=True)


class Source(ABC, Generic[ReaderT]):
    """One collection. Subclasses are stateless; their instances stand in `sources.SOURCES`."""

    spec: SourceSpec

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

    def saved(self, bodies: Sequence[Body]) -> Page:
        """A page made of bodies somebody saved, for `inspect`: no context, no cursor."""
        return Page(bodies=tuple(bodies))

    def claim(self, licence: Licence, *evidence: Evidence) -> Claim:
        """A claim on this source's grade."""
        return Claim(licence, self.spec.grade, evidence)


class ArchiveSource(Source[ArchiveReader], ABC):
    """A source that is read from packages, folders and checkouts."""

    many: ClassVar[bool] = False
    """Whether it reads more than one collection: then names begin with the name of the folder that was given."""
    items: ClassVar[str] = "files"
    """What people call the files that make records."""
    packages: ClassVar[tuple[str, ...]] = ()
    """Debian packages that hold the collection: a crawl without `--from` downloads them."""
    declaration_sha256: str | None = None
    """Of the file that declares the source; None where code does."""

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
    """A source that is read over HTTP."""


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
    and a claim it returns is under a licence that the source may claim, on no stronger grade than the source has.
    """
    empty = ImageId(source.spec.id, record.id, "")
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


def judge_page(source: Source[ReaderT], page: Page) -> Iterator[Judged]:
    """
    The verdicts on every record of a page.

    A page that cannot be split into records (its bodies cannot be parsed, or are built otherwise than expected) gives
    one refusal for each body, with the locator as its id.
    """
    try:
        records = list(source.records(page))
    except (UnreadableBody, Absent, RuleRefusal):
        for body in page.bodies:
            record = Record(body.locator, body)
            image = ImageId(source.spec.id, record.id, "")
            yield Judged(image, None, Refusal(Reason.UNREADABLE, (record.whole(),)), body.sha256)
        return
    for record in records:
        yield from judge(source, record)


def _verdict(source: Source[ReaderT], record: Record, image: ImageRef) -> Verdict:
    try:
        verdict = source.licence(record, image)
    except RuleRefusal as refused:
        return refused.refusal
    if isinstance(verdict, Refusal):
        return verdict
    if verdict.licence not in source.spec.may_claim:
        return Refusal(Reason.LICENCE_NOT_CLAIMABLE, verdict.evidence, verdict.licence)
    return replace(verdict, grade=min(verdict.grade, source.spec.grade, key=lambda grade: grade.rank))
