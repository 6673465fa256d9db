"""Open Clip Art: the drawing's own statement decides, whoever else says what."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from mitsua_data.archives import Archive, open_archive
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Grade, ImageRef, Reason, Refusal, Verdict
from mitsua_data.pointers import derive
from mitsua_data.sources.base import Judged, Page, judge_page
from mitsua_data.sources.openclipart import OpenClipart
from tests.making import Link, deb, folder

SOURCE = OpenClipart()
PD = "http://web.resource.org/cc/PublicDomain"
OLD_DEED = "http://creativecommons.org/licenses/publicdomain/"
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"
GPL = "http://creativecommons.org/licenses/GPL/2.0/"
BY_NC = "http://creativecommons.org/licenses/by-nc/3.0/"
BLANKET = b"Copyright:\n\n creative commons Public Domain Dedication\n"
PNG = b"\x89PNG\r\n\x1a\n"
BOMB = (
    b'<!DOCTYPE svg [<!ENTITY a "lol">'
    + b"".join(b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 10) for letter in b"bcdefghij")
    + b"]><svg>&j;</svg>"
)
WORK = "<dc:title>A hat</dc:title><dc:creator><c:Agent><dc:title>Ann</dc:title></c:Agent></dc:creator>"


def svg(*work: str, rdf: str = "", body: str = "") -> bytes:
    """An SVG whose one cc:Work holds these elements; `rdf` stands beside the work."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg"><metadata>
<rdf:RDF xmlns:c="http://web.resource.org/cc/" xmlns:n="http://creativecommons.org/ns#" xmlns:x="http://x.example/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<c:Work rdf:about="">{"".join(work)}</c:Work>{rdf}</rdf:RDF></metadata>{body}</svg>""".encode()


def says(uri: str, prefix: str = "c") -> str:
    return f'<{prefix}:license rdf:resource="{uri}"/>'


def pages(archive: Archive, after: str | None = None) -> list[Page]:
    return list(SOURCE.pages(archive, after))


def judged(archive: Archive) -> Iterator[Judged]:
    for page in pages(archive):
        yield from judge_page(SOURCE, page)


def opened(*paths: Path) -> Archive:
    return open_archive(*paths, collection=SOURCE.spec.id, home=SOURCE.home)


def verdict(tmp_path: Path, drawing: bytes) -> Verdict:
    """What is said of one drawing that has its picture and its package's copyright file."""
    files = {"svg/a/hat.svg": drawing, "png/a/hat.png": PNG}
    root = {f"usr/share/openclipart/{name}": data for name, data in files.items()}
    folder(tmp_path, {**root, "usr/share/doc/openclipart-svg/copyright": BLANKET})
    (found,) = judged(opened(tmp_path))
    return found.verdict


@pytest.mark.parametrize(
    ("drawing", "licence"),
    [
        pytest.param(svg(WORK, says(PD)), Licence.PD_DEDICATION_LEGACY, id="8044-files"),
        pytest.param(svg(says(PD), says("Public Domain")), Licence.PD_DEDICATION_LEGACY, id="address-and-words"),
        pytest.param(svg(says(PD), says(PD)), Licence.PD_DEDICATION_LEGACY, id="said-twice"),
        pytest.param(svg(says(OLD_DEED)), Licence.PD_DEDICATION_LEGACY, id="the-deed-itself"),
        pytest.param(svg(says(PD), says(OLD_DEED)), Licence.PD_DEDICATION_LEGACY, id="two-names-of-one-licence"),
        pytest.param(svg(says(PD), says("")), Licence.PD_DEDICATION_LEGACY, id="one-said-and-one-empty"),
        pytest.param(svg(says(OLD_DEED, "n")), Licence.PD_DEDICATION_LEGACY, id="the-newer-vocabulary"),
        pytest.param(svg(f"<c:license>{PD}</c:license>"), Licence.PD_DEDICATION_LEGACY, id="as-text"),
        pytest.param(svg(says(CC0)), Licence.CC0_1_0, id="cc0-of-later-releases"),
        pytest.param(svg(says(PD), rdf=f'<c:License rdf:about="{PD}"><c:permits rdf:resource="x"/></c:License>'),
                     Licence.PD_DEDICATION_LEGACY, id="a-licence-described"),
        pytest.param(svg(says(PD), "<dc:rights>GNU</dc:rights>"), Licence.PD_DEDICATION_LEGACY, id="rights-hold-any"),
        pytest.param(svg(says(PD), body="<text>CC BY-NC, all rights reserved</text>"), Licence.PD_DEDICATION_LEGACY,
                     id="words-in-the-picture"),
    ],
)  # fmt: skip
def test_a_drawing_that_names_a_dedication_is_claimed(tmp_path: Path, drawing: bytes, licence: Licence) -> None:
    found = verdict(tmp_path, drawing)
    assert isinstance(found, Claim)
    assert (found.licence, found.grade) == (licence, Grade.E3)


@pytest.mark.parametrize(
    ("drawing", "reason"),
    [
        pytest.param(svg(WORK, says("")), Reason.NO_STATEMENT, id="61-files"),
        pytest.param(svg(WORK, says(" \n ")), Reason.NO_STATEMENT, id="only-spaces"),
        pytest.param(svg(WORK), Reason.NO_STATEMENT, id="no-licence-element"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", Reason.NO_STATEMENT, id="no-rdf"),
        pytest.param(b"<svg><!-- " + PD.encode() + b" --></svg>", Reason.NO_STATEMENT, id="in-a-comment"),
        pytest.param(svg(says(PD, "x")), Reason.NO_STATEMENT, id="another-vocabulary"),
        pytest.param(svg("<dc:rights>Public Domain</dc:rights>"), Reason.NO_STATEMENT, id="rights-alone"),
        pytest.param(svg(says(GPL)), Reason.LICENCE_NOT_CLAIMABLE, id="4-files"),
        pytest.param(svg(says(BY_NC)), Reason.LICENCE_NOT_CLAIMABLE, id="non-commercial"),
        pytest.param(svg(says("Public Domain")), Reason.UNKNOWN_LICENCE, id="words-alone"),
        pytest.param(svg(says("http://example.org/free")), Reason.UNKNOWN_LICENCE, id="an-unknown-address"),
        pytest.param(svg(says(f"{PD}?not")), Reason.UNKNOWN_LICENCE, id="an-address-with-more-behind"),
        pytest.param(svg(says(PD), says("http://example.org/free")), Reason.UNKNOWN_LICENCE, id="known-and-unknown"),
        pytest.param(svg(says(PD), says(GPL)), Reason.CONFLICT, id="two-licences"),
        pytest.param(svg(says(PD), says(CC0)), Reason.CONFLICT, id="two-dedications"),
        pytest.param(svg(says(PD), says(BY_NC, "n")), Reason.CONFLICT, id="one-in-each-vocabulary"),
        pytest.param(svg(says(GPL), says("Public Domain")), Reason.CONFLICT, id="words-against-an-address"),
        pytest.param(svg(says(PD), f"<c:license>{GPL}</c:license>"), Reason.CONFLICT, id="text-against-an-address"),
        pytest.param(svg(says(PD), f"<dc:rights>{BY_NC}</dc:rights>"), Reason.CONFLICT, id="rights-name-another"),
        pytest.param(svg(says(PD), rdf=f'<c:License rdf:about="{GPL}"/>'), Reason.CONFLICT, id="another-is-described"),
        pytest.param(svg(says(PD), rdf=f'<c:Work c:license="{BY_NC}"/>'), Reason.CONFLICT, id="another-as-attribute"),
        pytest.param(svg(says(PD), rdf='<c:License><c:prohibits rdf:resource="x"/></c:License>'), Reason.CONFLICT,
                     id="a-dedication-that-forbids"),
        pytest.param(svg(says(PD))[:-30], Reason.UNREADABLE, id="cut-short"),
        pytest.param(b"", Reason.UNREADABLE, id="empty"),
        pytest.param(PNG, Reason.UNREADABLE, id="not-xml"),
        pytest.param(BOMB, Reason.UNREADABLE, id="entity-bomb"),
    ],
)  # fmt: skip
def test_anything_else_is_refused(tmp_path: Path, drawing: bytes, reason: Reason) -> None:
    found = verdict(tmp_path, drawing)
    assert isinstance(found, Refusal)
    assert found.reason is reason
    assert found.evidence


def test_the_gpl_is_named_in_the_refusal(tmp_path: Path) -> None:
    found = verdict(tmp_path, svg(says(GPL)))
    assert isinstance(found, Refusal)
    assert found.licence is Licence.GPL


def test_every_verdict_quotes_the_package_and_binds_the_picture(tmp_path: Path) -> None:
    for drawing in (svg(says(PD)), svg(says("")), svg(says(GPL))):
        values = {each.pointer: each.value for each in verdict(tmp_path, drawing).evidence}
        assert values["line:creative commons Public Domain Dedication"] == "creative commons Public Domain Dedication"
        assert str(values["/files/png~1a~1hat.png"]).startswith("sha256:")
        assert "//cc:license/@rdf:resource" in values


def test_the_blanket_statement_is_evidence_for_no_image(tmp_path: Path) -> None:
    """With another copyright file the verdicts stay, and what is quoted of it is its absence."""
    folder(
        tmp_path,
        {"openclipart/svg/a.svg": svg(says(PD)), "openclipart/png/a.png": PNG, "doc/openclipart-svg/copyright": b"GPL"},
    )
    (found,) = judged(opened(tmp_path))
    assert isinstance(found.verdict, Claim)
    assert ("line:creative commons Public Domain Dedication", None) in [
        (e.pointer, e.value) for e in found.verdict.evidence
    ]


def test_rights_that_are_not_the_creator_s_name_are_quoted_for_people_to_see(tmp_path: Path) -> None:
    unlike = verdict(tmp_path, svg(WORK, says(PD), "<dc:rights>GNU</dc:rights>"))
    assert ("//dc:rights", "GNU") in [(each.pointer, each.value) for each in unlike.evidence]
    alike = verdict(tmp_path, svg(WORK, says(PD), "<dc:rights><c:Agent><dc:title>Ann</dc:title></c:Agent></dc:rights>"))
    assert "//dc:rights" not in [each.pointer for each in alike.evidence]


def test_a_drawing_without_its_picture_has_no_image(tmp_path: Path) -> None:
    folder(tmp_path, {"svg/a.svg": svg(says(PD)), "svg/b.svg": svg(says(PD)), "png/a.png": PNG, "png/c/b.png": PNG})
    with_picture, without = judged(opened(tmp_path))
    assert isinstance(with_picture.verdict, Claim)
    assert isinstance(without.verdict, Refusal)
    assert (without.verdict.reason, without.id.part, without.image) == (Reason.NO_IMAGE, "", None)
    assert [(each.pointer, each.value) for each in without.verdict.evidence] == [("/files/png~1b.png", None)]


def test_what_becomes_a_caption(tmp_path: Path) -> None:
    words = ["hat", "clip art", "", "head_gear", "hat", "HASH(0x8a41038)", "public domain", "hash", "Unsorted"]
    subject = f"<dc:subject><rdf:Bag>{''.join(f'<rdf:li>{word}</rdf:li>' for word in words)}</rdf:Bag></dc:subject>"
    drawing = svg(WORK, says(PD), "<dc:date>2005/04/11</dc:date>", subject)
    folder(tmp_path, {"svg/clothing/hats/a.svg": drawing, "png/clothing/hats/a.png": PNG})
    (found,) = judged(opened(tmp_path))
    assert found.image == ImageRef(
        part="png",
        url="openclipart:png/clothing/hats/a.png",
        title="A hat",
        creator="Ann",
        date="2005/04/11",
        tags=("hat", "head gear"),
        category="clothing/hats",
    )


@pytest.fixture
def packages(tmp_path: Path) -> tuple[Path, Path]:
    """The two packages, with one drawing under two names."""
    home = "usr/share/openclipart"
    drawings = {
        f"{home}/svg/b/{number:03}.svg": svg(says(PD), f"<dc:title>{number}</dc:title>") for number in range(230)
    }
    pictures = {name.replace("svg", "png"): PNG + name.encode() for name in drawings}
    (tmp_path / "debs").mkdir()
    doc = "usr/share/doc/openclipart-{}/copyright"
    one: dict[str, bytes | Link] = {
        doc.format("svg"): BLANKET,
        f"{home}/svg/a/link.svg": Link("../b/007.svg"),
        **drawings,
    }
    two: dict[str, bytes | Link] = {
        doc.format("png"): BLANKET,
        f"{home}/png/a/link.png": Link("../b/007.png"),
        **pictures,
    }
    return deb(tmp_path / "debs/openclipart-svg_0.18.deb", one), deb(tmp_path / "debs/openclipart-png_0.18.deb", two)


def test_packages_and_the_folder_of_them_give_the_same_verdicts(packages: tuple[Path, Path]) -> None:
    both = {each.id: each for each in judged(opened(*packages))}
    assert len(both) == 231
    assert all(isinstance(each.verdict, Claim) for each in both.values())
    assert {each.id: each for each in judged(opened(packages[0].parent))} == both
    (alone,) = {str(each.verdict.evidence) for each in judged(opened(packages[0])) if each.id.part} or {""}
    assert alone == "", "without the package of pictures no drawing has one"


def test_a_link_is_a_record_of_its_own_with_the_same_bytes(packages: tuple[Path, Path]) -> None:
    found = {each.id.record: each for each in judged(opened(*packages))}
    assert found["a/link.svg"].capture == found["b/007.svg"].capture
    assert found["a/link.svg"].image != found["b/007.svg"].image


def test_pages_resume_behind_any_cursor_and_cover_every_drawing_once(packages: tuple[Path, Path]) -> None:
    archive = opened(*packages)
    whole = pages(archive)
    assert [len(page.bodies) for page in whole] == [100, 100, 31]
    for place, page in enumerate(whole):
        assert pages(archive, after=page.cursor) == whole[place + 1 :]
    assert pages(archive, after="no such name") == whole


def test_every_quotation_can_be_derived_from_the_captures_alone(packages: tuple[Path, Path]) -> None:
    for page in pages(opened(*packages)):
        bodies = {body.sha256: body for body in page.captures()}
        for each in judge_page(SOURCE, page):
            assert each.capture in bodies
            for evidence in each.verdict.evidence:
                body = bodies[evidence.capture]
                assert derive(body.data, body.media_type, evidence.pointer) == evidence.value


@pytest.mark.slow
def test_the_real_release(shared: Path) -> None:
    """8,121 drawings, as counted file by file in sources/openclipart/API.md. Needs the packages beside the checkout."""
    assert "8,121 SVG" in (shared / "sources/openclipart/API.md").read_text()
    downloads = Path(
        os.environ.get("MITSUA_PACKAGES", Path(__file__).resolve().parents[2] / "workspace-demo/downloads")
    )
    found = sorted(downloads.glob("openclipart-*_*0.18*.deb"))
    if len(found) != 2:
        pytest.skip("the packages are not here; make demo downloads them, MITSUA_PACKAGES names their folder")
    counts: Counter[str] = Counter()
    for each in judged(opened(*found)):
        counts[str(each.verdict.licence if isinstance(each.verdict, Claim) else each.verdict.reason)] += 1
    assert counts == {"LicenseRef-PD-dedication-legacy": 8056, "no_statement": 61, "licence_not_claimable": 4}
