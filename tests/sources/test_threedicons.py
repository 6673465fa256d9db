"""3dicons: the checkout's licence file decides, front matter names the picture, and the picture is on a server."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mitsua_data.archives import open_archive
from mitsua_data.audit import audit_release
from mitsua_data.crawl import crawl
from mitsua_data.errors import UsageError
from mitsua_data.holdings import image_server, open_reader, places_of
from mitsua_data.images.fetch import Wanted
from mitsua_data.inspection import inspect_paths
from mitsua_data.licences import LICENCE_FILES, Licence
from mitsua_data.model import Claim, Grade, ImageId, Reason, Verdict
from mitsua_data.pointers import derive, git_blob
from mitsua_data.policy import Policy
from mitsua_data.sources.base import Judged, Page, judge_page
from mitsua_data.sources.repository import AnyRepository
from mitsua_data.sources.threedicons import HOST, MATERIALS, ThreeDIcons
from tests.making import folder
from tests.sources.replay import Answer, serve
from tests.tiny import Tiny, drawing

SOURCE = ThreeDIcons()
FREE = b"CC0 1.0 Universal, in the words of this test\n"
GPL = b"GNU GENERAL PUBLIC LICENSE, in the words of this test\n"
OTHER = b"All rights reserved.\n"
AXE = "content/3dicons-meta/axe.md"
PNG = b"\x89PNG\r\n\x1a\n"
COMMIT = b"ab" * 20


@pytest.fixture(autouse=True)
def texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LICENCE_FILES, git_blob(FREE), Licence.CC0_1_0)
    monkeypatch.setitem(LICENCE_FILES, git_blob(GPL), Licence.GPL)


def address(slug: str, material: str, angle: str = "dynamic") -> str:
    return f"https://{HOST}/v1/{angle}/{material}/{slug}-{angle}-{material}.png"


def meta(slug: str = "axe", **changes: Any) -> bytes:
    """Front matter as the repository has it; a key given as `...` is left out."""
    fields = {
        "id": "4",
        "title": slug.title() + " ",
        "file-slug": slug,
        "date": "Oct 03, 2021 20:34:23",
        "feature": "false",
        "category": "misc",
        "angle": "dynamic",
        **{material: address(slug, material) for material in MATERIALS},
    } | {key.replace("_", "-"): value for key, value in changes.items()}
    lines = [f"{key}: {value}" for key, value in fields.items() if value is not ...]
    return "\n".join(("---", *lines, "---", "")).encode()


def judged(root: Path, files: dict[str, bytes]) -> list[Judged]:
    folder(root, files)
    archive = open_archive(root, collection=SOURCE.spec.id, home=SOURCE.home)
    return [each for page in SOURCE.pages(archive) for each in judge_page(SOURCE, page)]


def reason(verdict: Verdict) -> Reason | Licence:
    return verdict.licence if isinstance(verdict, Claim) else verdict.reason


def test_an_icon_is_one_record_with_a_part_for_each_material(tmp_path: Path) -> None:
    found = judged(tmp_path, {"LICENSE": FREE, AXE: meta()})
    assert [str(each.id) for each in found] == [f"threedicons:axe#dynamic-{material}" for material in MATERIALS]
    for each, material in zip(found, MATERIALS, strict=True):
        assert isinstance(each.verdict, Claim)
        assert (each.verdict.licence, each.verdict.grade) == (Licence.CC0_1_0, Grade.E3)
        assert each.image is not None
        assert (each.image.title, each.image.category, each.image.tags) == ("Axe", "misc", (material, "dynamic"))
        assert each.image.url == address("axe", material)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        pytest.param({}, Licence.CC0_1_0, id="as-it-is"),
        pytest.param({"category": "social"}, Reason.EXCLUDED, id="social"),
        pytest.param({"category": "Social"}, Reason.EXCLUDED, id="social-in-capitals"),
        pytest.param({"category": "brand-logos"}, Reason.EXCLUDED, id="a-category-of-marks"),
        pytest.param({"title": "Figma"}, Reason.EXCLUDED, id="a-firm-s-title"),
        pytest.param({"file_slug": "github-cat"}, Reason.EXCLUDED, id="a-firm-s-file"),
        *(pytest.param({"title": title}, Reason.EXCLUDED, id=title)
          for title in ("Tik Tok", "Face book", "Photoshop", "Linked-in", "You-Tube")),
        pytest.param({"title": "Pineapple"}, Licence.CC0_1_0, id="a-word-inside-of-another"),
        pytest.param({"category": "playre"}, Licence.CC0_1_0, id="the-maker-s-typing-error"),
        pytest.param({"license": "CC-BY-4.0"}, Reason.UNKNOWN_VALUE, id="a-key-that-was-never-seen"),
        pytest.param({"title": '"Axe"'}, Reason.UNREADABLE, id="a-quoted-word"),
        pytest.param({"title": "[Axe, Hatchet]"}, Reason.UNREADABLE, id="a-list"),
        pytest.param({"title": "*axe"}, Reason.UNREADABLE, id="an-alias"),
        pytest.param({"title": "!!python/object:os.system axe"}, Reason.UNREADABLE, id="a-tag"),
        pytest.param({"title": "Axe # not CC0"}, Reason.UNREADABLE, id="a-comment"),
        pytest.param({"title": "Axe: the tool"}, Reason.UNREADABLE, id="a-mapping-inside"),
        pytest.param({"title": "Axe\n  by: somebody"}, Reason.UNREADABLE, id="an-indented-line"),
        pytest.param({"title": "Axe\ntitle: Hatchet"}, Reason.UNREADABLE, id="a-key-twice"),
        pytest.param({"category": ...}, Reason.UNREADABLE, id="no-category"),
        pytest.param({"file_slug": ...}, Reason.UNREADABLE, id="no-slug"),
        pytest.param({"date": ...}, Licence.CC0_1_0, id="no-date"),
    ],
)  # fmt: skip
def test_one_change_to_an_open_icon(tmp_path: Path, changes: dict[str, Any], outcome: Reason | Licence) -> None:
    found = judged(tmp_path, {"LICENSE": FREE, AXE: meta(**changes)})
    assert {reason(each.verdict) for each in found} == {outcome}


@pytest.mark.parametrize(
    "clay",
    [
        pytest.param("http://" + address("axe", "clay").removeprefix("https://"), id="not-https"),
        pytest.param(address("axe", "clay").replace(HOST, "elsewhere.example"), id="another-host"),
        pytest.param(address("axe", "clay").replace(HOST, HOST + ".elsewhere.example"), id="a-host-that-begins-alike"),
        pytest.param(address("axe", "clay").replace(HOST, f"{HOST}@elsewhere.example"), id="a-user-name"),
        pytest.param(address("axe", "gradient"), id="another-material"),
        pytest.param(address("axe", "clay", "front"), id="another-angle"),
        pytest.param(address("axe", "clay") + "?size=small", id="with-a-query"),
        pytest.param(address("../static/figma", "clay"), id="a-way-out"),
    ],
)
def test_a_render_is_where_renders_are(tmp_path: Path, clay: str) -> None:
    found = judged(tmp_path, {"LICENSE": FREE, AXE: meta(clay=clay)})
    assert Counter(reason(each.verdict) for each in found) == {Reason.UNKNOWN_VALUE: 1, Licence.CC0_1_0: 3}


@pytest.mark.parametrize("slug", ["figma", "facebook", "tik-tok", "my-git-hub"])
def test_an_address_may_name_a_mark(tmp_path: Path, slug: str) -> None:
    found = judged(tmp_path, {"LICENSE": FREE, AXE: meta(clay=address(slug, "clay"))})
    assert Counter(reason(each.verdict) for each in found) == {Reason.EXCLUDED: 1, Licence.CC0_1_0: 3}


@pytest.mark.parametrize(
    ("files", "outcome"),
    [
        pytest.param({"LICENSE": FREE}, Licence.CC0_1_0, id="cc0-on-top"),
        pytest.param({}, Reason.NO_LICENCE_FILE, id="none"),
        pytest.param({"LICENSE": OTHER}, Reason.UNKNOWN_LICENCE, id="a-text-nobody-knows"),
        pytest.param({"LICENSE": FREE + b"\n"}, Reason.UNKNOWN_LICENCE, id="one-byte-more"),
        pytest.param({"LICENSE": GPL}, Reason.LICENCE_NOT_CLAIMABLE, id="a-text-that-is-not-free"),
        pytest.param({"LICENSE": FREE, "content/LICENSE.md": OTHER}, Reason.UNKNOWN_LICENCE, id="a-nearer-one"),
        pytest.param({"LICENSE": FREE, "content/3dicons-meta/COPYING": GPL}, Reason.LICENCE_NOT_CLAIMABLE,
                     id="the-nearest-one"),
        pytest.param({"LICENSE": FREE, "LICENSE.code": GPL}, Reason.CONFLICT, id="two-on-top"),
        pytest.param({"LICENSE": FREE, "static/LICENSE": OTHER}, Licence.CC0_1_0, id="one-in-another-folder"),
        pytest.param({"README.md": b"Everything is CC0."}, Reason.NO_LICENCE_FILE, id="a-readme-is-none"),
    ],
)  # fmt: skip
def test_the_licence_file_decides(tmp_path: Path, files: dict[str, bytes], outcome: Reason | Licence) -> None:
    assert {reason(each.verdict) for each in judged(tmp_path, {AXE: meta(), **files})} == {outcome}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"---\n", id="begun-only"),
        pytest.param(b"---\n---\n", id="nothing-said"),
        pytest.param(meta()[4:], id="no-beginning"),
        pytest.param(meta()[:-4], id="no-end"),
        pytest.param(meta() + b"clay: https://elsewhere.example/a.png\n", id="more-behind-it"),
        pytest.param(meta().replace(b"Axe", b"A\xffxe"), id="not-utf-8"),
        pytest.param(meta().replace(b"Axe", b"A\x00xe"), id="a-nul"),
        pytest.param(PNG, id="a-picture"),
        pytest.param(b"{" * 9999, id="braces"),
    ],
)
def test_anything_else_is_unreadable_or_has_no_image(tmp_path: Path, data: bytes) -> None:
    (found,) = judged(tmp_path, {"LICENSE": FREE, AXE: data})
    assert reason(found.verdict) in {Reason.UNREADABLE, Reason.NO_IMAGE}
    assert found.id.part == ""


def test_other_folders_make_no_records(tmp_path: Path) -> None:
    files = {"LICENSE": FREE, AXE: meta(), "static/figma.png": PNG, "README.md": meta("readme"), "content/a.md": meta()}
    assert {each.id.record for each in judged(tmp_path / "deep/er", files)} == {"axe"}
    archive = open_archive(tmp_path, collection=SOURCE.spec.id, home=SOURCE.home)
    again = [each.verdict for page in SOURCE.pages(archive) for each in judge_page(SOURCE, page)]
    assert {reason(each) for each in again} == {Licence.CC0_1_0}


def test_pages_resume_behind_any_cursor(tmp_path: Path) -> None:
    root = folder(tmp_path, {"LICENSE": FREE} | {f"content/3dicons-meta/i{n:03}.md": meta(f"i{n}") for n in range(120)})

    def pages(after: str | None = None) -> list[Page]:
        return list(SOURCE.pages(open_archive(root, collection=SOURCE.spec.id, home=SOURCE.home), after))

    whole = pages()
    assert [len(page.bodies) for page in whole] == [50, 50, 20]
    for place, page in enumerate(whole):
        assert pages(page.cursor) == whole[place + 1 :]


def test_every_quotation_can_be_derived_from_the_captures_alone(tmp_path: Path) -> None:
    root = folder(tmp_path, {".git/HEAD": COMMIT, "LICENSE": FREE, AXE: meta(), "content/3dicons-meta/b.md": meta("b")})
    archive = open_archive(root, collection=SOURCE.spec.id, home=SOURCE.home)
    for page in SOURCE.pages(archive):
        bodies = {body.sha256: body for body in page.captures()}
        for each in judge_page(SOURCE, page):
            values = {evidence.pointer: evidence.value for evidence in each.verdict.evidence}
            assert values["git-blob"] == git_blob(FREE)
            assert values["/archives"] == [{"commit": COMMIT.decode()}]
            for evidence in each.verdict.evidence:
                body = bodies[evidence.capture]
                assert derive(body.data, body.media_type, evidence.pointer) == evidence.value


def test_pictures_come_from_the_server_that_was_named_beside_the_folder(tmp_path: Path) -> None:
    root = folder(tmp_path / "checkout", {"LICENSE": FREE, AXE: meta()})
    path = address("axe", "clay").removeprefix(f"https://{HOST}")
    images = [
        Wanted(ImageId(SOURCE.spec.id, "axe", part), url)
        for part, url in {
            "clay": address("axe", "clay"),
            "gone": address("axe", "premium"),
            "away": "https://elsewhere.example/a.png",
            "file": f"threedicons:{AXE}",
        }.items()
    ]
    with serve({path: Answer(PNG, "image/png")}) as site:
        places = places_of(SOURCE, paths=[root], base_url=site.url, downloads=tmp_path)
        with open_reader(SOURCE, places) as opened:
            assert len(list(SOURCE.pages(opened.reader))) == 1  # type: ignore[arg-type]
            moved = opened.holdings.identity
        with image_server(SOURCE, places) as server:
            served = {item.image.part: body for item, body in server(images)}
        pictures = [target for target in site.asked if target.startswith("/v1/")]
        assert pictures == [path, address("axe", "premium").removeprefix(f"https://{HOST}")]
    assert getattr(served["clay"], "data", None) == PNG
    assert {part: str(getattr(body, "failure", "")) for part, body in served.items()} == {
        "clay": "", "gone": "failed_status", "away": "refused_url", "file": "refused_url",
    }  # fmt: skip
    folder(root, {".git/HEAD": COMMIT})
    with open_reader(SOURCE, [str(root)]) as opened, open_reader(SOURCE, [str(root), "https://other.example"]) as other:
        assert opened.holdings.identity == other.holdings.identity != moved


class Checkout(Tiny):
    """A workspace of a source that is read in two places."""

    server = ""

    def crawl(self) -> None:
        places = [str(self.place), self.server]
        with self.open() as (ledger, store), open_reader(self.source, places) as opened:
            crawl(self.source, opened.reader, ledger, store, holdings=opened.holdings)


def test_its_rule_runs_again_in_an_audit(tmp_path: Path) -> None:
    icons = {f"content/3dicons-meta/{slug}.md": meta(slug) for slug in ("axe", "hat", "figma")}
    root = folder(tmp_path / "checkout", {".git/HEAD": COMMIT, "LICENSE": FREE, **icons})
    routes = {
        address(slug, material).removeprefix(f"https://{HOST}"): Answer(drawing(4 * row + column), "image/png")
        for row, slug in enumerate(("axe", "hat"))
        for column, material in enumerate(MATERIALS)
    }
    with serve(routes) as site:
        tiny = Checkout(tmp_path / "workspace", root, source=SOURCE)
        tiny.server = site.url
        samples = tiny.go().tally.samples
    with tiny.open() as (ledger, store):
        result = audit_release(ledger, store, tiny.release, tiny.keys, workers=1, sources=[SOURCE])
    assert result.findings == ()
    assert result.counts["rules_run"] == samples == 8


def test_other_archives_have_no_server(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="read from disk"):
        places_of(AnyRepository(), paths=[tmp_path], base_url="http://127.0.0.1:1", downloads=tmp_path)


def test_the_recorded_front_matter(shared: Path, tmp_path: Path) -> None:
    """82 icons with the repository's own licence file: 5 are social, 3 bear a firm's name; by themselves, none."""
    policy = Policy.load("default")
    files = sorted((shared / "sources/threedicons/3dicons-meta").iterdir())
    assert len(files) == 82
    (tmp_path / "content/3dicons-meta").mkdir(parents=True)
    for file in files:
        (tmp_path / "content/3dicons-meta" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "LICENSE").write_bytes((shared / "collections/threedicons/LICENSE").read_bytes())
    whole = list(inspect_paths(SOURCE, [tmp_path], policy))
    assert Counter((line["outcome"], line["reason"]) for line in whole) == {
        ("accept", None): 4 * 74, ("refuse", "excluded"): 4 * 8,
    }  # fmt: skip
    excluded = {line["id"] for line in whole if line["reason"] == "excluded"}
    assert excluded == {"crown", "cup", "explorer", "gift", "location", "blender", "figma", "minecraft"}
    for paths in ([file] for file in files):
        alone = list(inspect_paths(SOURCE, paths, policy))
        assert {line["outcome"] for line in alone} <= {"review", "refuse"}
        assert len(alone) == 4
    together = list(inspect_paths(SOURCE, [shared / "sources/threedicons"], policy))
    assert Counter(line["reason"] for line in together) == {"no_statement": 4 * 74, "excluded": 4 * 8}


def test_other_firms_marks_in_the_collection_make_no_records(shared: Path, tmp_path: Path) -> None:
    for name in ("threedicons", "_mixed/threedicons_brand_logos"):
        archive = open_archive(shared / "collections" / name, collection=SOURCE.spec.id, home=SOURCE.home)
        assert not [each for each in archive.names() if SOURCE.is_item(each)]
