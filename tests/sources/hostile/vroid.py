"""Renders and models that would be taken for free ones, if one clean input, or a dataset's word, were enough."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.sources.hostile import Hostile

CC0: Final = "https://creativecommons.org/publicdomain/zero/1.0/"
META: Final[dict[str, Any]] = {
    "title": "Ann",
    "author": "A. Painter",
    "allowedUserName": "Everyone",
    "commercialUssageName": "Allow",
    "licenseName": "CC0",
}
MODEL, OTHER, SKY = "a" * 64, "b" * 64, "c" * 64


def meta(trap: str, **changes: Any) -> Hostile:
    """A model's meta block that says CC0, but for these changes."""
    return Hostile.json(trap, {"file": "ann.vrm", "meta": META | changes})


def renders(trap: str, *, inputs: Any = None, held: Any = None, **changes: Any) -> Hostile:
    """A manifest, saved alone, whose renders are of one model under CC0, but for these changes."""
    whole = {
        "form": 1,
        "licence": "CC0-1.0",
        "inputs": {MODEL: {"role": "model", "meta": META}} | (held or {}),
        "renders": [{"file": "1.png", "sha256": "d" * 64, "inputs": inputs or [MODEL]}],
    } | changes
    return Hostile("renders: " + trap, (json.dumps(whole).encode(),), names=("renders.json",))


NON_COMMERCIAL: Final = {"role": "model", "meta": META | {"licenseName": "CC_BY_NC"}}
BACKGROUND: Final = {"role": "background", "file": "sky.png", "licence": "CC0-1.0"}

CASES: Final = [
    meta("permissive-but-other", licenseName="Other", otherPermissionUrl="https://hub.vroid.com/license?modification=allow"),
    meta("other-with-the-address-of-cc0", licenseName="Other", otherLicenseUrl=CC0),
    meta("everything-allowed-and-no-name", licenseName=None),
    meta("prohibited", licenseName="Redistribution_Prohibited"),
    meta("by", licenseName="CC_BY"),
    meta("by-nc", licenseName="CC_BY_NC"),
    meta("lower-case", licenseName="cc0"),
    meta("with-a-space", licenseName="CC0 "),
    meta("a-list", licenseName=["CC0"]),
    meta("true", licenseName=True),
    meta("a-key-of-another-spelling", licenseName=None, licenceName="CC0"),
    meta("only-its-author-may", allowedUserName="OnlyAuthor"),
    meta("no-commercial-use", commercialUssageName="Disallow"),
    meta("further-terms", otherLicenseUrl="https://example.org/terms"),
    meta("a-look-alike-of-further-terms", otherLicenseUrl=f"{CC0}but-not-really"),
    meta("a-second-form-that-disagrees", licenseUrl="https://vrm.dev/licenses/1.0/"),
    meta("version-1-of-vrm", licenseName=None, licenseUrl="https://vrm.dev/licenses/1.0/"),
    meta("version-1-look-alike", licenseName=None, licenseUrl=CC0.replace(".org", ".example")),
    meta("version-1-non-profit", licenseName=None, licenseUrl=CC0, commercialUsage="personalNonProfit"),
    meta("somebody-s-copyright", copyrightInformation="© X. All rights reserved"),
    meta("parts-of-third-parties", thirdPartyLicenses="hair © X"),
    meta("no-commercial-use-in-another-spelling", commercialUsageName="Disallow"),
    meta("an-address-alone-where-a-name-belongs", licenseName=None, licenseUrl=CC0),
    Hostile.json("a-second-block-that-prohibits",
                 {"meta": META, "extensions": {"VRM": {"meta": META | {"licenseName": "Redistribution_Prohibited"}}}}),
    Hostile.json("a-block-of-the-other-version", {"extensions": {
        "VRM": {"meta": META}, "VRMC_vrm": {"meta": {"licenseUrl": "https://vrm.dev/licenses/1.0/"}}}}),
    Hostile.json("an-asset-with-a-copyright", {"meta": META, "asset": {"copyright": "© X all rights reserved"}}),
    Hostile.json("a-readme-that-says-cc0", {"license": "CC0", "file": "ann.vrm", "meta": {"title": "CC0"}}),
    Hostile.json("an-avatar-with-a-licence", [{"id": "x", "model_file_url": "https://arweave.net/x", "license": "CC0",
                                               "thumbnail_url": "https://arweave.net/y"}]),
    Hostile.json("an-avatar-without", [{"id": "x", "model_file_url": "https://arweave.net/x", "is_public": True,
                                        "thumbnail_url": "https://arweave.net/y", "metadata": {}}]),
    renders("one-of-two-models-is-not", inputs=[MODEL, OTHER], held={OTHER: NON_COMMERCIAL}),
    renders("an-input-that-is-not-described", inputs=[MODEL, OTHER]),
    renders("a-background-without-side-car", inputs=[MODEL, SKY], held={SKY: BACKGROUND}),
    renders("a-model-called-a-pose", held={MODEL: {"role": "pose", "licence": "CC0-1.0", "meta": META}}),
    renders("a-background-without-a-name", inputs=[MODEL, SKY],
            held={SKY: {"role": "background", "licence": "CC0-1.0"}}),
    renders("no-inputs", inputs=[[]]),
    renders("under-openrail", licence="CreativeML-OpenRAIL++-M"),
    renders("under-nothing", licence=None),
    renders("of-a-model-without-meta", held={MODEL: {"role": "model", "licence": "CC0-1.0"}}),
    renders("another-form", form="1"),
    renders("named-twice", renders=[{"file": "1.png", "sha256": "d" * 64, "inputs": [MODEL]}] * 2),
    renders("a-pointer-for-an-input", inputs=[f"{MODEL}/meta/../"]),
]  # fmt: skip
