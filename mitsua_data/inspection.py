"""
Inspection: what a source's rule says of files somebody has on disk, as in a crawl, but touching no ledger.

Packages and folders are read as a crawl reads them. A single file is judged in its surroundings where it lies inside a
collection (its side-car, its licence file, its picture), and otherwise by its own words alone, as a saved response.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

from mitsua_data.archives import Archive, media_type_of, open_archive
from mitsua_data.bulk import form_of, is_bulk_name
from mitsua_data.debs import MAX_MEMBER
from mitsua_data.dumps import open_dump
from mitsua_data.errors import SourceError, UsageError
from mitsua_data.grants import in_force
from mitsua_data.holdings import registrars
from mitsua_data.ledger.store import utc_now
from mitsua_data.model import Claim, ImageId, Json, MediaType, Reason, Refusal
from mitsua_data.pointers import MAX_BODY
from mitsua_data.policy import Objections, Policy
from mitsua_data.shards.keys import TrustStore
from mitsua_data.sources.base import AnySource, ArchiveSource, Body, Judged, Record, judge_page

RECORDS: Final = frozenset({MediaType.JSON, MediaType.CSV, MediaType.XML, MediaType.SVG, MediaType.HTML})
"""Of a folder of saved responses, these are read; texts and images beside them are not responses."""
_LOOKED_AT: Final = 256
"""Bytes of a text that tell whether it is lines of JSON."""
_LEVELS: Final = 16
"""How far up from a file its collection is looked for."""


def inspect_paths(
    source: AnySource,
    paths: Sequence[Path],
    policy: Policy,
    *,
    announce: Callable[[int], None] = lambda _: None,
    trust: TrustStore | None = None,
    now: datetime | None = None,
) -> Iterator[dict[str, Json]]:
    """
    One line for each image, or record without one: `source`, `id`, `part`, `image_url`, `title`, `creator`, `outcome`
    under the policy, `licence` (null unless claimed), `reason` (null on accept), `grade`, and `evidence`, a list of
    `pointer` and `value`.

    `trust`: whose signatures count under works that are delivered with a permission; nobody's, by default. The
    permission's term must cover `now`, which is the present unless told.
    Raises UsageError for paths that are not there, SourceError for what cannot be read at all.
    """
    moment = now or utc_now()
    for judged in judge_paths(source, paths, announce=announce, trust=trust):
        yield line(judged, policy, moment)


def judge_paths(
    source: AnySource,
    paths: Sequence[Path],
    *,
    announce: Callable[[int], None] = lambda _: None,
    trust: TrustStore | None = None,
) -> Iterator[Judged]:
    """
    The verdicts on what these files, folders and packages hold, in their order. Raises as `inspect_paths`.

    `announce` is called with the number of records of a collection, about, once that is known.
    """
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path} does not exist", advice="name saved responses, packages or folders")
    if not isinstance(source, ArchiveSource):
        yield from _responses(source, paths)
        return
    wholes = [path for path in paths if path.is_dir() or path.suffix.lower() == ".deb"]
    if wholes:
        yield from _archived(source, _open(source, wholes, trust), announce)
    for top, files in _by_top(source, [path for path in paths if path not in wholes]).items():
        yield from _loose(source, top, files, trust)


def line(judged: Judged, policy: Policy, now: datetime) -> dict[str, Json]:
    """One verdict as a line of `inspect`, which is made `now`."""
    expired = not in_force(judged.verdict, now)
    outcome, reasons = policy.decide(judged.verdict, Objections(expired=expired))
    claim = judged.verdict if isinstance(judged.verdict, Claim) else None
    evidence: list[Json] = [{"pointer": each.pointer, "value": each.value} for each in judged.verdict.evidence]
    return {
        "source": judged.id.source,
        "id": judged.id.record,
        "part": judged.id.part or None,
        "image_url": judged.image.url if judged.image else None,
        "title": judged.image.title if judged.image else None,
        "creator": judged.image.creator if judged.image else None,
        "outcome": str(outcome),
        "licence": str(claim.licence) if claim else None,
        "reason": str(reasons[0]) if reasons else None,
        "grade": str(claim.grade) if claim else None,
        "evidence": evidence,
    }


def _archived(
    source: ArchiveSource, archive: Archive, announce: Callable[[int], None] = lambda _: None
) -> Iterator[Judged]:
    """An archive as a crawl reads it; files that are no collection, only kept in one folder, each by its own words."""
    if source.is_collection(archive.names()):
        for page in source.pages(archive):
            if page.total is not None:
                announce(page.total)
            yield from judge_page(source, page)
        return
    saved = [name for name in archive.names() if source.is_item(name)]
    source.require(saved)
    yield from _judged(source, list(archive.stream(saved)))


def _loose(
    source: ArchiveSource, top: Path | None, files: Sequence[Path], trust: TrustStore | None
) -> Iterator[Judged]:
    """Single files: all of one collection together, in their surroundings; or each by its own words."""
    if top is None:
        yield from _judged(source, [_saved(source, file, file.name) for file in files])
        return
    wanted = {file.relative_to(top).as_posix() for file in files}
    yield from _archived(source, _open(source, [top], trust, wanted))


def _responses(source: AnySource, paths: Sequence[Path]) -> Iterator[Judged]:
    """Saved responses, together; and bulk files, each by itself, slice by slice."""
    files = list(_files(paths))
    bulk = [file for file in files if _is_bulk(file)]
    apart = set(bulk)
    single = [file for file in files if file not in apart]
    yield from _judged(source, [_saved(source, file, _name(file, paths)) for file in single])
    for file in bulk:
        with closing(open_dump(source.spec.id, [file])) as dump:
            empty = True
            for body in dump.slices(*dump.names()):
                empty = False
                yield from _judged(source, [body])
            if empty:
                raise SourceError(f"{file} holds no rows and no elements", advice="is it the right file, and whole?")


def _judged(source: AnySource, bodies: Sequence[Body]) -> Iterator[Judged]:
    """Saved responses; one that holds no record at all is refused as what it is, so that none goes unmentioned."""
    for page in source.saved(bodies):
        judged = list(judge_page(source, page))
        yield from judged
        if not judged:
            for body in page.bodies:
                whole = Record(body.locator, body).whole()
                image = ImageId(source.spec.id, body.locator, "")
                yield Judged(image, None, Refusal(Reason.UNREADABLE, (whole,)), body.sha256)


def _open(
    source: ArchiveSource, paths: Sequence[Path], trust: TrustStore | None, only: Iterable[str] | None = None
) -> Archive:
    """The paths as an archive; of the files that make records, `only` these."""
    wanted = None if only is None else frozenset(only)

    def keep(name: str) -> bool:
        return wanted is None or name in wanted or not source.is_item(name)

    return open_archive(
        *paths,
        collection=source.spec.id,
        home=source.home,
        prefixed=source.many,
        keep=keep,
        beside=registrars(source, trust),
    )


def _by_top(source: ArchiveSource, files: Iterable[Path]) -> dict[Path | None, list[Path]]:
    """Files by the top of the collection they lie in; None where they lie in none."""
    found: dict[Path | None, list[Path]] = {}
    for file in files:
        path = file.parent.resolve() / file.name
        found.setdefault(_top(source, path), []).append(path)
    return found


def _top(source: ArchiveSource, file: Path) -> Path | None:
    if not source.is_item(file.name):
        return None
    for folder in file.parents[:_LEVELS]:
        if source.is_top([entry.name for entry in folder.iterdir()]) and source.is_collection(
            [file.relative_to(folder).as_posix()]
        ):
            return folder
    return file.parent if source.is_collection([file.name]) else None


def _name(file: Path, paths: Sequence[Path]) -> str:
    """A file's name; of one inside a folder that was named, its path from there, so that no two are one."""
    top = next((path for path in paths if path.is_dir() and file.is_relative_to(path)), file.parent)
    return file.relative_to(top).as_posix()


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files that were named, and the responses in folders. Raises SourceError for a folder that holds none."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(each for each in path.rglob("*") if each.is_file())
        found = [each for each in inside if media_type_of(each.name) in RECORDS or is_bulk_name(each.name)]
        if not found:
            raise SourceError(f"{path} holds no saved responses", advice="name JSON, CSV, XML or HTML files")
        yield from found


def _is_bulk(file: Path) -> bool:
    """Whether a file is larger than what is read as one response, packed, or one of lines or members."""
    try:
        if not file.is_file() or not form_of(file.name):
            return False
        with file.open("rb") as opened:
            lines = file.suffix.lower() == ".txt" and opened.read(_LOOKED_AT).lstrip()[:1] in (b"{", b"[")
        return lines or is_bulk_name(file.name) or file.stat().st_size > MAX_BODY
    except OSError as error:
        raise _unreadable(file, error) from error


def _saved(source: AnySource, file: Path, name: str) -> Body:
    if not file.is_file():
        raise UsageError(f"{file} is not a file", advice="name saved responses, packages or folders")
    try:
        if file.stat().st_size > MAX_MEMBER:
            raise SourceError(f"{file} is larger than {MAX_MEMBER} bytes", advice="name a saved response")
        return Body(file.read_bytes(), media_type_of(name), f"{source.spec.id}:{name}")
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: OSError) -> SourceError:
    return SourceError(f"{file} cannot be read: {error.strerror}", advice="mend its permissions")
