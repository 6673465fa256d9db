"""The National Gallery of Art: its rule on single rows, every recorded file, and the way from its tables."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
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
from mitsua_data.sources import nga
from mitsua_data.sources.base import DUMP, Body, DumpReader, Judged, judge_page
from mitsua_data.sources.nga import Nga
from mitsua_data.web import Access, Failure, FetchError, WebClient, fetch_image
from tests.sources.auditing import Shelf, replays
from tests.sources.replay import Answer, Killed, crawled, serve, verdicts

SOURCE = Nga()
TERMS = {"/artworks/free-images-and-open-access": Answer.html()}


def uuid(number: int) -> str:
    return f"{number:08x}-1111-2222-3333-44444444abcd"


def image(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A row of images in today's form, made by hand; open unless changed. `...` takes a column out."""
    row = {
        "uuid": uuid(number),
        "iiifurl": f"https://api.nga.gov/iiif/{uuid(number)}",
        "viewtype": "primary",
        "sequence": "0",
        "width": "4000",
        "maxpixels": "",
        "openaccess": "1",
        "depictstmsobjectid": str(100 + number),
        "assistivetext": "We look down\r\ninto a boat, of green, and white.",
    }
    return {name: value for name, value in (row | changes).items() if value is not ...}


def thing(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A row of objects, made by hand."""
    return {
        "objectid": str(100 + number),
        "title": 'A "Boat", on water',
        "displaydate": "1893/1894",
        "attribution": "Mary Cassatt\r\n",
        "medium": "oil on canvas",
        "classification": "Painting",
        **changes,
    }


def table(*rows: dict[str, Any]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def judged(*tables: bytes, media_type: MediaType = MediaType.CSV) -> list[Judged]:
    bodies = [Body(data, media_type, f"nga:{number}") for number, data in enumerate(tables)]
    return [each for page in SOURCE.saved(bodies) for each in judge_page(SOURCE, page)]


def reason_of(found: Sequence[Judged]) -> Reason | None:
    (only,) = found
    return only.verdict.reason if isinstance(only.verdict, Refusal) else None


def test_an_open_image_of_an_object_is_claimed_with_everything_it_rests_on() -> None:
    (found,) = judged(table(image()), table(thing(2), thing()))
    assert isinstance(found.verdict, Claim)
    assert (found.verdict.licence, found.verdict.grade) == (Licence.CC0_1_0, Grade.E2)  # a copy, not a dump
    assert {each.pointer: each.value for each in found.verdict.evidence} == {
        "1/openaccess": "1", "1/maxpixels": "", "1/viewtype": "primary", "1/uuid": uuid(1),
        "1/iiifurl": f"https://api.nga.gov/iiif/{uuid(1)}", "1/depictstmsobjectid": "101", "2/objectid": "101",
    }  # fmt: skip
    described = found.image
    assert described is not None
    assert str(found.id) == f"nga:{uuid(1)}#image"
    assert described.url == f"https://api.nga.gov/iiif/{uuid(1)}/full/!1024,1024/0/default.jpg"
    assert (described.title, described.creator) == ('A "Boat", on water', "Mary Cassatt")
    assert (described.date, described.medium, described.category) == ("1893/1894", "oil on canvas", "Painting")
    assert described.description == "We look down into a boat, of green, and white."
    assert described.landing_url.endswith("art-object-page.101.html")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"openaccess": "0"}, Reason.NOT_OPEN, id="the-gallery-says-no"),
        pytest.param({"openaccess": "0", "maxpixels": "900"}, Reason.NOT_OPEN, id="no-and-capped"),
        pytest.param({"openaccess": ""}, Reason.UNKNOWN_VALUE, id="an-empty-cell"),
        pytest.param({"openaccess": ...}, Reason.UNREADABLE, id="a-table-without-the-column"),
        pytest.param({"openaccess": "true"}, Reason.UNKNOWN_VALUE, id="true-is-not-one"),
        pytest.param({"openaccess": " 1"}, Reason.UNKNOWN_VALUE, id="not-exactly-one"),
        pytest.param({"openaccess": "1.0"}, Reason.UNKNOWN_VALUE, id="another-one"),
        pytest.param({"maxpixels": "900"}, Reason.CONFLICT, id="open-and-capped"),
        pytest.param({"maxpixels": "NULL"}, Reason.CONFLICT, id="a-word-for-a-cap"),
        pytest.param({"maxpixels": ...}, Reason.UNREADABLE, id="no-column-of-caps"),
        pytest.param({"viewtype": "alternate"}, None, id="another-view"),
        pytest.param({"viewtype": "crop"}, Reason.UNKNOWN_VALUE, id="a-view-nobody-knows"),
        pytest.param({"viewtype": ...}, Reason.UNREADABLE, id="no-column-of-views"),
        pytest.param({"uuid": "1"}, Reason.UNKNOWN_VALUE, id="no-uuid"),
        pytest.param({"uuid": uuid(1).upper()}, Reason.UNKNOWN_VALUE, id="another-spelling-of-a-uuid"),
        pytest.param({"uuid": uuid(2)}, Reason.UNKNOWN_VALUE, id="the-address-of-another"),
        pytest.param({"iiifurl": f"https://api.nga.gov/iiif/{uuid(1)}__900"}, Reason.UNKNOWN_VALUE, id="a-capped-one"),
        pytest.param({"iiifurl": f"https://api.nga.gov.example/iiif/{uuid(1)}"}, Reason.UNKNOWN_VALUE, id="look-alike"),
        pytest.param({"iiifurl": f"http://api.nga.gov/iiif/{uuid(1)}"}, Reason.UNKNOWN_VALUE, id="not-https"),
        pytest.param({"iiifurl": ...}, Reason.UNREADABLE, id="no-address"),
        pytest.param({"depictstmsobjectid": "102"}, Reason.UNREADABLE, id="an-object-that-is-not-there"),
        pytest.param({"depictstmsobjectid": ""}, Reason.UNREADABLE, id="of-nothing"),
        pytest.param({"depictstmsobjectid": "0101"}, Reason.UNREADABLE, id="a-number-is-a-text"),
        pytest.param({"assistivetext": ""}, None, id="no-description"),
    ],
)
def test_one_cell_decides(changes: dict[str, Any], reason: Reason | None) -> None:
    # One cell differs from a row that is claimed, so only that cell can be the cause.
    assert reason_of(judged(table(image(**changes)), table(thing()))) is reason


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        pytest.param([], Reason.UNREADABLE, id="no-table-of-objects"),
        pytest.param([table(thing(2))], Reason.UNREADABLE, id="another-object"),
        pytest.param([table(thing(), thing())], Reason.CONFLICT, id="one-object-twice"),
        pytest.param([table(thing(title=""))], None, id="an-object-without-title"),
    ],
)
def test_an_image_counts_with_its_object(others: list[bytes], reason: Reason | None) -> None:
    assert reason_of(judged(table(image()), *others)) is reason


def test_tables_are_joined_in_whatever_order_they_come() -> None:
    images, objects = table(image(), image(2)), table(thing(), thing(2))
    for tables in ((images, objects), (objects, images)):
        assert [isinstance(each.verdict, Claim) for each in judged(*tables)] == [True, True]


def test_nothing_joins_nothing() -> None:
    for cell in ("", " "):
        assert reason_of(judged(table(image(depictstmsobjectid="")), table(thing(objectid=cell)))) is Reason.UNREADABLE


def test_rows_in_json_are_not_claimed_beside_the_gallery_s_objects() -> None:
    for row in (image(), image(maxpixels=None), image(maxpixels="900")):
        bodies = [
            Body(json.dumps([row]).encode(), MediaType.JSON, "nga:a.json"),
            Body(table(thing()), MediaType.CSV, "nga:o"),
        ]
        found = [each for page in SOURCE.saved(bodies) for each in judge_page(SOURCE, page)]
        assert reason_of(found) is Reason.UNREADABLE


def test_two_tables_that_say_different_things_of_one_image_are_seen_together() -> None:
    for flags in ("10", "01"):
        found = judged(*(table(image(openaccess=flag)) for flag in flags), table(thing()))
        assert not [each for each in found if isinstance(each.verdict, Claim)]


def test_both_rows_of_one_uuid_are_read() -> None:
    (page,) = SOURCE.saved([Body(table(image(), image(openaccess="0")), MediaType.CSV, "nga:0")])
    assert [each.id for each in SOURCE.records(page)] == [uuid(1), uuid(1)]


def test_a_broken_row_is_refused_alone() -> None:
    text = table(image(1), image(2), image(3)).decode().replace(f"{uuid(2)},", f"{uuid(2)},more,", 1)
    found = judged(text.encode(), table(thing(1), thing(2), thing(3)))
    assert [isinstance(each.verdict, Claim) for each in found] == [True, False, True]


@pytest.mark.parametrize(
    "value",
    [
        [image()], [image(openaccess=1)], [image() | thing()], [image() | {"objectid": "101"}], [[image()]], [None, 7],
        {"rows": [image()]}, {"published_images": image(), "objects": thing()}, [], "1", None,
    ],
)  # fmt: skip
def test_rows_that_others_made_into_json_are_not_claimed(value: Any) -> None:
    assert not [each for each in judged(json.dumps(value).encode(), media_type=MediaType.JSON)
                if isinstance(each.verdict, Claim)]  # fmt: skip


def test_no_recorded_file_is_claimed_from_alone_or_together(shared: Path) -> None:
    """None of the recordings holds all that is needed: `openaccess`, the view, and the object."""
    folder = shared / "sources" / "nga"
    files = sorted(file for file in folder.iterdir() if file.suffix in {".csv", ".json"})
    policy = Policy.load()
    found = {file.name: [line["reason"] for line in inspect_paths(SOURCE, [file], policy)] for file in files}
    assert all(line["outcome"] == "refuse" for line in inspect_paths(SOURCE, files, policy))
    restricted = found.pop("published_images_restricted_facts_no_uuid.json")
    assert restricted == ["not_open", "not_open", "unreadable"]
    assert {reason for reasons in found.values() for reason in reasons} == {"unreadable"}
    assert len(found["published_images_openaccess1_partial_rows.json"]) == 7


def test_recorded_rows_are_open_where_the_column_that_they_lack_says_so(shared: Path) -> None:
    folder = shared / "sources" / "nga"
    objects = (folder / "objects_schema2023.csv").read_bytes()
    text = (folder / "published_images_schema2023_no_openaccess.csv").read_text("utf-8")
    rows = [{**row, "openaccess": flag} for row, flag in zip(csv.DictReader(io.StringIO(text)), "10", strict=True)]
    boats, cat = judged(table(*rows), objects)
    assert isinstance(boats.verdict, Claim)
    assert boats.image is not None
    assert (boats.image.title, boats.image.creator) == ("The Boating Party", "Mary Cassatt")
    assert reason_of([cat]) is Reason.NOT_OPEN


# --- from the dump --------------------------------------------------------------------------------------------------

IMAGES = [image(n, openaccess="0" if n % 3 == 0 else "1", depictstmsobjectid=str(101 + n % 5)) for n in range(1, 13)]
OBJECTS = [thing(number) for number in range(10)]


@pytest.fixture
def dump(tmp_path: Path) -> DumpReader:
    place = tmp_path / "data"
    place.mkdir()
    (place / "published_images.csv").write_bytes(table(*IMAGES))
    (place / "objects.csv").write_bytes(table(*OBJECTS))
    return open_dump("nga", [place])


def test_a_crawl_of_the_tables_joins_them_and_can_be_killed(
    tmp_path: Path, dump: DumpReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nga, "ROWS", 5)
    monkeypatch.setattr("mitsua_data.crawl.BATCH_RECORDS", 1)
    with serve(TERMS) as site:
        tally = crawled(SOURCE, site, tmp_path / "plain", dump=dump)
        assert (tally.records, tally.verdicts["claim"], tally.verdicts["not_open"]) == (12, 8, 4)

        def kill(_: int) -> None:
            raise Killed

        with pytest.raises(Killed):
            crawled(SOURCE, site, tmp_path / "killed", dump=dump, progress=kill)
        again = crawled(SOURCE, site, tmp_path / "killed", dump=dump)
        assert (again.before, again.records, again.resumed_after) == (5, 7, "5")
    assert verdicts(tmp_path / "killed") == verdicts(tmp_path / "plain")


def test_a_claim_from_the_dump_names_both_tables(dump: DumpReader) -> None:
    (page,) = SOURCE.dumped(dump)
    assert (page.listed, page.context[DUMP].sha256) == (12, dump.index().sha256)
    claims = [each.verdict for each in judge_page(SOURCE, page) if isinstance(each.verdict, Claim)]
    for claim in claims:
        assert [each.pointer for each in claim.evidence[-2:]] == ["/files/objects.csv", "/files/published_images.csv"]
        assert claim.grade is Grade.E3
    assert len(claims) == 8


def test_a_slice_of_broken_rows_is_refused_and_the_crawl_goes_on(
    tmp_path: Path, dump: DumpReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nga, "ROWS", 1)
    file = tmp_path / "data" / "published_images.csv"
    header, rest = file.read_bytes().split(b"\n", 1)
    file.write_bytes(b"\n".join((header, b"one cell", b"two,cells", rest)))
    with serve(TERMS) as site:
        tally = crawled(SOURCE, site, tmp_path / "broken", dump=open_dump("nga", [tmp_path / "data"]))
    assert tally.verdicts["unreadable"] == 2
    assert tally.verdicts["claim"] > 2


def test_an_audit_finds_the_tables_again(dump: DumpReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nga, "ROWS", 2)
    found = replays(SOURCE, list(SOURCE.pages(Shelf(lambda _: b"<p>Terms.</p>", dump=dump))))
    assert len(found) == 8
    assert all(isinstance(replay, Reproduced) for _, replay in found)


def test_no_server_lists_it() -> None:
    shelf = Shelf(lambda _: b"<p>Terms.</p>")
    with pytest.raises(SourceError) as caught:
        next(SOURCE.pages(shelf))
    assert shelf.asked == []
    assert "--from" in str(caught.value.advice)
    assert "published_images.csv" in str(caught.value.advice)


def test_one_table_alone_is_no_dump(tmp_path: Path) -> None:
    (tmp_path / "published_images.csv").write_bytes(table(*IMAGES))
    with pytest.raises(SourceError, match=r"objects\.csv"):
        list(SOURCE.dumped(open_dump("nga", [tmp_path])))


def test_an_image_that_is_answered_by_a_redirect_is_not_fetched() -> None:
    path = f"/iiif/{uuid(1)}/full/!1024,1024/0/default.jpg"
    capped = path.replace(uuid(1), f"{uuid(1)}__900")
    routes = {
        path: Answer(b"", "text/plain", 303, {"Location": capped}),
        capped: Answer(b"picture", "image/jpeg"),
        path.replace(uuid(1), uuid(2)): Answer(b"picture", "image/jpeg"),
    }
    with serve(routes) as site, WebClient(Access.for_source(SOURCE.spec, base_url=site.url)) as client:
        assert fetch_image(client, SOURCE.spec, f"https://api.nga.gov{path}".replace(uuid(1), uuid(2))).data
        with pytest.raises(FetchError) as caught:
            fetch_image(client, SOURCE.spec, f"https://api.nga.gov{path}")
    assert caught.value.failure is Failure.REFUSED_REDIRECT
