"""Assets that say much of themselves, and pages that say it for them."""

from __future__ import annotations

from typing import Any

from mitsua_data.model import MediaType
from mitsua_data.sources.ambientcg import LICENCE, PREVIEWS
from tests.sources.hostile import Hostile

ADDRESS = f"https://{PREVIEWS}/file/ambientCG-Web/media/thumbnail/512-PNG/Ground001.png"
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"


def page(*links: str, canonical: str = LICENCE) -> bytes:
    body = "".join(f"<a href='{link}'>licence</a>" for link in links)
    return f"<html><link rel='canonical' href='{canonical}'><p>{body}</p></html>".encode()


def asset(trap: str, *pages: bytes, **changes: Any) -> Hostile:
    fields = {
        "assetId": "Ground001", "dataType": "Material", "creationMethod": "PBRPhotogrammetry", "tags": ["cc0"],
        "displayName": "Ground 001", "previewImage": {"512-PNG": ADDRESS},
    } | changes  # fmt: skip
    made = Hostile.json(trap, {key: value for key, value in fields.items() if value is not ...})
    return Hostile(trap, (*made.bodies, *pages), media_types=(MediaType.JSON, *[MediaType.HTML] * len(pages)))


CASES = [
    asset("no-licence-page"),
    asset("a-licence-page-of-somebody-else", page(CC0, canonical="https://other.example/license/")),
    asset("a-licence-page-in-words", page("All assets are CC0 1.0.")),
    asset("a-licence-page-with-conditions", page("https://creativecommons.org/licenses/by-nc/4.0/")),
    asset("a-licence-page-of-two-minds", page(CC0, "https://creativecommons.org/licenses/by/4.0/")),
    asset("a-licence-page-of-a-look-alike", page("https://creativecommons.org.example/publicdomain/zero/1.0/")),
    asset("a-model-beside-the-page", page(CC0), dataType="3DModel"),
    asset("a-photograph-beside-the-page", page(CC0), creationMethod="PlainPhoto"),
    asset("another-author-beside-the-page", page(CC0), author="Somebody"),
    asset("another-server-beside-the-page", page(CC0), previewImage={"512-PNG": "https://other.example/a.png"}),
    asset("a-licence-page-that-is-gone", page(CC0) + b"<p>Page not found</p>"),
    asset("a-licence-page-that-denies-it", page(CC0) + b"<p>Nothing here is CC0.</p>"),
    asset("a-licence-page-with-a-hidden-link", page(CC0).replace(b"<p>", b"<p hidden>")),
    asset(
        "a-licence-page-with-another-for-machines",
        page(CC0) + b"<link rel='license' href='https://creativecommons.org/licenses/by-nc/4.0/'>",
    ),
    asset("a-licence-page-in-upper-case", page(CC0, "https://CreativeCommons.org/licenses/by-nc/4.0/")),
    asset("an-author-in-upper-case", page(CC0), Author="Somebody"),
    asset("an-address-of-a-licence", page(CC0), licenseUrl="https://creativecommons.org/licenses/by-nc/4.0/"),
    asset("a-licence-deeper-inside", page(CC0), metadata={"license": "CC-BY-NC"}),
    asset("it-says-cc0-itself", license="CC0-1.0"),
    asset("it-links-the-deed-itself", shortLink=CC0, rights=CC0),
    asset("a-model", dataType="3DModel"),
    asset("an-environment", dataType="HDRI"),
    asset("a-substance", dataType="Substance"),
    asset("a-type-in-a-list", dataType=["Material"]),
    asset("true-for-a-type", dataType=True),
    asset("a-method-in-lower-case", creationMethod="pbrphotogrammetry"),
    asset("no-method", creationMethod=...),
    asset("another-author", author="Somebody"),
    asset("a-zip-for-a-picture", previewImage={"512-PNG": "https://ambientcg.com/get?file=Ground001_1K-JPG.zip"}),
    asset("a-script-for-a-picture", previewImage={"512-PNG": "javascript:alert(1)"}),
    asset("a-server-that-begins-alike", previewImage={"512-PNG": ADDRESS.replace(PREVIEWS, f"{PREVIEWS}.example")}),
    asset("an-address-in-a-list", previewImage={"512-PNG": [ADDRESS]}),
    Hostile.json("an-error-that-says-cc0", {"error": "CC0", "license": CC0}),
    Hostile.json("a-list-that-is-none", {"foundAssets": "all", "license": CC0}),
]
