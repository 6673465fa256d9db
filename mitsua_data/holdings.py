"""
Where a source's bytes are: the package, folder or server that was crawled, and how to open it again.

A crawl writes its holdings into the ledger; `fetch` reads them there, so that originals come from where the evidence
came from, unless somebody says that it was moved.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from mitsua_data import packages
from mitsua_data.archives import Archive, open_archive
from mitsua_data.brought import Brought
from mitsua_data.canonical import canonical, digest
from mitsua_data.dumps import open_dump
from mitsua_data.errors import SourceError, UsageError
from mitsua_data.images.fetch import Served, Server, Wanted
from mitsua_data.ledger import crawls
from mitsua_data.ledger.store import Ledger
from mitsua_data.model import MediaType
from mitsua_data.sessions import Holdings
from mitsua_data.shards.keys import Role, TrustStore
from mitsua_data.sources import every, get_source
from mitsua_data.sources.base import REGISTRARS, AnySource, ArchiveReader, ArchiveSource, Body, WebReader, WebSource
from mitsua_data.web.access import Access
from mitsua_data.web.client import WebClient
from mitsua_data.web.errors import Failure, FetchError
from mitsua_data.web.keys import secret_of
from mitsua_data.web.lookout import Lookout, refused
from mitsua_data.web.politeness import Politeness
from mitsua_data.web.reader import CapturingReader, fetch_image

CONTACT = "MITSUA_CONTACT"
"""Environment variable: how institutions reach whoever crawls."""
GIVE_UP_AFTER: Final = 2
"""Images in a row without an answer, each tried as often as the client tries, until a host counts as away."""
NO_ANSWER: Final = frozenset({Failure.FAILED_NETWORK, Failure.FAILED_DEADLINE, Failure.PENDING_RETRY})


@dataclass(frozen=True)
class OpenReader:
    """Opened holdings, as a source reads them."""

    reader: ArchiveReader | WebReader
    holdings: Holdings


def places_of(
    source: AnySource,
    *,
    paths: Sequence[Path],
    base_url: str | None,
    downloads: Path,
    watch: packages.Watch = lambda _, __: None,
) -> tuple[str, ...]:
    """
    The places that a command line names; the source's own where it names none: its packages, or its server.

    `watch` is told how far a download is.
    An archive whose pictures lie on a server of their own may name a base URL for that server as well.
    Raises UsageError where the source needs something that was not named, SourceError where it cannot be downloaded.
    """
    if isinstance(source, ArchiveSource):
        if base_url is not None and not source.spec.image_hosts:
            raise UsageError(f"{source.spec.id} is read from disk, not from a server", advice="use --from PATH")
        named = list(paths)
        if not named and source.packages:
            named = packages.download(source.packages, downloads, watch=watch)
        if not named:
            raise UsageError(f"{source.spec.id} needs {source.spec.needs or 'a folder'}", advice="name it with --from")
        return (*(str(path.resolve()) for path in named), *([base_url] if base_url else ()))
    if paths:
        raise UsageError(f"{source.spec.id} is read from its server, not from disk", advice="leave --from out")
    return (base_url or source.spec.homepage,)


def source_of(ledger: Ledger, name: str) -> AnySource:
    """
    A source by its id, or by its declaration; one that was crawled from a declaration by either.

    Raises UsageError where there is none, and for a declaration that takes a shipped source's id.
    """
    with ledger.read() as connection:
        declared = crawls.declarations(connection)
    place = declared.get(name, name)
    source = get_source(place)
    if declaration_of(place) is not None and source.spec.id in {each.spec.id for each in every()}:
        raise UsageError(f"{place}: the id {source.spec.id!r} is taken", advice="give the declaration an id of its own")
    return source


def declaration_of(name: str) -> str | None:
    """The whole path, where a source is named by its declaration."""
    return str(Path(name).resolve()) if name.endswith(".toml") else None


def sources_of(ledger: Ledger) -> tuple[AnySource, ...]:
    """The shipped sources, and those that were crawled from declarations which are still there."""
    with ledger.read() as connection:
        declared = crawls.declarations(connection)
    found = {source.spec.id: source for source in every()}
    for name, path in declared.items():
        with suppress(UsageError):
            found[name] = get_source(path)
    return tuple(found.values())


def remembered(ledger: Ledger, source: AnySource) -> tuple[str, tuple[str, ...]]:
    """
    The newest crawl of a source, and the places it read. Raises UsageError where there was none.

    Of a source that reads many collections, the places of all its crawls; of two that bear one name, the newer.
    """
    with ledger.read() as connection:
        known, places = crawls.newest(connection, source.spec.id), crawls.places(connection, source.spec.id)
    if known is None:
        raise UsageError(f"{source.spec.id} was never crawled", advice=f"run: mitsua crawl {source.spec.id}")
    if isinstance(source, ArchiveSource) and source.many:
        return known.session, together(places)
    return known.session, tuple(known.holdings["places"])


def together(places: Sequence[str]) -> tuple[str, ...]:
    """Places that can be read as one: those that are there, and of those that bear one name the first."""
    found: dict[str, str] = {}
    for place in places:
        if not _is_url(place) and Path(place).exists():
            found.setdefault(Path(place).name, place)
    return tuple(found.values()) or tuple(places[:1])


@contextmanager
def open_reader(
    source: AnySource, places: Sequence[str], *, trust: TrustStore | None = None, brought: Brought | None = None
) -> Iterator[OpenReader]:
    """
    Open a source's places for a crawl, and what a person brought. Raises SourceError where they are gone or broken.

    `trust`: whose registrars count, for a source of signed works; without it, none do.
    """
    if isinstance(source, ArchiveSource):
        archive, declared = _archive(source, places, trust), source.declaration_sha256
        identity = _identity(archive, [place for place in places if not _is_url(place)])
        yield OpenReader(archive, Holdings("archive", tuple(places), identity, declaration_sha256=declared))
        return
    with ExitStack() as stack:
        yield _web_reader(source, places, brought or Brought(), stack)


def _web_reader(source: WebSource, places: Sequence[str], brought: Brought, stack: ExitStack) -> OpenReader:
    """A server, a dump, or both. Where everything that is needed was brought, nothing is asked of anybody."""
    dump = stack.enter_context(closing(open_dump(source.spec.id, brought.dump))) if brought.dump else None
    agent = contact = client = None
    if dump is None or source.dump_lists or set(source.spec.terms) - brought.terms.keys():
        access = _access(source, places)
        client = stack.enter_context(WebClient(access, politeness=_politeness()))
        agent, contact = access.user_agent, access.contact or None
    reader = CapturingReader(
        client,
        dump=dump,
        since=brought.since,
        terms=brought.terms,
        gateways=source.spec.gateways,
        lookout=None if client is None else _lookout(client, source),
    )
    holdings = Holdings(
        "web",
        tuple(places),
        places[0],
        agent,
        contact,
        declaration_sha256=source.declaration_sha256,
        dump=None if dump is None else f"sha256:{dump.index().sha256}",
        since=None if brought.since is None else brought.since.isoformat(),
        terms=brought.terms_digests(),
    )
    return OpenReader(reader, holdings)


@contextmanager
def image_server(source: AnySource, places: Sequence[str]) -> Iterator[Server]:
    """
    Open a source's places for fetching originals. Raises SourceError where they are gone or broken.

    Where an archive only names its pictures, they come from their own hosts, as any other source's on the web.
    """
    if isinstance(source, ArchiveSource) and not source.spec.image_hosts:
        try:
            archive = _archive(source, places)
        except UsageError as error:
            advice = f"say where it is now: mitsua fetch {source.spec.id} --from PATH"
            raise SourceError(str(error), advice=advice) from error
        yield lambda images: _from_archive(archive, images)
        return
    with WebClient(_access(source, places), politeness=_politeness()) as client:
        yield ImagesOfHosts(client, source, _lookout(client, source))


def _archive(source: ArchiveSource, places: Sequence[str], trust: TrustStore | None = None) -> Archive:
    paths = [Path(place) for place in places if not _is_url(place)]
    beside = registrars(source, trust)
    return open_archive(*paths, collection=source.spec.id, home=source.home, prefixed=source.many, beside=beside)


def registrars(source: ArchiveSource, trust: TrustStore | None) -> tuple[Body, ...]:
    """The keys whose word on permissions counts, as a body; nothing, where the source is of another kind."""
    if not source.signed:
        return ()
    keys = trust.pinned(Role.REGISTRAR) if trust else {}
    data = canonical({"registrars": {keyid: key.raw.hex() for keyid, key in keys.items()}})
    return (Body(data, MediaType.JSON, f"{source.spec.id}:{REGISTRARS}"),)


def _access(source: AnySource, places: Sequence[str]) -> Access:
    """Permission to ask. A server that stands in for the institution's gets no key: it is not the key's host."""
    base = next((place for place in places if _is_url(place) and place != source.spec.homepage), None)
    secret = secret_of(source.spec) if base is None else None
    return Access.for_source(source.spec, base_url=base, contact=os.environ.get(CONTACT, ""), secret=secret)


@cache
def _politeness() -> Politeness:
    """One for all clients of this process: two sources on one host share its turns and its pauses."""
    return Politeness()


def _lookout(client: WebClient, source: AnySource) -> Lookout:
    return Lookout(client, source.spec.id, robots_apply=source.spec.robots_apply)


def _is_url(place: str) -> bool:
    return "://" in place


def _from_archive(archive: Archive, images: Sequence[Wanted]) -> Iterator[Served]:
    waiting: dict[str, list[Wanted]] = {}
    for image in images:
        waiting.setdefault(image.url.partition(":")[2], []).append(image)
    for body in archive.stream(waiting):
        for image in waiting.pop(body.name):
            yield image, body
    for name, left in waiting.items():
        for image in left:
            yield image, SourceError(f"{name} is not in the package or folder any more")


@dataclass(frozen=True)
class ImagesOfHosts:
    """Serves a source's images from its hosts, and keeps what was found of their wishes about training."""

    client: WebClient
    source: AnySource
    lookout: Lookout

    def __call__(self, images: Sequence[Wanted]) -> Iterator[Served]:
        """A host that gives no answer for image after image is left alone for this run: what is left waits."""
        unanswered = 0
        for image in images:
            if unanswered >= GIVE_UP_AFTER:
                problem = f"not asked for: no answer for {unanswered} images in a row"
                yield image, FetchError(Failure.PENDING_RETRY, image.url, problem)
                continue
            try:
                yield image, self._image(image.url)
                unanswered = 0
            except FetchError as error:
                unanswered = unanswered + 1 if error.failure in NO_ANSWER else 0
                yield image, error

    def _image(self, url: str) -> Body:
        """Raises FetchError, also where the host says no before the image was asked for."""
        self.lookout.at(url, before_fetching=True)
        if (wish := self.lookout.forbids(url)) is not None:
            raise refused(wish, url)
        body = fetch_image(self.client, self.source.spec, url)
        self.lookout.heard(body)
        return body


def _identity(archive: Archive, places: Sequence[str]) -> str:
    """
    What makes two openings the same: digests or commits where known, else the paths themselves.

    A commit says what was checked out, not that nothing was changed since; so the files' names and sizes count, too.
    """
    facts: list[Any] = [dict(fact) for fact in archive.facts]
    sizes: list[Any] = [dict(each) for each in archive.sizes()]
    return digest([facts, [] if all(facts) else list(places), *sizes])
