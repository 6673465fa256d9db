"""Photographs on Flickr that look like CC0."""

from __future__ import annotations

from html import escape
from typing import Any

from mitsua_data.model import MediaType
from tests.sources.hostile import Hostile

CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
MARK = "https://creativecommons.org/publicdomain/mark/1.0/"
NAMES = ("search.xml", "getInfo/1.xml", "getLicenseHistory/1.xml")


def rsp(inner: str) -> str:
    return f'<?xml version="1.0" encoding="utf-8" ?><rsp stat="ok">{inner}</rsp>'


def row(licence: str = "9", name: str = "1") -> str:
    url = 'url_l="https://live.staticflickr.com/1/1_a_b.jpg"'
    return rsp(f'<photos total="1"><photo id="{name}" owner="1@N01" license="{licence}" {url} /></photos>')


def info(title: str = "A field", description: str = "", tags: str = "", owner: str = "Jane", **more: str) -> str:
    """getInfo of a photograph that would be claimed, with attributes replaced; an empty one is left out."""
    held = {"id": "1", "license": "9", "safety_level": "0", "media": "photo", "server": "1", "secret": "a"} | more
    public, download = held.pop("ispublic", "1"), held.pop("candownload", "1")
    attributes = " ".join(f'{name}="{escape(value)}"' for name, value in held.items() if value)
    return rsp(
        f'<photo {attributes}><owner nsid="1@N01" username="{escape(owner)}" realname="" />'
        f"<title>{escape(title)}</title><description>{escape(description)}</description>"
        f'<visibility ispublic="{public}" /><dates taken="2020-01-01 00:00:00" lastupdate="1" />'
        f'<usage candownload="{download}" /><tags><tag raw="{escape(tags)}">x</tag></tags></photo>'
    )


def history(*changes: tuple[str, str]) -> str:
    held = changes or [("https://www.flickrhelp.com/", CC0)]
    return rsp(
        "".join(f'<license_history date_change="1" old_license_url="{a}" new_license_url="{b}" />' for a, b in held)
    )


def case(trap: str, record: str = "", listed: str = "", changes: str = "") -> Hostile:
    """All three answers, with one of them replaced."""
    texts = (listed or row(), record or info(), changes or history())
    return Hostile.text(trap, *texts, media_type=MediaType.XML, names=NAMES)


def in_json(trap: str, **photo: Any) -> Hostile:
    """The same in JSON, where values have kinds."""
    held = {
        "id": "1", "license": "9", "safety_level": "0", "media": "photo", "server": "1", "secret": "a",
        "owner": {"nsid": "1@N01", "username": "Jane"}, "title": {"_content": ""}, "description": {"_content": ""},
        "visibility": {"ispublic": 1},
        "usage": {"candownload": 1},
    } | photo  # fmt: skip
    listed = {"photos": {"photo": [{"id": "1", "license": "9", "url_l": "https://live.staticflickr.com/1/1_a_b.jpg"}]}}
    changed = {"license_history": [{"date_change": "1", "old_license_url": "x", "new_license_url": CC0}]}
    made = Hostile.json(trap, listed, {"photo": held, "stat": "ok"}, changed)
    return Hostile(trap, made.bodies, MediaType.JSON, tuple(name.replace("xml", "json") for name in NAMES))


def alone(trap: str, text: str, name: str) -> Hostile:
    return Hostile.text(trap, text, media_type=MediaType.XML, names=(name,))


CASES = [
    alone("a-row-alone", row(), NAMES[0]),
    alone("a-record-alone", info(), NAMES[1]),
    alone("a-history-alone", history(), NAMES[2]),
    Hostile.text("no-history", row(), info(), media_type=MediaType.XML, names=NAMES[:2]),
    Hostile.text("another's-history", row(), info(), history(), media_type=MediaType.XML,
                 names=(*NAMES[:2], "getLicenseHistory/2.xml")),
    Hostile.text("a-row-that-tells-everything", row().replace("<photo id", '<photo media="photo" safety_level="0" '
                 'ispublic="1" candownload="1" title="A field" id'), history(), media_type=MediaType.XML,
                 names=(NAMES[0], NAMES[2])),
    case("another's-row", listed=row(name="2")),
    case("the-mark", info(license="10"), row("10"), history((CC0, MARK))),
    case("no-known-restrictions", info(license="7"), row("7")),
    case("a-government's-work", info(license="8"), row("8")),
    case("licence-90", info(license="90"), row("90")),
    case("licence-9-with-a-space", info(license="9 "), row("9 ")),
    case("no-licence", info(license="")),
    case("changed-since-it-was-listed", info(license="3")),
    case("listed-otherwise", listed=row("3")),
    case("changed-away", changes=history((CC0, "https://creativecommons.org/licenses/by-nc/2.0/"))),
    case("became-a-mark", changes=history((CC0, MARK))),
    case("there-and-back", changes=history(("x", CC0), (CC0, "x"), ("x", CC0))),
    case("a-history-elsewhere", changes=history(("x", CC0.replace("org", "org.example")))),
    case("a-film", info(media="video")),
    case("restricted", info(safety_level="2")),
    case("private", info(ispublic="0")),
    case("not-to-be-downloaded", info(candownload="0")),
    case("somebody's-copyright", info(description="Copyright 2019 John Smith. All rights reserved.")),
    case("by-somebody-else", info(title="Photo by John Smith")),
    case("an-agency's", info(tags="Getty Images")),
    case("made-by-a-model", info(tags="midjourney")),
    case("found", info(description="Found on the web, author unknown")),
    case("a-screenshot", info(title="Screenshot 2020-01-01")),
    case("two-licences", info(description='<a href="https://creativecommons.org/licenses/by-nc/4.0/">BY-NC</a>')),
    case("an-agency's-account", info(owner="Reuters Pictures")),
    case("a-failure-that-quotes-a-photograph", info().replace('stat="ok"', 'stat="fail"').replace("<photo ", "<err ")
         .replace("</photo>", "</err>")),
    *(
        case(f"words-{place}", info(description=words))
        for place, words in enumerate((
            "Photographer: John Smith", "Foto: John Smith", "Photo credit John Smith", "&copy; John", "Ⓒ John",
            "allrightsreserved", "All rights are reserved", "artificial intelligence", "not my photo",
            "Photo by Jane. Other photo by John Smith",
        ))
    ),
    case("words-in-a-note", info().replace("<usage", "<notes><note>© Reuters</note></notes><usage")),
    case("words-in-a-row", listed=row().replace("<photo id", '<photo title="(c) Getty Images" id')),
    case("reserved-without-an-address", changes=history((CC0, "")).replace('new_license_url=""',
         'new_license="All Rights Reserved" new_license_url=""')),
    case("a-history-that-failed", changes=history().replace('stat="ok"', 'stat="fail"')),
    case("a-second-row-without-anything", changes=history().replace("</rsp>", "<license_history /></rsp>")),
    case("another's-picture", listed=row().replace("/1_a_b", "/2_a_b")),
    case("another-owner's-row", listed=row().replace("1@N01", "2@N02")),
    case("a-film-in-the-list", listed=row().replace("<photo id", '<photo media="video" id')),
    case("restricted-in-the-list", listed=row().replace("<photo id", '<photo safety_level="2" id')),
    Hostile.text("two-histories", row(), info(), history(), history((CC0, "x")), media_type=MediaType.XML,
                 names=(*NAMES, "later/1.xml")),
    Hostile.text("two-records-of-one-age", row(), info(), history(), info(license="0"), media_type=MediaType.XML,
                 names=(*NAMES, "later.xml")),
    Hostile.text("a-record-of-endless-age", row(), info(), history(), info(license="0").replace('lastupdate="1"',
                 f'lastupdate="{"9" * 5000}"'), media_type=MediaType.XML, names=(*NAMES, "later.xml")),
    in_json("a-number-for-the-licence", license=9),
    in_json("a-list-of-licences", license=["9"]),
    in_json("true-for-public", visibility={"ispublic": True}),
    in_json("true-in-quotes", usage={"candownload": "true"}),
    in_json("a-title-in-another-place", title="(c) Somebody"),
    in_json("null-for-safety", safety_level=None),
]  # fmt: skip
