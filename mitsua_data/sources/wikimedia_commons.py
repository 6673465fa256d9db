"""
Wikimedia Commons, the files under CC0: MediaWiki's action API.

Reference: https://www.mediawiki.org/wiki/API:Main_page, https://commons.wikimedia.org/wiki/Commons:Licensing

What Commons says, and how we read it:

* The API shows one licence of a file, in three fields (`License`, `LicenseShortName`, `LicenseUrl`): all three must say
  CC0. `Copyrighted: True` is normal there. "Public domain" is some tag or other, and no licence.
* Anybody uploads. So what the page says counts only with an authority behind it: the uploader's own work, a donating
  institution, or an import from Flickr that passed a review. Without one, a person must look.
* Whatever the page warns of (restrictions, a deletion request, a category of doubt) must be looked at by a person; so
  must reproductions of other people's works, which Commons knows by their categories alone.
* Structured data is the other place for a licence. A file may have none; where it has some, it must not say otherwise.
  It is asked for with each batch, for the files that say CC0.
* A batch of files is whole when `batchcomplete` is there; the answers before repeat the files without their fields.
* The dump that Wikimedia publishes holds structured data alone, which is too little for a claim: it is not read.
* Descriptions are CC BY-SA, and file names are anybody's words: no caption is made of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from mitsua_data.licences import Licence, from_uri
from mitsua_data.model import Evidence, Grade, ImageRef, Json, MediaType, Reason, Refusal, Verdict
from mitsua_data.sources.base import Body, Page, Record, RuleRefusal, SourceSpec, WebReader, WebSource
from mitsua_data.sources.commons_page import META, authority, cautions, described, raster
from mitsua_data.sources.commons_structured import ABSENT, agrees, entities, role
from mitsua_data.sources.readers import NoAnswer

HOST: Final = "commons.wikimedia.org"
API: Final = f"https://{HOST}/w/api.php?action="
PICTURES: Final = "https://upload.wikimedia.org/"
BATCH: Final = 50
"""Files in one answer, and entities in one question: the most that anonymous clients may ask of the latter."""
FILES: Final = (
    f"{API}query&format=json&formatversion=2&maxlag=5&generator=allimages&gaisort=timestamp&gaidir=newer&gailimit={BATCH}"
    "&prop=imageinfo&iiprop=url%7Cuser%7Csize%7Cmime%7Cmediatype%7Csha1%7Ctimestamp%7Cextmetadata&iiurlwidth=1024"
)
"""All files by the time of their upload, with a picture 1,024 pixels wide where the file is wider."""
STRUCTURED: Final = f"{API}wbgetentities&format=json&formatversion=2&maxlag=5&ids="
FIRST_DAY: Final = "2004-09-07"
"""When Commons opened."""
END: Final = "end"
"""The cursor behind the last file."""
BUSY: Final = ("maxlag", "ratelimited", "readonly")
"""Errors that pass."""
TRIES: Final = 5
ROUNDS: Final = 100
"""Answers that one batch may need: as many as a batch of 50 files has been seen to, many times over."""


class WikimediaCommons(WebSource):
    """One request for each 50 uploads, and one for the structured data of those that say CC0."""

    spec = SourceSpec(
        id="wikimedia_commons",
        institution="Wikimedia Commons",
        homepage="https://commons.wikimedia.org/",
        terms=("https://commons.wikimedia.org/wiki/Commons:Licensing",),
        may_claim=frozenset({Licence.CC0_1_0}),
        grade=Grade.E2,
        metadata_hosts=frozenset({HOST}),
        image_hosts=frozenset({"upload.wikimedia.org"}),
        requests_per_second=1.0,  # one after another, as the API's etiquette asks; no figure is published
        robots_apply=False,  # robots.txt keeps crawlers out of /w/; the API's own rules are for programs like this
        description_licence=Licence.CC_BY_SA,
        basis="the file's CC0 tag in the API's three licence fields, with an authority behind it, and structured data",
        unverified=(
            "No live call was made; that M-ids are accepted by wbgetentities with format version 2.",
            "That pictures 1,024 pixels wide are not throttled: since 2025 only some widths are said to be free of it.",
            "That an import which Flickr's reviewers passed, and which is tagged CC0, was CC0 on Flickr.",
        ),
        increments=True,
        rule_version=1,
    )

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        """One page for each batch; the cursor is what the API wants to hear to go on. `since`: uploaded since."""
        start = FIRST_DAY if reader.since is None else reader.since.isoformat()
        here = after or ""
        gone = {here}
        while here != END:
            bodies, onward = _batch(reader, f"{FILES}&gaistart={start}T00%3A00%3A00Z", here)
            if onward in gone:
                raise NoAnswer(f"{HOST} answers one batch of files again and again")
            gone = {here, onward}
            context = self._structured(reader, bodies)
            yield Page(bodies, cursor=onward, context=context, listed=len(dict(_files(bodies[0]))))
            here = onward

    def _structured(self, reader: WebReader, bodies: tuple[Body, ...]) -> Mapping[str, Body]:
        """Structured data of the files that say CC0, for each under its role: the same answer for all."""
        said = (record for record in self.records(Page(bodies)) if record.seen(f"{META}License/value") == "cc0")
        wanted = [role(record.id) for record in said]
        if not wanted:
            return {}
        together = _answer(reader, STRUCTURED + quote("|".join(wanted), safe=""))
        if not _is_absent(together) or len(wanted) == 1:
            return dict.fromkeys(wanted, together)
        return {each: _answer(reader, STRUCTURED + each) for each in wanted}  # one is not there, and hides the others

    def records(self, page: Page) -> Iterable[Record]:
        """
        One for each answer on a file, by its page id; without those that leave out the licence where another tells it.

        Structured data that stands in a body of its own (saved, or from a dump) makes records, which are refused.
        """
        found: dict[str, list[Record]] = {}
        for body in page.bodies:
            for base, name in (*_files(body), *entities(body)):
                found.setdefault(name, []).append(Record(name, body, base, page.context))
        return [record for records in found.values() for record in _telling(records)]

    def saved(self, bodies: Sequence[Body]) -> Iterable[Page]:
        """
        Files with the newest structured data that was saved of each; whatever joins nothing is a page of its own.

        Of entities of one age, or of none, all stand beside the file.
        """
        filed = tuple(body for body in bodies if any(_files(body)))
        known = {record.id for record in self.records(Page(filed))}
        aged: dict[str, dict[Body, int | None]] = {}
        rest = []
        for body in bodies:
            named = list(entities(body))
            for base, name in named:
                revision = Record(name, body, base).seen("/lastrevid")
                held = aged.setdefault(name, {})
                age = revision if type(revision) is int else None
                held[body] = age if held.get(body, age) == age else None
            if body not in filed and not (named and known.issuperset(name for _, name in named)):
                rest.append(Page((body,)))
        context = {}
        for name, held in aged.items():
            newest = max((age for age in held.values() if age is not None), default=None)
            kept = [body for body, age in held.items() if age is None or age == newest]
            context.update({role(name) + (f" {place}" if place else ""): body for place, body in enumerate(kept)})
        return [*([Page(filed, context=context)] if filed else []), *rest]

    def images(self, record: Record) -> Sequence[ImageRef]:
        """The file; what is missing, invalid, or was answered without its address has none that can be read."""
        for gone in ("/missing", "/invalid"):
            told = record.quote(gone, missing_ok=True)
            if told.value is not None:
                raise RuleRefusal(Reason.UNREADABLE, told)
        url = record.quote("/imageinfo/0/url")
        if not isinstance(url.value, str):
            raise RuleRefusal(Reason.UNREADABLE, url)
        return (described(record, record.text("/imageinfo/0/thumburl") or url.value),)

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        """CC0 where the three fields, the warnings, structured data and an authority allow it, in this order."""
        named = record.quote(f"{META}License/value", missing_ok=True)
        short = record.quote(f"{META}LicenseShortName/value")
        url = record.quote(f"{META}LicenseUrl/value", missing_ok=True)
        said = (named, short, url)
        found = from_uri(url.value) if isinstance(url.value, str) else None
        agreeing = (named.value == "cc0", short.value == "CC0", found is Licence.CC0_1_0)
        if not any(agreeing):
            known = found is not None or named.value == "pd"
            return Refusal(Reason.LICENCE_NOT_CLAIMABLE if known else Reason.UNKNOWN_LICENCE, said, found)
        if any(each.value is None for each in said):
            return Refusal(Reason.UNREADABLE, said)
        if not all(agreeing):
            return Refusal(Reason.CONFLICT, said)
        local = record.quote("/imagerepository", among=("local",))
        warned = (*said, *_identity(record), local, *cautions(record))
        evidence = (*warned, *agrees(record), raster(record))
        shown = authority(record)
        if shown is None:
            return Refusal(Reason.NO_STATEMENT, evidence)
        return self.claim(Licence.CC0_1_0, *evidence, *shown, *_picture(record, image))


def _identity(record: Record) -> tuple[Evidence, ...]:
    """Which file, and which version of it, was judged."""
    page = record.quote("/pageid")
    if type(page.value) is not int or str(page.value) != record.id:
        raise RuleRefusal(Reason.UNREADABLE, page)
    told = (record.quote(each, missing_ok=True) for each in ("/imageinfo/0/sha1", "/lastrevid"))
    return (page, record.quote("/title"), *told)


def _picture(record: Record, image: ImageRef) -> tuple[Evidence, ...]:
    """Where the picture is, as the API says it. Raises RuleRefusal(unknown_value) for another host."""
    url = record.quote("/imageinfo/0/url")
    pair = (url,) if image.url == url.value else (url, record.quote("/imageinfo/0/thumburl", among=(image.url,)))
    if not all(isinstance(each.value, str) and each.value.startswith(PICTURES) for each in pair):
        raise RuleRefusal(Reason.UNKNOWN_VALUE, *pair)
    return pair


# --- answers -------------------------------------------------------------------------------------------------------


def _batch(reader: WebReader, url: str, here: str) -> tuple[tuple[Body, ...], str]:
    """The answers that make one batch of files, and the cursor behind it."""
    bodies: list[Body] = []
    more = here
    gone = {here}
    for _ in range(ROUNDS):
        body = _answer(reader, url + more)
        bodies.append(body)
        told = Record(body.locator, body)
        onward = _onward(told.seen("/continue"))
        if told.seen("/batchcomplete") in (True, ""):
            return tuple(bodies), onward or END
        if onward in ("", *gone):
            break
        gone.add(onward)
        more = onward
    raise NoAnswer(f"{HOST} answers a batch of files that has no end")


def _onward(value: Json) -> str:
    """What `continue` wants to be added to the question; empty where there is no more."""
    pairs = sorted(value.items()) if isinstance(value, dict) else []
    return "".join(f"&{quote(name, safe='')}={quote(str(each), safe='')}" for name, each in pairs)


def _answer(reader: WebReader, url: str) -> Body:
    """The answer, asked for again where the server is busy. Raises NoAnswer where it is an error: with status 200."""
    code: Json = None
    for _ in range(TRIES):
        body = reader.get(url, MediaType.JSON)
        told = Record(url, body)
        code = told.seen("/error/code")
        if told.seen("/batchcomplete") is not None or isinstance(told.seen("/entities") or told.seen("/query"), dict):
            return body
        if code == ABSENT and url.startswith(STRUCTURED):
            return body
        if code not in BUSY:
            break
    raise NoAnswer(f"{HOST} answers with the error {code!r}")


def _is_absent(body: Body) -> bool:
    return Record(body.locator, body).seen("/error/code") == ABSENT


def _files(body: Body) -> Iterator[tuple[str, str]]:
    """Base and name of each file that an answer tells of: pages by id (format version 1), in a list (2), or one."""
    told = Record(body.locator, body)
    pages, listed = told.seen("/query/pages"), told.length("/query/pages")
    if isinstance(pages, dict):
        bases = [f"/query/pages/{key}" for key in pages if key.removeprefix("-").isdecimal()]
    elif listed is not None:  # a list, though one of its files may hold what cannot be quoted
        bases = [f"/query/pages/{place}" for place in range(listed)]
    else:
        bases = [""] if told.seen("/imageinfo") is not None else []
    for base in bases:
        record = Record(base, body, base)
        number = record.seen("/pageid")
        known = isinstance(number, int) and number > 0
        yield base, str(number) if known else record.text("/title") or f"{body.locator}{base}"


def _telling(records: Sequence[Record]) -> Iterable[Record]:
    """Of the answers on one file, those that tell its licence, or that it is gone; where none does, the fullest."""
    told = [record for record in records if _fields(record)[0] or record.has("/missing") or record.has("/invalid")]
    return told or [max(records, key=_fields)]


def _fields(record: Record) -> tuple[bool, int]:
    """How much an answer tells of a file: whether its licence, and how many fields."""
    info = record.seen("/imageinfo/0")
    return record.has(META.rstrip("/")), len(info) if isinstance(info, dict) else 0
