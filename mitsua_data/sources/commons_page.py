"""A file's page on Wikimedia Commons, as the API's `extmetadata` gives it: warnings, authority, words."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from mitsua_data.model import Evidence, ImageRef, Reason
from mitsua_data.sources.base import Record, RuleRefusal
from mitsua_data.sources.html_text import read_html

META: Final = "/imageinfo/0/extmetadata/"
RASTER: Final = ("image/jpeg", "image/png", "image/webp", "image/tiff", "image/gif")
ENDINGS: Final = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".gif")
"""Commons checks that a file's name ends as its format does; older recordings lack `mime`."""
DOUBT: Final = re.compile(
    r"deletion requests?|copyright violation|copyvio|possibly copyrighted|possibly unfree|licen[cs]e review needed"
    r"|flickr.*(?:not found|unfree|needed|needing|failed|unknown|public domain mark)|public domain mark|\bpd-?mark"
    r"|\bno (?:\S+ )?(?:permission|source|licen[cs]e)"
    r"|(?:missing|without|lacking|unknown) (?:an? )?(?:permission|source|licen[cs]e)"
    r"|with trademark|trademarked|attribution only licen[cs]e|non-?free|fair use|disputed",
    re.IGNORECASE,
)
"""Categories by which Commons says that something may be wrong."""
MADE_BY_MACHINE: Final = re.compile(
    r"\bAI[- ]generated|generated (?:by|with) (?:AI|artificial)|\bAI images?\b", re.IGNORECASE
)
DERIVED: Final = re.compile(
    r"\b(?:derivative|screenshots?|screen captures?|posters?|packag(?:es|ing)|graffiti|murals?|statues?|sculptures?"
    r"|(?:album|book|magazine) covers?|comics|logos?|advertisements?|FoP|freedom of panorama)\b",
    re.IGNORECASE,
)
"""Categories of reproductions of works that somebody else may have made."""
DONATED: Final = re.compile(r"(?:Media|Images|Photographs|Files) (?:donated|contributed) by .+|GWToolset Batch Upload")
"""Uploads by institutions: the tool of that name is lent to them alone."""
REVIEWED: Final = re.compile(r"Flickr images reviewed by (?:FlickreviewR(?: 2)?|trusted users)")
UPKEEP: Final = re.compile(
    r"CC-|PD-|PD |Files? |Media |Images? |Photographs? by User|Photos uploaded|Flickr |GWToolset|Self-published|Upload"
    r"|Licen[cs]|Pages |All media|Artworks |Wiki"
)
"""How categories begin that serve Commons, and say nothing of a picture."""
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
    unfree = record.quote(f"{META}NonFree/value", missing_ok=True)
    deletion = record.quote(f"{META}DeletionReason/value", missing_ok=True)
    attribution = record.quote(f"{META}AttributionRequired/value", missing_ok=True)
    categories = record.quote(f"{META}Categories/value")
    if unfree.value is not None:
        raise RuleRefusal(Reason.NOT_OPEN, unfree)
    if restrictions.value != "" or deletion.value is not None or attribution.value not in (None, "false"):
        raise RuleRefusal(Reason.CONFLICT, restrictions, deletion, attribution)
    if not isinstance(categories.value, str):
        raise RuleRefusal(Reason.UNREADABLE, categories)
    held = record.text(f"{META}Categories/value").split("|")
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
    a review (which `cautions` quotes). None where nothing does.
    """
    held = record.text(f"{META}Categories/value").split("|")
    if any(DONATED.fullmatch(each) or REVIEWED.fullmatch(each) for each in held):
        return ()
    credit, artist = read_html(record.text(f"{META}Credit/value")), read_html(record.text(f"{META}Artist/value"))
    uploader = record.text("/imageinfo/0/user")
    if uploader and "int-own-work" in credit.classes and {_user(link) for link in artist.links} == {uploader}:
        return tuple(map(record.quote, (f"{META}Credit/value", f"{META}Artist/value", "/imageinfo/0/user")))
    return None


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
