"""Repositories: what a person declared, what side-cars say, and that a licence file alone is not enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from mitsua_data.archives import open_archive
from mitsua_data.errors import MitsuaError, SourceError, UsageError
from mitsua_data.licences import LICENCE_FILES, Licence
from mitsua_data.model import Claim, Grade, Reason, Refusal
from mitsua_data.pointers import derive, git_blob
from mitsua_data.sources import declared, get_source
from mitsua_data.sources.base import ArchiveSource, Judged, Page, judge_page
from mitsua_data.sources.repository import AnyRepository, Declaration, Repository
from tests.making import folder

FREE = b"CC0 1.0 Universal, in the words of this test\n"
OTHER = b"All rights reserved.\n"
PNG = b"\x89PNG\r\n\x1a\n"
ROOT = {"LICENSE": FREE}
SIDE = "art/a.png.license"
DECLARED = Declaration(
    id="tiles",
    institution="Tile painters",
    homepage="https://tiles.example",
    needs="a checkout",
    creator="The painters",
    licence=Licence.CC0_1_0,
    include=("art/**", "shots/*.png"),
    exclude=("art/**/logo*", "art/fonts/**"),
    formats=frozenset({"png", "gif"}),
    licence_files={"LICENSE": (git_blob(FREE),)},
)
TILES = Repository(DECLARED)
ANY = AnyRepository()


@pytest.fixture(autouse=True)
def known_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two licence texts of this test's own beside the real ones."""
    monkeypatch.setitem(LICENCE_FILES, git_blob(FREE), Licence.CC0_1_0)
    monkeypatch.setitem(LICENCE_FILES, git_blob(b"GPL"), Licence.GPL)


def spdx(*identifiers: str) -> bytes:
    return "".join(f"SPDX-License-Identifier: {each}\n" for each in identifiers).encode()


def pages(source: ArchiveSource, path: Path, after: str | None = None) -> list[Page]:
    archive = open_archive(path, collection=source.spec.id, home=source.home, prefixed=source.many)
    return list(source.pages(archive, after))


def judged(source: ArchiveSource, path: Path) -> Iterator[Judged]:
    for page in pages(source, path):
        yield from judge_page(source, page)


def said(source: ArchiveSource, root: Path, files: dict[str, bytes]) -> dict[str, Reason | Licence]:
    """Of each image in a folder of these files: the licence that is claimed, or the reason why none is."""
    found = judged(source, folder(root / "root", files))
    return {
        each.id.record: each.verdict.licence if isinstance(each.verdict, Claim) else each.verdict.reason
        for each in found
    }


@pytest.mark.parametrize(
    ("files", "outcome"),
    [
        pytest.param({"LICENSE": FREE}, Licence.CC0_1_0, id="the-declared-text-at-its-place"),
        pytest.param({}, Reason.NO_LICENCE_FILE, id="no-licence-file"),
        pytest.param({"LICENCE": FREE}, Reason.NO_LICENCE_FILE, id="another-name"),
        pytest.param({"art/LICENSE": FREE}, Reason.NO_LICENCE_FILE, id="another-place"),
        pytest.param({"LICENSE": FREE + b"\n"}, Reason.UNKNOWN_LICENCE, id="one-byte-more"),
        pytest.param({"LICENSE": b"GPL"}, Reason.UNKNOWN_LICENCE, id="another-text-at-the-declared-place"),
        pytest.param({"LICENSE": b""}, Reason.UNKNOWN_LICENCE, id="an-empty-file"),
        pytest.param({**ROOT, "art/LICENSE.txt": FREE}, Licence.CC0_1_0, id="a-nearer-file-agrees"),
        pytest.param({**ROOT, "art/LICENSE.txt": b"GPL"}, Reason.LICENCE_NOT_CLAIMABLE, id="nearer-disagrees"),
        pytest.param({**ROOT, "art/COPYING": OTHER}, Reason.UNKNOWN_LICENCE, id="a-nearer-file-nobody-knows"),
        pytest.param({**ROOT, "other/COPYING": OTHER}, Licence.CC0_1_0, id="a-file-in-another-folder"),
        pytest.param({**ROOT, "LICENSE.md": OTHER}, Reason.UNKNOWN_LICENCE, id="two-files-in-one-folder"),
        pytest.param({**ROOT, SIDE: spdx("CC0-1.0")}, Licence.CC0_1_0, id="a-side-car-agrees"),
        pytest.param({**ROOT, "art/b.png.license": spdx("MIT")}, Licence.CC0_1_0, id="the-side-car-of-another"),
        pytest.param({**ROOT, SIDE: spdx("CC-BY-4.0")}, Reason.LICENCE_NOT_CLAIMABLE, id="side-car-by"),
        pytest.param({**ROOT, SIDE: spdx("Odd-1.0")}, Reason.UNKNOWN_LICENCE, id="side-car-unknown"),
        pytest.param({**ROOT, SIDE: spdx("CC0-1.0 OR MIT")}, Reason.UNKNOWN_LICENCE, id="side-car-or"),
        pytest.param({**ROOT, SIDE: spdx("CC0-1.0", "MIT")}, Reason.CONFLICT, id="side-car-of-two-minds"),
        pytest.param({**ROOT, SIDE: b""}, Reason.NO_STATEMENT, id="side-car-silent"),
        pytest.param({SIDE: spdx("CC0-1.0")}, Reason.NO_LICENCE_FILE, id="side-car-but-no-licence-file"),
        pytest.param({**ROOT, "art/COPYING": b"GPL", SIDE: spdx("CC0-1.0")}, Reason.CONFLICT,
                     id="side-car-against-a-nearer-file"),
    ],
)  # fmt: skip
def test_a_declared_repository(tmp_path: Path, files: dict[str, bytes], outcome: Reason | Licence) -> None:
    assert said(TILES, tmp_path, {"art/a.png": PNG, **files}) == {"art/a.png": outcome}


def test_a_declaration_says_what_is_covered(tmp_path: Path) -> None:
    files = {
        "art/deep/er/a.png": Licence.CC0_1_0,
        "art/a.gif": Licence.CC0_1_0,
        "art/a.PNG": Licence.CC0_1_0,
        "art/a.jpg": Reason.OUT_OF_SCOPE,
        "art/logo.png": Reason.EXCLUDED,
        "art/deep/logo-2.png": Reason.EXCLUDED,
        "art/fonts/a/b.png": Reason.EXCLUDED,
        "shots/a.png": Licence.CC0_1_0,
        "shots/deep/a.png": Reason.OUT_OF_SCOPE,
        "start/a.png": Reason.OUT_OF_SCOPE,
        "a.png": Reason.OUT_OF_SCOPE,
        "Art/a.png": Reason.OUT_OF_SCOPE,
    }
    assert said(TILES, tmp_path, {**dict.fromkeys(files, PNG), "art/a.json": b"{}", "LICENSE": FREE}) == files


@pytest.mark.parametrize(
    ("files", "outcome"),
    [
        pytest.param({"a.png.license": spdx("CC0-1.0")}, Licence.CC0_1_0, id="a-side-car-decides"),
        pytest.param({"a.png.license": spdx("CC-BY-4.0")}, Reason.LICENCE_NOT_CLAIMABLE, id="a-side-car-by"),
        pytest.param({"a.png.license": spdx("GPL-3.0-or-later")}, Reason.LICENCE_NOT_CLAIMABLE, id="a-side-car-gpl"),
        pytest.param({"LICENSE": FREE}, Reason.NO_STATEMENT, id="a-licence-file-alone"),
        pytest.param({"LICENSE": b"GPL"}, Reason.LICENCE_NOT_CLAIMABLE, id="a-licence-file-that-is-not-free"),
        pytest.param({"LICENSE": OTHER}, Reason.UNKNOWN_LICENCE, id="a-licence-file-nobody-knows"),
        pytest.param({}, Reason.NO_LICENCE_FILE, id="nothing"),
        pytest.param({"LICENSES/CC0-1.0.txt": FREE}, Reason.NO_LICENCE_FILE, id="texts-are-no-statements"),
        pytest.param(
            {"README.md": b"Everything here is CC0."}, Reason.NO_LICENCE_FILE, id="a-readme-is-no-licence-file"
        ),
        pytest.param({"a.png.license": spdx("CC0-1.0"), "LICENSE": FREE}, Licence.CC0_1_0, id="both-agree"),
        pytest.param({"a.png.license": spdx("CC0-1.0"), "LICENSE": b"GPL"}, Reason.CONFLICT, id="both-disagree"),
        pytest.param(
            {"a.png.license": spdx("CC0-1.0"), "LICENSE": OTHER}, Reason.UNKNOWN_LICENCE, id="one-cannot-be-read"
        ),
        pytest.param(
            {"a.png.license": spdx("CC-BY-4.0"), "LICENSE": FREE}, Reason.LICENCE_NOT_CLAIMABLE, id="side-car-first"
        ),
    ],
)
def test_a_folder_that_nobody_declared(tmp_path: Path, files: dict[str, bytes], outcome: Reason | Licence) -> None:
    assert said(ANY, tmp_path, {"a.png": PNG, **files}) == {"root/a.png": outcome}


def test_the_nearest_licence_file_counts(tmp_path: Path) -> None:
    files = {
        "LICENSE": b"GPL",
        "a/b/LICENSE": FREE,
        "a/x.png": PNG,
        "a/b/x.png": PNG,
        "a/b/c/d/x.png": PNG,
        "e/x.png": PNG,
    }
    assert said(ANY, tmp_path, files) == {
        "root/a/x.png": Reason.LICENCE_NOT_CLAIMABLE,
        "root/a/b/x.png": Reason.NO_STATEMENT,
        "root/a/b/c/d/x.png": Reason.NO_STATEMENT,
        "root/e/x.png": Reason.LICENCE_NOT_CLAIMABLE,
    }


def test_two_folders_are_two_collections(tmp_path: Path) -> None:
    for name in ("one", "two"):
        folder(tmp_path / name, {"a.png": PNG})
    archive = open_archive(tmp_path / "one", tmp_path / "two", collection="repository", prefixed=True)
    assert {each.id.record for page in ANY.pages(archive) for each in judge_page(ANY, page)} == {
        "one/a.png",
        "two/a.png",
    }


def test_what_becomes_a_caption(tmp_path: Path) -> None:
    root = folder(tmp_path, {"art/units/f1_general-attack@2x.png": PNG, "LICENSE": FREE})
    (found,) = judged(TILES, root)
    assert found.image is not None
    assert (found.image.title, found.image.creator) == ("f1 general attack", "The painters")
    assert (found.image.category, found.image.url) == ("art/units", "tiles:art/units/f1_general-attack@2x.png")


def test_the_verdict_binds_the_image_s_bytes_and_the_licence_s(tmp_path: Path) -> None:
    (found,) = judged(TILES, folder(tmp_path, {"art/a.png": PNG, "LICENSE": FREE}))
    assert isinstance(found.verdict, Claim)
    assert found.verdict.grade is Grade.E3
    values = {each.pointer: each.value for each in found.verdict.evidence}
    assert values["git-blob"] == git_blob(FREE)
    assert str(values["/files/art~1a.png"]).startswith("sha256:")
    assert values["/files/art~1a.png.license"] is None


def test_a_new_file_changes_nothing_in_other_folders(tmp_path: Path) -> None:
    root = folder(tmp_path, {"LICENSE": FREE, **{f"art/{n}/{m}.png": PNG for n in range(3) for m in range(4)}})
    before = list(judged(TILES, root))
    folder(root, {"art/1/0a.png": PNG})
    after = {each.id: each for each in judged(TILES, root)}
    changed = {each.id.record for each in before if after[each.id] != each}
    assert changed == {f"art/1/{m}.png" for m in range(4)}


def test_pages_resume_behind_any_cursor(tmp_path: Path) -> None:
    images = {f"art/{n % 3}/{n:03}.png": PNG for n in range(610)}
    root = folder(tmp_path, {"LICENSE": FREE, "art/1/004.png.license": spdx("MIT"), **images})
    whole = pages(TILES, root)
    assert sum(len(list(TILES.records(page))) for page in whole) == 610
    assert max(len(list(TILES.records(page))) for page in whole) == 200
    for place, page in enumerate(whole):
        assert pages(TILES, root, after=page.cursor) == whole[place + 1 :]


def test_every_quotation_can_be_derived_from_the_captures_alone(tmp_path: Path) -> None:
    files = {"LICENSE": FREE, "art/COPYING": b"GPL", "art/a.png": PNG, "art/a.png.license": spdx("MIT"), "b.png": PNG}
    for page in pages(TILES, folder(tmp_path, files)):
        bodies = {body.sha256: body for body in page.captures()}
        for each in judge_page(TILES, page):
            for evidence in each.verdict.evidence:
                body = bodies[evidence.capture]
                assert derive(body.data, body.media_type, evidence.pointer) == evidence.value


def test_a_folder_without_images_is_not_the_collection(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no image files here"):
        pages(TILES, folder(tmp_path, {"LICENSE": FREE}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("id = ", "declaration.toml", id="not-toml"),
        pytest.param('id = "a"\n', "institution", id="a-field-is-missing"),
        pytest.param('id = "A b"\n', "id", id="not-an-id"),
        pytest.param('id = "a"\nlicense = "CC0-1.0"\n', "license", id="a-field-that-is-not"),
        pytest.param('id = "a"\nkind = "museum"\n', "kind: 'museum' is not known", id="a-kind-that-is-not"),
        pytest.param('id = "a"\nkind = ["repository"]\n', "is not known", id="a-kind-that-is-no-word"),
    ],
)
def test_a_declaration_that_is_wrong_names_the_field(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "declaration.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        get_source(str(path))
    assert words in str(caught.value) or any(words in str(each["loc"]) for each in _errors(caught.value))


def _errors(error: MitsuaError) -> list[dict[str, object]]:
    cause = error.__cause__
    return [dict(each) for each in cause.errors()] if isinstance(cause, ValidationError) else []


@pytest.mark.parametrize("field", ["include", "licence_files", "formats", "exclude"])
def test_a_declaration_that_covers_nothing_or_everything_by_mistake_is_refused(field: str) -> None:
    wrong = {"include": [], "licence_files": {}, "formats": ["png", "exe"], "exclude": ["/art/**"]}
    with pytest.raises(ValidationError):
        Declaration.model_validate({**DECLARED.model_dump(), field: wrong[field]})


def test_a_declaration_may_not_claim_a_licence_with_conditions() -> None:
    with pytest.raises(ValidationError, match="conditions"):
        Declaration.model_validate({**DECLARED.model_dump(), "licence": "LicenseRef-CC-BY"})


def test_open_duelyst(shared: Path, tmp_path: Path) -> None:
    source = get_source("open_duelyst")
    assert isinstance(source, Repository)
    collection = shared / "collections/open_duelyst"
    verdicts = [each.verdict for each in judged(source, collection)]
    assert len(verdicts) == 1005
    assert all(isinstance(verdict, Claim) and verdict.licence is Licence.CC0_1_0 for verdict in verdicts)
    some = [path for path in sorted((collection / "assets/icons").iterdir()) if path.suffix == ".png"][:20]
    bare = folder(tmp_path / "bare", {f"assets/icons/{path.name}": path.read_bytes() for path in some})
    assert {_reason(each) for each in judged(source, bare)} == {Reason.NO_LICENCE_FILE}


def _reason(each: Judged) -> Reason | None:
    return each.verdict.reason if isinstance(each.verdict, Refusal) else None


def test_nothing_that_must_be_refused_is_claimed(shared: Path) -> None:
    """_mixed is made of traps (see its PROVENANCE.txt): as a whole and folder by folder, nothing in it is claimed."""
    mixed = shared / "collections/_mixed"
    counts: Counter[str] = Counter()
    for source in (ANY, get_source("open_duelyst")):
        assert isinstance(source, ArchiveSource)
        for path in (mixed, *sorted(each for each in mixed.rglob("*") if each.is_dir())):
            found = list(judged(source, path)) if any(source.is_item(each.name) for each in path.rglob("*")) else []
            assert not [each for each in found if isinstance(each.verdict, Claim)], path
            counts[source.spec.id] += len(found)
    assert min(counts.values()) > 500


def test_the_shipped_declaration_is_the_one_that_is_found() -> None:
    source = get_source("open_duelyst")
    root = Path(__file__).resolve().parents[2]
    assert isinstance(source, Repository)
    again = declared(root / "manifests/sources/open_duelyst.toml")
    assert isinstance(again, Repository)
    assert again.declaration == source.declaration
    assert source.declaration.licence_files.keys() == {"LICENSE"}
    for blobs in source.declaration.licence_files.values():
        assert all(LICENCE_FILES[blob] is source.declaration.licence for blob in blobs)
