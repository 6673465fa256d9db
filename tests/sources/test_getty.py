"""The Getty Museum: rights of images beside those of their objects."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mitsua_data.inspection import inspect_paths
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Grade, ImageRef, MediaType, Outcome, Reason, Refusal
from mitsua_data.policy import Policy
from mitsua_data.sources.base import Body, Judged, Page, judge_page
from mitsua_data.sources.getty import IMAGE, OBJECT, Getty

GETTY = Getty()
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"
NOC_US = "https://rightsstatements.org/vocab/NoC-US/1.0/"
IN_COPYRIGHT = "https://rightsstatements.org/vocab/InC/1.0/"
DOWNLOAD = "https://data.getty.edu/local/thesaurus/clearance/download"
RIGHTS_STATEMENT = "https://data.getty.edu/local/thesaurus/rights-statement"
AAT = "http://vocab.getty.edu/aat/"
SERVICE = "https://media.getty.edu/iiif/image/00000000-aaaa-4aaa-8aaa-000000000001"


def uuid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def kind(*ids: str) -> list[dict[str, Any]]:
    return [{"id": each, "type": "Type", "_label": "a class"} for each in ids]


def image_record(number: int = 1, right: str = CC0) -> dict[str, Any]:
    """A media/image record, in the form of 2022's, made by hand."""
    sizes = [
        {"type": "Dimension", "classified_as": kind(f"{AAT}300055644"), "value": 2000},
        {"type": "Dimension", "classified_as": kind(f"{AAT}300055647"), "value": 1500},
    ]
    points = [
        {"id": f"{SERVICE}/full/300,/0/default.jpg", "classified_as": kind("https://data.getty.edu/local/thesaurus/thumbnail")},
        {"id": SERVICE, "classified_as": kind("https://data.getty.edu/local/thesaurus/iiif-image")},
    ]  # fmt: skip
    return {
        "id": IMAGE + uuid(number),
        "type": "VisualItem",
        "_label": "Image for A Field",
        "digitally_shown_by": [{"type": "DigitalObject", "dimensions": sizes, "access_point": points}],
        "subject_to": [{"type": "Right", "classified_as": kind(f"{AAT}300417696", right, DOWNLOAD)}],
    }


def note(label: str, content: str, **more: Any) -> dict[str, Any]:
    return {"id": f"{OBJECT}note", "type": "LinguisticObject", "_label": label, "content": content, **more}


def object_record(number: int = 9, *images: int) -> dict[str, Any]:
    """An object's record, made by hand; the museum has no such object."""
    by = {"subject_to": [{"classified_as": kind("http://creativecommons.org/licenses/by/4.0/")}]}
    return {
        "id": OBJECT + uuid(number),
        "type": "HumanMadeObject",
        "_label": "A Field (1.PA.1)",
        "identified_by": [
            {"type": "Identifier", "content": "1.PA.1", "classified_as": kind(f"{AAT}300404670")},
            {"type": "Name", "content": "A Field", "classified_as": kind(f"{AAT}300404670")},
        ],
        "referred_to_by": [
            note("Object Description", "<p>A field</p>", format="text/html", **by),
            note("Object Description", "A field in summer.", format="text/markdown", **by),
            note("Materials Description", "Oil on canvas"),
            note("Culture Statement", "Dutch"),
            note("Object Type", "Painting"),
            note("RightsStatements.org Rights Assertion", "No Copyright - United States") | {"id": NOC_US},
        ],
        "produced_by": {
            "carried_out_by": [{"_label": "Ann Example"}, {"_label": "Ann Example"}],
            "timespan": {"identified_by": [{"content": "1889"}]},
        },
        "subject_of": [{"id": "https://www.getty.edu/art/collection/object/10AAAA"}],
        "shows": [
            {"id": IMAGE + uuid(each), "type": "VisualItem", "about": [{"_label": "fields"}, {"_label": "summer"}]}
            for each in images or (1,)
        ],
        "subject_to": [{"type": "Right", "classified_as": kind(RIGHTS_STATEMENT, CC0)}],
    }


def changed(record: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A record with fields replaced, by path; `...` takes one out; a path that ends in `+` adds to a list."""
    made = deepcopy(record)
    for path, value in changes.items():
        *folders, name = path.split("/")
        place: Any = made
        for folder in folders:
            place = place[int(folder)] if isinstance(place, list) else place[folder]
        if name == "+":
            place.append(value)
        elif value is ...:
            del place[name]
        elif isinstance(place, list):
            place[int(name)] = value
        else:
            place[name] = value
    return made


def judged(*values: Any) -> list[Judged]:
    bodies = [
        Body(json.dumps(each).encode(), MediaType.JSON, f"getty:{number}.json") for number, each in enumerate(values)
    ]
    return [each for page in GETTY.saved(bodies) for each in judge_page(GETTY, page)]  # fmt: skip


def reason(each: Judged) -> Reason | Licence:
    return each.verdict.reason if isinstance(each.verdict, Refusal) else each.verdict.licence


def test_an_image_is_claimed_by_its_own_right_beside_an_object_that_does_not_object() -> None:
    found, *rest = judged(object_record(), image_record())
    assert rest == []
    assert isinstance(found.verdict, Claim)
    assert (found.verdict.licence, found.verdict.grade) == (Licence.CC0_1_0, Grade.E2)
    own, beside = (json.dumps(each).encode() for each in (object_record(), image_record()))
    digests = {Body(own, MediaType.JSON, "").sha256: "object", Body(beside, MediaType.JSON, "").sha256: "image"}
    quoted = [(digests[each.capture], each.pointer) for each in found.verdict.evidence]
    assert quoted == [
        ("image", "/subject_to/0/classified_as/1/id"),
        ("image", "/subject_to/0/classified_as/2/id"),
        ("object", "/id"),
        ("object", "/shows/0/id"),
        ("image", "/id"),
        ("image", "/digitally_shown_by/0/access_point/1/id"),
        ("object", "/subject_to"),
        ("object", "/referred_to_by"),
        ("object", "/subject_to/0/classified_as/1/id"),
        ("object", "/referred_to_by/5/id"),
    ]
    assert found.image == ImageRef(
        part=uuid(1),
        url=f"{SERVICE}/full/,1024/0/default.jpg",
        title="A Field",
        creator="Ann Example",
        date="1889",
        tags=("fields", "summer"),
        category="Painting",
        landing_url="https://www.getty.edu/art/collection/object/10AAAA",
        medium="Oil on canvas",
        culture="Dutch",
        description="A field in summer.",
    )
    assert str(found.id) == f"getty:{uuid(9)}#{uuid(1)}"


@pytest.mark.parametrize("uri", [CC0, CC0.rstrip("/"), CC0.replace("http:", "https:"), f"{CC0}deed.en"])
def test_every_spelling_of_cc0_is_cc0(uri: str) -> None:
    assert reason(judged(object_record(), image_record(right=uri))[0]) is Licence.CC0_1_0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"subject_to/0/classified_as/1/id": IN_COPYRIGHT}, Reason.NOT_OPEN, id="in-copyright"),
        pytest.param({"subject_to/0/classified_as/1/id": "https://rightsstatements.org/vocab/InC-EDU/1.0/"},
                     Reason.NOT_OPEN, id="in-copyright-for-schools"),
        pytest.param({"subject_to/0/classified_as/+": {"id": IN_COPYRIGHT}}, Reason.NOT_OPEN, id="both"),
        pytest.param({"subject_to/0/classified_as/+": {"id": NOC_US}}, Reason.CONFLICT, id="two-rights"),
        pytest.param({"subject_to/0/classified_as/1/id": "https://creativecommons.org/publicdomain/zero/2.0/"},
                     Reason.UNKNOWN_LICENCE, id="a-version-that-is-none"),
        pytest.param({"subject_to/0/classified_as/1/id": f"{CC0}#not"}, Reason.UNKNOWN_LICENCE, id="with-a-fragment"),
        pytest.param({"subject_to/0/classified_as/1/id": "https://creativecommons.org.evil.example/publicdomain/zero/1.0/"},
                     Reason.UNKNOWN_LICENCE, id="a-host-that-looks-alike"),
        pytest.param({"subject_to/0/classified_as/1/id": "https://evil.example/zero"}, Reason.UNKNOWN_VALUE,
                     id="a-class-of-somebody-else's"),
        pytest.param({"subject_to/0/classified_as/1/id": "https://creativecommons.org/licenses/by-nc/4.0/"},
                     Reason.LICENCE_NOT_CLAIMABLE, id="non-commercial"),
        pytest.param({"subject_to/0/classified_as/1/id": "https://creativecommons.org/publicdomain/mark/1.0/"},
                     Reason.LICENCE_NOT_CLAIMABLE, id="the-mark"),
        pytest.param({"subject_to/0/classified_as/1/id": None}, Reason.UNREADABLE, id="null"),
        pytest.param({"subject_to/0/classified_as/1/id": [CC0]}, Reason.UNREADABLE, id="a-list-of-one"),
        pytest.param({"subject_to/0/classified_as/1/id": ...}, Reason.UNREADABLE, id="a-class-without-an-id"),
        pytest.param({"subject_to/0/classified_as": CC0}, Reason.UNREADABLE, id="a-text-for-classes"),
        pytest.param({"subject_to/0/classified_as": kind(DOWNLOAD)}, Reason.UNREADABLE, id="cleared-without-a-right"),
        pytest.param({"subject_to": []}, Reason.UNREADABLE, id="no-right"),
        pytest.param({"subject_to": {"classified_as": kind(CC0)}}, Reason.UNREADABLE, id="a-right-without-its-list"),
        pytest.param({"subject_to": ...}, Reason.UNREADABLE, id="silence-is-not-consent"),
        pytest.param({"subject_to/0/classified_as/2/id": DOWNLOAD.replace("download", "none")}, Reason.NOT_OPEN,
                     id="not-cleared"),
        pytest.param({"subject_to/0/classified_as/2": {"id": "https://data.getty.edu/local/thesaurus/view-only",
                      "classified_as": kind("https://data.getty.edu/local/thesaurus/clearance-level")}},
                     Reason.NOT_OPEN, id="cleared-for-something-else"),
        pytest.param({"subject_to/0/classified_as/2": {"id": DOWNLOAD,
                      "classified_as": kind("https://data.getty.edu/local/thesaurus/clearance-level")}},
                     Licence.CC0_1_0, id="cleared-as-in-2022"),
        pytest.param({"subject_to/0/classified_as": kind(CC0)}, Licence.CC0_1_0, id="nothing-on-clearance"),
        pytest.param({"subject_to/0/classified_as/2/id": DOWNLOAD.replace("clearance/download", "Clearance/none")},
                     Reason.NOT_OPEN, id="not-cleared-in-capitals"),
        pytest.param({"subject_to/0/classified_as/2": {"id": "https://data.getty.edu/local/thesaurus/x",
                      "classified_as": {"id": "https://data.getty.edu/local/thesaurus/clearance-level"}}},
                     Reason.NOT_OPEN, id="cleared-for-something-else-without-a-list"),
        pytest.param({"subject_to/0/classified_as/+": {"id": f"{AAT}300435434"}}, Reason.CONFLICT,
                     id="a-copyright-statement-among-rights"),
        pytest.param({"referred_to_by": [note("Copyright Statement", "The Estate")]}, Reason.NOT_OPEN,
                     id="a-copyright-statement-on-the-image"),
        pytest.param({"digitally_shown_by/0/access_point/1/id": "https://media.getty.edu/iiif/image/../x"},
                     Reason.UNKNOWN_VALUE, id="a-picture-up-the-path"),
        pytest.param({"subject_to/0/subject_of": [{"content": "© Somebody"}]}, Reason.CONFLICT, id="reserved-in-words"),
        pytest.param({"id": IMAGE + uuid(2)}, Reason.UNREADABLE, id="another-image"),
        pytest.param({"digitally_shown_by": ...}, Reason.UNREADABLE, id="no-picture"),
        pytest.param({"digitally_shown_by/0/access_point/1/id": "https://media.getty.edu.evil.example/iiif/image/1"},
                     Reason.UNKNOWN_VALUE, id="a-picture-elsewhere"),
    ],
)  # fmt: skip
def test_anything_less_in_the_images_record_is_refused(changes: Any, expected: Reason | Licence) -> None:
    # One thing differs from an image that is claimed, so only that can be the cause.
    found = judged(object_record(), changed(image_record(), changes))[0]
    assert reason(found) is expected
    assert found.id.record == uuid(9)
    assert found.verdict.evidence


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"subject_to/0/classified_as/1/id": IN_COPYRIGHT}, Reason.NOT_OPEN, id="in-copyright"),
        pytest.param({"subject_to/0/classified_as/1/id": f"{IN_COPYRIGHT}#x"}, Reason.NOT_OPEN, id="in-odd-spelling"),
        pytest.param({"referred_to_by/5/id": IN_COPYRIGHT}, Reason.NOT_OPEN, id="asserted"),
        pytest.param({"referred_to_by/5/content": "In Copyright"}, Reason.NOT_OPEN, id="asserted-in-words"),
        pytest.param({"referred_to_by/5/content": "In\u00a0 COPYRIGHT"}, Reason.NOT_OPEN, id="in-odd-spaces"),
        pytest.param({"referred_to_by/5/content": "No\u00a0Copyright - United  States"}, Licence.CC0_1_0,
                     id="free-in-odd-spaces"),
        pytest.param({"referred_to_by/5/content": "Copyright Undetermined"}, Reason.CONFLICT, id="undetermined-said"),
        pytest.param({"referred_to_by/5/content": "Copyright Not Evaluated"}, Reason.CONFLICT, id="not-evaluated-said"),
        pytest.param({"referred_to_by/5/content": "No Known Copyright"}, Reason.CONFLICT, id="none-that-is-known"),
        pytest.param({"referred_to_by/5/content": None}, Reason.UNREADABLE, id="asserted-in-null"),
        pytest.param({"referred_to_by/5/content": ["No Copyright - United States"]}, Reason.UNREADABLE,
                     id="asserted-in-a-list"),
        pytest.param({"referred_to_by/5/content": ["In Copyright"]}, Reason.NOT_OPEN, id="forbidden-in-a-list"),
        pytest.param({"referred_to_by/+": {"part": [note("Copyright Statement", "The Estate")]}}, Reason.NOT_OPEN,
                     id="a-copyright-statement-inside"),
        pytest.param({"referred_to_by/+": note("Copyright notice", "The Estate")}, Reason.NOT_OPEN, id="a-notice"),
        pytest.param({"referred_to_by/+": note("Source Credit Line", "&copy; The Estate")}, Reason.NOT_OPEN,
                     id="a-sign-in-a-credit"),
        pytest.param({"referred_to_by/+": note("Source Credit Line", "(c) The Estate")}, Reason.NOT_OPEN,
                     id="a-sign-in-brackets"),
        pytest.param({"referred_to_by/+": note("Object Description", "(a), (b), and (c)")}, Licence.CC0_1_0,
                     id="items-of-a-list"),
        *(
            pytest.param({"referred_to_by/+": note("Note", "The Estate", classified_as=classes)}, Reason.NOT_OPEN,
                         id=f"a-class-{place}")
            for place, classes in enumerate([
                {"id": f"{AAT}300435434"}, f"{AAT}300435434", [f"{AAT}300435434"], [{"id": "aat:300435434"}],
                [{"id": "https://vocab.getty.edu/page/aat/300435434"}],
            ])
        ),
        pytest.param({"referred_to_by/+": note("Copyright Statement", "© Estate of Somebody")}, Reason.NOT_OPEN,
                     id="a-copyright-statement"),
        pytest.param({"referred_to_by/+": note("Note", "x", classified_as=kind(f"{AAT}300435434"))}, Reason.NOT_OPEN,
                     id="a-copyright-statement-by-its-class"),
        pytest.param({"subject_to/0/classified_as/1/id": "https://rightsstatements.org/vocab/CNE/1.0/"},
                     Reason.UNKNOWN_VALUE, id="not-evaluated"),
        pytest.param({"referred_to_by/5/id": "https://rightsstatements.org/vocab/UND/1.0/"}, Reason.UNKNOWN_VALUE,
                     id="undetermined"),
        pytest.param({"referred_to_by/5/id": ...}, Reason.UNREADABLE, id="an-assertion-of-nothing"),
        pytest.param({"referred_to_by": "In Copyright"}, Reason.UNREADABLE, id="a-text-for-notes"),
        pytest.param({"referred_to_by/+": "In Copyright"}, Reason.UNREADABLE, id="a-text-among-notes"),
        pytest.param({"subject_to": IN_COPYRIGHT}, Reason.UNREADABLE, id="a-text-for-rights"),
        pytest.param({"subject_to": ...}, Licence.CC0_1_0, id="older-records-have-no-right-of-their-own"),
        pytest.param({"referred_to_by": ...}, Licence.CC0_1_0, id="no-notes"),
        pytest.param({"referred_to_by/5": note("Note", "nothing")}, Licence.CC0_1_0, id="no-assertion"),
    ],
)  # fmt: skip
def test_an_object_can_forbid_its_images(changes: Any, expected: Reason | Licence) -> None:
    assert reason(judged(changed(object_record(), changes), image_record())[0]) is expected


def test_no_copyright_in_one_country_is_not_cc0() -> None:
    (found,) = judged(object_record(), image_record(right=NOC_US))
    assert reason(found) is Licence.NOC_US
    assert Policy.load().outcome(found.verdict) == (Outcome.REFUSE, (Reason.LICENCE_NOT_IN_POLICY,))


@pytest.mark.parametrize("values", [(object_record(),), (image_record(),)], ids=["the-object", "the-image"])
def test_neither_record_is_enough_alone(values: tuple[Any, ...]) -> None:
    (found,) = judged(*values)
    assert (reason(found), found.id.part) == (Reason.UNREADABLE, uuid(1))
    assert found.verdict.evidence


def test_an_image_alone_says_what_is_wrong_with_it() -> None:
    assert reason(judged(image_record(right=IN_COPYRIGHT))[0]) is Reason.NOT_OPEN


def test_each_image_has_a_right_of_its_own() -> None:
    found = judged(object_record(9, 1, 2, 3), image_record(1), image_record(2, NOC_US), image_record(3, IN_COPYRIGHT))
    assert {each.id.part: reason(each) for each in found} == {
        uuid(1): Licence.CC0_1_0, uuid(2): Licence.NOC_US, uuid(3): Reason.NOT_OPEN,
    }  # fmt: skip


def test_a_server_that_answers_with_another_image_claims_nothing() -> None:
    thing, other = (json.dumps(each).encode() for each in (object_record(), image_record(2)))
    beside = {IMAGE + uuid(1): Body(other, MediaType.JSON, IMAGE + uuid(1))}
    page = Page((Body(thing, MediaType.JSON, OBJECT + uuid(9)),), context=beside)
    assert [reason(each) for each in judge_page(GETTY, page)] == [Reason.UNKNOWN_VALUE]


def test_saved_answers_of_the_same_name_are_not_mixed_up() -> None:
    bodies = [
        Body(json.dumps(each).encode(), MediaType.JSON, "getty:same.json") for each in (object_record(), image_record())
    ]
    found = [each for page in GETTY.saved(bodies) for each in judge_page(GETTY, page)]  # fmt: skip
    assert [reason(each) for each in found] == [Licence.CC0_1_0]


def test_copies_that_were_saved_must_agree() -> None:
    for forbidding in (IN_COPYRIGHT, NOC_US):
        for copies in ((image_record(), image_record(1, forbidding)), (image_record(1, forbidding), image_record())):
            assert not any(reason(each) is Licence.CC0_1_0 for each in judged(object_record(), *copies))
    assert [reason(each) for each in judged(object_record(), image_record(), image_record())] == [Licence.CC0_1_0]
    bodies = [
        Body(json.dumps(each).encode(), MediaType.JSON, f"getty:{place}")
        for place, each in enumerate(
            (object_record(), changed(object_record(), {"subject_to/0/classified_as/1/id": IN_COPYRIGHT}))
        )
    ]
    (page,) = GETTY.saved([*bodies, Body(json.dumps(image_record()).encode(), MediaType.JSON, "getty:i")])
    assert [each.id for each in GETTY.records(page)] == [uuid(9)] * 2  # on one page, where they are seen to disagree
    assert [reason(each) for each in judge_page(GETTY, page)] == [Reason.CONFLICT]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"shows": ...}, Reason.NO_IMAGE),
        ({"shows": [{"id": "https://data.getty.edu/museum/collection/document/1"}, None, 7]}, Reason.NO_IMAGE),
        ({"shows": IMAGE}, Reason.NO_IMAGE),
    ],
)
def test_an_object_without_images_has_one_verdict(changes: Any, expected: Reason) -> None:
    (found,) = judged(changed(object_record(), changes))
    assert (reason(found), found.id.part) == (expected, "")


@pytest.mark.parametrize(
    ("sizes", "asked"),
    [
        ((2000, 1500), "1024,"),
        ((1500, 2000), ",1024"),
        ((1024, 800), "max"),
        ((None, None), "max"),
        ((5000, None), "1024,"),
    ],
)
def test_no_more_is_asked_for_than_is_there(sizes: tuple[int | None, int | None], asked: str) -> None:
    width, height = sizes
    changes = {"digitally_shown_by/0/dimensions/1/value": width, "digitally_shown_by/0/dimensions/0/value": height}
    record = changed(image_record(), changes)
    for field in ("dimensions", "dimension"):
        shown = record["digitally_shown_by"][0]
        shown[field] = shown.pop("dimensions") if field == "dimensions" else shown.pop("dimensions", None)
        (found,) = judged(object_record(), record)
        assert found.image is not None
        assert found.image.url == f"{SERVICE}/full/{asked}/0/default.jpg"


def test_descriptions_of_other_people_are_left_out() -> None:
    (found,) = judged(changed(object_record(), {"referred_to_by/1/subject_to": []}), image_record())
    assert found.image is not None
    assert found.image.description == ""


def test_words_under_a_right_of_their_own_are_left_out() -> None:
    by = {"subject_to": [{"classified_as": kind("http://creativecommons.org/licenses/by/4.0/")}]}
    record = changed(object_record(), {
        "referred_to_by/2": note("Materials Description", "x", **by),
        "referred_to_by/3": note("Culture Statement", "x", subject_to="CC BY"),
        "referred_to_by/4": note("Object Type", "x", **by),
        "identified_by/1/subject_to": by["subject_to"],
        "produced_by": {"referred_to_by": [note("Artist/Maker (Producer) Name", "x", **by)]},
    })  # fmt: skip
    (found,) = judged(record, image_record())
    assert found.image is not None
    assert (found.image.medium, found.image.culture, found.image.category, found.image.creator) == ("", "", "", "")
    assert found.image.title == "A Field (1.PA.1)"
    dedicated = {"subject_to": [{"classified_as": kind(RIGHTS_STATEMENT, CC0)}]}
    (free,) = judged(changed(object_record(), {"referred_to_by/2": note("Materials Description", "x", **dedicated)}),
                     image_record())  # fmt: skip
    assert free.image is not None
    assert free.image.medium == "x"


# --- the recordings --------------------------------------------------------------------------------------------------

KERTESZ = "00007c19-13a5-4ed4-adfd-78b08df2b92c"
"""In copyright, and says so three times."""
STAG_BEETLE = "a69d5696-70c2-56ed-9f82-fb2e69311e5d"
"""An image of 2022, cleared for download, without copyright in the United States."""
MINERVA = "4d302ecd-f3a5-4e52-9e97-ca3ca8d5c9e6"


def test_of_the_recordings_nothing_is_accepted_and_everything_is_mentioned(shared: Path) -> None:
    folder = shared / "sources" / "getty"
    files = sorted(each for each in folder.rglob("*") if each.is_file())
    for paths in ([folder], files, *([each] for each in files)):
        lines = list(inspect_paths(GETTY, paths, Policy.load()))
        assert lines
        assert {line["outcome"] for line in lines} == {"refuse"}
    found = {
        (line["id"], line["reason"], line["title"], line["creator"])
        for line in inspect_paths(GETTY, files, Policy.load())
    }
    assert (KERTESZ, "not_open", "Little Girl in the Tuileries", "André Kertész") in found
    assert (STAG_BEETLE, "unreadable", "Image for Stag Beetle", "") in found
    assert (MINERVA, "unreadable", "Minerva", "Joseph Nollekens") in found  # fmt: skip


def test_recorded_objects_and_images_go_together(shared: Path) -> None:
    """The rule on real records: the recorded image under CC0, shown by recorded objects."""
    folder = shared / "sources" / "getty"
    image = json.loads((folder / "media_image" / f"{STAG_BEETLE}.json").read_text())
    image["subject_to"][0]["classified_as"][0]["id"] = CC0
    for name, expected in ((MINERVA, Licence.CC0_1_0), (KERTESZ, Reason.NOT_OPEN)):
        record = json.loads((folder / "object" / f"{name}.json").read_text())
        record["shows"][0]["id"] = IMAGE + STAG_BEETLE
        assert reason(judged(record, image)[0]) is expected
