"""ambientCG: the licence page decides, and only for surfaces."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mitsua_data.audit import audit_release
from mitsua_data.errors import SourceError
from mitsua_data.inspection import inspect_paths
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Grade, MediaType, Reason
from mitsua_data.policy import Policy
from mitsua_data.sources.ambientcg import LICENCE, LIST, PREVIEWS, AmbientCG
from mitsua_data.sources.base import Body, Judged, Page, judge_page
from tests.sources.replay import Answer, crawled, serve, verdicts, walk_every_way
from tests.tiny import Tiny, drawing

SOURCE = AmbientCG()
PREVIEW = f"https://{PREVIEWS}/file/ambientCG-Web/media/thumbnail/{{}}/Ground001.png"
OPEN: dict[str, Any] = {
    "assetId": "Ground001",
    "releaseDate": "2020-01-12 17:00:00",
    "dataType": "Material",
    "creationMethod": "PBRPhotogrammetry",
    "tags": ["brown", "earth"],
    "displayName": "Ground 001",
    "description": "",
    "displayCategory": "Ground",
    "previewImage": {size: PREVIEW.format(size) for size in ("256-PNG", "512-PNG", "512-JPG-FFFFFF", "2048-PNG")},
}
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"


def licence_page(*links: str) -> bytes:
    items = "".join(f'<p>See <a href="{link}">this</a>.</p>' for link in links)
    return f'<html><head><link rel="canonical" href="{LICENCE}"></head><body>{items}</body></html>'.encode()


def judged(*assets: Any, page: bytes | None = licence_page(CC0)) -> list[Judged]:
    body = Body(json.dumps({"foundAssets": list(assets)}).encode(), MediaType.JSON, f"{LIST}0")
    context = {} if page is None else {LICENCE: Body(page, MediaType.HTML, LICENCE)}
    return list(judge_page(SOURCE, Page((body,), context=context)))


def changed(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in (deepcopy(OPEN) | changes).items() if value is not ...}


def outcome(*assets: Any, page: bytes | None = licence_page(CC0)) -> Reason | Licence:
    (found,) = judged(*assets, page=page)
    return found.verdict.licence if isinstance(found.verdict, Claim) else found.verdict.reason


def test_a_surface_is_claimed_on_the_licence_page() -> None:
    (found,) = judged(OPEN)
    assert isinstance(found.verdict, Claim)
    assert (found.verdict.licence, found.verdict.grade) == (Licence.CC0_1_0, Grade.E2)
    assert CC0 in [each.value for each in found.verdict.evidence]
    assert found.image is not None
    assert str(found.id) == "ambientcg:Ground001#preview"
    assert found.image.url == PREVIEW.format("512-PNG")
    assert (found.image.title, found.image.tags) == ("Ground 001", ("brown", "earth"))
    assert (found.image.date, found.image.category) == ("2020-01-12", "Ground")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"tags": {"1": "brown", "2": "earth"}}, Licence.CC0_1_0, id="tags-as-they-were"),
        pytest.param({"tags": None}, Licence.CC0_1_0, id="no-tags"),
        pytest.param({"creationMethod": "PBRProcedural"}, Licence.CC0_1_0, id="computed"),
        pytest.param({"creationMethod": "PlainPhoto"}, Reason.OUT_OF_SCOPE, id="a-plain-photograph"),
        pytest.param({"creationMethod": "HDRIStitched"}, Reason.OUT_OF_SCOPE, id="an-environment-s-method"),
        pytest.param({"creationMethod": "Generated"}, Reason.UNKNOWN_VALUE, id="a-new-method"),
        pytest.param({"creationMethod": ...}, Reason.UNREADABLE, id="no-method"),
        pytest.param({"creationMethod": ["PBRProcedural"]}, Reason.UNKNOWN_VALUE, id="a-list-of-methods"),
        pytest.param({"dataType": "3DModel"}, Reason.OUT_OF_SCOPE, id="a-model"),
        pytest.param({"dataType": "HDRI"}, Reason.OUT_OF_SCOPE, id="an-environment"),
        pytest.param({"dataType": "Substance"}, Reason.OUT_OF_SCOPE, id="a-substance"),
        pytest.param({"dataType": "material"}, Reason.UNKNOWN_VALUE, id="another-case"),
        pytest.param({"dataType": None}, Reason.UNKNOWN_VALUE, id="null-type"),
        pytest.param({"dataType": ...}, Reason.UNREADABLE, id="no-type"),
        pytest.param({"license": "CC-BY-4.0"}, Reason.CONFLICT, id="a-licence-of-its-own"),
        pytest.param({"copyright": ""}, Reason.CONFLICT, id="an-empty-field-that-was-never-there"),
        pytest.param({"author": "Somebody else"}, Reason.CONFLICT, id="another-author"),
        pytest.param({"Author": "Somebody else"}, Reason.CONFLICT, id="another-case-of-a-name"),
        pytest.param({"licenseUrl": "x"}, Reason.CONFLICT, id="an-address-of-a-licence"),
        pytest.param({"metadata": {"license": "CC-BY"}}, Reason.CONFLICT, id="a-licence-deeper-inside"),
        pytest.param({"previewImage": None}, Reason.NO_IMAGE, id="no-previews"),
        pytest.param({"previewImage": {"512-PNG": None}}, Reason.NO_IMAGE, id="an-address-cut"),
        pytest.param({"previewImage": {"2048-PNG": PREVIEW.format("2048-PNG")}}, Reason.NO_IMAGE, id="too-large-only"),
        pytest.param({"previewImage": [PREVIEW.format("512-PNG")]}, Reason.NO_IMAGE, id="a-list-of-previews"),
        pytest.param({"previewImage": {"512-PNG": "http" + PREVIEW.format("512-PNG")[5:]}}, Reason.UNKNOWN_VALUE,
                     id="not-https"),
        pytest.param({"previewImage": {"512-PNG": "https://elsewhere.example/a.png"}}, Reason.UNKNOWN_VALUE,
                     id="another-server"),
        pytest.param({"previewImage": {"512-PNG": f"https://{PREVIEWS}/../x.png"}}, Reason.UNKNOWN_VALUE, id="a-climb"),
        pytest.param({"previewImage": {"512-PNG": "https://ambientcg.com/get?file=a.zip"}}, Reason.UNKNOWN_VALUE,
                     id="a-zip-file"),
        pytest.param({"assetId": ...}, Reason.UNREADABLE, id="no-name"),
        pytest.param({"assetId": 7}, Reason.UNKNOWN_VALUE, id="a-number-for-a-name"),
    ],
)  # fmt: skip
def test_one_change_to_an_open_asset(changes: dict[str, Any], expected: Reason | Licence) -> None:
    assert outcome(changed(**changes)) is expected


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(licence_page(CC0), Licence.CC0_1_0, id="as-it-is"),
        pytest.param(licence_page(CC0, "http://creativecommons.org/publicdomain/zero/1.0/deed.en", "https://x.example"),
                     Licence.CC0_1_0, id="linked-twice"),
        pytest.param(None, Reason.NO_STATEMENT, id="not-captured"),
        pytest.param(licence_page(), Reason.NO_STATEMENT, id="no-link"),
        pytest.param(licence_page("https://creativecommons.org/"), Reason.NO_STATEMENT, id="a-link-to-no-licence"),
        pytest.param(licence_page(CC0, "https://creativecommons.org/licenses/by/4.0/"), Reason.CONFLICT, id="two"),
        pytest.param(licence_page("https://creativecommons.org/licenses/by-nc/4.0/"), Reason.LICENCE_NOT_CLAIMABLE,
                     id="another-licence"),
        pytest.param(licence_page("https://evil.example/?creativecommons.org/publicdomain/zero/1.0/"), Reason.CONFLICT,
                     id="a-look-alike"),
        pytest.param(b"<p>All assets are CC0 1.0: creativecommons.org/publicdomain/zero/1.0/</p>", Reason.NO_STATEMENT,
                     id="words-without-a-link"),
        pytest.param(licence_page(CC0) + b"<p>Page not found</p>", Reason.CONFLICT, id="a-page-that-is-gone"),
        pytest.param(licence_page(CC0) + b"<p>Nothing here is <b>CC0</b></p>", Reason.CONFLICT, id="denied"),
        pytest.param(licence_page(CC0) + b"<p>All rights reserved.</p>", Reason.CONFLICT, id="reserved"),
        pytest.param(f'<div hidden><a href="{CC0}">x</a></div>'.encode(), Reason.CONFLICT, id="a-hidden-link"),
        pytest.param(f'<p style="DISPLAY : none"><a href="{CC0}">x</a></p>'.encode(), Reason.CONFLICT, id="unseen"),
        pytest.param(f'<p>x</p><link rel="license" href="{CC0}">'.encode(), Reason.CONFLICT, id="for-machines-only"),
        pytest.param(licence_page(CC0) + b'<link rel="license" href="https://creativecommons.org/licenses/by-nc/4.0/">',
                     Reason.CONFLICT, id="another-for-machines"),
        pytest.param(licence_page(CC0, "https://CREATIVECOMMONS.org/licenses/by/4.0/"), Reason.CONFLICT,
                     id="upper-case"),
        pytest.param(b"", Reason.UNREADABLE, id="an-empty-page"),
    ],
)  # fmt: skip
def test_the_licence_page_decides(page: bytes | None, expected: Reason | Licence) -> None:
    assert outcome(OPEN, page=page) is expected


@pytest.mark.parametrize(
    "answer",
    [b"", b"null", b"[]x", b'{"message": "error"}', b"[[1]]", b'"CC0"', b"<html>busy</html>", b'{"foundAssets": {}}'],
)
def test_answers_of_other_forms_are_refused(answer: bytes) -> None:
    found = list(judge_page(SOURCE, Page((Body(answer, MediaType.JSON, "ambientcg:x.json"),))))
    assert found
    assert not [each for each in found if isinstance(each.verdict, Claim)]


def site(size: int, per_page: int, **changes: Any) -> dict[str, Answer]:
    assets = [changed(assetId=f"Ground{n:03}", **(changes if n == 1 else {})) for n in range(size)]
    pages = {
        f"{LIST.partition('.com')[2]}{start}": Answer.json(
            {"foundAssets": assets[start : start + per_page], "numberOfResults": size}
        )
        for start in (*range(0, size, per_page), size)
    }
    return {"/license/": Answer(licence_page(CC0), "text/html"), **pages}


def test_the_list_is_walked_every_way(tmp_path: Path) -> None:
    routes = site(11, 3, dataType="Panorama")
    found = walk_every_way(SOURCE, routes, tmp_path, claims=10, refusals=1)
    assert found["ambientcg:Ground001#preview"] == ("refusal", "unknown_value")


def test_its_rule_runs_again_in_an_audit(tmp_path: Path) -> None:
    previews = {n: f"https://{PREVIEWS}/file/{n}.png" for n in range(5)}
    assets = [changed(assetId=f"Ground{n}", previewImage={"512-PNG": url}) for n, url in previews.items()]
    routes = site(0, 1) | {f"{LIST.partition('.com')[2]}0": Answer.json({"foundAssets": assets, "numberOfResults": 5})}
    routes |= {f"/file/{n}.png": Answer(drawing(n), "image/png") for n in previews}
    with serve(routes) as running:
        tiny = Tiny(tmp_path / "workspace", running.url, source=SOURCE)
        samples = tiny.go().tally.samples
    with tiny.open() as (ledger, store):
        result = audit_release(ledger, store, tiny.release, tiny.keys, workers=1, sources=[SOURCE])
    assert result.findings == ()
    assert result.counts["rules_run"] == samples == 5


def test_a_list_without_a_total_ends_where_it_is_empty(tmp_path: Path) -> None:
    routes = site(6, 3)
    for name, answer in routes.items():
        if "offset" in name:
            assets = json.loads(answer.body)["foundAssets"]
            routes[name] = Answer.json({"foundAssets": assets})
    routes[f"{LIST.partition('.com')[2]}6"] = Answer.json({"foundAssets": []})
    with serve(routes) as running:
        assert crawled(SOURCE, running, tmp_path).records == 6


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer.json({"assets": []}), id="another-form"),
        pytest.param(Answer.json({"error": "x"}), id="an-error"),
        pytest.param(Answer.json({}, 404), id="gone"),
        pytest.param(Answer.json({"foundAssets": [], "numberOfResults": 6}), id="empty-too-early"),
        pytest.param(None, id="the-first-page-once-more"),
    ],
)
def test_a_list_that_does_not_go_on_ends_the_crawl(tmp_path: Path, answer: Answer | None) -> None:
    routes = site(6, 3)
    first, second = (f"{LIST.partition('.com')[2]}{start}" for start in (0, 3))
    if answer is None:
        routes[first] = Answer.json({"foundAssets": json.loads(routes[first].body)["foundAssets"]})
    routes[second] = answer or routes[first]
    with serve(routes) as running, pytest.raises(SourceError, match="does not go on"):
        crawled(SOURCE, running, tmp_path)
    assert list(verdicts(tmp_path).values()) == [("claim", "CC0-1.0")] * 3


def test_saved_answers_beside_a_saved_page(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(OPEN))
    (tmp_path / "licence.html").write_bytes(licence_page(CC0))
    (tmp_path / "other.html").write_bytes(licence_page(CC0).replace(b"docs.ambientcg.com", b"other.example"))
    policy = Policy.load("default")
    (line,) = inspect_paths(SOURCE, [tmp_path / "a.json", tmp_path / "licence.html"], policy)
    assert (line["outcome"], line["licence"]) == ("accept", "CC0-1.0")
    for paths in ([tmp_path / "a.json"], [tmp_path / "a.json", tmp_path / "other.html"]):
        found = next(iter(inspect_paths(SOURCE, paths, policy)))
        assert (found["outcome"], found["reason"]) == ("review", "no_statement")


def test_the_recorded_asset_has_no_addresses(shared: Path) -> None:
    (line,) = inspect_paths(SOURCE, [shared / "sources/ambientcg/full_json_item_partial.json"], Policy.load("default"))
    assert (line["id"], line["outcome"], line["reason"]) == ("Ground103", "refuse", "no_image")
