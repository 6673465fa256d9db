"""A file's page on Wikimedia Commons, as the API's `extmetadata` gives it: warnings, authority, words."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import unquote

from mitsua_data.model import Evidence, ImageRef, Reason
from mitsua_data.sources.base import Record, RuleRefusal
from mitsua_data.sources.html_text import read_html

META: Final = "/imageinfo/0/extmetadata/"
RASTER: Final = ("image/jpeg", "image/png", "image/webp", "image/tiff", "image/gif")
ENDINGS: Final = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".gif")
"""Commons checks that a file's name ends as its format does; older recordings lack `mime`."""
_NEEDED: Final = r"(?:permission|source|licen[cs]e|author|review)"
DOUBT: Final = re.compile(
    r"\bdeletion\b|copyright(?:ed)? violation|copyvio|possibl[ey] copyright|\bunfree\b|all rights reserved"
    rf"|{_NEEDED}s?(?: is| was)? (?:missing|needed|needing|pending|required|failed|unknown)"
    r"|flickr.*(?:not found|need|fail|unknown|public domain|pending|unreviewed|missing|\bbad\b)|unreviewed|\bpd-?mark"
    r"|public domain mark|\b(?:otrs|vrts?)\b.*(?:missing|pending|need|received|invalid|unconfirmed)"
    rf"|\bno (?:\S+ )?(?:permission|source|licen[cs]e)|\bin copyright\b"
    rf"|(?:missing|without|lacking|unknown|needing|bad) (?:an? |human |licen[cs]e )?{_NEEDED}"
    r"|with trademark|trademarked|attribution[ -]only|non-?free|fair use|disputed"
)
"""Categories by which Commons says that something may be wrong, in small letters, without odd spaces."""
MADE_BY_MACHINE: Final = re.compile(
    r"\bai[- ](?:\S+ )?(?:generat|modif|enhanc|upscal|edit|assist|creat|made|colou?ri[sz]|restor|art\b|images?\b|slop)"
    r"|generated (?:by|with|using) |artificial intelligence|midjourney|stable ?diffusion|\bdall[ ·-]?e\b|generative"
    r"|text[- ]to[- ]image|comfyui|\bsdxl\b|deepfake"
)
DERIVED: Final = re.compile(
    r"\b(?:derivative|screenshots?|screen captures?|posters?|packag(?:es|ing)|graffiti|murals?|statues?|sculptures?"
    r"|(?:album|book|magazine) covers?|comics|logos?|advertisements?|fop|freedom of panorama)\b"
)
"""Categories of reproductions of works that somebody else may have made."""
DONATED: Final = re.compile(r"Media donated by (?!(?:[Uu]ser|I|Me|My)\b)[^\W\d_a-z].+|GWToolset Batch Upload")
"""Uploads by institutions, which begin with a capital: the tool of that name is lent to them alone."""
REVIEWED: Final = re.compile(r"Flickr images reviewed by (?:FlickreviewR(?: 2)?|trusted users)")
TAGGED: Final = "CC-Zero"
"""The category that the tag CC0 itself puts a file into. Whoever imports from Flickr picks the tag by Flickr's licence;
where that was the Public Domain Mark, there is a category of its own (`DOUBT`)."""
_RESERVED: Final = re.compile(r"all rights (?:are )?reserved|©|\(c\)|non-?commercial|permission (?:is )?required")
UPKEEP: Final = re.compile(
    r"CC-|PD-|PD |Files? |Media |Images? |Photographs? by User|Photos uploaded|Flickr |GWToolset|Self-published|Upload"
    r"|Licen[cs]|Pages |All media|Artworks |Wiki"
)
"""How categories begin that serve Commons, and say nothing of a picture."""
_OWN: Final = re.compile(r'\s*<span class="int-own-work"(?: lang="[\w-]*")?>(?P<words>[^<>]{1,60})</span>\s*')
_ONE_LINK: Final = re.compile(
    r"\s*(?:<bdi>)?\s*<a\s[^<>]*>(?P<name>(?:(?!</?a[\s>]).)*)</a>\s*(?:</bdi>)?\s*", re.DOTALL
)
_CREDITING: Final = re.compile(
    r"[/©]|\b(?:after|by|photo\w*|from|via|based|edit\w*|derivative|cropp?\w*|courtesy|uploaded|https?|www|reuters|afp|getty)\b"
)
"""Words in a link to somebody that make it more than a name."""
_USER: Final = re.compile(
    r"(?:(?:https?:)?//commons\.wikimedia\.org)?/(?:wiki/|w/index\.php\?title=)[Uu]ser(?:[ _]talk)?:(?P<name>[^/?#&]+)"
    r"(?:&action=edit&redlink=1)?"
)


def cautions(record: Record) -> tuple[Evidence, ...]:
    """
    Everything that could warn of a file, if nothing does. Raises RuleRefusal: `conflict`, where a person must look;
    `not_open` and `ai_generated`, where Commons says so; `unreadable` where restrictions or categories are not there.
    """
    restrictions = record.quote(f"{META}Restrictions/value")
    unfree = record.quote(f"{META}NonFree", missing_ok=True)
    deletion = record.quote(f"{META}DeletionReason", missing_ok=True)
    attribution = record.quote(f"{META}AttributionRequired/value", missing_ok=True)
    categories = record.quote(f"{META}Categories/value")
    fields = record.value(META.rstrip("/"))
    present = {each.casefold() for each in fields} if isinstance(fields, dict) else set()
    if "nonfree" in present:  # whatever stands there, be it null
        raise RuleRefusal(Reason.NOT_OPEN, unfree)
    unsaid = "attributionrequired" not in present
    credit_free = attribution.value == "false" or (unsaid and attribution.value is None)
    if restrictions.value != "" or "deletionreason" in present or not credit_free:
        raise RuleRefusal(Reason.CONFLICT, restrictions, deletion, attribution)
    for field in ("UsageTerms", "Permission"):
        if _RESERVED.search(_plain(read_html(record.text(f"{META}{field}/value")).words)):
            raise RuleRefusal(Reason.CONFLICT, record.quote(f"{META}{field}/value"))
    if not isinstance(categories.value, str):
        raise RuleRefusal(Reason.UNREADABLE, categories)
    held = [_plain(each) for each in record.text(f"{META}Categories/value").split("|")]
    if any(MADE_BY_MACHINE.search(each) for each in held):
        raise RuleRefusal(Reason.AI_GENERATED, categories)
    if any(DOUBT.search(each) or DERIVED.search(each) for each in held):
        raise RuleRefusal(Reason.CONFLICT, categories)
    return restrictions, unfree, deletion, attribution, categories


def raster(record: Record) -> Evidence:
    """What the file is made of. Raises RuleRefusal(out_of_scope) where that is not pixels."""
    mime = record.quote("/imageinfo/0/mime", missing_ok=True)
    by_name = mime.value is None and record.text("/imageinfo/0/url").lower().endswith(ENDINGS)
    if not by_name and mime.value not in RASTER:
        raise RuleRefusal(Reason.OUT_OF_SCOPE, mime, record.quote("/imageinfo/0/url"))
    return mime


def authority(record: Record) -> tuple[Evidence, ...] | None:
    """
    What shows that whoever tagged the file could: it is the uploader's own, or its categories name an institution or
    a review (which `cautions` quotes), beside the tag's own category. None where nothing does.

    Own work is credited to the uploader's page, and to nothing else: words around the link are somebody's, too.
    """
    held = record.text(f"{META}Categories/value").split("|")
    reviewed = TAGGED in held and any(REVIEWED.fullmatch(each) for each in held)
    if reviewed or any(DONATED.fullmatch(each) for each in held):
        return ()
    credit, artist = record.text(f"{META}Credit/value"), record.text(f"{META}Artist/value")
    link = _ONE_LINK.fullmatch(artist)
    uploader = record.text("/imageinfo/0/user")
    if uploader and link and _OWN.fullmatch(credit) and [_user(each) for each in read_html(artist).links] == [uploader]:
        named = read_html(link["name"]).words
        if named and not _CREDITING.search(_plain(named)):
            return tuple(map(record.quote, (f"{META}Credit/value", f"{META}Artist/value", "/imageinfo/0/user")))
    return None


def _plain(text: str) -> str:
    """A category without what only looks different: compatible characters, underscores, odd spaces, capitals."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("_", " ").split()).casefold()


def described(record: Record, url: str) -> ImageRef:
    """The file with the words of its page; those are HTML."""

    def words(field: str) -> str:
        return read_html(record.text(f"{META}{field}/value")).words

    name = record.text("/title").removeprefix("File:").rpartition(".")[0]
    held = record.text(f"{META}Categories/value").split("|")
    return ImageRef(
        part="file",
        url=url,
        title=words("ObjectName") or name,
        creator=words("Artist"),
        date=words("DateTimeOriginal"),
        tags=tuple(each for each in held if each and not UPKEEP.match(each)),
        landing_url=record.text("/imageinfo/0/descriptionurl"),
        description=words("ImageDescription"),
    )


def _user(link: str) -> str:
    """The user whose page on Commons a link leads to, or would lead to if it were written; else empty."""
    match = _USER.fullmatch(unquote(link))
    return match["name"].replace("_", " ") if match else ""
