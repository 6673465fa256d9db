"""Renders of avatars: clean only if every input is, by the statement of whoever made it."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mitsua_data.archives import open_archive
from mitsua_data.audit import audit_release
from mitsua_data.errors import SourceError
from mitsua_data.inspection import inspect_paths
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Grade, MediaType, Outcome, Reason, Refusal, Verdict
from mitsua_data.policy import Policy
from mitsua_data.sources.base import Body, Judged, judge_page
from mitsua_data.sources.vrm import NAMES
from mitsua_data.sources.vroid import Vroid
from tests.making import folder
from tests.tiny import Tiny, drawing

SOURCE = Vroid()
META: dict[str, Any] = {
    "title": "Ann",
    "version": "1.0",
    "author": "A. Painter",
    "allowedUserName": "Everyone",
    "violentUssageName": "Allow",
    "sexualUssageName": "Allow",
    "commercialUssageName": "Allow",
    "licenseName": "CC0",
    "otherPermissionUrl": "",
    "otherLicenseUrl": "",
}
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
META_1: dict[str, Any] = {
    "name": "Bob",
    "authors": ["A. Painter"],
    "licenseUrl": CC0,
    "modification": "allowModification",
}
MODEL, SKY = b"glTF model", drawing(7)
SIDE_CAR = b"SPDX-FileCopyrightText: A. Painter\nSPDX-License-Identifier: CC0-1.0\n"


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def changed(value: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`a.b` names a key inside; `...` takes a key away."""
    found = json.loads(json.dumps(value))
    for path, new in changes.items():
        *above, key = path.split(".")
        place = found
        for step in above:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if new is ...:
            del place[key]
        else:
            place[key] = new
    return dict(found)


def manifest(**changes: Any) -> dict[str, Any]:
    whole = {
        "form": 1,
        "licence": "CC0-1.0",
        "maker": "R. Ender",
        "inputs": {
            digest(MODEL): {"role": "model", "file": "models/ann.vrm", "meta": META},
            digest(SKY): {"role": "background", "file": "inputs/sky.png", "licence": "CC0-1.0"},
        },
        "renders": [
            {
                "file": f"{number}.png",
                "sha256": digest(drawing(number)),
                "inputs": [digest(MODEL), digest(SKY)],
                "title": f"Ann {number}",
                "tags": ["avatar"],
                "settings": {"view": "front", "angle": 30, "expression": "smile"},
            }
            for number in range(3)
        ],
    }
    return changed(whole, changes)


def files(whole: dict[str, Any] | None = None, /, **others: bytes | None) -> dict[str, bytes]:
    """A folder of renders; `others` are added, or taken away where None."""
    found: dict[str, bytes | None] = {
        "set/renders.json": json.dumps(whole or manifest()).encode(),
        "set/inputs/sky.png": SKY,
        "set/inputs/sky.png.license": SIDE_CAR,
        **{f"set/{number}.png": drawing(number) for number in range(3)},
        **others,
    }
    return {name: data for name, data in found.items() if data is not None}


def judged(tmp_path: Path, held: dict[str, bytes]) -> dict[str, Judged]:
    archive = open_archive(folder(tmp_path / "renders", held), collection="vroid")
    return {each.id.record: each for page in SOURCE.pages(archive) for each in judge_page(SOURCE, page)}


def test_a_render_whose_inputs_are_all_cc0_is_claimed(tmp_path: Path) -> None:
    found = judged(tmp_path, files())
    assert list(found) == ["set/0.png", "set/1.png", "set/2.png"]
    verdict, image = found["set/1.png"].verdict, found["set/1.png"].image
    assert isinstance(verdict, Claim)
    assert image is not None
    assert (verdict.licence, verdict.grade) == (Licence.CC0_1_0, Grade.E2)
    assert image.url == "vroid:set/1.png"
    assert (image.title, image.creator, image.tags) == ("Ann 1", "R. Ender", ("avatar", "front", "smile"))
    quoted = {each.pointer: each.value for each in verdict.evidence}
    assert quoted[f"/inputs/{digest(MODEL)}/meta/licenseName"] == "CC0"
    assert quoted["tag:SPDX-License-Identifier"] == "CC0-1.0"
    assert quoted["/files/set~11.png"] == f"sha256:{digest(drawing(1))}"


I_MODEL, I_SKY = f"inputs.{digest(MODEL)}", f"inputs.{digest(SKY)}"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"form": 2}, Reason.UNKNOWN_VALUE, id="another-form"),
        pytest.param({"form": True}, Reason.UNKNOWN_VALUE, id="true-is-no-form"),
        pytest.param({"form": ...}, Reason.UNREADABLE, id="no-form"),
        pytest.param({"licence": "CreativeML-OpenRAIL++-M"}, Reason.UNKNOWN_LICENCE, id="open-rail"),
        pytest.param({"licence": "CC-BY-4.0"}, Reason.LICENCE_NOT_CLAIMABLE, id="renders-under-conditions"),
        pytest.param({"licence": ["CC0-1.0"]}, Reason.UNKNOWN_VALUE, id="licence-as-list"),
        pytest.param({"licence": ...}, Reason.UNREADABLE, id="renders-without-licence"),
        pytest.param({"renders.1.sha256": digest(b"other")}, Reason.CONFLICT, id="other-bytes-were-rendered"),
        pytest.param({"renders.1.sha256": ...}, Reason.UNREADABLE, id="no-digest"),
        pytest.param({"renders.1.file": "9.png"}, Reason.UNREADABLE, id="the-picture-is-not-there"),
        pytest.param({"renders.1.file": ["1.png"]}, Reason.UNKNOWN_VALUE, id="file-as-list"),
        pytest.param({"renders.1.inputs": []}, Reason.UNREADABLE, id="no-inputs"),
        pytest.param({"renders.1.inputs": ...}, Reason.UNREADABLE, id="inputs-not-named"),
        pytest.param({"renders.1.inputs": digest(MODEL)}, Reason.UNREADABLE, id="inputs-as-text"),
        pytest.param({"renders.1.inputs": [digest(SKY)]}, Reason.UNREADABLE, id="no-model"),
        pytest.param({"renders.1.inputs": [digest(MODEL), digest(b"x")]}, Reason.UNREADABLE, id="an-unknown-input"),
        pytest.param({"renders.1.inputs": [digest(MODEL), "../x"]}, Reason.UNKNOWN_VALUE, id="a-pointer-for-an-input"),
        pytest.param({"renders.1.inputs": [digest(MODEL), None]}, Reason.UNKNOWN_VALUE, id="input-null"),
        pytest.param({f"{I_SKY}.role": "sky"}, Reason.UNKNOWN_VALUE, id="an-unknown-role"),
        pytest.param({f"{I_SKY}.role": ...}, Reason.UNREADABLE, id="no-role"),
        pytest.param({f"{I_SKY}.licence": "CC-BY-NC-4.0"}, Reason.LICENCE_NOT_CLAIMABLE, id="one-input-non-commercial"),
        pytest.param({f"{I_SKY}.licence": ...}, Reason.UNREADABLE, id="one-input-without-licence"),
        pytest.param({f"{I_SKY}.file": "inputs/other.png"}, Reason.UNREADABLE, id="one-input-without-side-car"),
        pytest.param({f"{I_MODEL}.meta.licenseName": "Other"}, Reason.UNKNOWN_LICENCE, id="model-other"),
        pytest.param({f"{I_MODEL}.meta": ...}, Reason.UNREADABLE, id="model-without-meta"),
        pytest.param({f"{I_MODEL}.meta": "CC0"}, Reason.UNREADABLE, id="meta-as-text"),
        pytest.param({f"{I_MODEL}.role": "pose"}, Reason.UNREADABLE, id="a-model-under-another-role"),
    ],
)  # fmt: skip
def test_a_render_is_clean_only_if_every_input_is(tmp_path: Path, changes: dict[str, Any], reason: Reason) -> None:
    # One field differs from a manifest that is claimed, so only that field can be the cause.
    found = judged(tmp_path, files(manifest(**changes)))
    verdict = [each.verdict for name, each in found.items() if name not in {"set/0.png", "set/2.png"}]
    assert [getattr(each, "reason", None) for each in verdict] == [reason]


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        pytest.param({"set/inputs/sky.png.license": None}, Reason.UNREADABLE, id="no-side-car"),
        pytest.param({"set/inputs/sky.png.license": b"SPDX-License-Identifier: CC-BY-4.0\n"},
                     Reason.LICENCE_NOT_CLAIMABLE, id="the-side-car-says-otherwise"),
        pytest.param({"set/inputs/sky.png.license": SIDE_CAR + b"SPDX-License-Identifier: MIT\n"},
                     Reason.UNKNOWN_VALUE, id="the-side-car-says-two-things"),
        pytest.param({"set/inputs/sky.png": drawing(9)}, Reason.CONFLICT, id="another-input-lies-there"),
        pytest.param({"set/models/ann.vrm": b"another model"}, Reason.CONFLICT, id="another-model-lies-there"),
        pytest.param({"set/1.png": drawing(9)}, Reason.CONFLICT, id="another-picture-lies-there"),
    ],
)  # fmt: skip
def test_what_lies_in_the_folder_must_agree(tmp_path: Path, others: dict[str, bytes | None], reason: Reason) -> None:
    verdict = judged(tmp_path, files(**others))["set/1.png"].verdict
    assert isinstance(verdict, Refusal)
    assert verdict.reason is reason


def test_inputs_need_not_lie_in_the_folder_but_their_side_cars_must(tmp_path: Path) -> None:
    found = judged(tmp_path, files(**{"set/inputs/sky.png": None, "set/models/ann.vrm": MODEL}))
    assert {type(each.verdict) for each in found.values()} == {Claim}


def test_a_picture_that_is_named_twice_is_refused_both_times(tmp_path: Path) -> None:
    found = judged(tmp_path, files(manifest(**{"renders.2.file": "1.png", "renders.2.inputs": []})))
    reasons = {name: getattr(each.verdict, "reason", None) for name, each in found.items()}
    assert reasons == {
        "set/0.png": None,
        "set/renders.json/renders/1": Reason.CONFLICT,
        "set/renders.json/renders/2": Reason.CONFLICT,
    }
    with pytest.raises(SourceError, match=r"both name set/0\.png"):
        judged(tmp_path / "two", files(**{"set/more.renders.json": json.dumps(manifest()).encode()}))


def meta_of(value: Any, name: str = "ann.vrm.json") -> Verdict:
    body = Body(json.dumps(value).encode(), MediaType.JSON, f"vroid:{name}")
    (page,) = SOURCE.saved([body])
    (found,) = judge_page(SOURCE, page)
    return found.verdict


@pytest.mark.parametrize(
    ("base", "changes", "reason"),
    [
        pytest.param(META, {}, None, id="cc0"),
        *(pytest.param(META, {"licenseName": name}, Reason.LICENCE_NOT_CLAIMABLE, id=str(name))
          for name, licence in NAMES.items() if licence not in {None, Licence.CC0_1_0}),
        pytest.param(META, {"licenseName": "Other"}, Reason.UNKNOWN_LICENCE, id="Other"),
        pytest.param(META, {"licenseName": "Other", "otherLicenseUrl": CC0}, Reason.UNKNOWN_LICENCE,
                     id="Other-even-where-its-address-is-cc0"),
        pytest.param(META, {"licenseName": "Redistribution_Prohibited"}, Reason.NOT_OPEN, id="prohibited"),
        pytest.param(META, {"licenseName": "cc0"}, Reason.UNKNOWN_VALUE, id="lower-case"),
        pytest.param(META, {"licenseName": "CC0-1.0"}, Reason.UNKNOWN_VALUE, id="not-the-form's-own-name"),
        pytest.param(META, {"licenseName": ""}, Reason.UNKNOWN_VALUE, id="empty"),
        pytest.param(META, {"licenseName": None}, Reason.UNREADABLE, id="null"),
        pytest.param(META, {"licenseName": ["CC0"]}, Reason.UNKNOWN_VALUE, id="list"),
        pytest.param(META, {"licenseName": True}, Reason.UNKNOWN_VALUE, id="true"),
        pytest.param(META, {"commercialUssageName": "Disallow"}, Reason.CONFLICT, id="no-commercial-use"),
        pytest.param(META, {"allowedUserName": "OnlyAuthor"}, Reason.CONFLICT, id="only-its-author"),
        pytest.param(META, {"allowedUserName": "ExplicitlyLicensedPerson"}, Reason.CONFLICT, id="licensed-persons"),
        pytest.param(META, {"violentUssageName": ["Allow"]}, Reason.CONFLICT, id="a-list-of-permissions"),
        pytest.param(META, {"otherLicenseUrl": "https://hub.vroid.com/license?x"}, Reason.CONFLICT, id="more-terms"),
        pytest.param(META, {"otherPermissionUrl": "https://example.org/"}, Reason.CONFLICT, id="more-permissions"),
        pytest.param(META, {"otherLicenseUrl": CC0}, None, id="says-the-same-twice"),
        pytest.param(META, {"copyrightInformation": "© A. Nother"}, Reason.CONFLICT, id="a-copyright"),
        pytest.param(META, {"commercialUsageName": "Disallow"}, Reason.CONFLICT, id="another-spelling"),
        pytest.param(META_1, {"thirdPartyLicenses": "hair by X"}, Reason.CONFLICT, id="of-third-parties"),
        pytest.param(META_1, {"copyrightInformation": ""}, None, id="an-empty-copyright"),
        pytest.param(META, {"allowedUserName": ...}, None, id="permissions-not-stated"),
        pytest.param(META_1, {}, None, id="version-1"),
        pytest.param(META_1, {"licenseUrl": "https://vrm.dev/licenses/1.0/"}, Reason.UNKNOWN_LICENCE, id="vrm-licence"),
        pytest.param(META_1, {"licenseUrl": CC0 + "x"}, Reason.UNKNOWN_LICENCE, id="a-look-alike-address"),
        pytest.param(META_1, {"licenseUrl": "https://creativecommons.org/licenses/by/4.0/"},
                     Reason.LICENCE_NOT_CLAIMABLE, id="version-1-by"),
        pytest.param(META_1, {"licenseUrl": [CC0]}, Reason.UNKNOWN_LICENCE, id="version-1-list"),
        pytest.param(META_1, {"modification": "prohibited"}, Reason.CONFLICT, id="version-1-no-changes"),
        pytest.param(META_1, {"commercialUsage": "personalNonProfit"}, Reason.CONFLICT, id="version-1-non-profit"),
        pytest.param(META_1, {"creditNotation": "required"}, Reason.CONFLICT, id="version-1-credit"),
        pytest.param(META_1, {"allowRedistribution": 1}, Reason.CONFLICT, id="one-is-not-true"),
        pytest.param(META_1, {"licenseName": "CC_BY"}, Reason.LICENCE_NOT_CLAIMABLE, id="two-names-that-disagree"),
        pytest.param(META_1, {"licenseName": "CC0"}, None, id="two-names-that-agree"),
    ],
)  # fmt: skip
def test_a_models_meta_block_must_say_cc0_and_nothing_against_it(
    base: dict[str, Any], changes: dict[str, Any], reason: Reason | None
) -> None:
    meta = changed(base, changes)
    wholes = [{"file": "ann.vrm", "meta": meta}, {"extensions": {"VRM": {"meta": meta}}}, meta]
    if base is META_1:
        wholes = [{"extensions": {"VRMC_vrm": {"meta": meta}}}, {"file": "ann.vrm", "VRMC_vrm": {"meta": meta}}]
    for whole in wholes:
        verdict = meta_of(whole)
        assert getattr(verdict, "reason", None) is reason
        assert isinstance(verdict, Claim) == (reason is None)


@pytest.mark.parametrize(
    ("whole", "reason"),
    [
        pytest.param({"meta": META_1}, Reason.UNREADABLE, id="an-address-where-a-name-belongs"),
        pytest.param(META_1, Reason.UNREADABLE, id="an-address-alone"),
        pytest.param({"extensions": {"VRMC_vrm": {"meta": META}}}, Reason.UNREADABLE, id="a-name-for-an-address"),
        pytest.param({"extensions": {"VRM": {"meta": META}, "VRMC_vrm": {"meta": META_1}}}, None, id="both-agree"),
        pytest.param({"meta": META, "extensions": {"VRM": {"meta": META | {"licenseName": "CC_BY"}}}},
                     Reason.LICENCE_NOT_CLAIMABLE, id="the-second-block"),
        pytest.param({"extensions": {"VRM": {"meta": META},
                                     "VRMC_vrm": {"meta": META_1 | {"licenseUrl": "https://vrm.dev/licenses/1.0/"}}}},
                     Reason.UNKNOWN_LICENCE, id="the-other-version"),
        pytest.param({"meta": META, "asset": {"copyright": "© A. Nother"}}, Reason.CONFLICT, id="of-the-asset"),
        pytest.param({"meta": META, "asset": {"copyright": "", "version": "2.0"}}, None, id="an-asset"),
    ],
)  # fmt: skip
def test_every_block_of_a_file_counts(whole: dict[str, Any], reason: Reason | None) -> None:
    assert getattr(meta_of(whole), "reason", None) is reason


def test_a_claim_quotes_the_permissions_and_which_inputs_there_are(tmp_path: Path) -> None:
    verdict = judged(tmp_path, files())["set/1.png"].verdict
    assert isinstance(verdict, Claim)
    quoted = {each.pointer: each.value for each in verdict.evidence}
    assert quoted["/renders/1/inputs"] == [digest(MODEL), digest(SKY)]
    assert quoted[f"/inputs/{digest(MODEL)}/meta/allowedUserName"] == "Everyone"


@pytest.mark.parametrize("file", [..., "", ".", None])
def test_an_input_without_a_name_has_no_side_car(tmp_path: Path, file: Any) -> None:
    held = files(manifest(**{f"{I_SKY}.file": file}), **{".license": SIDE_CAR, "set/.license": SIDE_CAR})
    assert not any(isinstance(each.verdict, Claim) for each in judged(tmp_path, held).values())


def test_a_model_is_no_picture_of_a_crawl(tmp_path: Path) -> None:
    held = files(**{"set/ann.vrm.json": json.dumps({"file": "ann.vrm", "meta": META}).encode()})
    assert set(judged(tmp_path, held)) == {"set/0.png", "set/1.png", "set/2.png"}
    with pytest.raises(SourceError, match="no render manifests"):
        judged(tmp_path / "alone", {"ann.vrm.json": json.dumps({"file": "ann.vrm", "meta": META}).encode()})


@pytest.mark.parametrize(
    "value",
    [None, 1, "CC0", [], {}, [[]], {"renders": {}}, {"renders": [None, 1, "x", []]}, {"meta": []}, [{"meta": META}]],
    ids=str,
)
def test_whatever_else_is_in_a_file_is_no_claim(value: Any) -> None:
    body = Body(json.dumps(value).encode(), MediaType.JSON, "vroid:x.json")
    found = [each for page in SOURCE.saved([body]) for each in judge_page(SOURCE, page)]
    assert not any(isinstance(each.verdict, Claim) for each in found)


def test_nothing_of_the_recordings_is_accepted_and_each_is_read(shared: Path) -> None:
    top = shared / "sources/vroid_image_dataset"
    paths = sorted(top.rglob("*.json"))
    for named in ([top], paths, *([path] for path in paths)):
        found = list(inspect_paths(SOURCE, named, Policy.load()))
        assert found
        assert {line["outcome"] for line in found} == {Outcome.REFUSE}
    whole = {(line["id"], line["reason"]) for line in inspect_paths(SOURCE, [top], Policy.load())}
    assert ("cryptovoxels.vrm", Reason.UNKNOWN_LICENCE) in whole
    avatars = json.loads((top / "open_source_avatars/avatars.json").read_bytes())
    assert {(row["id"], Reason.UNREADABLE) for row in avatars} <= whole


def test_a_single_manifest_is_judged_in_its_surroundings(tmp_path: Path) -> None:
    top = folder(tmp_path, files())
    for path in (top, top / "set/renders.json"):
        found = list(inspect_paths(SOURCE, [path], Policy.load()))
        assert [line["outcome"] for line in found] == ["accept"] * 3


def test_the_whole_way_to_an_audited_release(tmp_path: Path) -> None:
    tiny = Tiny(tmp_path / "workspace", folder(tmp_path / "renders", files()), source=SOURCE)
    assert tiny.go().tally.samples == 3
    with tiny.open() as (ledger, store):
        result = audit_release(ledger, store, tiny.release, tiny.keys, workers=1, sources=[tiny.source])
    assert result.findings == ()
    assert result.counts["rules_run"] == 3
