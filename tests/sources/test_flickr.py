"""Flickr: rows, records and histories that must agree, and words that object."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import Any

import pytest

from mitsua_data.inspection import inspect_paths
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Grade, ImageRef, MediaType, Reason, Refusal
from mitsua_data.policy import Policy
from mitsua_data.sources.base import Body, Judged, Page, judge_page
from mitsua_data.sources.flickr import Flickr
from mitsua_data.sources.flickr_photo import LICENCES as IDS
from mitsua_data.sources.flickr_search import INFO

FLICKR = Flickr()
CC0_URL = "https://creativecommons.org/publicdomain/zero/1.0/"
BY_URL = "https://creativecommons.org/licenses/by/2.0/"
RESERVED_URL = "https://www.flickrhelp.com/hc/en-us/articles/10710266545556"
LARGE = "https://live.staticflickr.com/65535/7_aaaa_b.jpg"
FIELDS: dict[str, str] = {
    "id": "7",
    "license": "9",
    "safety": "0",
    "media": "photo",
    "nsid": "1@N01",
    "username": "jane",
    "realname": "Jane Doe",
    "title": "A field",
    "description": "Photo by Jane Doe, in summer & sun.",
    "public": "1",
    "download": "1",
    "tags": "summer|wide field|taxonomy:genus=Avena",
    "updated": "1694441672",
}
"""A photograph made by hand, in the form of the API's answers; Flickr has no such photograph."""


def rsp(inner: str, stat: str = "ok") -> bytes:
    return f'<?xml version="1.0" encoding="utf-8" ?>\n<rsp stat="{stat}">\n{inner}\n</rsp>\n'.encode()


def fail(code: int, message: str = "Photo not found") -> bytes:
    return rsp(f'<err code="{code}" msg="{message}" />', "fail")


def _text(fields: dict[str, Any], name: str) -> str:
    return escape(fields[name])


def info(**changes: Any) -> bytes:
    """getInfo; a field that is `...` is left out."""
    fields = FIELDS | changes

    def attribute(name: str, field: str) -> str:
        return "" if fields[field] is ... else f' {name}="{_text(fields, field)}"'

    tags = "".join(f'<tag id="1" raw="{escape(each)}">x</tag>' for each in fields["tags"].split("|"))
    return rsp(
        f'<photo{attribute("id", "id")} secret="aaaa" server="65535"{attribute("license", "license")}'
        f"{attribute('safety_level', 'safety')}{attribute('media', 'media')}>"
        f"<owner{attribute('nsid', 'nsid')}{attribute('username', 'username')}{attribute('realname', 'realname')} />"
        f"<title>{_text(fields, 'title')}</title><description>{_text(fields, 'description')}</description>"
        f'<visibility{attribute("ispublic", "public")} isfriend="0" />'
        f'<dates posted="1" taken="2021-06-30 18:45:19"{attribute("lastupdate", "updated")} />'
        f'<usage{attribute("candownload", "download")} canblog="0" /><tags>{tags}</tags></photo>'
    )


def row(number: int | str = 7, licence: str = "9", **more: str) -> str:
    held = {"url_l": LARGE.replace("/7_", f"/{number}_"), "content_type": "0"} | more
    rest = " ".join(f'{name}="{escape(value)}"' for name, value in held.items() if value)
    return (
        f'<photo id="{number}" owner="1@N01" secret="aaaa" server="65535" title="A field" license="{licence}" {rest} />'
    )


def rows(*each: str, total: int | None = None) -> bytes:
    number = len(each) if total is None else total
    return rsp(f'<photos page="1" pages="1" perpage="100" total="{number}">{"".join(each)}</photos>')


def history(*changes: tuple[str, str]) -> bytes:
    return rsp(
        "".join(
            f'<license_history date_change="17440{place}" old_license="a" old_license_url="{old}"'
            f' new_license="{"b" if new else ""}" new_license_url="{new}" />'
            for place, (old, new) in enumerate(changes or [(RESERVED_URL, CC0_URL)])
        )
    )


def saved(*bodies: tuple[str, bytes]) -> list[Judged]:
    kinds = {True: MediaType.JSON, False: MediaType.XML}
    held = [Body(data, kinds[name.endswith(".json")], f"flickr:{name}") for name, data in bodies]
    return [each for page in FLICKR.saved(held) for each in judge_page(FLICKR, page)]


def judged(record: bytes | None = None, listed: bytes | None = None, changes: bytes | None = None) -> Judged:
    (found,) = saved(
        ("photos.search/1.xml", rows(row()) if listed is None else listed),
        ("photos.getInfo/7.xml", info() if record is None else record),
        ("photos.licenses.getLicenseHistory/7.xml", history() if changes is None else changes),
    )
    return found


def reason(each: Judged) -> Reason | Licence:
    return each.verdict.reason if isinstance(each.verdict, Refusal) else each.verdict.licence


def test_a_photograph_is_claimed_where_row_record_and_history_agree() -> None:
    found = judged()
    assert isinstance(found.verdict, Claim)
    assert (found.verdict.licence, found.verdict.grade) == (Licence.CC0_1_0, Grade.E2)
    assert [(each.pointer, each.value) for each in found.verdict.evidence] == [
        ("/rsp/*/photo[@id='7']/@license", "9"),
        ("/rsp/photo/@license", "9"),
        ("/rsp/photo/owner/@nsid", "1@N01"),
        ("/rsp/photo/@media", "photo"),
        ("/rsp/photo/@safety_level", "0"),
        ("/rsp/photo/visibility/@ispublic", "1"),
        ("/rsp/photo/usage/@candownload", "1"),
        ("/rsp/*/photo[@id='7']/@owner", "1@N01"),
        ("/rsp/*/photo[@id='7']/@media", None),
        ("/rsp/*/photo[@id='7']/@safety_level", None),
        ("/rsp/license_history/@date_change", "174400"),
        ("/rsp/license_history/@old_license_url", RESERVED_URL),
        ("/rsp/license_history/@new_license_url", CC0_URL),
        ("/rsp/license_history/@new_license", "b"),
        ("/rsp/photo/title", "A field"),
        ("/rsp/photo/description", "Photo by Jane Doe, in summer & sun."),
        ("/rsp/photo/tags/tag/@raw", ["summer", "wide field", "taxonomy:genus=Avena"]),
        ("/rsp/photo/notes/note", None),
        ("/rsp/*/photo[@id='7']/@title", "A field"),
        ("/rsp/photo/owner/@username", "jane"),
        ("/rsp/photo/owner/@realname", "Jane Doe"),
        ("/rsp/*/photo[@id='7']/@content_type", "0"),
        ("/rsp/*/photo[@id='7']/@url_l", LARGE),
    ]
    assert found.image == ImageRef(
        part="photo",
        url=LARGE,
        title="A field",
        creator="Jane Doe",
        date="2021-06-30 18:45:19",
        tags=("summer", "wide field"),
        landing_url="https://www.flickr.com/photos/1@N01/7/",
        description="Photo by Jane Doe, in summer & sun.",
    )
    assert str(found.id) == "flickr:7#photo"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"license": "10"}, Reason.NO_STATEMENT, id="the-mark"),
        pytest.param({"license": "7"}, Reason.LICENCE_NOT_CLAIMABLE, id="no-known-restrictions"),
        pytest.param({"license": "8"}, Reason.LICENCE_NOT_CLAIMABLE, id="a-government's-work"),
        pytest.param({"license": "4"}, Reason.LICENCE_NOT_CLAIMABLE, id="cc-by"),
        pytest.param({"license": "0"}, Reason.NOT_OPEN, id="all-rights-reserved"),
        pytest.param({"license": "17"}, Reason.UNKNOWN_VALUE, id="an-id-of-next-year"),
        pytest.param({"license": "09"}, Reason.UNKNOWN_VALUE, id="another-spelling"),
        pytest.param({"license": ""}, Reason.UNKNOWN_VALUE, id="an-empty-id"),
        pytest.param({"license": ...}, Reason.UNREADABLE, id="silence-is-not-consent"),
        pytest.param({"media": "video"}, Reason.OUT_OF_SCOPE, id="a-film"),
        pytest.param({"media": "painting"}, Reason.UNKNOWN_VALUE, id="some-other-medium"),
        pytest.param({"media": ...}, Reason.UNREADABLE, id="no-medium"),
        pytest.param({"safety": "1"}, Reason.EXCLUDED, id="moderate"),
        pytest.param({"safety": "2"}, Reason.EXCLUDED, id="restricted"),
        pytest.param({"safety": ...}, Reason.UNREADABLE, id="safety-not-told"),
        pytest.param({"public": "0"}, Reason.NOT_OPEN, id="private"),
        pytest.param({"public": "true"}, Reason.UNKNOWN_VALUE, id="true-is-not-one"),
        pytest.param({"public": ...}, Reason.UNREADABLE, id="visibility-not-told"),
        pytest.param({"download": "0"}, Reason.NOT_OPEN, id="not-to-be-downloaded"),
        pytest.param({"download": ...}, Reason.UNREADABLE, id="download-not-told"),
        pytest.param({"nsid": "156555495@N04"}, Reason.EXCLUDED, id="free-for-commercial-use"),
        pytest.param({"nsid": ...}, Reason.UNREADABLE, id="nobody's"),
    ],
)
def test_anything_less_than_a_plain_yes_is_refused(changes: Any, expected: Reason) -> None:
    # One field differs from a photograph that is claimed, so only that can be the cause.
    found = judged(info(**changes))
    assert reason(found) is expected
    assert found.verdict.evidence


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        pytest.param(rows(row(licence="4")), Reason.CONFLICT, id="changed-since-it-was-listed"),
        pytest.param(rows(row(licence="10")), Reason.CONFLICT, id="a-mark-in-the-list"),
        pytest.param(rows(row(), row(licence="4")), Reason.CONFLICT, id="listed-twice-in-two-ways"),
        pytest.param(rows(row(8)), Reason.UNREADABLE, id="not-listed"),
        pytest.param(rows(row(content_type="1")), Reason.OUT_OF_SCOPE, id="a-screenshot"),
        pytest.param(rows(row(url_l="https://evil.example/7.jpg")), Reason.UNKNOWN_VALUE, id="a-picture-elsewhere"),
        pytest.param(rows(row(url_l=LARGE.replace("/7_", "/8_"))), Reason.UNKNOWN_VALUE, id="another's-picture"),
        pytest.param(rows(row(url_l=LARGE.replace("/7_", "/77_"))), Reason.UNKNOWN_VALUE, id="a-longer-id's-picture"),
        pytest.param(rows(row()).replace(b"1@N01", b"2@N02"), Reason.CONFLICT, id="another-owner's-row"),
        pytest.param(rows(row()).replace(b'owner="1@N01"', b""), Reason.UNREADABLE, id="nobody's-row"),
        pytest.param(rows(row(media="video")), Reason.CONFLICT, id="a-film-in-the-list"),
        pytest.param(rows(row(safety_level="2")), Reason.CONFLICT, id="restricted-in-the-list"),
        pytest.param(rows(row(media="photo", safety_level="0")), Licence.CC0_1_0, id="a-row-that-tells-more"),
        pytest.param(rows(row().replace("A field", "&#169; Reuters")), Reason.CONFLICT, id="words-in-the-list"),
    ],
)
def test_the_row_of_the_list_must_agree(listed: bytes, expected: Reason) -> None:
    found = next(
        each
        for each in saved(("1.xml", listed), ("getInfo/7.xml", info()), ("getLicenseHistory/7.xml", history()))
        if each.id.record == "7"
    )
    assert reason(found) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(history((CC0_URL, "")), Licence.CC0_1_0, id="never-changed"),
        pytest.param(history((BY_URL, CC0_URL)), Licence.CC0_1_0, id="became-free"),
        pytest.param(history((CC0_URL, BY_URL)), Reason.CONFLICT, id="changed-away"),
        pytest.param(history((BY_URL, "")), Reason.CONFLICT, id="never-was-free"),
        pytest.param(history((RESERVED_URL, "https://creativecommons.org/publicdomain/mark/1.0/")), Reason.CONFLICT,
                     id="became-a-mark"),
        pytest.param(history((CC0_URL, BY_URL), (BY_URL, CC0_URL)), Reason.CONFLICT, id="there-and-back"),
        pytest.param(history((RESERVED_URL, BY_URL), (BY_URL, CC0_URL)), Reason.CONFLICT, id="in-two-steps"),
        pytest.param(rsp('<license_history date_change="1" />'), Reason.UNREADABLE, id="half-a-row"),
        pytest.param(history((CC0_URL, "")).replace(b'new_license=""', b'new_license="All Rights Reserved"'),
                     Reason.CONFLICT, id="reserved-without-an-address"),
        pytest.param(history().replace(b'new_license="b"', b'new_license="All Rights Reserved"'), Reason.CONFLICT,
                     id="reserved-with-cc0's-address"),
        pytest.param(history().replace(b"</rsp>", b"<license_history /></rsp>"), Reason.CONFLICT, id="an-empty-row"),
        pytest.param(history().replace(b'stat="ok"', b'stat="fail"'), Reason.UNREADABLE, id="failed"),
        pytest.param(fail(1), Reason.UNREADABLE, id="none"),
    ],
)  # fmt: skip
def test_the_history_must_lead_to_cc0_in_one_change(changes: bytes, expected: Reason | Licence) -> None:
    found = saved(("1.xml", rows(row())), ("getInfo/7.xml", info()), ("getLicenseHistory/7.xml", changes))[0]
    assert reason(found) is expected


@pytest.mark.parametrize(
    "words",
    [
        "© 2020 Somebody", "(c) Somebody", "All Rights Reserved", "Courtesy of the Estate", "Photo by John Smith",
        "photographed by John Smith", "Photo: John Smith", "Photo by Jane Doe and others", "Getty Images", "REUTERS",
        "AP Photo/John Smith", "found on Pinterest", "found on the web", "my screenshot", "Wallpaper HD",
        "made with AI", "ai art", "Midjourney v5", "Stable Diffusion", "stablediffusion", "DALL-E", "CC BY 4.0",
        "https://creativecommons.org/licenses/by/4.0/", "for non-commercial use", "Credit: John", "Public Domain Mark",
        "Image by John", "via https://example.org/", "Photographer: John Smith", "Foto: John Smith",
        "from Google images", "source: the internet", "EPA/John",
        "Photo credit John Smith", "&copy; John", "Ⓒ John 2010", "ⓒ John", "allrightsreserved",
        "All rights are reserved by John", "artificial intelligence", "not my photo", "Foto von John Smith",
        "Photo by Jane Doe. Other photo by John Smith", "All\u00a0rights\u00a0reserved", "copy\u200bright John",
    ],
)  # fmt: skip
def test_words_of_another_claim_are_for_a_person_to_look_at(words: str) -> None:
    for field in ("title", "description", "tags", "username"):
        found = judged(info(**{field: words.replace("|", " ")}))
        assert reason(found) is Reason.CONFLICT, field
    noted = info().replace(b"<usage", f"<notes><note>fine</note><note>{escape(words)}</note></notes><usage".encode())
    assert reason(judged(noted)) is Reason.CONFLICT


@pytest.mark.parametrize(
    "words",
    [
        "A field in Maine",
        "photo by jane",
        "Photo by Jane Doe.",
        "Photographer: Jane Doe",
        "Foto: jane",
        "air",
        "Paid work",
        "found one",
        "the cc band",
    ],
)
def test_other_words_are_fine(words: str) -> None:
    assert reason(judged(info(title=words))) is Licence.CC0_1_0


def test_a_photographer_without_a_name_cannot_be_the_one_who_is_named() -> None:
    assert reason(judged(info(username=..., realname=...))) is Reason.CONFLICT
    assert reason(judged(info(username=..., realname=..., description="", tags=""))) is Licence.CC0_1_0


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_none_of_the_three_answers_can_be_left_out(missing: int) -> None:
    three = [("1.xml", rows(row())), ("getInfo/7.xml", info()), ("getLicenseHistory/7.xml", history())]
    found = [each for each in saved(*(each for place, each in enumerate(three) if place != missing)) if each.image]
    assert [reason(each) for each in found] == [Reason.UNREADABLE]


def test_every_licence_id_has_a_meaning() -> None:
    assert {int(each) for each in IDS} == {*range(17)} - {9}
    for each, (why, licence) in IDS.items():
        found = judged(info(license=each))
        assert isinstance(found.verdict, Refusal)
        assert (found.verdict.reason, found.verdict.licence) == (why, licence)
        assert licence is not Licence.CC0_1_0


def test_an_error_is_no_photograph_whatever_it_holds() -> None:
    found = judged(info().replace(b'stat="ok"', b'stat="fail"'))
    assert (reason(found), found.image) == (Reason.UNREADABLE, None)
    gone = Body(fail(1), MediaType.XML, f"{INFO}7")
    (one,) = judge_page(FLICKR, Page((gone,)))
    assert one.id.record == "7"
    assert [(each.pointer, each.value) for each in one.verdict.evidence] == [
        ("/rsp/@stat", "fail"), ("/rsp/err/@code", "1"), ("/rsp/err/@msg", "Photo not found"),
    ]  # fmt: skip
    failed = json.dumps({"stat": "fail", "code": 1, "message": "Photo not found", "photo": JSON_INFO}).encode()
    assert [reason(each) for each in saved(("getInfo/7.json", failed))] == [Reason.UNREADABLE]


def test_the_newest_record_counts() -> None:
    new = info(license="4", updated="1794441672")
    for order in ((info(), new), (new, info())):
        both = [(f"getInfo/7__v{place}.xml", body) for place, body in enumerate(order)]
        found = saved(("1.xml", rows(row())), *both, ("getLicenseHistory/7.xml", history()))
        assert [reason(each) for each in found] == [Reason.LICENCE_NOT_CLAIMABLE]


def test_answers_of_one_age_or_of_none_must_agree() -> None:
    huge = "9" * 5000
    for updated in (FIELDS["updated"], "", "yesterday", huge):
        other = info(license="0", updated=updated)
        for order in ((info(), other), (other, info())):
            both = [(f"{place}/7.xml", body) for place, body in enumerate(order)]
            found = saved(("1.xml", rows(row())), *both, ("getLicenseHistory/7.xml", history()))
            assert [reason(each) for each in found] == [Reason.CONFLICT], updated
    assert reason(judged(info(updated=huge))) is Licence.CC0_1_0


def test_histories_that_were_saved_must_agree() -> None:
    away = history((CC0_URL, BY_URL))
    for order in ((history(), away), (away, history())):
        both = [(f"{place}/7.xml", body) for place, body in enumerate(order)]
        found = saved(("1.xml", rows(row())), ("getInfo/7.xml", info()), *both)
        assert [reason(each) for each in found if each.id.record == "7"] == [Reason.CONFLICT]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"license_history": [*[{"date_change": "1", "old_license_url": BY_URL, "new_license_url": CC0_URL}], None]},
         Reason.CONFLICT),
        ({"license_history": [{"date_change": "1", "old_license_url": CC0_URL, "new_license_url": ""}]},
         Reason.CONFLICT),
        ({"stat": "fail"}, Reason.UNREADABLE),
        ({"stat": None}, Reason.UNREADABLE),
        ({"stat": "ok"}, Licence.CC0_1_0),
    ],
)  # fmt: skip
def test_a_history_in_json_is_one_row(changes: dict[str, Any], expected: Reason | Licence) -> None:
    assert [reason(each) for each in in_json(changes=JSON_HISTORY | changes)] == [expected]


def test_a_row_elsewhere_that_says_otherwise_is_heard() -> None:
    lists = [("a/1.xml", rows(row())), ("b/2.xml", rows(row(licence="5")))]
    for order in (lists, lists[::-1]):
        found = saved(*order, ("getInfo/7.xml", info()), ("getLicenseHistory/7.xml", history()))
        assert [reason(each) for each in found] == [Reason.CONFLICT]


# --- JSON ------------------------------------------------------------------------------------------------------------

JSON_ROW: dict[str, Any] = {
    "id": "7", "owner": "1@N01", "secret": "aaaa", "server": "65535", "title": "A field", "license": "9", "ispublic": 1,
    "url_l": LARGE, "tags": "summer field",
}  # fmt: skip
JSON_INFO: dict[str, Any] = {
    "id": "7", "secret": "aaaa", "server": "65535", "license": "9", "safety_level": "0", "media": "photo",
    "owner": {"nsid": "1@N01", "username": "jane", "realname": "Jane Doe"},
    "title": {"_content": "A field"}, "description": {"_content": ""}, "visibility": {"ispublic": 1},
    "dates": {"taken": "2021-06-30 18:45:19"}, "usage": {"candownload": 1},
    "tags": {"tag": [{"raw": "summer", "_content": "summer"}, {"raw": "wide field", "_content": "widefield"}]},
}  # fmt: skip
JSON_HISTORY = {"license_history": [{"date_change": "1", "old_license_url": BY_URL, "new_license_url": CC0_URL}]}


def in_json(
    listed: Any = JSON_ROW, record: dict[str, Any] | None = None, changes: dict[str, Any] | None = None
) -> list[Judged]:
    return saved(
        ("search.json", json.dumps({"photos": {"total": "1", "photo": [listed]}, "stat": "ok"}).encode()),
        ("getInfo/7.json", json.dumps({"photo": JSON_INFO | (record or {}), "stat": "ok"}).encode()),
        ("getLicenseHistory/7.json", json.dumps(JSON_HISTORY if changes is None else changes).encode()),
    )


def test_answers_in_json_say_the_same() -> None:
    (found,) = in_json()
    assert reason(found) is Licence.CC0_1_0
    assert found.image is not None
    assert (found.image.url, found.image.tags, found.image.creator) == (LARGE, ("summer", "wide field"), "Jane Doe")
    assert found.image.date == "2021-06-30 18:45:19"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"license": 9}, Reason.UNKNOWN_VALUE),
        ({"license": ["9"]}, Reason.UNKNOWN_VALUE),
        ({"visibility": {"ispublic": True}}, Reason.UNKNOWN_VALUE),
        ({"visibility": {"ispublic": 0}}, Reason.NOT_OPEN),
        ({"usage": {"candownload": "yes"}}, Reason.UNKNOWN_VALUE),
        ({"usage": {}}, Reason.UNREADABLE),
        ({"safety_level": None}, Reason.UNKNOWN_VALUE),
        ({"tags": {"tag": [{"raw": "midjourney"}]}}, Reason.CONFLICT),
        ({"owner": "1@N01"}, Reason.UNREADABLE),
        ({"owner": {"nsid": ""}}, Reason.UNKNOWN_VALUE),
        ({"owner": {"nsid": ["1@N01"]}}, Reason.UNKNOWN_VALUE),
        ({"title": "(c) Somebody"}, Reason.UNREADABLE),
        ({"description": {}}, Reason.UNREADABLE),
        ({"title": {"_content": ["(c) Somebody"]}}, Reason.UNKNOWN_VALUE),
        ({"description": {"_content": {"html": "(c) Somebody"}}}, Reason.UNKNOWN_VALUE),
        ({"owner": {"nsid": "1@N01", "username": ["Reuters"]}}, Reason.UNKNOWN_VALUE),
        ({"tags": {"tag": [{"raw": ["midjourney"]}]}}, Reason.UNKNOWN_VALUE),
        ({"tags": {"tag": {"raw": "midjourney"}}}, Reason.UNKNOWN_VALUE),
        ({"tags": {"tag": "midjourney"}}, Reason.CONFLICT),
        ({"tags": ["Getty Images"]}, Reason.CONFLICT),
        ({"tags": "gettyimages screenshot"}, Reason.CONFLICT),
    ],
)
def test_json_has_kinds_of_values_that_xml_has_not(record: dict[str, Any], expected: Reason) -> None:
    assert [reason(each) for each in in_json(record=record)] == [expected]


def test_a_row_may_stand_alone_or_in_lists_of_other_names() -> None:
    alone = json.dumps(JSON_ROW).encode()
    assert [reason(each) for each in saved(("photo.json", alone))] == [Reason.UNREADABLE]
    found, _ = in_json(listed={"id": "8", "license": "9"})
    assert (found.id.record, reason(found)) == ("8", Reason.UNREADABLE)
    several = {"license_history": JSON_HISTORY["license_history"] * 2}
    assert [reason(each) for each in in_json(changes=several)] == [Reason.CONFLICT]


# --- the recordings --------------------------------------------------------------------------------------------------

DEDICATED = "50807518986"
"""In a gallery, under CC0: a row alone."""
MARKED = "51281775881"
"""A drawing that the Biodiversity Heritage Library puts under the Public Domain Mark."""


def test_of_the_recordings_nothing_is_accepted_and_everything_is_mentioned(shared: Path) -> None:
    folder = shared / "sources" / "flickr"
    files = sorted(each for each in folder.rglob("*") if each.is_file())
    for paths in ([folder], files, *([each] for each in files)):
        lines = list(inspect_paths(FLICKR, paths, Policy.load()))
        assert lines
        assert not [line for line in lines if line["outcome"] == "accept"]
    by_id = {line["id"]: (line["outcome"], line["reason"]) for line in inspect_paths(FLICKR, files, Policy.load())}
    assert by_id[DEDICATED] == ("refuse", "unreadable")
    assert by_id[MARKED] == ("review", "no_statement")


def test_a_recorded_row_is_claimed_once_the_other_answers_are_there(shared: Path) -> None:
    """The recorded row of a photograph under CC0, with a record and a history made by hand."""
    gallery = (shared / "sources/flickr/galleries.getPhotos/72157720348635494.xml").read_bytes()
    owner = re.search(rf'id="{DEDICATED}" owner="([^"]+)"'.encode(), gallery)
    assert owner is not None
    found = saved(
        ("gallery.xml", gallery),
        (f"getInfo/{DEDICATED}.xml", info(id=DEDICATED, nsid=owner[1].decode())),
        (f"getLicenseHistory/{DEDICATED}.xml", history()),
    )
    assert [each.id.record for each in found if isinstance(each.verdict, Claim)] == [DEDICATED]
