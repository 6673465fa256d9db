"""
The Smithsonian Institution, Washington: Open Access API v1.0, and the same records in bulk.

Reference: https://edan.si.edu/openaccess/apidocs/ and https://github.com/Smithsonian/OpenAccess

What the institution says, and how we read it:

* `metadata_usage.access` is its word on the record's words, `usage.access` its word on one medium. A free record can
  show a medium that is not, and one free medium brings its record into every search for free ones: both must say
  exactly `CC0`. `Usage conditions apply` comes in several spellings; `Not determined` is no statement.
* `usage.codes` and `usage.text` are empty where nothing is added. Whatever they add, a person must read.
* `freetext.objectRights` is a curator's text on the object: see `smithsonian_rights`, for media that contradict each
  other, too.
* `type` is `Images` for pictures. 3D models and scanned books stand in the same list; they are no images here.
* Images are asked for at 1,024 pixels: by `max` where the address names an id, as a last step behind an ARK. Other
  hosts of si.edu have one size.
* The server answers an invalid filter with everything, so every answer is checked against what was asked. It is asked
  by the first two digits of a record's `hash`, sorted by id; where the number of hits changes while such a part is
  read, rows have moved, and the part is read again.
* The server can ignore `start` as well, and answer the first rows for ever: a page that repeats rows is none.
* What changed is searched without asking for free media: so a record whose media were withdrawn comes, too. A record
  that was taken away altogether, or whose media were, is in no later answer to the search for free ones.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from mitsua_data.licences import Licence
from mitsua_data.model import Evidence, Grade, ImageRef, MediaType, Reason, Refusal, Verdict
from mitsua_data.sources.base import DUMP, DumpReader, Page, Record, RuleRefusal, SourceError, WebReader, WebSource
from mitsua_data.sources.readers import NoAnswer
from mitsua_data.sources.smithsonian_rights import RIGHTS, holders, rights_agree, twins
from mitsua_data.sources.spec import Key, SourceSpec

HOST: Final = "api.si.edu"
SEARCH: Final = f"https://{HOST}/openaccess/api/v1.0/search"
FREE: Final = "online_media_type:Images AND media_usage:CC0"
ROWS: Final = 500
"""Records in one answer; at 1,000, an answer can become larger than what is parsed."""
PARTS: Final = 256
"""Into how many parts the collection is cut: by the first two hex digits of the records' hashes."""
TRIES: Final = 3
"""How often a part is read whose rows move."""
OWN: Final = "/content/descriptiveNonRepeating"
MEDIA: Final = f"{OWN}/online_media/media"

OTHER_KINDS: Final = frozenset({"3d_voyager", "Scanned books"})
"""Media that are no images."""
CLOSED: Final = frozenset({"usage conditions apply"})
"""Words that say no, in lower case."""
SILENT: Final = frozenset({"not determined", ""})
"""Words that say nothing, in lower case."""
DESCRIBES: Final = ("description", "brief description", "label", "exhibition label", "summary", "gallery label")
"""Labels of notes that describe it, in lower case."""
MAKERS: Final = ("artist", "maker", "creator", "attribution", "author", "designer", "photographer", "painter")
"""Labels of names that made it, in lower case, the strongest first."""

_URL: Final = re.compile(r"https://(?:[a-z0-9-]+\.)*si\.edu/[^\s\"<>\\^`{|}#]*")
_BY_ID: Final = re.compile(r"https://ids\.si\.edu/ids/deliveryService\?id=[^&]+")
_BY_ARK: Final = re.compile(r"https://ids\.si\.edu/ids/deliveryService/id/ark:/[0-9]+/[A-Za-z0-9-]+")
_LINES: Final = re.compile(r"(?:.*/)?[0-9a-f]{2}\.txt(?:\.(?:bz2|gz))?|.*\.(?:jsonl|ndjson|json)(?:\.(?:bz2|gz))?")


class Smithsonian(WebSource):
    """One search in 256 parts, or the lines of the bulk files. A record is an object; each of its media is judged."""

    spec = SourceSpec(
        id="smithsonian",
        institution="Smithsonian Institution",
        homepage="https://www.si.edu/openaccess",
        terms=("https://www.si.edu/openaccess/faq",),
        may_claim=frozenset({Licence.CC0_1_0}),
        grade=Grade.E3,
        metadata_hosts=frozenset({HOST}),
        image_hosts=frozenset({"ids.si.edu", "collections.nmnh.si.edu"}),
        requests_per_second=0.25,  # a key is good for 1,000 requests an hour
        robots_apply=False,  # a documented API, whose address answers nothing without a key
        caption_licence=Licence.CC0_1_0,
        description_licence=Licence.CC0_1_0,
        attribution="Smithsonian Institution",
        basis="CC0 of the record's metadata and CC0 of the medium, in the institution's own record",
        unverified=(
            "That `hash` in an answer is what a search for `hash:` goes by (a crawl stops where it is not).",
            "That what was claimed is still given: what was withdrawn vanishes from the search for free media.",
            "That sorting by id is stable, and that records in the bulk files have the form of the API's.",
        ),
        key=Key(variable="MITSUA_SMITHSONIAN_KEY", host=HOST, name="api_key", in_query=True),
        dump="lines of JSON from github.com/Smithsonian/OpenAccess, metadata/objects/<UNIT>/<00 to ff>.txt.bz2",
        increments=True,
        needs="a free key from https://api.data.gov/signup in MITSUA_SMITHSONIAN_KEY, and its FAQ as a browser saves "
        "it (--terms): its server turns programs away",
    )

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        """The parts one after the other; or what changed, newest first. Cursor: part, row, hits, first name."""
        number, start, hits, name = (*(after or "0:0:0").split(":", 3), "")[:4]
        if reader.since is not None:
            yield from _changed(reader, datetime.combine(reader.since, datetime.min.time(), UTC), int(start), name)
            return
        yield from _part(reader, int(number), int(start), int(hits), name)
        for other in range(int(number) + 1, PARTS):
            yield from _part(reader, other, 0, 0, "")

    def dumped(self, dump: DumpReader, after: str | None = None) -> Iterator[Page]:
        """File by file, in the order of their names. Cursor: a file, and the number of the last line that was read."""
        names = sorted(filter(_LINES.fullmatch, dump.names()))
        if not names:
            raise SourceError("the dump holds no lines of records", advice=f"name {self.spec.dump}")
        name, _, line = (after or "").rpartition("?")
        for each in names:
            if each < name:
                continue
            for body in dump.slices(each, after=int(line) if each == name else 0):
                last = body.locator.rpartition("-")[2]
                length = Record(each, body).length()
                listed = 1 if length is None else length  # a broken line comes alone, and cannot be counted
                yield Page((body,), cursor=f"{each}?{last}", context={DUMP: dump.index()}, listed=listed)

    def records(self, page: Page) -> Iterable[Record]:
        """Rows of a search, elements of a list, or the one record of an answer; errors hold none."""
        for body in page.bodies:
            whole = Record(body.locator, body)
            whole.quote("/response", missing_ok=True)  # refuses what cannot be parsed
            for base in _places(whole):
                record = Record(base, body, base, page.context)
                yield Record(_name(record) or f"{body.locator}#{base}", body, base, page.context)

    def images(self, record: Record) -> Sequence[ImageRef]:
        """The media, less those of other kinds. Raises RuleRefusal where they are no list."""
        words = _words(record)
        return [replace(words, part=part, url=_sized(record.text(f"{at}/content"))) for part, at in _media(record)]

    def absence(self, record: Record) -> tuple[Evidence, ...]:
        """The list of media, or that there is none."""
        return (record.quote(MEDIA, missing_ok=True),)

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        """CC0 if record and medium both say so, nothing is added, and no text on the object's rights objects."""
        place = dict(_media(record)).get(image.part, MEDIA)
        metadata, medium = record.quote(f"{OWN}/metadata_usage/access"), record.quote(f"{place}/usage/access")
        kind = record.quote(f"{place}/type", among=("Images",))
        address = record.quote(f"{place}/content")
        added = [record.quote(f"{place}/usage/{name}", missing_ok=True) for name in ("codes", "text")]
        rights = record.quote(RIGHTS, missing_ok=True)
        same = twins(record, MEDIA, place)
        evidence = (metadata, medium, kind, address, *added, rights, *holders(record, place), *same)
        if any(each.value != record.value(f"{place}/usage") for each in same):
            return Refusal(Reason.CONFLICT, evidence)
        if any(_is(each, CLOSED) for each in (metadata, medium)):
            return Refusal(Reason.NOT_OPEN, evidence)
        if any(_is(each, SILENT) for each in (metadata, medium)):
            return Refusal(Reason.NO_STATEMENT, evidence)
        if not all(isinstance(each.value, str) and each.value.strip() == "CC0" for each in (metadata, medium)):
            return Refusal(Reason.UNKNOWN_VALUE, evidence)
        if not isinstance(address.value, str) or not _URL.fullmatch(address.value):
            return Refusal(Reason.UNKNOWN_VALUE, evidence)
        if not all(each.value is None or _is(each, {""}) for each in added) or not rights_agree(record, place):
            return Refusal(Reason.CONFLICT, evidence)
        return self.claim(Licence.CC0_1_0, *evidence, grade=Grade.E3 if DUMP in record.context else Grade.E2)


def _part(reader: WebReader, number: int, start: int, hits: int, first: str) -> Iterator[Page]:
    """One part, from its row `start` on; from its beginning where rows have moved, or come again. Raises NoAnswer."""
    tries, seen = 1, {first} - {""}
    while True:
        query = f"{FREE} AND hash:{number:02x}*"
        answer, names, found = _ask(reader, query, "id", start)
        rows = range(len(names))
        if any(not answer.text(f"/response/rows/{row}/hash").startswith(f"{number:02x}") for row in rows):
            raise NoAnswer(f"{SEARCH} does not search by hash any more", advice="crawl the bulk files (--from) instead")
        if start and (found != hits or not seen.isdisjoint(names)):
            if tries == TRIES:
                raise NoAnswer(f"{SEARCH}: rows kept moving, {TRIES} times", advice="run the same command again later")
            start, tries, seen = 0, tries + 1, set()
            continue
        start, hits = start + len(names), found
        seen.update(names)
        cursor = f"{number}:{start}:{hits}:{names[0]}" if start < hits else f"{number + 1}:0:0"
        yield Page((answer.body,), cursor=cursor, total=hits * PARTS, listed=len(names))
        if start >= hits:
            return


def _changed(reader: WebReader, since: datetime, start: int, first: str) -> Iterator[Page]:
    """
    What was updated since a day, newest first; updates meanwhile move rows backwards, so none is passed over.

    Raises NoAnswer where a page begins as the one before it: the server does not go on.
    """
    while True:
        answer, names, found = _ask(reader, "online_media_type:Images", "updated", start)
        if start and names and names[0] == first:
            raise NoAnswer(f"{SEARCH} answers the same rows again", advice="run the same command again later")
        last = answer.text(f"/response/rows/{len(names) - 1}/lastTimeUpdated") if names else ""
        if last and not re.fullmatch(r"[0-9]{1,12}", last):
            raise NoAnswer(f"{SEARCH} gives times in another form", advice="look at the answer: did the API change?")
        start, first = start + len(names), names[0] if names else ""
        yield Page((answer.body,), cursor=f"0:{start}:{found}:{first}", listed=len(names))
        if start >= found or (last and int(last) < since.timestamp()):
            return


def _ask(reader: WebReader, query: str, sort: str, start: int) -> tuple[Record, list[str], int]:
    """An answer, the names of its rows, and how many hits there are. Raises NoAnswer where these do not agree."""
    body = reader.get(f"{SEARCH}?q={quote(query, safe='*')}&sort={sort}&start={start}&rows={ROWS}", MediaType.JSON)
    answer = Record(body.locator, body)
    count, found = answer.length("/response/rows"), answer.seen("/response/rowCount")
    if count is None or isinstance(found, bool) or not isinstance(found, int):
        raise NoAnswer(f"{SEARCH} answered something else than rows", advice="look at the answer: did the API change?")
    if count == 0 and start < found:
        raise NoAnswer(f"{SEARCH} ends at row {start} of {found}", advice="run the same command again later")
    rows = (f"/response/rows/{row}" for row in range(count))
    return answer, [answer.text(f"{row}/id") or answer.text(f"{row}/hash") for row in rows], found


def _places(whole: Record) -> Iterator[str]:
    """Where records stand in a body."""
    for pointer in ("", "/response/rows"):
        yield from (f"{pointer}/{number}" for number in range(whole.length(pointer) or 0))
    for pointer in ("", "/response"):
        if isinstance(whole.seen(f"{pointer}/content"), dict):
            yield pointer


def _name(record: Record) -> str:
    """`edanmdm:<record_ID>`, which is the record's `url`; `id` has other forms every few years."""
    name = record.text(f"{OWN}/record_ID")
    return record.text("/url") or (f"edanmdm:{name}" if name else record.text("/id"))


def _media(record: Record) -> list[tuple[str, str]]:
    """Part and place of each medium that is, or might be, an image. A part is the medium's id, not its place."""
    length = record.length(MEDIA)
    if length is None:
        found = record.quote(MEDIA, missing_ok=True)
        if found.value is not None:
            raise RuleRefusal(Reason.UNKNOWN_VALUE, found)
        return []
    parts: dict[str, str] = {}
    for place in (f"{MEDIA}/{number}" for number in range(length)):
        if record.text(f"{place}/type") in OTHER_KINDS:
            continue
        names = (record.text(f"{place}/{field}") for field in ("idsId", "guid", "content"))
        part = next(filter(None, names), place.removeprefix(MEDIA))
        parts[part if part not in parts else f"{part} ({place.rpartition('/')[2]})"] = place
    return list(parts.items())


def _sized(address: str) -> str:
    """The same image at 1,024 pixels, where its address has a form in which the server offers that."""
    if _BY_ID.fullmatch(address):
        return f"{address}&max=1024"
    return f"{address}/1024" if _BY_ARK.fullmatch(address) else address


def _is(evidence: Evidence, words: Collection[str]) -> bool:
    """Whether a text is one of these, given in lower case."""
    return isinstance(evidence.value, str) and evidence.value.strip().casefold() in words


def _words(record: Record) -> ImageRef:
    """What the record says of its images in words."""
    structured = "/content/indexedStructured"
    kinds = record.texts(f"{structured}/object_type")
    names = dict(reversed(_lines(record, "name")))
    dates, notes = _lines(record, "date"), _lines(record, "notes")
    return ImageRef(
        part="",
        url="",
        title=record.text("/title") or record.text(f"{OWN}/title/content"),
        creator=next((names[label] for label in MAKERS if label in names), ""),
        date=next((said for label, said in dates if label == "date"), dates[0][1] if dates else ""),
        tags=tuple(dict.fromkeys((*record.texts(f"{structured}/topic"), *kinds))),
        category=kinds[0] if kinds else "",
        landing_url=record.text(f"{OWN}/record_link") or record.text(f"{OWN}/guid"),
        medium=next((said for label, said in _lines(record, "physicalDescription") if label == "medium"), ""),
        culture=", ".join(record.texts(f"{structured}/culture")),
        description=next((said for label, said in notes if label in DESCRIBES), ""),
    )


def _lines(record: Record, field: str) -> list[tuple[str, str]]:
    """The labelled lines of a field, each with its label in lower case."""
    lines = record.seen(f"/content/freetext/{field}")
    found = []
    for line in lines if isinstance(lines, list) else ():
        label, said = (line.get("label"), line.get("content")) if isinstance(line, dict) else (None, None)
        if isinstance(label, str) and isinstance(said, str):
            found.append((label.casefold(), said))
    return found
