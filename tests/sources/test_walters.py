"""The Walters Art Museum: its rule on single objects, every recorded file, and the way from its tables."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from mitsua_data.audit.rules import Reproduced
from mitsua_data.dumps import open_dump
from mitsua_data.errors import SourceError
from mitsua_data.inspection import inspect_paths
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Grade, MediaType, Reason, Refusal
from mitsua_data.policy import Policy
from mitsua_data.sources import walters
from mitsua_data.sources.base import Body, DumpReader, Judged, judge_page
from mitsua_data.sources.walters import Walters
from tests.sources.auditing import Shelf, replays
from tests.sources.replay import Answer, Killed, crawled, serve, verdicts

SOURCE = Walters()
TERMS = {"/about/policies/rights-reproductions/": Answer.html()}
STATIC = "static.thewalters.org/images"


def thing(**changes: Any) -> dict[str, Any]:
    """An object as the API gave it, made by hand; open unless changed. `...` takes a field out."""
    made = {
        "ObjectID": 7,
        "Title": "Cup",
        "ObjectName": "cups; vessels",
        "Keywords": None,
        "DateBeginYear": 1600,
        "DateEndYear": 1650,
        "DateText": "early 17th century",
        "Creators": [{"ConcatDisplayName": "Dutch", "CreatorID": 1, "Role": "Artist"}],
        "Classification": "Metal",
        "Medium": "silver",
        "Culture": "Dutch",
        "CreditLine": "Acquired by Henry Walters",
        "Provenance": "Henry Walters, Baltimore, 1902, by purchase.",
        "Description": "Words under another licence.",
        "ResourceURL": "http://art.thewalters.org/detail/7",
        "Images": [image(70), image(71)],
        **changes,
    }
    return {name: value for name, value in made.items() if value is not ...}


def image(number: int, file: str = "PS1_7 Fnt.jpg") -> dict[str, Any]:
    return {"ID": number, "ImageURLs": {"Raw": f"http://{STATIC}/{file}", "Large": f"http://{STATIC}/x?width=250"}}


def made_by(*names: Any) -> list[dict[str, Any]]:
    return [{"ConcatDisplayName": name} for name in names]


def table(rows: Iterable[dict[str, Any]]) -> bytes:
    made = list(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(made[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(made)
    return text.getvalue().encode()


def art(number: int = 7, **changes: Any) -> dict[str, Any]:
    """A row of art.csv, made by hand."""
    row = thing(ObjectID=str(number), Images="", Creators="1", Keywords="", DateBeginYear="1600", DateEndYear="1650")
    return {name: value for name, value in (row | changes).items() if value is not ...}


def media(number: int = 70, of: int = 7, **changes: Any) -> dict[str, Any]:
    """A row of media.csv, made by hand."""
    file = f"PS1_{number} Fnt.jpg"
    row = {
        "ObjectID": str(of), "MediaXrefID": str(number), "ImageURL": f"{RAW}/{file}",
        "Filename": file, "MediaType": "Image", "MediaView": "Front", "Rank": "1", "IsPrimary": "1",
    }  # fmt: skip
    return {name: value for name, value in (row | changes).items() if value is not ...}


def creator(number: int, name: str, date: str = "") -> dict[str, Any]:
    return {"id": str(number), "sort_name": name, "name": name, "date": date, "CreatorArt": "7|8"}


CREATORS = [
    creator(1, "Dutch"), creator(2, "Jan", " (Dutch, 1820-1890)"), creator(3, "Minol", " (Japanese, 1928 - 2010)"),
    creator(4, "Somebody"),
]  # fmt: skip
RAW = "https://art.thewalters.org/images/raw"


def judged(*bodies: bytes, media_type: MediaType = MediaType.CSV) -> list[Judged]:
    made = [Body(data, media_type, f"walters:{number}") for number, data in enumerate(bodies)]
    return [each for page in SOURCE.saved(made) for each in judge_page(SOURCE, page)]


def from_api(value: Any) -> list[Judged]:
    return judged(json.dumps(value).encode(), media_type=MediaType.JSON)


def from_tables(row: dict[str, Any], *rows: dict[str, Any]) -> list[Judged]:
    return judged(table([row]), table(rows or [media()]), table(CREATORS))


def reasons(found: Iterable[Judged]) -> set[Reason | None]:
    return {each.verdict.reason if isinstance(each.verdict, Refusal) else None for each in found}


def test_an_old_object_is_claimed_with_what_its_age_rests_on() -> None:
    found, second = from_api(thing())
    assert isinstance(found.verdict, Claim)
    assert (found.verdict.licence, found.verdict.grade) == (Licence.CC0_1_0, Grade.E2)
    assert {each.pointer: each.value for each in found.verdict.evidence} == {
        "/ObjectID": 7, "/Images/0/ImageURLs/Raw": f"http://{STATIC}/PS1_7 Fnt.jpg",
        "/DateBeginYear": 1600, "/DateEndYear": 1650,
        "/DateText": "early 17th century", "/Creators/0/ConcatDisplayName": "Dutch",
        "/CreditLine": "Acquired by Henry Walters", "/Provenance": "Henry Walters, Baltimore, 1902, by purchase.",
    }  # fmt: skip
    assert [str(each.id) for each in (found, second)] == ["walters:7#70", "walters:7#71"]
    described = found.image
    assert described is not None
    assert described.url == f"https://{STATIC}/PS1_7%20Fnt.jpg?width=1024"
    assert (described.title, described.creator, described.date) == ("Cup", "Dutch", "early 17th century")
    assert (described.medium, described.culture, described.category) == ("silver", "Dutch", "Metal")
    assert described.tags == ("cups", "vessels")


def test_an_object_from_the_tables_is_claimed_with_its_joined_rows() -> None:
    found, second = from_tables(
        art(Creators="1|2", DateEndYear="1890"), media(70), media(71, MediaView=""), media(80, of=8)
    )
    assert isinstance(found.verdict, Claim)
    assert found.verdict.grade is Grade.E2  # a policy on all of it, also where records come in bulk
    quoted = [(each.pointer, each.value) for each in found.verdict.evidence]
    assert quoted[:4] == [
        ("1/ObjectID", "7"),
        ("1/ImageURL", "https://art.thewalters.org/images/raw/PS1_70 Fnt.jpg"),
        ("1/ObjectID", "7"),
        ("1/MediaType", "Image"),
    ]
    assert ("2/date", " (Dutch, 1820-1890)") in quoted
    assert ("1/Creators", "1|2") in quoted
    assert [each.id.part for each in (found, second)] == ["70", "71"]
    assert found.image is not None
    assert found.image.url == "https://art.thewalters.org/images/raw/PS1_70%20Fnt.jpg"
    assert found.image.creator == "Dutch; Jan (Dutch, 1820-1890)"


def test_descriptions_are_never_read() -> None:
    for found in (*from_api(thing()), *from_tables(art())):
        assert found.image is not None
        assert "another licence" not in repr(found.image)
    assert SOURCE.spec.description_licence is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"DateEndYear": 1950}, Reason.EXCLUDED, id="modern"),
        pytest.param({"DateEndYear": 1910}, Reason.NO_STATEMENT, id="in-between"),
        pytest.param({"DateEndYear": "1650"}, None, id="a-year-in-a-text"),
        pytest.param({"DateEndYear": 17000}, None, id="a-typing-error"),
        pytest.param({"DateEndYear": 17000, "DateText": "?"}, Reason.NO_STATEMENT, id="a-typing-error-and-no-text"),
        pytest.param({"DateEndYear": True, "DateText": ""}, Reason.NO_STATEMENT, id="true-is-no-year"),
        pytest.param({"DateEndYear": None, "DateText": None}, Reason.NO_STATEMENT, id="no-date"),
        pytest.param({"DateEndYear": ...}, Reason.UNREADABLE, id="no-field-for-a-date"),
        pytest.param({"DateText": ...}, Reason.UNREADABLE, id="no-field-for-a-text"),
        pytest.param({"DateText": "20th century"}, Reason.NO_STATEMENT, id="a-text-that-says-otherwise"),
        pytest.param({"DateEndYear": 1890, "Creators": made_by("Jan (Dutch, 1820-1890)")}, None, id="dead-for-long"),
        pytest.param({"DateEndYear": 1890, "Creators": made_by("Jan")}, Reason.NO_STATEMENT, id="nobody-knows"),
        pytest.param({"DateEndYear": 1890, "Creators": made_by("Dutch", "Jan")}, Reason.NO_STATEMENT, id="one-of-two"),
        pytest.param({"DateEndYear": 1890, "Creators": made_by(None)}, Reason.NO_STATEMENT, id="a-maker-that-is-null"),
        pytest.param({"DateEndYear": 1890, "Creators": ["Dutch"]}, Reason.UNREADABLE, id="makers-of-another-form"),
        pytest.param({"DateEndYear": 1890, "Creators": {"a": 1}}, Reason.UNKNOWN_VALUE, id="makers-that-are-no-list"),
        pytest.param({"DateEndYear": 1890, "Creators": "Dutch"}, Reason.UNKNOWN_VALUE, id="makers-in-a-text"),
        pytest.param({"DateEndYear": 1890, "Creators": []}, None, id="no-maker"),
        pytest.param({"DateEndYear": 1890, "Creators": None}, None, id="null-for-makers"),
        pytest.param({"Creators": ...}, Reason.UNREADABLE, id="no-field-for-makers"),
        pytest.param({"Creators": made_by("Jan")}, Reason.NO_STATEMENT, id="nobody-knows-however-old"),
        pytest.param({"Creators": made_by("Minol (Japanese, 1928-2010)")}, Reason.CONFLICT, id="not-born-yet"),
        pytest.param({"Creator": "Minol (Japanese, 1928-2010)"}, Reason.CONFLICT, id="one-more-maker-in-a-text"),
        pytest.param({"Creator": ["Dutch"]}, Reason.NO_STATEMENT, id="one-more-maker-in-a-list"),
        pytest.param({"Creator": None}, None, id="no-more-maker"),
        pytest.param({"Creators": "Dutch", "Creator": "Dutch"}, Reason.UNKNOWN_VALUE, id="two-texts"),
        pytest.param({"CreditLine": "Promised gift of John Bourne"}, Reason.CONFLICT, id="promised"),
        pytest.param({"CreditLine": "On LOAN from Somebody"}, Reason.CONFLICT, id="on-loan"),
        pytest.param({"Provenance": "Somebody; deposited in 1990"}, Reason.CONFLICT, id="deposited"),
        pytest.param({"Provenance": "Lent by Somebody"}, Reason.CONFLICT, id="lent"),
        pytest.param({"Provenance": "Hans Sloane, London; given in valentines"}, None, id="words-inside-words"),
        pytest.param({"CreditLine": "Promised gift", "DateEndYear": 1950}, Reason.EXCLUDED, id="promised-and-modern"),
        pytest.param({"CreditLine": None}, None, id="no-credit-line"),
        pytest.param({"CreditLine": ["loan"]}, Reason.UNKNOWN_VALUE, id="a-list-for-a-line"),
        pytest.param({"CreditLine": ...}, Reason.UNREADABLE, id="no-field-for-a-credit-line"),
        pytest.param({"Provenance": ...}, Reason.UNREADABLE, id="no-field-for-a-provenance"),
        pytest.param({"Images": None}, Reason.NO_IMAGE, id="null-for-images"),
        pytest.param({"Images": []}, Reason.NO_IMAGE, id="no-images"),
        pytest.param({"Images": ...}, Reason.UNREADABLE, id="no-field-for-images"),
        pytest.param({"Images": "a.jpg"}, Reason.UNKNOWN_VALUE, id="images-that-are-no-list"),
        pytest.param({"Images": [{"ID": 70}]}, Reason.UNREADABLE, id="an-image-without-address"),
        pytest.param({"Images": [image(70, "../x.jpg")]}, Reason.UNKNOWN_VALUE, id="an-address-that-climbs"),
    ],
)
def test_one_field_decides(changes: dict[str, Any], reason: Reason | None) -> None:
    # One field or two differ from an object that is claimed, so only those can be the cause.
    assert reasons(from_api(thing(**changes))) == {reason}


@pytest.mark.parametrize(
    ("changes", "rows", "reason"),
    [
        pytest.param({"DateEndYear": "1890", "Creators": "2"}, [media()], None, id="dead-for-long"),
        pytest.param({"DateEndYear": "1890", "Creators": "2, 1"}, [media()], None, id="other-separators"),
        pytest.param({"DateEndYear": "1890", "Creators": "3"}, [media()], Reason.CONFLICT, id="alive-in-2010"),
        pytest.param({"DateEndYear": "1987", "Creators": "3"}, [media()], Reason.EXCLUDED, id="modern"),
        pytest.param({"DateEndYear": "1890", "Creators": "1|4"}, [media()], Reason.NO_STATEMENT, id="nobody-knows"),
        pytest.param({"DateEndYear": "1890", "Creators": "99"}, [media()], Reason.NO_STATEMENT, id="not-in-the-table"),
        pytest.param({"DateEndYear": "1890", "Creators": "Dutch"}, [media()], None, id="a-culture-for-an-id"),
        pytest.param({"DateEndYear": "1890", "Creators": "Dutch|Jan"}, [media()], Reason.NO_STATEMENT, id="a-name"),
        pytest.param({"DateEndYear": "1890", "Creators": ""}, [media()], None, id="nobody"),
        pytest.param({"Creators": ...}, [media()], Reason.UNREADABLE, id="no-column-of-makers"),
        pytest.param({"CreditLine": "Loan"}, [media()], Reason.CONFLICT, id="a-loan"),
        pytest.param({"AccessionNumber": "1.2"}, [media()], None, id="another-column"),
        pytest.param({}, [media(of=8)], Reason.NO_IMAGE, id="another-object-s-image"),
        pytest.param({}, [media(ImageURL="")], Reason.NO_IMAGE, id="no-address"),
        pytest.param({}, [media(MediaType="Video")], Reason.UNKNOWN_VALUE, id="no-image"),
        pytest.param({}, [media(MediaType=...)], Reason.UNREADABLE, id="no-column-of-kinds"),
        pytest.param({}, [media(ImageURL=RAW.replace("s:", ":") + "/a.jpg")], Reason.UNKNOWN_VALUE, id="http"),
        pytest.param({}, [media(ImageURL=f"{RAW}/..")], Reason.UNKNOWN_VALUE, id="no-file"),
        pytest.param({}, [media(ImageURL=f"{RAW}/../a.jpg")], Reason.UNKNOWN_VALUE, id="another-folder"),
        pytest.param({}, [media(ImageURL="https://a.example/a.jpg")], Reason.UNKNOWN_VALUE, id="another-host"),
        pytest.param({}, [media(), media(MediaType="Video")], Reason.CONFLICT, id="one-id-for-two-kinds"),
        pytest.param({}, [media(MediaType="Video"), media()], Reason.CONFLICT, id="one-id-for-two-kinds-turned"),
        pytest.param({}, [media(), media(of=8)], Reason.CONFLICT, id="one-id-for-two-objects"),
        pytest.param({}, [media(), media()], None, id="the-same-row-twice"),
        pytest.param({}, [media(MediaXrefID="")], None, id="no-id-of-its-own"),
    ],
)  # fmt: skip
def test_one_cell_decides(changes: dict[str, Any], rows: list[Any], reason: Reason | None) -> None:
    assert reasons(from_tables(art(**changes), *rows)) == {reason}


def test_nothing_joins_nothing() -> None:
    row = art() | {"ObjectID": ""}
    assert reasons(from_tables(row, media() | {"ObjectID": ""})) == {Reason.NO_IMAGE}
    assert reasons(from_api({"Items": [thing(ObjectID="")]})) == {Reason.UNREADABLE}


def test_without_the_table_of_makers_nobody_is_known_to_be_dead() -> None:
    for end, reason in (("1650", Reason.NO_STATEMENT), ("1890", Reason.NO_STATEMENT), ("1950", Reason.EXCLUDED)):
        assert reasons(judged(table([art(DateEndYear=end)]), table([media()]))) == {reason}
    assert reasons(judged(table([art()]))) == {Reason.NO_IMAGE}


@pytest.mark.parametrize("value", [None, [], {}, "x", {"Items": None}, {"Items": [None]}, [None], {"ObjectID": None}])
def test_what_holds_no_object_gives_no_claim(value: Any) -> None:
    assert not [each for each in from_api(value) if isinstance(each.verdict, Claim)]


def test_a_list_of_objects_has_one_image_each() -> None:
    item = thing(Images="a.jpg", Creator="Dutch", Creators=..., PrimaryImage={"Raw": f"http://{STATIC}/a.jpg"})
    found = from_api({"Items": [item, thing(ObjectID=8, DateEndYear=1999)]})
    assert [(each.id.record, each.id.part) for each in found] == [("7", "primary"), ("8", "70"), ("8", "71")]
    assert [isinstance(each.verdict, Claim) for each in found] == [True, False, False]


# --- recorded files -------------------------------------------------------------------------------------------------

EGYPTIAN, BONVIN_D_1866, FABERGE_D_1920, TYPING_ERROR = "744", "4829", "82273", "83784"
SPACE_IN_NAME = "98114"
PROMISED = {"9790", "80416", "80427", "80439", "80451"}
MODERN = {
    "4744",  # Tokuriki Tomikichiro, b. 1902, a print of 1950
    "36177",  # Herman Maril, 1908-1986
    "82366",  # Valeri Timofeev, b. 1941
    "93391",  # Minol Araki, 1928-2010
    "8079", "16203", "16423", "16517", "37215", "40879", "81929", "82706", "87634", "87716",
}  # fmt: skip
IN_BETWEEN = {"8301", "10827", "27082", "77171", "82406"}
IN_BETWEEN |= {"15102", "30136", "26952", "29704", "84179"}  # named, and nobody knows when they died; however old


def test_recorded_objects_are_judged_by_their_age(shared: Path) -> None:
    policy = Policy.load()
    found: dict[str, set[tuple[Any, Any]]] = {}
    for file in sorted((shared / "sources" / "walters" / "v1_objects").glob("*.json")):
        for line in inspect_paths(SOURCE, [file], policy):
            found.setdefault(str(line["id"]), set()).add((line["outcome"], line["reason"]))
    for name in (EGYPTIAN, BONVIN_D_1866, FABERGE_D_1920, TYPING_ERROR):
        assert found[name] == {("accept", None)}
    assert {name for name, said in found.items() if ("refuse", "excluded") in said} == MODERN
    contradicts_itself = "92619"  # a book of 1588, and a binder who was born in 1841
    assert {name for name, said in found.items() if ("review", "conflict") in said} == {*PROMISED, contradicts_itself}
    assert all(found[name] == {("review", "no_statement")} for name in IN_BETWEEN)
    assert sum(said == {("accept", None)} for said in found.values()) == 81


def test_recorded_tables_are_read_or_refused(shared: Path) -> None:
    folder = shared / "sources" / "walters"
    for file in sorted((folder / "csv").iterdir()):
        assert [line["reason"] for line in inspect_paths(SOURCE, [file], Policy.load())] == ["unreadable"]
    (item,) = inspect_paths(SOURCE, [folder / "v1_list" / "walters_full_response_example.json"], Policy.load())
    assert (item["id"], item["outcome"]) == ("2", "accept")


def test_recorded_rows_of_media_and_makers_join_objects(shared: Path) -> None:
    folder = shared / "sources" / "walters" / "csv"
    images, makers = (folder / name for name in ("media.csv", "creators.csv"))
    rows = [art(int(SPACE_IN_NAME), Creators="6182"), art(97304, DateEndYear="1990", Creators="33757")]
    found = judged(table(rows), images.read_bytes(), makers.read_bytes())
    assert [each.id.record for each in found] == [SPACE_IN_NAME, *["97304"] * 5]
    assert found[0].image is not None
    assert found[0].image.url.endswith("/PS1_15.35.46_Fnt_DD_T17%202-tms.jpg")
    assert found[0].image.creator == "Egyptian"
    assert reasons(found[:1]) == {None}
    assert reasons(found[1:]) == {Reason.EXCLUDED}


# --- from the dump --------------------------------------------------------------------------------------------------

OBJECTS = [
    art(number, DateEndYear=end, Creators=maker)
    for number, end, maker in (
        (7, "1650", "1"), (8, "1890", "2"), (9, "1987", "3"), (10, "1890", "4"), (11, "-300", ""),
    )
]  # fmt: skip
MEDIA = [media(70), media(71), media(80, of=8), media(90, of=9), media(100, of=10), media(120, of=12)]


@pytest.fixture
def dump(tmp_path: Path) -> DumpReader:
    place = tmp_path / "data"
    place.mkdir()
    for name, rows in (("art", OBJECTS), ("media", MEDIA), ("creators", CREATORS)):
        (place / f"{name}.csv").write_bytes(table(rows))
    return open_dump("walters", [place])


def test_a_crawl_of_the_tables_joins_them_and_can_be_killed(
    tmp_path: Path, dump: DumpReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walters, "ROWS", 2)
    monkeypatch.setattr("mitsua_data.crawl.BATCH_RECORDS", 1)
    with serve(TERMS) as site:
        crawled(SOURCE, site, tmp_path / "plain", dump=dump)
        assert verdicts(tmp_path / "plain") == {
            "walters:7#70": ("claim", "CC0-1.0"), "walters:7#71": ("claim", "CC0-1.0"),
            "walters:8#80": ("claim", "CC0-1.0"), "walters:9#90": ("refusal", "excluded"),
            "walters:10#100": ("refusal", "no_statement"), "walters:11#": ("refusal", "no_image"),
        }  # fmt: skip

        def kill(_: int) -> None:
            raise Killed

        with pytest.raises(Killed):
            crawled(SOURCE, site, tmp_path / "killed", dump=dump, progress=kill)
        again = crawled(SOURCE, site, tmp_path / "killed", dump=dump)
        assert (again.before, again.resumed_after) == (3, "2")
    assert verdicts(tmp_path / "killed") == verdicts(tmp_path / "plain")


def test_a_claim_from_the_dump_names_all_three_tables(dump: DumpReader) -> None:
    (page,) = SOURCE.dumped(dump)
    assert page.listed == len(OBJECTS)
    claims = [each.verdict for each in judge_page(SOURCE, page) if isinstance(each.verdict, Claim)]
    for claim in claims:
        assert [each.pointer for each in claim.evidence[-3:]] == [
            "/files/media.csv", "/files/creators.csv", "/files/art.csv",
        ]  # fmt: skip
        assert claim.grade is Grade.E2
    assert len(claims) == 3


def test_a_slice_of_broken_rows_is_refused_and_the_crawl_goes_on(
    tmp_path: Path, dump: DumpReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walters, "ROWS", 1)
    file = tmp_path / "data" / "art.csv"
    header, rest = file.read_bytes().split(b"\n", 1)
    file.write_bytes(b"\n".join((header, b"one cell", b"two,cells", rest)))
    with serve(TERMS) as site:
        tally = crawled(SOURCE, site, tmp_path / "broken", dump=open_dump("walters", [tmp_path / "data"]))
    assert tally.verdicts["unreadable"] == 2
    assert tally.verdicts["claim"] > 2


def test_an_audit_finds_the_tables_again(dump: DumpReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walters, "ROWS", 2)
    found = replays(SOURCE, list(SOURCE.pages(Shelf(lambda _: b"<p>Terms.</p>", dump=dump))))
    assert len(found) == 3
    assert all(isinstance(replay, Reproduced) for _, replay in found)


def test_no_server_lists_it() -> None:
    shelf = Shelf(lambda _: b"<p>Terms.</p>")
    with pytest.raises(SourceError) as caught:
        next(SOURCE.pages(shelf))
    assert shelf.asked == []
    assert "--from" in str(caught.value.advice)
    assert "art.csv" in str(caught.value.advice)
