"""ArtBench: a flag is a belief, a second reason is wanted, and neither is a licence."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from mitsua_data.archives import open_archive
from mitsua_data.inspection import inspect_paths
from mitsua_data.licences import Kind, Licence
from mitsua_data.model import Claim, Grade, MediaType, Outcome, Reason, Subject, Verdict
from mitsua_data.policy import Policy
from mitsua_data.sources.artbench import ARTISTS, TABLE, WORKS, YEAR, ArtBench
from mitsua_data.sources.base import Body, Judged, judge_page
from tests.making import folder
from tests.tiny import drawing

SOURCE = ArtBench()
NAME = "ann-painter_the-hat-1890.jpg"
ROW: dict[str, Any] = {
    "cifar_index": "0",
    "label": "impressionism",
    "name": NAME,
    "artist": "ann-painter",
    "split": "train",
    "url": "https://uploads3.wikiart.org/images/ann-painter/the-hat-1890.jpg",
    "is_public_domain": "True",
}
DIED = {"artist": "ann-painter", "death_year": "1910", "authority": "https://www.wikidata.org/wiki/Q1"}
MADE = {"name": NAME, "made_year": "1890", "museum": "https://www.metmuseum.org/art/collection/search/1"}


def table(*rows: dict[str, Any]) -> bytes:
    """The rows as CSV; a column that is `...` in the first row is not there."""
    columns = [key for key, value in rows[0].items() if value is not ...]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def judged(*rows: dict[str, Any], died: Any = None, made: Any = None) -> list[Judged]:
    """The table alone, with the tables of reasons that are given beside it."""
    bodies = {TABLE: rows, ARTISTS: died, WORKS: made}
    held = {name: table(*([found] if isinstance(found, dict) else found)) for name, found in bodies.items() if found}
    pages = SOURCE.saved([Body(data, MediaType.CSV, f"artbench:{name}") for name, data in held.items()])
    return [each for page in pages for each in judge_page(SOURCE, page)]


def verdict(row: dict[str, Any] | None = None, *, died: Any = DIED, made: Any = None) -> Verdict:
    return judged(row or ROW, died=died, made=made)[0].verdict


@pytest.mark.parametrize(
    ("died", "made", "licence"),
    [
        pytest.param(DIED, None, Licence.PD_TERM_EXPIRED, id="died-before-the-work-could-be-young"),
        pytest.param(DIED, MADE, Licence.PD_TERM_EXPIRED, id="both-reasons"),
        pytest.param(DIED | {"death_year": str(YEAR - 71)}, MADE, Licence.PD_TERM_EXPIRED, id="the-last-year-of-death"),
        pytest.param(DIED | {"death_year": str(YEAR - 71)}, MADE | {"made_year": str(YEAR - 96), "museum": ""},
                     Licence.PD_TERM_EXPIRED, id="the-last-year-of-making"),
        pytest.param(DIED | {"death_year": str(YEAR - 96)}, None, Licence.PD_TERM_EXPIRED, id="by-death-alone"),
        pytest.param(None, MADE, Licence.PDM_1_0, id="a-museum-has-it"),
        pytest.param(None, MADE | {"made_year": ""}, Licence.PDM_1_0, id="a-museum-has-it-without-a-year"),
        pytest.param(DIED | {"death_year": str(YEAR - 71)}, MADE | {"made_year": ""}, Licence.PDM_1_0,
                     id="a-museum-has-it-and-the-death-is-not-enough"),
    ],
)  # fmt: skip
def test_with_a_second_reason_the_work_is_claimed_to_be_free(died: Any, made: Any, licence: Licence) -> None:
    found = verdict(died=died, made=made)
    assert isinstance(found, Claim)
    assert (found.licence, found.grade, found.subject) == (licence, Grade.E1, Subject.WORK)
    assert licence.kind in {Kind.MARK, Kind.COMPUTED}
    pointers = [each.pointer for each in found.evidence]
    assert pointers[:3] == ["1/is_public_domain", "1/label", "1/url"]
    # Never accepted by the shipped policy: not the licence, not the grade, not the subject.
    outcome, reasons = Policy.load().outcome(found)
    assert outcome is Outcome.REFUSE
    assert set(reasons) == {Reason.OTHER_SUBJECT, Reason.LICENCE_NOT_IN_POLICY, Reason.GRADE_TOO_LOW}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"is_public_domain": "False"}, Reason.NOT_OPEN, id="false"),
        pytest.param({"is_public_domain": "false"}, Reason.NOT_OPEN, id="false-in-lower-case"),
        pytest.param({"is_public_domain": "0"}, Reason.NOT_OPEN, id="zero"),
        pytest.param({"is_public_domain": ""}, Reason.UNKNOWN_VALUE, id="empty"),
        pytest.param({"is_public_domain": "TRUE"}, Reason.UNKNOWN_VALUE, id="upper-case"),
        pytest.param({"is_public_domain": "yes"}, Reason.UNKNOWN_VALUE, id="yes"),
        pytest.param({"is_public_domain": " True"}, Reason.UNKNOWN_VALUE, id="with-a-space"),
        pytest.param({"is_public_domain": "1.0"}, Reason.UNKNOWN_VALUE, id="a-float"),
        pytest.param({"is_public_domain": "nan"}, Reason.UNKNOWN_VALUE, id="nan"),
        pytest.param({"label": "3"}, Reason.UNKNOWN_VALUE, id="a-number-for-a-style"),
        pytest.param({"url": "https://ukiyo-e.org/image/met/1"}, Reason.NO_STATEMENT, id="another-site's-scan"),
        pytest.param({"url": "https://uploads3.wikiart.org.example/x"}, Reason.NO_STATEMENT, id="a-look-alike-site"),
        pytest.param({"artist": "somebody-else"}, Reason.NO_STATEMENT, id="no-death-date"),
        pytest.param({"artist": ""}, Reason.NO_STATEMENT, id="no-artist"),
        pytest.param({"artist": ...}, Reason.NO_STATEMENT, id="no-column-of-artists"),
    ],
)  # fmt: skip
def test_anything_less_is_refused(changes: dict[str, Any], reason: Reason) -> None:
    # One cell differs from a row that is claimed, so only that cell can be the cause.
    assert getattr(verdict(ROW | changes), "reason", None) is reason


@pytest.mark.parametrize(
    ("died", "made", "reason"),
    [
        pytest.param(None, None, Reason.NO_STATEMENT, id="the-flag-alone"),
        pytest.param(DIED | {"death_year": str(YEAR - 70)}, MADE, Reason.CONFLICT, id="died-too-late"),
        pytest.param(DIED | {"death_year": "1989"}, None, Reason.CONFLICT, id="died-in-1989"),
        pytest.param(DIED | {"death_year": str(YEAR - 71)}, None, Reason.NO_STATEMENT, id="the-work-may-be-young"),
        pytest.param(DIED | {"death_year": str(YEAR - 95)}, None, Reason.NO_STATEMENT, id="it-may-just-be-young"),
        pytest.param(DIED | {"death_year": str(YEAR - 71)}, MADE | {"made_year": str(YEAR - 95)}, Reason.CONFLICT,
                     id="the-work-is-young"),
        pytest.param(None, MADE | {"made_year": str(YEAR - 95)}, Reason.CONFLICT, id="a-museum-says-it-is-young"),
        pytest.param(DIED | {"death_year": ""}, None, Reason.NO_STATEMENT, id="still-alive-or-unknown"),
        pytest.param(DIED | {"death_year": "about 1910"}, None, Reason.UNKNOWN_VALUE, id="a-year-in-words"),
        pytest.param(DIED | {"death_year": "-1910"}, None, Reason.UNKNOWN_VALUE, id="a-negative-year"),
        pytest.param(DIED | {"death_year": "19100"}, None, Reason.UNKNOWN_VALUE, id="too-many-digits"),
        pytest.param(DIED | {"death_year": "١٩١٠"}, None, Reason.UNKNOWN_VALUE, id="other-digits"),
        pytest.param(DIED | {"death_year": ...}, None, Reason.UNREADABLE, id="no-column-of-deaths"),
        pytest.param(DIED | {"authority": ""}, None, Reason.UNKNOWN_VALUE, id="nobody-says-so"),
        pytest.param(DIED | {"authority": "Wikipedia"}, None, Reason.UNKNOWN_VALUE, id="no-page-says-so"),
        pytest.param(DIED | {"authority": ...}, None, Reason.UNREADABLE, id="no-column-of-authorities"),
        pytest.param([DIED, DIED | {"death_year": "1989"}], None, Reason.CONFLICT, id="two-artists-of-one-name"),
        pytest.param(None, MADE | {"museum": ""}, Reason.NO_STATEMENT, id="old-but-of-whom"),
        pytest.param(None, MADE | {"museum": "https://www.wikiart.org/x"}, Reason.UNKNOWN_VALUE, id="no-museum"),
        pytest.param(None, MADE | {"museum": "https://metmuseum.org.example/1"}, Reason.UNKNOWN_VALUE, id="look-alike"),
        pytest.param(None, MADE | {"museum": "http://www.metmuseum.org/1"}, Reason.UNKNOWN_VALUE, id="not-https"),
        pytest.param(None, MADE | {"name": "other.jpg"}, Reason.NO_STATEMENT, id="another-work"),
        pytest.param(None, [MADE, MADE], Reason.CONFLICT, id="two-lines-for-one-work"),
    ],
)  # fmt: skip
def test_a_second_reason_must_be_one(died: Any, made: Any, reason: Reason) -> None:
    assert getattr(verdict(died=died, made=made), "reason", None) is reason


@pytest.mark.parametrize("column", ["is_public_domain", "name", "url", "label"])
def test_a_table_without_a_column_that_counts_is_refused_whole(column: str) -> None:
    found = judged(ROW | {column: ...}, ROW | {"name": "other.jpg"}, died=DIED)
    assert [(each.image, getattr(each.verdict, "reason", None)) for each in found] == [(None, Reason.UNREADABLE)]


def test_two_rows_of_one_picture_are_looked_at() -> None:
    twice = judged(ROW, ROW | {"is_public_domain": "False"}, died=DIED)
    assert [getattr(each.verdict, "reason", None) for each in twice] == [
        Reason.CONFLICT
    ]  # of one image there is one verdict
    other = judged(ROW, ROW | {"label": "realism", "is_public_domain": "False"}, died=DIED)
    assert [getattr(each.verdict, "reason", None) for each in other] == [None, Reason.NOT_OPEN]


def test_a_broken_row_is_refused_alone() -> None:
    data = table(ROW) + b"a,row,with,three\r\n"
    (page,) = SOURCE.saved([Body(data, MediaType.CSV, f"artbench:{TABLE}")])
    assert [getattr(each.verdict, "reason", None) for each in judge_page(SOURCE, page)] == [
        Reason.NO_STATEMENT,
        Reason.UNREADABLE,
    ]


# --- the folder ----------------------------------------------------------------------------------------------------


def held(tmp_path: Path, files: dict[str, bytes]) -> Path:
    return folder(tmp_path / "artbench", files)


FILES = {
    f"set/{TABLE}": table(ROW, ROW | {"name": "x.jpg", "is_public_domain": "False"}),
    f"set/{ARTISTS}": table(DIED),
    f"set/train/impressionism/{NAME}": drawing(1),
    "set/train/impressionism/x.jpg": drawing(2),
    "set/train/impressionism/unlisted.jpg": drawing(3),
    f"set/train/realism/{NAME}": drawing(4),
    "set/cover.jpg": drawing(5),
}


def test_each_image_of_the_folder_is_judged_by_its_row(tmp_path: Path) -> None:
    archive = open_archive(held(tmp_path, FILES), collection="artbench", home=SOURCE.home)
    pages = list(SOURCE.pages(archive))
    found = {each.id.record: each for page in pages for each in judge_page(SOURCE, page)}
    assert {name: getattr(each.verdict, "reason", None) for name, each in found.items()} == {
        f"train/impressionism/{NAME}": None,
        "train/impressionism/unlisted.jpg": Reason.OUT_OF_SCOPE,
        "train/impressionism/x.jpg": Reason.NOT_OPEN,
        f"train/realism/{NAME}": Reason.OUT_OF_SCOPE,  # the same name in another style is another picture
    }
    image = found[f"train/impressionism/{NAME}"].image
    assert image is not None
    assert image.url == f"artbench:train/impressionism/{NAME}"
    assert (image.title, image.creator, image.tags) == ("the hat 1890", "ann painter", ("impressionism",))
    assert [len(list(SOURCE.pages(archive, after=page.cursor))) for page in pages] == [1, 0]


def test_a_folder_without_its_table_claims_nothing(tmp_path: Path) -> None:
    files = {name: data for name, data in FILES.items() if not name.endswith(TABLE)}
    found = list(inspect_paths(SOURCE, [held(tmp_path, files)], Policy.load()))
    assert {line["reason"] for line in found} == {Reason.UNREADABLE}


def test_a_folder_and_its_table_can_be_inspected(tmp_path: Path) -> None:
    top = held(tmp_path, FILES)
    whole = list(inspect_paths(SOURCE, [top], Policy.load()))
    assert {line["reason"] for line in whole} == {Reason.OTHER_SUBJECT, Reason.OUT_OF_SCOPE, Reason.NOT_OPEN}
    alone = list(inspect_paths(SOURCE, [top / "set" / TABLE, top / "set" / ARTISTS], Policy.load()))
    assert [line["licence"] for line in alone] == ["LicenseRef-PD-term-expired", None]
    assert {line["outcome"] for line in alone} == {Outcome.REFUSE}
    one = list(inspect_paths(SOURCE, [top / "set/train/impressionism/x.jpg"], Policy.load()))
    assert [(line["id"], line["reason"]) for line in one] == [("train/impressionism/x.jpg", Reason.NOT_OPEN)]


def test_recorded_samples_without_rights_are_no_evidence(shared: Path) -> None:
    files = [path for path in sorted((shared / "sources/artbench").rglob("*")) if path.is_file()]
    for named in (files, *([path] for path in files)):
        found = list(inspect_paths(SOURCE, named, Policy.load()))
        assert found
        assert {(line["outcome"], line["reason"]) for line in found} == {(Outcome.REFUSE, Reason.UNREADABLE)}


def test_a_long_table_is_read_row_by_row() -> None:
    found = judged(*(ROW | {"name": f"{number}.jpg"} for number in range(3_000)), died=DIED)
    assert len(found) == 3_000
    assert all(isinstance(each.verdict, Claim) for each in found)
