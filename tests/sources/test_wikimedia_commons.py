"""Wikimedia Commons: its rule on single files, and structured data beside them."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mitsua_data.inspection import inspect_paths
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Grade, ImageRef, MediaType, Reason, Refusal
from mitsua_data.policy import Policy
from mitsua_data.sources.base import Body, Judged, Page, judge_page
from mitsua_data.sources.html_text import read_html
from mitsua_data.sources.wikimedia_commons import WikimediaCommons

COMMONS = WikimediaCommons()
OWN_CREDIT = '<span class="int-own-work" lang="en">Own work</span>'
OWN_ARTIST = '<a href="//commons.wikimedia.org/wiki/User:J%C3%B6_Maler" title="User:Jö Maler">Jö <b>M.</b></a>'
PICTURE = "https://upload.wikimedia.org/wikipedia/commons/a/ab/A_field.jpg"
SMALL = "https://upload.wikimedia.org/wikipedia/commons/thumb/a/ab/A_field.jpg/1024px-A_field.jpg"
OPEN: dict[str, Any] = {
    "pageid": 7,
    "ns": 6,
    "title": "File:A field.jpg",
    "imagerepository": "local",
    "imageinfo": [
        {
            "user": "Jö Maler",
            "size": 240930,
            "width": 1920,
            "height": 1329,
            "thumburl": SMALL,
            "url": PICTURE,
            "descriptionurl": "https://commons.wikimedia.org/wiki/File:A_field.jpg",
            "mime": "image/jpeg",
            "extmetadata": {
                "ObjectName": {"value": "A field", "source": "mediawiki-metadata"},
                "Categories": {"value": "CC-Zero|Fields in Saxony|Self-published work|Summer"},
                "ImageDescription": {"value": "<p>A field<br>in <i>summer</i></p>"},
                "DateTimeOriginal": {"value": '<time datetime="2015">31 October 2015</time>'},
                "Credit": {"value": OWN_CREDIT},
                "Artist": {"value": OWN_ARTIST},
                "LicenseShortName": {"value": "CC0"},
                "UsageTerms": {"value": "Creative Commons Zero, Public Domain Dedication"},
                "AttributionRequired": {"value": "false"},
                "LicenseUrl": {"value": "http://creativecommons.org/publicdomain/zero/1.0/deed.en"},
                "Copyrighted": {"value": "True"},
                "Restrictions": {"value": ""},
                "License": {"value": "cc0"},
            },
        }
    ],
}
"""Made by hand, in the form of the API's answers; Commons has no such file."""
META = "imageinfo/0/extmetadata"


def changed(changes: dict[str, Any], record: dict[str, Any] = OPEN) -> dict[str, Any]:
    """The open file with fields replaced, by path; `...` takes one out."""
    made = deepcopy(record)
    for path, value in changes.items():
        *folders, name = path.split("/")
        place: Any = made
        for folder in folders:
            place = place[int(folder)] if isinstance(place, list) else place.setdefault(folder, {})
        if value is ...:
            del place[name]
        else:
            place[name] = value
    return made


def answer(*pages: Any, version: int = 2) -> dict[str, Any]:
    if version == 2:
        return {"batchcomplete": True, "query": {"pages": list(pages)}}
    return {"batchcomplete": "", "query": {"pages": {str(page.get("pageid", -1)): page for page in pages}}}


def entity(number: int, licences: list[str] | None = None, states: list[str] | None = None) -> dict[str, Any]:
    def statements(name: str, items: list[str]) -> list[Any]:
        value = [{"id": item, "entity-type": "item"} for item in items]
        return [
            {"rank": "normal", "mainsnak": {"snaktype": "value", "property": name, "datavalue": {"value": each}}}
            for each in value
        ]

    held = {"P275": statements("P275", licences or []), "P6216": statements("P6216", states or [])}
    named = {name: found for name, found in held.items() if found}
    return {"id": f"M{number}", "lastrevid": 1, "statements": named or []}


def structured(*entities: Any) -> dict[str, Any]:
    return {"entities": {each["id"]: each for each in entities}, "success": 1}


def judged(*values: Any) -> list[Judged]:
    bodies = [
        Body(json.dumps(each).encode(), MediaType.JSON, f"wikimedia_commons:{number}.json")
        for number, each in enumerate(values)
    ]
    return [each for page in COMMONS.saved(bodies) for each in judge_page(COMMONS, page)]


def reason(each: Judged) -> Reason | Licence:
    return each.verdict.reason if isinstance(each.verdict, Refusal) else each.verdict.licence


def test_a_file_of_ones_own_is_claimed_with_everything_it_rests_on() -> None:
    (found,) = judged(answer(OPEN))
    assert isinstance(found.verdict, Claim)
    assert (found.verdict.licence, found.verdict.grade) == (Licence.CC0_1_0, Grade.E2)
    base = "/query/pages/0"
    assert [(each.pointer.removeprefix(base), each.value) for each in found.verdict.evidence] == [
        (f"/{META}/License/value", "cc0"),
        (f"/{META}/LicenseShortName/value", "CC0"),
        (f"/{META}/LicenseUrl/value", "http://creativecommons.org/publicdomain/zero/1.0/deed.en"),
        ("/pageid", 7),
        ("/title", "File:A field.jpg"),
        ("/imageinfo/0/sha1", None),
        ("/lastrevid", None),
        ("/imagerepository", "local"),
        (f"/{META}/Restrictions/value", ""),
        (f"/{META}/NonFree", None),
        (f"/{META}/DeletionReason", None),
        (f"/{META}/AttributionRequired/value", "false"),
        (f"/{META}/Categories/value", "CC-Zero|Fields in Saxony|Self-published work|Summer"),
        ("/statements", None),
        ("/imageinfo/0/mime", "image/jpeg"),
        (f"/{META}/Credit/value", OWN_CREDIT),
        (f"/{META}/Artist/value", OWN_ARTIST),
        ("/imageinfo/0/user", "Jö Maler"),
        ("/imageinfo/0/url", PICTURE),
        ("/imageinfo/0/thumburl", SMALL),
    ]
    assert found.image == ImageRef(
        part="file",
        url=SMALL,
        title="A field",
        creator="Jö M.",
        date="31 October 2015",
        tags=("Fields in Saxony", "Summer"),
        landing_url="https://commons.wikimedia.org/wiki/File:A_field.jpg",
        description="A field in summer",
    )
    assert str(found.id) == "wikimedia_commons:7#file"


def test_the_image_is_the_same_one_with_and_without_a_smaller_picture() -> None:
    (whole,) = judged(answer(changed({"imageinfo/0/thumburl": ...})))
    assert isinstance(whole.verdict, Claim)
    assert whole.image is not None
    assert (str(whole.id), whole.image.url) == ("wikimedia_commons:7#file", PICTURE)


@pytest.mark.parametrize("version", [1, 2])
def test_both_versions_of_the_format_say_the_same(version: int) -> None:
    (found,) = judged(answer(OPEN, version=version))
    assert reason(found) is Licence.CC0_1_0
    (gone,) = judged(answer({"title": "File:Gone.jpg", "missing": "" if version == 1 else True}, version=version))
    assert (reason(gone), gone.id.record, gone.image) == (Reason.UNREADABLE, "File:Gone.jpg", None)
    assert isinstance(gone.verdict, Refusal)
    assert gone.verdict.evidence[0].pointer.endswith("/missing")


def test_a_file_may_stand_alone() -> None:
    assert [reason(each) for each in judged(OPEN)] == [Licence.CC0_1_0]


CC_BY = {"License/value": "cc-by-4.0", "LicenseShortName/value": "CC BY 4.0",
         "LicenseUrl/value": "https://creativecommons.org/licenses/by/4.0"}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(CC_BY, Reason.LICENCE_NOT_CLAIMABLE, id="cc-by"),
        pytest.param({"License/value": "pd", "LicenseShortName/value": "Public domain", "LicenseUrl": ...},
                     Reason.LICENCE_NOT_CLAIMABLE, id="some-public-domain"),
        pytest.param({"License": ..., "LicenseShortName/value": "No restrictions",
                      "LicenseUrl/value": "https://www.flickr.com/commons/usage/"},
                     Reason.UNKNOWN_LICENCE, id="no-known-restrictions"),
        pytest.param({"License/value": "cc-by-sa-4.0"}, Reason.CONFLICT, id="code-disagrees"),
        pytest.param({"License/value": "CC0"}, Reason.CONFLICT, id="code-in-other-case"),
        pytest.param({"License/value": ["cc0"]}, Reason.CONFLICT, id="code-in-a-list"),
        pytest.param({"LicenseShortName/value": "CC0 1.0"}, Reason.CONFLICT, id="name-disagrees"),
        pytest.param({"LicenseShortName": ...}, Reason.UNREADABLE, id="no-name"),
        pytest.param({"License": ...}, Reason.UNREADABLE, id="no-code"),
        pytest.param({"LicenseUrl": ...}, Reason.UNREADABLE, id="no-url"),
        pytest.param({"LicenseUrl/value": "https://creativecommons.org/publicdomain/mark/1.0/"}, Reason.CONFLICT,
                     id="the-mark's-url"),
        pytest.param({"LicenseUrl/value": "https://creativecommons.org.evil.example/publicdomain/zero/1.0/"},
                     Reason.CONFLICT, id="a-host-that-looks-alike"),
        pytest.param({"Restrictions/value": "trademarked"}, Reason.CONFLICT, id="trademark"),
        pytest.param({"Restrictions/value": "personality|insignia"}, Reason.CONFLICT, id="several-restrictions"),
        pytest.param({"Restrictions/value": None}, Reason.CONFLICT, id="restrictions-of-another-kind"),
        pytest.param({"Restrictions": ...}, Reason.UNREADABLE, id="nothing-on-restrictions"),
        pytest.param({"DeletionReason/value": "per COM:DW"}, Reason.CONFLICT, id="to-be-deleted"),
        pytest.param({"DeletionReason/value": ""}, Reason.CONFLICT, id="to-be-deleted-for-nothing"),
        pytest.param({"NonFree/value": "true"}, Reason.NOT_OPEN, id="non-free"),
        pytest.param({"UsageTerms/value": "All rights reserved"}, Reason.CONFLICT, id="reserved-in-the-terms"),
        pytest.param({"Permission": {"value": "<b>© Somebody</b>"}}, Reason.CONFLICT, id="reserved-in-the-permission"),
        pytest.param({"NonFree": True}, Reason.NOT_OPEN, id="non-free-without-a-value"),
        pytest.param({"NonFree": None}, Reason.NOT_OPEN, id="non-free-null"),
        pytest.param({"DeletionReason": "x"}, Reason.CONFLICT, id="to-be-deleted-without-a-value"),
        pytest.param({"DeletionReason": None}, Reason.CONFLICT, id="to-be-deleted-null"),
        pytest.param({"AttributionRequired": True}, Reason.CONFLICT, id="attribution-without-a-value"),
        pytest.param({"AttributionRequired": ...}, Licence.CC0_1_0, id="nothing-on-attribution"),
        pytest.param({"Artist/value": f"{OWN_ARTIST} after a photo by Jane Roe, Reuters"}, Reason.NO_STATEMENT,
                     id="after-somebody-else's"),
        pytest.param({"Artist/value": OWN_ARTIST.replace("<b>M.</b>", "M. / Reuters")}, Reason.NO_STATEMENT,
                     id="with-an-agency-in-the-link"),
        pytest.param({"Artist/value": f"<bdi>{OWN_ARTIST}</bdi>"}, Licence.CC0_1_0, id="isolated"),
        pytest.param({"Credit/value": f"{OWN_CREDIT} based on a photo by Reuters"}, Reason.NO_STATEMENT,
                     id="own-and-another's"),
        pytest.param({"AttributionRequired/value": "true"}, Reason.CONFLICT, id="attribution-required"),
        pytest.param({"Categories": ...}, Reason.UNREADABLE, id="no-categories"),
        pytest.param({"Categories/value": ["CC-Zero"]}, Reason.UNREADABLE, id="categories-in-a-list"),
        pytest.param({"Artist/value": OWN_ARTIST.replace("J%C3%B6_Maler", "Somebody")}, Reason.NO_STATEMENT,
                     id="somebody-else's"),
        pytest.param({"Artist/value": OWN_ARTIST + '<a href="/wiki/User:Another">A.</a>'}, Reason.NO_STATEMENT,
                     id="together-with-somebody"),
        pytest.param({"Artist/value": OWN_ARTIST.replace("//commons.wikimedia.org", "https://evil.example")},
                     Reason.NO_STATEMENT, id="a-user-of-another-site"),
        pytest.param({"Artist/value": "Jö Maler"}, Reason.NO_STATEMENT, id="a-name-without-a-page"),
        pytest.param({"Artist": ...}, Reason.NO_STATEMENT, id="nobody"),
        pytest.param({"Credit/value": "Own work"}, Reason.NO_STATEMENT, id="own-in-words-alone"),
        pytest.param({"Credit/value": "int-own-work"}, Reason.NO_STATEMENT, id="a-class-in-words"),
    ],
)  # fmt: skip
def test_anything_less_than_three_times_cc0_and_no_warning_is_refused(changes: Any, expected: Reason) -> None:
    # One thing differs from a file that is claimed, so only that can be the cause.
    (found,) = judged(answer(changed({f"{META}/{path}": value for path, value in changes.items()})))
    assert reason(found) is expected
    assert found.id.part == "file"
    assert found.verdict.evidence


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"imageinfo/0/mime": "image/svg+xml"}, Reason.OUT_OF_SCOPE, id="drawing-by-vectors"),
        pytest.param({"imageinfo/0/mime": "video/webm"}, Reason.OUT_OF_SCOPE, id="film"),
        pytest.param({"imageinfo/0/mime": ["image/jpeg"]}, Reason.OUT_OF_SCOPE, id="mime-in-a-list"),
        pytest.param({"imageinfo/0/mime": ...}, Licence.CC0_1_0, id="no-mime-and-a-name-that-tells"),
        pytest.param({"imageinfo/0/mime": ..., "imageinfo/0/url": PICTURE.replace(".jpg", ".svg")},
                     Reason.OUT_OF_SCOPE, id="no-mime-and-a-name-that-tells-otherwise"),
        pytest.param({"imageinfo/0/user": ...}, Reason.NO_STATEMENT, id="no-uploader"),
        pytest.param({"imageinfo/0/user": ""}, Reason.NO_STATEMENT, id="an-empty-uploader"),
        pytest.param({"imageinfo/0/thumburl": "https://evil.example/x.jpg"}, Reason.UNKNOWN_VALUE, id="another-host"),
        pytest.param({"imagerepository": "shared"}, Reason.UNKNOWN_VALUE, id="not-its-own-file"),
        pytest.param({"imagerepository": ...}, Reason.UNREADABLE, id="nowhere"),
        pytest.param({"imageinfo/0/extmetadata": ...}, Reason.UNREADABLE, id="asked-for-too-little"),
        pytest.param({"imageinfo/0/url": ...}, Reason.UNREADABLE, id="without-its-address"),
        pytest.param({"imageinfo": []}, Reason.UNREADABLE, id="nothing-in-the-list"),
        pytest.param({"imageinfo": ...}, Reason.UNREADABLE, id="without-its-fields"),
        pytest.param({"invalid": True}, Reason.UNREADABLE, id="a-title-that-is-none"),
    ],
)  # fmt: skip
def test_what_the_picture_is_counts_too(changes: Any, expected: Reason | Licence) -> None:
    (found,) = judged(answer(changed(changes)))
    assert reason(found) is expected


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("Deletion requests June 2026", Reason.CONFLICT),
        ("Copyright violations", Reason.CONFLICT),
        ("Works possibly copyrighted in the U.S.", Reason.CONFLICT),
        ("License review needed", Reason.CONFLICT),
        ("Flickr images not found", Reason.CONFLICT),
        ("Possibly unfree Flickr images reviewed by FlickreviewR", Reason.CONFLICT),
        ("Flickr public domain mark files", Reason.CONFLICT),
        ("CC-PD-Mark", Reason.CONFLICT),
        ("Media without a source", Reason.CONFLICT),
        ("Media missing permission as of 30 January 2023", Reason.CONFLICT),
        ("Files with no license", Reason.CONFLICT),
        ("Files with no machine-readable license", Reason.CONFLICT),
        ("With trademark", Reason.CONFLICT),
        ("Attribution only license", Reason.CONFLICT),
        ("AI-generated images of fields", Reason.AI_GENERATED),
        ("Screenshots of video games", Reason.CONFLICT),
        ("Statues in Dresden", Reason.CONFLICT),
        ("Derivative works", Reason.CONFLICT),
        *(
            (each, Reason.CONFLICT)
            for each in (
                "Deletion_requests/x",
                "Copyright\u00a0violation",
                "Unfree Flickr files",
                "Flickr review pending",
                "Unreviewed files from Flickr",
                "Items with OTRS permission missing",
                "Attribution-only licence",
                "Flickr images needing human review",
                "Flickr public domain images",
                "Files from Flickr with bad authors",
            )
        ),
        *(
            (each, Reason.AI_GENERATED)
            for each in (
                "Images generated by Midjourney",
                "AI-modified images",
                "AI upscaled",
                "Stable Diffusion",
                "DALL-E",
                "Artificial intelligence art",
            )
        ),
        ("Items with OTRS permission confirmed", Licence.CC0_1_0),
        ("Paintings in Mumbai", Licence.CC0_1_0),
        ("Files with no machine-readable author", Licence.CC0_1_0),
        ("Possessions of nobody", Licence.CC0_1_0),
    ],
)
def test_categories_warn(category: str, expected: Reason | Licence) -> None:
    (found,) = judged(answer(changed({f"{META}/Categories/value": f"CC-Zero|{category}"})))
    assert reason(found) is expected


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("Media donated by Naturalis Biodiversity Center", Licence.CC0_1_0),
        ("Media contributed by the Cleveland Museum of Art", Reason.NO_STATEMENT),
        ("GWToolset Batch Upload", Licence.CC0_1_0),
        ("Flickr images reviewed by FlickreviewR", Licence.CC0_1_0),
        ("Flickr images reviewed by FlickreviewR 2", Licence.CC0_1_0),
        ("Flickr images reviewed by trusted users", Licence.CC0_1_0),
        ("Flickr images uploaded by Flickr upload bot", Reason.NO_STATEMENT),
        ("Not Media donated by anybody", Reason.NO_STATEMENT),
        ("Media contributed by Some User", Reason.NO_STATEMENT),
        ("Media donated by User Somebody", Reason.NO_STATEMENT),
        ("Media donated by me", Reason.NO_STATEMENT),
        ("Files donated by me", Reason.NO_STATEMENT),
        ("Flickr images reviewed by FlickreviewR|Flickr public domain images", Reason.CONFLICT),
        ("Self-published work", Reason.NO_STATEMENT),
        ("Fields", Reason.NO_STATEMENT),
    ],
)
def test_somebody_with_authority_stands_behind_the_tag(category: str, expected: Reason | Licence) -> None:
    nobody = changed({f"{META}/Credit/value": "the web", f"{META}/Categories/value": f"CC-Zero|{category}"})
    assert reason(judged(answer(nobody))[0]) is expected


def test_a_review_alone_does_not_say_what_was_reviewed() -> None:
    reviewed = changed({f"{META}/Categories/value": "Flickr images reviewed by FlickreviewR", f"{META}/Credit": {}})
    assert reason(judged(answer(reviewed))[0]) is Reason.NO_STATEMENT


@pytest.mark.parametrize(
    "changes",
    [
        {f"{META}/License/value": "cc-by-sa-4.0", f"{META}/LicenseShortName/value": "CC BY-SA 4.0"},
        {f"{META}/DeletionReason": {"value": "copyvio"}},
        {f"{META}/NonFree": True, "imageinfo/0/mime": ...},
        {f"{META}/License/value": "cc-by-sa-4.0", "imageinfo/0/sha1": "a\u0000"},
        {"missing": True},
        {"invalid": True, "imageinfo": ...},
    ],
)
def test_answers_that_contradict_one_another_claim_nothing(changes: dict[str, Any]) -> None:
    for order in ((OPEN, changed(changes)), (changed(changes), OPEN)):
        for saved in (judged(*map(answer, order)), judged(answer(*order))):
            assert not [each for each in saved if isinstance(each.verdict, Claim)]
            assert [each.id.record for each in saved] == ["7"]
    assert [reason(each) for each in judged(answer(OPEN), answer(OPEN))] == [Licence.CC0_1_0]


CC0, BY_SA, COPYRIGHTED, DEDICATED, MARKED = "Q6938433", "Q18199165", "Q50423863", "Q88088423", "Q19652"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(entity(7, [CC0], [DEDICATED]), Licence.CC0_1_0, id="agrees"),
        pytest.param(entity(7), Licence.CC0_1_0, id="has-no-statements"),
        pytest.param({"id": "M7", "missing": ""}, Licence.CC0_1_0, id="has-none-at-all"),
        pytest.param(entity(7, None, [DEDICATED]), Licence.CC0_1_0, id="a-state-alone"),
        pytest.param(entity(7, [CC0, BY_SA], None), Licence.CC0_1_0, id="either-licence"),
        pytest.param(entity(7, [CC0], [MARKED]), Licence.CC0_1_0, id="public-domain-by-cc0"),
        pytest.param(entity(7, [BY_SA], None), Reason.CONFLICT, id="another-licence"),
        pytest.param(entity(7, [CC0], [COPYRIGHTED]), Reason.CONFLICT, id="copyrighted"),
        pytest.param(entity(7, [MARKED], [DEDICATED]), Reason.CONFLICT, id="a-mark-imported-from-flickr"),
        pytest.param(entity(7, [CC0], ["Q99263261"]), Reason.CONFLICT, id="no-known-restrictions"),
        pytest.param(entity(7, [CC0], ["Q1"]), Reason.UNKNOWN_VALUE, id="a-state-nobody-knows"),
        pytest.param({"id": "M7", "statements": {"P275": {"0": {}}}}, Reason.UNREADABLE, id="no-list"),
        pytest.param({"id": "M7", "statements": {"P275": [{"mainsnak": {"snaktype": "somevalue"}}]}},
                     Reason.UNKNOWN_VALUE, id="some-licence"),
        pytest.param({"id": "M7", "statements": "none"}, Reason.UNREADABLE, id="words-for-statements"),
        pytest.param({"id": "M7", "statements": [{"P275": []}]}, Reason.UNREADABLE, id="a-list-of-statements"),
        pytest.param({"id": "M7"}, Reason.UNREADABLE, id="no-field-for-statements"),
        pytest.param({"id": "M8", "statements": {}}, Licence.CC0_1_0, id="another-file's"),
    ],
)  # fmt: skip
def test_structured_data_must_not_disagree(data: dict[str, Any], expected: Reason | Licence) -> None:
    found = next(each for each in judged(answer(OPEN), structured(data)) if each.id.record == "7")
    assert reason(found) is expected


def test_a_deprecated_statement_is_none() -> None:
    data = entity(7, [CC0], [COPYRIGHTED])
    data["statements"]["P6216"][0]["rank"] = "deprecated"
    assert reason(judged(answer(OPEN), structured(data))[0]) is Licence.CC0_1_0
    data["statements"]["P275"][0]["rank"] = "deprecated"
    data["statements"]["P275"] += entity(7, [BY_SA])["statements"]["P275"]
    assert reason(judged(answer(OPEN), structured(data))[0]) is Reason.CONFLICT


def test_the_newest_structured_data_counts_and_an_answer_without_the_file_does_not() -> None:
    old, new = entity(7, [BY_SA]) | {"lastrevid": 3}, entity(7, [CC0]) | {"lastrevid": 12}
    for order in ((old, new), (new, old)):
        assert [reason(each) for each in judged(answer(OPEN), *map(structured, order))] == [Licence.CC0_1_0]
    body = Body(json.dumps(answer(OPEN)).encode(), MediaType.JSON, "wikimedia_commons:0")
    beside = Body(b'{"entities":{}}', MediaType.JSON, "wikimedia_commons:1")
    (found,) = judge_page(COMMONS, Page((body,), context={"M7": beside}))
    assert reason(found) is Reason.UNREADABLE


def test_structured_data_of_one_age_must_agree_and_stand_under_its_own_key() -> None:
    one, other = entity(7, [CC0]), entity(7, [BY_SA])
    slice_of_dump = [{"type": "mediainfo"} | other]
    for order in ((structured(one), structured(other)), (structured(other), structured(one)),
                  (structured(one), slice_of_dump), (slice_of_dump,)):  # fmt: skip
        assert [reason(each) for each in judged(answer(OPEN), *order)] == [Reason.CONFLICT]
    assert [reason(each) for each in judged(answer(OPEN), structured(one), structured(one))] == [Licence.CC0_1_0]
    agreeing = [{"type": "mediainfo"} | one]
    assert [reason(each) for each in judged(answer(OPEN), agreeing)] == [Licence.CC0_1_0]
    for entities in ({"m7": other | {"id": "m7"}}, {"M7": one | {"id": "M8"}}, {"M9": one}, {"m7": one}):
        found = judged(answer(OPEN), {"entities": entities})
        assert not [each for each in found if isinstance(each.verdict, Claim)]


def test_an_error_that_names_the_file_says_that_it_has_no_structured_data() -> None:
    body = Body(json.dumps(answer(OPEN)).encode(), MediaType.JSON, "wikimedia_commons:0")
    for name, expected in (("M7", Licence.CC0_1_0), ("M8", Reason.UNKNOWN_VALUE), (None, Reason.UNKNOWN_VALUE)):
        error = json.dumps({"error": {"code": "no-such-entity", "id": name}}).encode()
        beside = Body(error, MediaType.JSON, "wikimedia_commons:1")
        (found,) = judge_page(COMMONS, Page((body,), context={"M7": beside}))
        assert reason(found) is expected


def test_structured_data_alone_claims_nothing() -> None:
    alone = judged(structured(entity(7, [CC0], [DEDICATED])), [{"type": "mediainfo"} | entity(76, [CC0], [DEDICATED])])
    assert [(each.id.record, reason(each), each.image) for each in alone] == [
        ("7", Reason.UNREADABLE, None), ("76", Reason.UNREADABLE, None),
    ]  # fmt: skip


def test_what_an_answer_leaves_out_another_tells() -> None:
    """`continue`: the answers of one batch repeat its files, without their fields."""
    bare = {"pageid": 7, "ns": 6, "title": "File:A field.jpg", "imagerepository": "local", "globalusage": []}
    for order in ((OPEN, bare), (bare, OPEN)):
        assert [reason(each) for each in judged(*map(answer, order))] == [Licence.CC0_1_0]
    assert [reason(each) for each in judged(answer(bare))] == [Reason.UNREADABLE]


# --- the recordings --------------------------------------------------------------------------------------------------

NATURALIS = {"44672277", "44672282", "44672283", "44672286", "44672288", "44672290", "44672291"}
"""Skulls of a bat, donated by Naturalis under CC0; their pages have no machine-readable author."""
ENGELBART = "56997143"
"""A photograph that was CC0 on Flickr, as a reviewer saw."""


def test_of_the_recordings_the_files_that_are_free_are_accepted_and_no_others(shared: Path) -> None:
    folder = shared / "sources" / "wikimedia_commons"
    files = sorted(each for each in folder.rglob("*") if each.is_file())
    for paths in ([folder], files, [folder / "allimages", folder / "imageinfo"]):
        lines = list(inspect_paths(COMMONS, paths, Policy.load()))
        assert {line["id"] for line in lines if line["outcome"] == "accept"} == {*NATURALIS, ENGELBART}
    for file in files:
        assert list(inspect_paths(COMMONS, [file], Policy.load())), file


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("plain words", "plain words"),
        ("<p>two</p><p>paragraphs</p>", "two paragraphs"),
        ('seen<span style="display: none;"> unseen <b>too</b></span> again', "seen again"),
        ("a &amp; b <![broken[ ]]>", "a & b <![broken[ ]]>"),
        ("<style>p {}</style>text<script>x</script>", "text"),
    ],
)
def test_words_of_html(html: str, words: str) -> None:
    assert read_html(html).words == words
