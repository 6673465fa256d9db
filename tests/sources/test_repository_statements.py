"""What a repository says of single files: side-cars, the lists of REUSE, and Europeana's data model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from mitsua_data.archives import open_archive
from mitsua_data.audit import audit_release
from mitsua_data.licences import LICENCE_FILES, Licence
from mitsua_data.model import Claim, Reason
from mitsua_data.pointers import derive, git_blob
from mitsua_data.sources.base import Judged, Page, judge_page
from mitsua_data.sources.repository import AnyRepository, Declaration, Repository
from tests.making import folder
from tests.tiny import Tiny, drawing

ANY = AnyRepository()
PNG = b"\x89PNG\r\n\x1a\n"
TEXT = b"CC0 1.0 Universal, in the words of this test\n"
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"
BY = "http://creativecommons.org/licenses/by/4.0/"
SIDE = "art/a.png.license"


@pytest.fixture(autouse=True)
def texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LICENCE_FILES, git_blob(TEXT), Licence.CC0_1_0)


def pages(root: Path) -> list[Page]:
    return list(ANY.pages(open_archive(root, collection=ANY.spec.id, prefixed=True)))


def judged(root: Path) -> list[Judged]:
    return [each for page in pages(root) for each in judge_page(ANY, page)]


def said(root: Path, files: Mapping[str, bytes | str], image: str = "art/a.png") -> Reason | Licence:
    folder(root / "root", {image: PNG} | {name: each.encode() if isinstance(each, str) else each
                                          for name, each in files.items()})  # fmt: skip
    (found,) = judged(root / "root")
    return found.verdict.licence if isinstance(found.verdict, Claim) else found.verdict.reason


def spdx(identifier: str) -> str:
    return f"SPDX-FileCopyrightText: A. Painter\nSPDX-License-Identifier: {identifier}\n"


def reuse(*annotations: tuple[str, str], extra: str = "") -> str:
    lines = ["version = 1"]
    for path, licence in annotations:
        lines += ["[[annotations]]", f"path = {path}", f'SPDX-License-Identifier = "{licence}"', extra]
    return "\n".join(lines) + "\n"


CC0_HERE, BY_HERE = ('"art/a.png"', "CC0-1.0"), ('"art/a.png"', "CC-BY-4.0")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"REUSE.toml": reuse(CC0_HERE)}, Licence.CC0_1_0, id="by-its-name"),
        pytest.param({"REUSE.toml": reuse(('"art/**"', "CC0-1.0"))}, Licence.CC0_1_0, id="two-stars"),
        pytest.param({"REUSE.toml": reuse(('"**"', "CC0-1.0"))}, Licence.CC0_1_0, id="everything"),
        pytest.param({"REUSE.toml": reuse(('["x", "art/*.png"]', "CC0-1.0"))}, Licence.CC0_1_0, id="a-list"),
        pytest.param({"art/REUSE.toml": reuse(('"a.png"', "CC0-1.0"))}, Licence.CC0_1_0, id="from-its-own-folder"),
        pytest.param({"REUSE.toml": reuse(('"*.png"', "CC0-1.0"))}, Reason.NO_LICENCE_FILE, id="one-star-stays"),
        pytest.param({"REUSE.toml": reuse(('"a.png"', "CC0-1.0"))}, Reason.NO_LICENCE_FILE, id="another-folder"),
        pytest.param({"REUSE.toml": reuse(('"art/a?png"', "CC0-1.0"))}, Reason.NO_LICENCE_FILE, id="no-such-sign"),
        pytest.param({"REUSE.toml": reuse(('"art/\\\\*.png"', "CC0-1.0"))}, Reason.NO_LICENCE_FILE, id="a-real-star"),
        pytest.param({"other/REUSE.toml": reuse(('"**"', "CC0-1.0"))}, Reason.NO_LICENCE_FILE, id="beside-it"),
        pytest.param({"REUSE.toml": reuse(('"**"', "CC-BY-4.0"), CC0_HERE)}, Licence.CC0_1_0, id="the-last-counts"),
        pytest.param({"REUSE.toml": reuse(CC0_HERE, ('"**"', "CC-BY-4.0"))}, Reason.LICENCE_NOT_CLAIMABLE, id="really"),
        pytest.param({"REUSE.toml": reuse(BY_HERE), "art/REUSE.toml": reuse(('"*"', "CC0-1.0"))}, Licence.CC0_1_0,
                     id="the-nearer-counts"),
        pytest.param({"REUSE.toml": reuse(BY_HERE, extra='precedence = "override"'),
                      "art/REUSE.toml": reuse(('"*"', "CC0-1.0"))}, Reason.CONFLICT, id="unless-it-overrides"),
        pytest.param({"REUSE.toml": reuse(BY_HERE, extra='precedence = "closest"'),
                      "art/REUSE.toml": reuse(('"*"', "CC0-1.0"))}, Licence.CC0_1_0, id="closest-is-the-default"),
        pytest.param({"REUSE.toml": reuse(CC0_HERE, extra='precedence = "loudest"')}, Reason.UNKNOWN_VALUE,
                     id="an-unknown-precedence"),
        pytest.param({"REUSE.toml": reuse(('"art/a.png"', "CC0-1.0 OR MIT"))}, Reason.UNKNOWN_LICENCE, id="or"),
        pytest.param({"REUSE.toml": 'version = 1\n[[annotations]]\npath = "**"\n'
                      'SPDX-License-Identifier = ["CC0-1.0", "MIT"]\n'}, Reason.CONFLICT, id="two-licences"),
        pytest.param({"REUSE.toml": 'version = 1\n[[annotations]]\npath = "**"\n'}, Reason.NO_STATEMENT, id="silent"),
        pytest.param({"REUSE.toml": 'version = 1\n[[annotations]]\nSPDX-License-Identifier = "CC0-1.0"\n'},
                     Reason.UNREADABLE, id="no-path"),
        pytest.param({"REUSE.toml": 'version = 1\n[[annotations]]\npath = 7\n'}, Reason.UNKNOWN_VALUE, id="a-number"),
        pytest.param({"REUSE.toml": 'version = 1\nannotations = "all"\n'}, Reason.UNKNOWN_VALUE, id="a-word"),
        pytest.param({"REUSE.toml": reuse(CC0_HERE).replace("1\n", "2\n", 1)}, Reason.UNKNOWN_VALUE, id="version-2"),
        pytest.param({"REUSE.toml": reuse(CC0_HERE)[12:]}, Reason.UNREADABLE, id="no-version"),
        pytest.param({"REUSE.toml": "[[annotations"}, Reason.UNREADABLE, id="broken"),
        pytest.param({"REUSE.toml": reuse(CC0_HERE), "art/REUSE.toml": reuse(('"*"', "MIT"), extra="x = nan")},
                     Reason.UNREADABLE, id="a-nearer-one-that-cannot-be-quoted"),
        pytest.param({"REUSE.toml": reuse(CC0_HERE), SIDE: spdx("CC0-1.0")}, Licence.CC0_1_0, id="a-side-car-agrees"),
        pytest.param({"REUSE.toml": reuse(CC0_HERE), SIDE: spdx("MIT")}, Reason.CONFLICT, id="a-side-car-does-not"),
        pytest.param({"REUSE.toml": reuse(CC0_HERE), SIDE: ""}, Licence.CC0_1_0, id="a-silent-side-car"),
        pytest.param({"REUSE.toml": reuse(CC0_HERE), "LICENSE": TEXT}, Licence.CC0_1_0, id="a-licence-file-agrees"),
        pytest.param({"REUSE.toml": reuse(CC0_HERE), "art/COPYING": "?"}, Reason.UNKNOWN_LICENCE, id="one-unknown"),
        pytest.param({"REUSE.toml": reuse(), "LICENSE": TEXT}, Reason.NO_STATEMENT, id="no-annotations"),
    ],
)  # fmt: skip
def test_lists_of_reuse(tmp_path: Path, files: dict[str, bytes | str], expected: Reason | Licence) -> None:
    assert said(tmp_path, files) is expected


def dep5(*paragraphs: str) -> str:
    head = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: x\n"
    return "\n\n".join((head, *paragraphs)) + "\n"


def files_of(patterns: str, licence: str) -> str:
    return f"Files: {patterns}\nCopyright: 2020 A. Painter\nLicense: {licence}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(dep5(files_of("art/a.png", "CC0-1.0")), Licence.CC0_1_0, id="by-its-name"),
        pytest.param(dep5(files_of("*.png", "CC0-1.0")), Licence.CC0_1_0, id="one-star-goes-deep"),
        pytest.param(dep5(files_of("x\n y art/*\n z", "CC0-1.0")), Licence.CC0_1_0, id="over-several-lines"),
        pytest.param(dep5(files_of("*", "MIT"), files_of("art/?.png", "CC0-1.0")), Licence.CC0_1_0, id="the-last"),
        pytest.param(
            dep5(files_of("art/*", "CC0-1.0"), files_of("*", "MIT")), Reason.LICENCE_NOT_CLAIMABLE, id="really"
        ),
        pytest.param(dep5(files_of("*", "CC0-1.0\n Full text follows.\n CC-BY")), Licence.CC0_1_0, id="a-text-below"),
        pytest.param(dep5(files_of("*", "CC-BY-4.0 or CC0-1.0")), Reason.UNKNOWN_LICENCE, id="or"),
        pytest.param(dep5(files_of("*", "public-domain")), Reason.UNKNOWN_LICENCE, id="a-name-of-debian-s"),
        pytest.param(dep5("Files: *\nCopyright: 2020 A. Painter"), Reason.NO_STATEMENT, id="silent"),
        pytest.param(dep5(files_of("img/*", "CC0-1.0")), Reason.NO_LICENCE_FILE, id="other-files"),
        pytest.param(dep5("License: CC0-1.0\n The text."), Reason.NO_LICENCE_FILE, id="a-licence-without-files"),
        pytest.param("License: CC0-1.0", Reason.NO_LICENCE_FILE, id="only-a-word"),
        pytest.param("", Reason.NO_LICENCE_FILE, id="empty"),
    ],
)
def test_lists_in_debian_s_form(tmp_path: Path, text: str, expected: Reason | Licence) -> None:
    assert said(tmp_path, {".reuse/dep5": text}) is expected


def test_both_kinds_of_lists_must_agree(tmp_path: Path) -> None:
    one = {"REUSE.toml": reuse(CC0_HERE), ".reuse/dep5": dep5(files_of("*", "CC0-1.0"))}
    assert said(tmp_path / "1", one) is Licence.CC0_1_0
    assert said(tmp_path / "2", one | {".reuse/dep5": dep5(files_of("*", "MIT"))}) is Reason.CONFLICT


def rdf(*uris: str) -> str:
    inner = "".join(f'<edm:rights rdf:resource="{uri}"/>' for uri in uris)
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        f' xmlns:edm="http://www.europeana.eu/schemas/edm/">{inner}</rdf:RDF>'
    )


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        pytest.param("rdf", rdf(CC0), Licence.CC0_1_0, id="rdf"),
        pytest.param("edm.xml", rdf(CC0, CC0), Licence.CC0_1_0, id="said-twice"),
        pytest.param("xml", rdf("http://rightsstatements.org/vocab/InC/1.0/"), Reason.UNKNOWN_LICENCE, id="closed"),
        pytest.param("rdf", rdf(CC0, BY), Reason.CONFLICT, id="two"),
        pytest.param("rdf", rdf(BY), Reason.LICENCE_NOT_CLAIMABLE, id="conditions"),
        pytest.param("rdf", rdf(CC0.replace("org", "org.example")), Reason.UNKNOWN_LICENCE, id="a-look-alike"),
        pytest.param("rdf", rdf(CC0).replace("edm/", "edm/other/"), Reason.NO_LICENCE_FILE, id="another-vocabulary"),
        pytest.param("rdf", rdf(), Reason.NO_LICENCE_FILE, id="no-rights-in-it"),
        pytest.param("xml", "<metadata>CC0</metadata>", Reason.NO_LICENCE_FILE, id="another-form"),
        pytest.param("rdf", rdf(CC0)[:-9], Reason.UNREADABLE, id="cut-short"),
        pytest.param("edm.json", json.dumps({"edmRights": {"def": [CC0]}}), Licence.CC0_1_0, id="json"),
        pytest.param("edm.json", json.dumps({"edm:rights": {"@id": CC0}}), Licence.CC0_1_0, id="json-ld"),
        pytest.param("edm.json", json.dumps({"rights": [CC0]}), Licence.CC0_1_0, id="a-search-result"),
        pytest.param("edm.json", json.dumps({"object": {"aggregations": [{"edmRights": {"def": [CC0]}}]}}),
                     Licence.CC0_1_0, id="a-record"),
        pytest.param("edm.json", json.dumps({"rights": CC0, "edmRights": {"def": [BY]}}), Reason.CONFLICT, id="both"),
        pytest.param("edm.json", json.dumps({"rights": {"en": CC0}}), Reason.UNKNOWN_VALUE, id="in-a-language"),
        pytest.param("edm.json", json.dumps({"rights": [CC0, 1]}), Reason.CONFLICT, id="and-a-number"),
        pytest.param("edm.json", json.dumps({"rights": True}), Reason.UNKNOWN_LICENCE, id="true"),
        pytest.param("edm.json", json.dumps({"rights": "CC0"}), Reason.UNKNOWN_LICENCE, id="a-word"),
        pytest.param("edm.json", json.dumps({"license": CC0}), Reason.NO_LICENCE_FILE, id="another-key"),
        pytest.param("edm.json", "{", Reason.UNREADABLE, id="broken"),
        pytest.param("json", json.dumps({"rights": CC0}), Reason.NO_LICENCE_FILE, id="a-name-that-is-not-one"),
    ],
)  # fmt: skip
def test_side_cars_in_europeana_s_model(tmp_path: Path, name: str, text: str, expected: Reason | Licence) -> None:
    assert said(tmp_path, {f"art/a.png.{name}": text}) is expected
    both = said(tmp_path / "both", {f"art/a.png.{name}": text, SIDE: spdx("CC0-1.0")})
    assert both in {Licence.CC0_1_0, Reason.CONFLICT, expected}
    assert (both is Licence.CC0_1_0) == (expected in {Licence.CC0_1_0, Reason.NO_LICENCE_FILE})


def test_a_declared_repository_hears_them_too(tmp_path: Path) -> None:
    declared = Repository(
        Declaration(id="tiles", institution="a", homepage="h", needs="n", licence=Licence.CC0_1_0, include=("**",),
                    licence_files={"LICENSE": (git_blob(TEXT),)})
    )  # fmt: skip
    root = folder(
        tmp_path, {"LICENSE": TEXT, "a.png": PNG, "b/b.png": PNG, "REUSE.toml": reuse(('"b/**"', "MIT")).encode()}
    )
    archive = open_archive(root, collection="tiles")
    found = {each.id.record: each.verdict for page in declared.pages(archive) for each in judge_page(declared, page)}
    assert isinstance(found["a.png"], Claim)
    assert getattr(found["b/b.png"], "reason", None) is Reason.LICENCE_NOT_CLAIMABLE


FILES: dict[str, bytes] = {
    "REUSE.toml": reuse(('"art/1/**"', "CC0-1.0"), ('"other/**"', "MIT")).encode(),
    ".reuse/dep5": dep5(files_of("art/2/*", "CC0-1.0")).encode(),
    "art/3/5.png.rdf": rdf(CC0).encode(),
    "art/3/6.png.edm.json": json.dumps({"rights": CC0}).encode(),
    "art/4/7.png.license": spdx("CC0-1.0").encode(),
    "art/4/REUSE.toml": reuse(('"7.png"', "CC0-1.0")).encode(),
}
IMAGES = ("art/1/1.png", "art/1/2.png", "art/2/3.png", "art/2/4.png", "art/3/5.png", "art/3/6.png", "art/4/7.png")


def test_every_quotation_can_be_derived_from_the_captures_alone(tmp_path: Path) -> None:
    for page in pages(folder(tmp_path / "root", {**FILES, **dict.fromkeys((*IMAGES, "b.png"), PNG)})):
        bodies = {body.sha256: body for body in page.captures()}
        for each in judge_page(ANY, page):
            assert isinstance(each.verdict, Claim) == (each.id.record != "root/b.png")
            looked_at = {bodies[evidence.capture].name for evidence in each.verdict.evidence}
            assert looked_at >= {"root/REUSE.toml", "root/.reuse/dep5"}, "lists are quoted even where they are silent"
            for evidence in each.verdict.evidence:
                body = bodies[evidence.capture]
                assert derive(body.data, body.media_type, evidence.pointer) == evidence.value


def test_the_rule_runs_again_in_an_audit(tmp_path: Path) -> None:
    images = {name: drawing(number) for number, name in enumerate(IMAGES)}
    tiny = Tiny(tmp_path / "workspace", folder(tmp_path / "root", {**FILES, **images}), source=ANY)
    tiny.go()
    with tiny.open() as (ledger, store):
        result = audit_release(ledger, store, tiny.release, tiny.keys, workers=1, sources=[ANY])
    assert result.findings == ()
    assert (result.counts["samples"], result.counts["rules_run"]) == (7, 7)


def test_the_recorded_example_of_reuse(shared: Path) -> None:
    """Two pictures with side-cars; LICENSES/ holds the text of CC0 as well, which is about neither."""
    found = {each.id.record: each.verdict for each in judged(shared / "collections/_mixed/reuse_example")}
    assert {getattr(verdict, "licence", None) for verdict in found.values()} == {Licence.CC_BY, Licence.GPL}
    assert not [verdict for verdict in found.values() if isinstance(verdict, Claim)]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"REUSE.toml": reuse(CC0_HERE), "art/REUSE.toml": reuse(('"*"', "CC-BY-NC-4.0"), extra="x = nan")},
                     Reason.UNREADABLE, id="a-nearer-list-that-cannot-be-quoted"),
        pytest.param({"REUSE.toml": reuse(CC0_HERE), SIDE: "All rights reserved\n"}, Reason.CONFLICT, id="reserved"),
        pytest.param({SIDE: "All rights reserved\n"}, Reason.UNKNOWN_LICENCE, id="reserved-alone"),
        pytest.param({SIDE: spdx("CC0-1.0") + "SPDX-License-Identifier : MIT\n"}, Reason.CONFLICT, id="a-space"),
        pytest.param({SIDE: spdx("CC0-1.0")}, Licence.CC0_1_0, id="a-tag"),
        pytest.param({SIDE: f"{spdx('CC0-1.0')}{spdx('CC0-1.0')}"}, Licence.CC0_1_0, id="a-tag-twice"),
        pytest.param({"art/a.png.edm.json": json.dumps({"aggregations": [{"edmRights": CC0}, {"edmRights": BY}]})},
                     Reason.CONFLICT, id="the-second-aggregation"),
        pytest.param({"art/a.png.edm.json": json.dumps({"aggregations": [{"edmRights": CC0}, {}]})},
                     Licence.CC0_1_0, id="one-aggregation"),
        pytest.param({".reuse/dep5": "Format: x\n\nFiles: *\nCopyright: X\nLicense:CC0-1.0\n"},
                     Licence.CC0_1_0, id="debian-without-a-space"),
    ],
)  # fmt: skip
def test_what_speaks_is_never_passed_over(tmp_path: Path, files: dict[str, str], expected: Reason | Licence) -> None:
    assert said(tmp_path, files) is expected
