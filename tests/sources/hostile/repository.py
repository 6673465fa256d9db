"""Files around a picture that speak of licences, and none of which says that the picture is free."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from mitsua_data.model import MediaType
from tests.sources.hostile import Hostile

IMAGE = "root/art/a.png"
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"
TYPES = {".license": MediaType.TEXT, ".toml": MediaType.TOML, ".rdf": MediaType.XML, ".xml": MediaType.XML,
         ".json": MediaType.JSON, ".md": MediaType.TEXT, ".txt": MediaType.TEXT, "": MediaType.TEXT}  # fmt: skip
EDM = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:edm="http://www.europeana.eu/schemas/edm/">{}</rdf:RDF>'
)


def around(trap: str, files: dict[str, str]) -> Hostile:
    """A picture's index, and the files below `root/` that it names beside it."""
    named = {f"root/{name}": text for name, text in files.items()}
    index = {"archives": [{}], "files": dict.fromkeys([IMAGE, *named], "sha256:" + "0" * 64)}
    types = tuple(TYPES[PurePosixPath(name).suffix] for name in named)
    bodies = (json.dumps(index).encode(), *(text.encode() for text in named.values()))
    return Hostile(trap, bodies, names=("?index", *named), media_types=(MediaType.JSON, *types))


def annotation(path: str, licence: str, *more: str) -> str:
    return "\n".join(
        ("version = 1", "[[annotations]]", f"path = {path}", f"SPDX-License-Identifier = {licence}", *more)
    )


def paragraph(files: str, licence: str) -> str:
    return f"Format: x\n\nFiles: {files}\nCopyright: A. Painter\nLicense: {licence}\n"


FREE = {"REUSE.toml": annotation('"**"', '"CC0-1.0"')}

CASES = [
    around("nothing-around-it", {}),
    around("a-side-car-of-another", {"art/b.png.license": "SPDX-License-Identifier: CC0-1.0"}),
    around("share-alike", {"art/a.png.license": "SPDX-License-Identifier: CC-BY-SA-4.0"}),
    around("either-of-two", {"art/a.png.license": "SPDX-License-Identifier: CC0-1.0 OR CC-BY-NC-4.0"}),
    around("both-of-two", {"art/a.png.license": "SPDX-License-Identifier: CC0-1.0\nSPDX-License-Identifier: MIT"}),
    around("with-an-exception", {"art/a.png.license": "SPDX-License-Identifier: CC0-1.0 WITH Bison-exception-2.2"}),
    around("a-licence-of-their-own", {"art/a.png.license": "SPDX-License-Identifier: LicenseRef-CC0-1.0"}),
    around("the-words-only", {"art/a.png.license": "This file is CC0-1.0."}),
    around("another-tag", {"art/a.png.license": "License: CC0-1.0"}),
    around("a-readme", {"README.md": "Everything here is CC0 1.0."}),
    around("a-text-of-reuse", {"LICENSES/CC0.txt": "Creative Commons Legal Code\n\nCC0 1.0 Universal"}),
    around("a-list-of-another-folder", {"other/REUSE.toml": annotation('"**"', '"CC0-1.0"')}),
    around("a-list-for-other-files", {"REUSE.toml": annotation('"art/*.jpg"', '"CC0-1.0"')}),
    around("a-star-that-is-no-wildcard", {"REUSE.toml": annotation('"art/\\\\*"', '"CC0-1.0"')}),
    around("a-star-that-ends-at-a-slash", {"REUSE.toml": annotation('"*"', '"CC0-1.0"')}),
    around("a-number-for-a-licence", {"REUSE.toml": annotation('"**"', "0")}),
    around("true-for-a-licence", {"REUSE.toml": annotation('"**"', "true")}),
    around("a-list-with-another", {"REUSE.toml": annotation('"**"', '["CC0-1.0", "CC-BY-ND-4.0"]')}),
    around(
        "a-later-annotation",
        {
            "REUSE.toml": annotation(
                '"**"', '"CC0-1.0"', "[[annotations]]", 'path = "art/**"', 'SPDX-License-Identifier = "CC-BY-NC-4.0"'
            )
        },
    ),
    around("a-version-of-tomorrow", {"REUSE.toml": annotation('"**"', '"CC0-1.0"').replace("1", "2", 1)}),
    around("a-list-that-cannot-be-read", {"REUSE.toml": annotation('"**"', '"CC0-1.0"') + "\n[["}),
    around(
        "against-a-side-car",
        {"REUSE.toml": annotation('"**"', '"CC0-1.0"'), "art/a.png.license": "SPDX-License-Identifier: CC-BY-4.0"},
    ),
    around("debian-for-other-files", {".reuse/dep5": paragraph("src/*", "CC0-1.0")}),
    around("debian-in-words", {".reuse/dep5": paragraph("*", "CC0")}),
    around("debian-with-conditions", {".reuse/dep5": paragraph("*", "CC-BY-4.0")}),
    around("debian-of-two-minds", {".reuse/dep5": paragraph("*", "CC0-1.0 and CC-BY-4.0")}),
    around(
        "rights-of-europeana-closed",
        {"art/a.png.rdf": EDM.format('<edm:rights rdf:resource="http://rightsstatements.org/vocab/InC/1.0/"/>')},
    ),
    around(
        "rights-of-europeana-twice",
        {
            "art/a.png.rdf": EDM.format(
                f'<edm:rights rdf:resource="{CC0}"/><edm:rights>http://creativecommons.org/licenses/by-nc/4.0/</edm:rights>'
            )
        },
    ),
    around("rights-in-another-element", {"art/a.png.rdf": EDM.format(f"<dc:rights>{CC0}</dc:rights>")}),
    around("rights-of-another-picture", {"art/b.png.rdf": EDM.format(f'<edm:rights rdf:resource="{CC0}"/>')}),
    around("a-nearer-list-with-nan", FREE | {"art/REUSE.toml": annotation('"**"', '"CC-BY-NC-4.0"', "x = nan")}),
    around("a-nearer-list-with-nul", FREE | {"art/REUSE.toml": annotation('"**"', '"CC-BY-NC-4.0"', 'x = "\\u0000"')}),
    around(
        "a-nearer-list-with-a-large-number",
        FREE | {"art/REUSE.toml": annotation('"**"', '"CC-BY-NC-4.0"', f"x = {10**18}")},
    ),
    around("reserved-in-the-side-car", FREE | {"art/a.png.license": "All rights reserved"}),
    around("reserved-beside-a-tag", {"art/a.png.license": "SPDX-License-Identifier: CC0-1.0\nAll rights reserved"}),
    around("a-space-before-the-colon", FREE | {"art/a.png.license": "SPDX-License-Identifier : CC-BY-NC-4.0"}),
    around(
        "a-second-tag-with-a-space",
        {"art/a.png.license": "SPDX-License-Identifier: CC0-1.0\nSPDX-License-Identifier : CC-BY-NC-4.0"},
    ),
    around(
        "the-second-aggregation-is-closed",
        {
            "art/a.png.edm.json": json.dumps(
                {"aggregations": [{"edmRights": CC0}, {"edmRights": "http://creativecommons.org/licenses/by-nc/4.0/"}]}
            )
        },
    ),
    around("rights-in-a-word", {"art/a.png.edm.json": '{"rights": "CC0"}'}),
    around("rights-in-an-object", {"art/a.png.edm.json": json.dumps({"rights": {"uri": CC0}})}),
    around("rights-and-null", {"art/a.png.edm.json": json.dumps({"rights": [CC0, None]})}),
]
