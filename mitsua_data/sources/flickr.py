"""
Flickr, the photographs that their owners dedicate under CC0: REST API.

Reference: https://www.flickr.com/services/api/ (terms: https://www.flickr.com/help/terms/api)

What Flickr says, and how we read it:

* Licence 9 is CC0, as `photos.licenses.getInfo` says; each crawl asks it again. 10 is the Public Domain Mark, by which
  the owner grants nothing; 7 and 8 are statements of others. An id that we do not know is refused.
* Owners change their minds, and lists are old. So the row of the search, a fresh `photos.getInfo`, and the history of
  licences must all say CC0; a history with more than one change is for a person to look at.
* Flickr checks nothing, and people post what is not theirs. Words of another claim, anywhere on the page, are for a
  person to look at. What a page cannot tell (other people's names in EXIF, accounts made for the purpose) is not seen.
* Only public photographs, without a warning, that may be downloaded; no videos, no screenshots.
* Of a query, only the first 4,000 results are real. So uploads are listed by windows of time with fewer than 3,000.
* Errors come with status 200. That a photograph is gone is judged; that the service is away ends the crawl.
* Answers are asked for as XML. Saved ones may be JSON. Titles and descriptions are their owners' words: no captions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mitsua_data.licences import Licence, from_uri
from mitsua_data.model import Evidence, Grade, ImageRef, Reason, Refusal, Verdict
from mitsua_data.sources.base import Body, Key, Page, Record, RuleRefusal, SourceSpec, WebReader, WebSource
from mitsua_data.sources.flickr_photo import (
    CC0,
    Photo,
    agrees_with_row,
    changed_once,
    is_history,
    others_claim,
    photos,
    refused_licence,
    require_answer,
)
from mitsua_data.sources.flickr_search import (
    DAY,
    FIRST_DAY,
    HISTORY,
    HOST,
    LICENCES,
    MOST,
    Place,
    answer,
    results,
    with_histories,
)
from mitsua_data.sources.readers import NoAnswer

MEANING: Final = f"/rsp/licenses/license[@id='{CC0}']/@url"
"""Where Flickr says what its licence 9 is."""
BLOCKED: Final = ("156555495@N04",)
"""Owners who publish under names that promise freedom: "Free For Commercial Use (FFC)"."""
FLAG: Final = ("0", "1", 0, 1)
_ASKED: Final = re.compile(r".*[?&]photo_id=([0-9]+)")
_NAMED: Final = re.compile(r"(?:.*/)?([0-9]+)(?:__v[0-9]+)?\.(?:xml|json)")


class Flickr(WebSource):
    """A search for each window of time; then `getInfo` for each row, and the history of those that still say CC0."""

    joins = True

    spec = SourceSpec(
        id="flickr",
        institution="Flickr, the photographs under CC0",
        homepage="https://www.flickr.com/creativecommons/",
        terms=("https://www.flickr.com/help/terms/api",),
        may_claim=frozenset({Licence.CC0_1_0}),
        grade=Grade.E2,
        metadata_hosts=frozenset({HOST}),
        image_hosts=frozenset({"live.staticflickr.com"}),
        requests_per_second=0.9,  # under 3,600 queries an hour, for the whole key
        robots_apply=False,  # a documented API, with a key and terms of its own
        basis="the owner's CC0 in the search, in photos.getInfo and in the history of licences, and no other claim",
        unverified=(
            "No live call was made; the order of search results, and that windows of months are counted rightly.",
            "That a photograph's history has one row with nothing new where its licence never changed.",
            "That the owner made the photograph: Flickr does not check, and neither EXIF nor accounts are looked at.",
            "The form of getInfo and of histories in JSON.",
        ),
        key=Key(variable="MITSUA_FLICKR_KEY", host=HOST, name="api_key", in_query=True),
        needs="an API key of Flickr, in MITSUA_FLICKR_KEY",
        rule_version=1,
    )

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        """One page for each page of a search; the cursor is the place of the next one."""
        licences = answer(reader, LICENCES)
        now = licences.exchange.finished_at.timestamp() if licences.exchange else 0.0
        place = Place.parse(after) if after else Place(FIRST_DAY, DAY)
        while place.start <= now:
            body = answer(reader, place.url())
            total = results(body)
            if total >= MOST and place.page == 1 and place.width > 1:
                place = place.halved()
                continue
            ids = [name for _, name in photos(body)]
            if not ids and place.promised(total) > 0:
                raise NoAnswer(f"{HOST} promises {place.promised(total)} photographs, and lists none")
            place = place.next(total)
            if ids:
                infos, histories = with_histories(reader, ids)
                rows = {_row(name): body for name in ids}
                context = {LICENCES: licences, **rows, **histories}
                yield Page(infos, cursor=str(place), context=context, listed=len(set(ids)))

    def records(self, page: Page) -> Iterable[Record]:
        """
        One for each photograph: as `getInfo` has it, known by the address where it was asked for, or as a row.

        Of several answers of `getInfo` the newest counts; those whose age nobody can tell count beside it.
        """
        found: dict[str, list[Record]] = {}
        for body in page.bodies:
            asked = _ASKED.fullmatch(body.locator)
            for base, name in [("/rsp/photo", asked[1])] if asked else photos(body):
                found.setdefault(name, []).append(Record(name, body, base, page.context))
        for records in found.values():
            whole = [record for record in records if Photo(record).whole]
            newest = max((age for age in map(_age, whole) if age is not None), default=None)
            yield from [record for record in whole if _age(record) in (None, newest)] or records[:1]

    def saved(self, bodies: Sequence[Body]) -> Iterable[Page]:
        """Photographs with their rows in lists, and their histories, which are known by the names of their files."""
        telling = [body for body in bodies if any(photos(body))]
        context: dict[str, Body] = {}
        for body in telling:
            for base, name in photos(body):
                row = Photo(Record(name, body, base))
                if not row.whole and (_row(name) not in context or row.text("licence") != CC0):
                    context[_row(name)] = body
        known = {record.id for record in self.records(Page(tuple(telling)))}
        rest = []
        for body in bodies:
            named = _NAMED.fullmatch(body.name)
            if named and named[1] in known and is_history(body):
                role = f"{HISTORY}{named[1]}"
                copies = sum(1 for each in context if each == role or each.startswith(f"{role} "))
                context[f"{role} {copies}" if copies else role] = body
            elif not any(body is each for each in telling):
                rest.append(Page((body,)))
        return [*([Page(tuple(telling), context=context)] if telling else []), *rest]

    def images(self, record: Record) -> Sequence[ImageRef]:
        """The photograph, 1,024 pixels long where its row tells where, else 500."""
        require_answer(record)
        own = Photo(record)
        own.quote("id", among=(record.id,))
        row = _listed(record)
        owner = own.text("owner")
        return (
            ImageRef(
                part="photo",
                url=(row or own).address(),
                title=own.text("title"),
                creator=own.text("realname") or own.text("username"),
                date=own.text("taken"),
                tags=own.tags(),
                landing_url=f"https://www.flickr.com/photos/{owner}/{record.id}/",
                description=own.text("description"),
            ),
        )

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        """CC0 where row, record and history say so, the photograph is open to all, and nothing on its page objects."""
        own, row = Photo(record), _listed(record)
        said = own.quote("licence")
        if said.value != CC0:
            return refused_licence(said)
        if row is None or not own.whole:
            return Refusal(Reason.UNREADABLE, (said,))
        listed = row.quote("licence")
        if listed.value != CC0:
            return Refusal(Reason.CONFLICT, (listed, said))
        joined = (*_open(own), *agrees_with_row(own, row))
        evidence = (listed, said, *_meaning(record), *joined, *changed_once(record, f"{HISTORY}{record.id}"))
        picture = row.quote_address(image.url)
        return self.claim(Licence.CC0_1_0, *evidence, *others_claim(own, row), *picture)


def _age(record: Record) -> int | None:
    """When an answer says that its photograph was changed, in seconds since 1970; None where it does not say it."""
    updated = Photo(record).text("updated")
    return int(updated) if updated.isdecimal() and len(updated) < 19 else None


def _row(name: str) -> str:
    """The role of the list in which a photograph has a row."""
    return f"row {name}"


def _listed(record: Record) -> Photo | None:
    """The photograph's row in the list that stands beside it; None where none does."""
    role = _row(record.id)
    if role not in record.context:
        return None
    base = next((base for base, name in photos(record.context[role]) if name == record.id), None)
    return None if base is None else Photo(record, role, base)


def _meaning(record: Record) -> tuple[Evidence, ...]:
    """What Flickr says its licence 9 is, where that was asked. Raises RuleRefusal(conflict) where it is not CC0."""
    if LICENCES not in record.context:
        return ()
    meaning = record.quote(MEANING, of=LICENCES)
    if not isinstance(meaning.value, str) or from_uri(meaning.value) is not Licence.CC0_1_0:
        raise RuleRefusal(Reason.CONFLICT, meaning)
    return (meaning,)


def _open(own: Photo) -> tuple[Evidence, ...]:
    """What shows that anybody may see and load the photograph. Raises RuleRefusal where that is not so."""
    owner = own.quote("owner")
    media = own.quote("media", among=("photo", "video"))
    safety = own.quote("safety", among=("0", "1", "2", 0, 1, 2))
    public = own.quote("public", among=FLAG)
    download = own.quote("download", among=FLAG)
    if not isinstance(owner.value, str) or not owner.value:
        raise RuleRefusal(Reason.UNKNOWN_VALUE, owner)
    if owner.value in BLOCKED or safety.value not in ("0", 0):
        raise RuleRefusal(Reason.EXCLUDED, owner, safety)
    if media.value != "photo":
        raise RuleRefusal(Reason.OUT_OF_SCOPE, media)
    if public.value not in ("1", 1) or download.value not in ("1", 1):
        raise RuleRefusal(Reason.NOT_OPEN, public, download)
    return owner, media, safety, public, download
