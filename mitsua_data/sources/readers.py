"""What a source is given to read with: packages and folders, the web, and dumps. No source opens anything itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Protocol

from mitsua_data.errors import SourceError
from mitsua_data.model import Evidence, MediaType
from mitsua_data.pointers import escape_key
from mitsua_data.sources.record import Body


class NoAnswer(SourceError):
    """
    A server answered 200, and not to the question: an error of its own, a list that is none. A source raises it.

    The crawl ends there, and goes on there the next time: nothing was judged by such an answer.
    """


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


class DumpReader(Protocol):
    """
    Files that an institution publishes in bulk, named by the person who crawls; read in slices that are small enough.

    A slice is a body of its own, `<source>:<file>?<first>-<last>`, by whose bytes a record is quoted. Of a CSV file it
    is the header line and whole rows; of JSON lines, or of a file that is one JSON array, it is an array of elements,
    each in the file's own bytes. Numbers count rows or elements from 1. `.gz` and `.bz2` are unpacked while reading.
    """

    def names(self) -> Sequence[str]:
        """The files' names, without folders."""

    def index(self) -> Body:
        """`{"files": {<name>: "sha256:<hex>"}}`, at `<source>:?dump`: what a page carries under the role `DUMP`."""

    def slices(self, name: str, *, after: int = 0, size: int = 200) -> Iterator[Body]:
        """The file in slices of `size` rows or elements, behind number `after`. Raises SourceError."""

    def matching(self, name: str, column: str, values: Iterable[str]) -> Body:
        """One slice with the rows of a CSV file whose `column` is one of `values`, in the file's order: for joins."""


class WebReader(Protocol):
    """The web, as one source may use it: its hosts, its pace, every answer captured."""

    @property
    def dump(self) -> DumpReader | None:
        """The dump that was named; None: the server is asked."""

    @property
    def since(self) -> date | None:
        """Only what changed on this day or later is wanted; None: everything. Only where `spec.increments`."""

    def get(self, url: str, media_type: MediaType) -> Body:
        """
        One answer: 200, or 404/410 with `exchange.status` telling. Raises SourceError for anything else, after retries.

        `media_type` is what the rule will read the body as, whatever the server calls it.
        """

    def each(self, urls: Iterable[str], media_type: MediaType) -> Iterator[Body]:
        """
        The answers as `get` gives them, without those that could not be had: the crawl counts these.

        Raises SourceError where the server answers nothing any more: the crawl ends, and goes on there the next time.
        """
