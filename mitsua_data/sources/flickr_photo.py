"""A photograph on Flickr: where its fields stand (XML or JSON, `getInfo` or a list), its history, and its words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final

from mitsua_data.licences import Licence, from_uri
from mitsua_data.model import Evidence, Json, MediaType, Reason, Refusal
from mitsua_data.sources.base import Body, Record, RuleRefusal

CC0: Final = "9"
LICENCES: Final[dict[str, tuple[Reason, Licence | None]]] = {
    "0": (Reason.NOT_OPEN, None),
    "1": (Reason.LICENCE_NOT_CLAIMABLE, Licence.CC_BY_NC_SA),
    "2": (Reason.LICENCE_NOT_CLAIMABLE, Licence.CC_BY_NC),
    "3": (Reason.LICENCE_NOT_CLAIMABLE, Licence.CC_BY_NC_ND),
    "4": (Reason.LICENCE_NOT_CLAIMABLE, Licence.CC_BY),
    "5": (Reason.LICENCE_NOT_CLAIMABLE, Licence.CC_BY_SA),
    "6": (Reason.LICENCE_NOT_CLAIMABLE, Licence.CC_BY_ND),
    "7": (Reason.LICENCE_NOT_CLAIMABLE, None),  # no known copyright restrictions
    "8": (Reason.LICENCE_NOT_CLAIMABLE, None),  # a work of the United States' government
    "10": (Reason.NO_STATEMENT, Licence.PDM_1_0),
    "11": (Reason.LICENCE_NOT_CLAIMABLE, Licence.CC_BY),
    "12": (Reason.LICENCE_NOT_CLAIMABLE, Licence.CC_BY_SA),
    "13": (Reason.LICENCE_NOT_CLAIMABLE, Licence.CC_BY_ND),
    "14": (Reason.LICENCE_NOT_CLAIMABLE, Licence.CC_BY_NC),
    "15": (Reason.LICENCE_NOT_CLAIMABLE, Licence.CC_BY_NC_SA),
    "16": (Reason.LICENCE_NOT_CLAIMABLE, Licence.CC_BY_NC_ND),
}
"""Every id that photos.licenses.getInfo listed in June 2025, but CC0's."""
FIELDS: Final[dict[str, tuple[str, str, str, str]]] = {
    "id": ("/@id", "/id", "/@id", "/id"),
    "licence": ("/@license", "/license", "/@license", "/license"),
    "media": ("/@media", "/media", "/@media", "/media"),
    "safety": ("/@safety_level", "/safety_level", "/@safety_level", "/safety_level"),
    "public": ("/visibility/@ispublic", "/visibility/ispublic", "/@ispublic", "/ispublic"),
    "download": ("/usage/@candownload", "/usage/candownload", "/@candownload", "/candownload"),
    "title": ("/title", "/title/_content", "/@title", "/title"),
    "description": ("/description", "/description/_content", "/description", "/description/_content"),
    "owner": ("/owner/@nsid", "/owner/nsid", "/@owner", "/owner"),
    "username": ("/owner/@username", "/owner/username", "/@ownername", "/ownername"),
    "realname": ("/owner/@realname", "/owner/realname", "/@realname", "/realname"),
    "tags": ("/tags/tag/@raw", "/tags/tag", "/@tags", "/tags"),
    "taken": ("/dates/@taken", "/dates/taken", "/@datetaken", "/datetaken"),
    "updated": ("/dates/@lastupdate", "/dates/lastupdate", "/@lastupdate", "/lastupdate"),
    "labels": ("/tags", "/tags", "/@tags", "/tags"),
    "notes": ("/notes/note", "/notes/note", "/notes/note", "/notes/note"),
    "server": ("/@server", "/server", "/@server", "/server"),
    "secret": ("/@secret", "/secret", "/@secret", "/secret"),
    "content": ("/@content_type", "/content_type", "/@content_type", "/content_type"),
}
"""Field → pointer behind the photograph's own: getInfo in XML and in JSON, a row in XML and in JSON."""
PICTURES: Final = "https://live.staticflickr.com/"
SIZES: Final = ("url_l", "url_c", "url_z", "url_m")
"""A row's addresses of the picture, the one with 1,024 pixels first."""
WHOLE: Final = ("/rsp/photo", "/photo")
"""Where the photograph of getInfo stands."""
_OTHERS: Final = re.compile(
    r"[©Ⓒⓒ]|\(c\)|copyright|\bcopr\b|all rights (?:are )?reserved|allrights?(?:are)?reserved|artificial ?intelligence"
    r"|\bnot (?:my|our) (?:own )?(?:photo|picture|image|pic|work)"
    r"|\bgoogle ?images?\b|\bsource\s*:|\bcomfyui\b|\bsdxl\b|\bepa\s*/"
    r"|\bcourtesy\b|\bcredits?\s*:|\bimage by\b|\bvia\s+(?:https?:|www\.)"
    r"|getty ?images|\breuters\b|\bafp\b|associated ?press|\bap photo|shutter ?stock|\balamy\b|\bi?stock ?photo"
    r"|\bcorbis\b|magnum ?photos|\bfound on\b|\bfound (?:at|in) (?:the )?(?:web|internet|net|google|https?:|www)"
    r"|screen ?shots?|screen ?grabs?|screen ?captures?|wall ?papers?"
    r"|\bai\b|\bai ?(?:art|generated|image)|\bgenerative|mid ?journey|stable ?diffusion|\bdall[ ·-]?e\b"
    r"|creativecommons\.org/licen|\bcc[ -]by\b|creative ?commons ?attribution|non-? ?commercial|\bpublic domain mark",
    re.IGNORECASE,
)
"""Words of somebody else's claim, of another licence, or of a picture that no camera made."""
_MACHINE_TAG: Final = re.compile(r"\w+:\w+=")
_BY: Final = re.compile(
    r"\b(?:(?:(?:photo(?:graph|graphed|graphs|graphy|s)?|fotos?|pictures?|pics?|taken|shot)\s*(?:by\b\s*:?|:)"
    r"|(?:photographer|photographe|fotograf(?:o|a|in|ia|ie)?|photo ?grapher)(?:\s+is\b|\s*[:=–—-])"
    r"|(?:photo|foto|picture|image|pic)s?\s+credits?\b\s*(?:to\b|goes to\b)?\s*[:=–—-]?)"
    r"|foto(?:s|grafie)?\s+(?:von|di|de|por)\b)\s*(?P<who>[^<.,;!()|]{1,60})",
    re.IGNORECASE,
)
_FILE: Final = re.compile(
    r"[0-9A-Za-z]+/(?P<id>[0-9]+)_[0-9A-Za-z]+(?:_[0-9A-Za-z]{1,2})?\.(?:jpe?g|png|gif)", re.ASCII
)
"""What stands behind the host in a picture's address."""
_NAMED_OTHERWISE: Final = re.compile(
    r"reserved|attribution|no known|\bmark\b|commercial|deriv|share|government", re.IGNORECASE
)
"""Names of licences that are not CC0."""


@dataclass(frozen=True)
class Photo:
    """A photograph in a record, or where `base` points to in the context body with the role `of`."""

    record: Record
    of: str = ""
    base: str = ""

    @property
    def whole(self) -> bool:
        """Whether getInfo tells of it, and not a row of a list."""
        return (self.base if self.of else self.record.base) in WHOLE

    def quote(self, field: str, *, among: Collection[Json] | None = None, missing_ok: bool = False) -> Evidence:
        """A field's quotation. Raises as `Record.quote` does."""
        return self.record.quote(self._pointer(field), of=self.of, among=among, missing_ok=missing_ok)

    def has(self, field: str) -> bool:
        """Whether a field stands there at all."""
        return self.record.has(self._pointer(field), of=self.of)

    def words(self, field: str) -> tuple[str, ...]:
        """Every text in a field, however it is built."""
        return tuple(_texts(self.record.value(self._pointer(field), of=self.of)))

    def text(self, field: str) -> str:
        """A field's text; empty where it has none."""
        return self.record.text(self._pointer(field), of=self.of)

    def tags(self) -> tuple[str, ...]:
        """Its tags, as they were typed, each once; without those that machines wrote."""
        return tuple(dict.fromkeys(tag for tag in self.typed() or () if tag and not _MACHINE_TAG.match(tag)))

    def typed(self) -> tuple[str, ...] | None:
        """All its tags; None where something is none."""
        value = self.record.value(self._pointer("tags"), of=self.of)
        if value is None:
            return ()
        if isinstance(value, str):
            return (value,) if self.whole else tuple(value.split())
        held = value if isinstance(value, list) else [None]
        tags = tuple(each.get("raw") if isinstance(each, dict) else each for each in held)
        texts = tuple(each for each in tags if isinstance(each, str))
        return texts if len(texts) == len(tags) else None

    def address(self) -> str:
        """Where the picture is: the best that a row names, else the one that every photograph has, 500 pixels long."""
        named = (self.record.text(self._size(size), of=self.of) for size in SIZES)
        made = f"{PICTURES}{self.text('server')}/{self.text('id')}_{self.text('secret')}.jpg"
        return next(filter(None, named), made)

    def quote_address(self, url: str) -> tuple[Evidence, ...]:
        """Where a row names this address; else what it is made of. Raises RuleRefusal for another host or id."""
        file = _FILE.fullmatch(url.removeprefix(PICTURES)) if url.startswith(PICTURES) else None
        if file is None or file["id"] != self.record.id:
            raise RuleRefusal(Reason.UNKNOWN_VALUE, self.quote("id"))
        for size in SIZES:
            if self.record.text(self._size(size), of=self.of) == url:
                return (self.record.quote(self._size(size), of=self.of),)
        return tuple(map(self.quote, ("server", "id", "secret")))

    def _size(self, name: str) -> str:
        return f"{self.base}/{'' if self._is_json else '@'}{name}"

    @property
    def _is_json(self) -> bool:
        body = self.record.context[self.of] if self.of else self.record.body
        return body.media_type is MediaType.JSON

    def _pointer(self, field: str) -> str:
        return self.base + FIELDS[field][(0 if self.whole else 2) + self._is_json]


def photos(body: Body) -> Iterator[tuple[str, str]]:
    """Pointer and id of each photograph that an answer tells of; rows of one id in XML have one pointer."""
    told = Record(body.locator, body)
    if body.media_type is not MediaType.JSON:
        yield from ((WHOLE[0], each) for each in told.texts("/rsp/photo/@id") if each.isdecimal())
        rows = dict.fromkeys(each for each in told.texts("/rsp/*/photo/@id") if each.isdecimal())
        yield from ((f"/rsp/*/photo[@id='{each}']", each) for each in rows)
        return
    bases = [WHOLE[1], ""]
    for holder in ("photos", "photoset"):
        rows_json = told.seen(f"/{holder}/photo")
        bases += [f"/{holder}/photo/{place}" for place in range(len(rows_json) if isinstance(rows_json, list) else 0)]
    for base in bases:
        name = told.text(f"{base}/id")
        if name.isdecimal() and told.seen(f"{base}/license") is not None:
            yield base, name


def require_answer(record: Record) -> None:
    """Raise RuleRefusal(unreadable) where the whole answer is an error, and quote it."""
    whole = Record(record.id, record.body)
    is_json = record.body.media_type is MediaType.JSON
    stat = whole.quote("/stat" if is_json else "/rsp/@stat", missing_ok=True)
    if stat.value != "ok" and not (is_json and stat.value is None):  # a saved row in JSON has nothing around it
        stem = "/" if is_json else "/rsp/err/@"
        told = (whole.quote(f"{stem}{name}", missing_ok=True) for name in ("code", "message" if is_json else "msg"))
        raise RuleRefusal(Reason.UNREADABLE, stat, *told)


def refused_licence(said: Evidence) -> Refusal:
    """What any licence but CC0 means."""
    reason, licence = LICENCES.get(str(said.value), (Reason.UNKNOWN_VALUE, None))
    return Refusal(reason, (said,), licence)


def is_history(body: Body) -> bool:
    """Whether an answer is a history of licences. It does not say of which photograph."""
    told = Record(body.locator, body)
    return any(told.seen(each) is not None for each in ("/rsp/license_history/@date_change", "/license_history"))


def changed_once(record: Record, of: str) -> tuple[Evidence, ...]:
    """
    A photograph's history, if it always was CC0, or became so in one change. Raises RuleRefusal: `unreadable` where
    no history stands there, `conflict` where it ends elsewhere, or had more changes than one.
    """
    if of not in record.context:
        raise RuleRefusal(Reason.UNREADABLE, record.whole())
    copies = (role for role in record.context if role.startswith(f"{of} "))
    return tuple(quoted for role in (of, *copies) for quoted in _became_free(record, role))


def _became_free(record: Record, of: str) -> tuple[Evidence, ...]:
    """One history. Raises as `changed_once` does."""
    is_json = record.context[of].media_type is MediaType.JSON
    stat = record.quote("/stat" if is_json else "/rsp/@stat", of=of, missing_ok=is_json)
    if stat.value != "ok" and record.has("/stat" if is_json else "/rsp/@stat", of=of):
        raise RuleRefusal(Reason.UNREADABLE, stat)
    stem = "/license_history/0/" if is_json else "/rsp/license_history/@"
    names = ("date_change", "old_license_url", "new_license_url")
    dated, old, new = (record.quote(f"{stem}{name}", of=of) for name in names)
    named = record.quote(f"{stem}new_license", of=of, missing_ok=True)
    rows = record.value("/license_history" if is_json else "/rsp/license_history", of=of)
    single = all(isinstance(each.value, str) for each in (dated, old, new))
    alone = len(rows) == 1 if isinstance(rows, list) else not is_json
    if not single or not alone:  # of several rows in XML, a list of their texts
        raise RuleRefusal(Reason.CONFLICT, dated, old, new)
    unchanged = new.value == "" and named.value == ""
    said = old.value if unchanged else new.value
    if from_uri(str(said)) is not Licence.CC0_1_0 or _NAMED_OTHERWISE.search(str(named.value)):
        raise RuleRefusal(Reason.CONFLICT, dated, old, new, named)
    return dated, old, new, named


def agrees_with_row(own: Photo, row: Photo) -> tuple[Evidence, ...]:
    """
    What a photograph's row tells of it beside the licence: the owner, and where it tells them, medium and safety.

    Raises RuleRefusal(conflict) where getInfo tells otherwise.
    """
    found = []
    for field in ("owner", "media", "safety"):
        listed, said = row.quote(field, missing_ok=field != "owner"), own.quote(field)
        if (field == "owner" or row.has(field)) and (listed.value is None or str(listed.value) != str(said.value)):
            raise RuleRefusal(Reason.CONFLICT, listed, said)
        found.append(listed)
    return tuple(found)


def others_claim(own: Photo, row: Photo) -> tuple[Evidence, ...]:
    """
    The photograph's words, if none of them is somebody else's claim. Raises RuleRefusal: `conflict` where one may be,
    `unknown_value` for words that are no texts, `out_of_scope` for what is no photograph.

    Who is named as the photographer must be the owner, by one of the names the owner goes by.
    """
    quoted = (
        own.quote("title"), own.quote("description"), own.quote("tags", missing_ok=True),
        own.quote("notes", missing_ok=True), row.quote("title", missing_ok=True),
    )  # fmt: skip
    names = tuple(own.quote(each, missing_ok=True) for each in ("username", "realname"))
    content = row.quote("content", missing_ok=True)
    tags = own.typed()
    if tags is None or not all(each.value is None or isinstance(each.value, str) for each in (*quoted[:2], *names)):
        raise RuleRefusal(Reason.UNKNOWN_VALUE, *quoted, *names)
    words = [*own.words("title"), *own.words("description"), *tags, *own.words("username"), *own.words("realname")]
    words += [*own.words("notes"), *own.words("labels"), *row.words("title")]
    owners = tuple(own.text(each).casefold() for each in ("username", "realname") if own.text(each))
    for text in words:
        plain = _plain(text)
        named = (match["who"].strip().casefold() for match in _BY.finditer(plain))
        if _OTHERS.search(plain) or any(each not in owners for each in named):
            raise RuleRefusal(Reason.CONFLICT, *quoted, *names)
    if content.value not in (None, "0", 0):
        raise RuleRefusal(Reason.OUT_OF_SCOPE, content)
    return (*quoted, *names, content)


def _plain(text: str) -> str:
    """A text with what HTML writes in other ways, and without letters and spaces that only look different."""
    shown = unescape(unescape(text))
    kept = "".join(each for each in shown if unicodedata.category(each) != "Cf")
    parts = (each if each in "©Ⓒⓒ" else unicodedata.normalize("NFKC", each) for each in kept)
    return " ".join("".join(parts).split())


def _texts(value: Json) -> Iterator[str]:
    """Every text inside a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
