"""Manifests that look free: statements that are near to a free one, stand in the wrong place, or are contradicted."""

from __future__ import annotations

from typing import Any

from tests.sources.hostile import Hostile

CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
IN_C = "http://rightsstatements.org/vocab/InC/1.0/"
IMAGE = "https://images.example/iiif/1"


def three(trap: str, *, canvas: Any = ..., image: Any = ..., **fields: Any) -> Hostile:
    body = {
        "id": f"{IMAGE}/full/max/0/default.jpg",
        "type": "Image",
        "service": [{"id": IMAGE, "type": "ImageService3"}],
    }
    if image is not ...:
        body["rights"] = image
    note = {"type": "Annotation", "motivation": "painting", "body": body}
    page = {"type": "Canvas", "items": [{"type": "AnnotationPage", "items": [note]}]}
    if canvas is not ...:
        page["rights"] = canvas
    return Hostile.json(
        trap, {"id": "https://m.example/1", "type": "Manifest", "label": CC0, "items": [page], **fields}
    )


def two(trap: str, *, on_canvas: Any = None, **fields: Any) -> Hostile:
    resource = {"@id": f"{IMAGE}/full/full/0/default.jpg", "@type": "dctypes:Image"}
    canvas = {"@type": "sc:Canvas", "images": [{"resource": resource}]} | (on_canvas or {})
    manifest = {"@id": "https://m.example/1", "@type": "sc:Manifest", "sequences": [{"canvases": [canvas]}]}
    return Hostile.json(trap, manifest | fields)


CASES = [
    three("nothing-said"),
    three("in-copyright", rights=IN_C),
    three("in-copyright-on-the-canvas", rights=CC0, canvas=IN_C),
    three("in-copyright-on-the-image", rights=CC0, canvas=CC0, image=IN_C),
    three("null-on-the-image", rights=CC0, image=None),
    three("true", rights=True),
    three("one", rights=1),
    three("an-object", rights={"id": CC0}),
    three("a-list-with-another", rights=[CC0, IN_C]),
    three("a-name", rights="CC0"),
    three("a-look-alike-host", rights="https://creativecommons.org.example/publicdomain/zero/1.0/"),
    three("a-look-alike-path", rights="https://creativecommons.org/publicdomain/zero/1.0/../../../licenses/by-nc/4.0/"),
    three("a-query", rights=CC0 + "?jurisdiction=none"),
    three("another-version", rights="https://creativecommons.org/publicdomain/zero/2.0/"),
    three("non-commercial", rights="https://creativecommons.org/licenses/by-nc/4.0/"),
    three("no-derivatives", rights="http://creativecommons.org/licenses/by-nd/3.0/"),
    three("share-alike", rights="https://creativecommons.org/licenses/by-sa/4.0/"),
    three("one-country", rights="https://rightsstatements.org/vocab/NoC-US/1.0/"),
    three("no-known-copyright", rights="https://rightsstatements.org/vocab/NKC/1.0/"),
    three(
        "a-sign-beside-it", rights=CC0, requiredStatement={"label": {"en": ["By"]}, "value": {"en": ["© 2020 Heirs"]}}
    ),
    three("two-keys", rights=CC0, license="https://creativecommons.org/licenses/by-nc-nd/4.0/"),
    three("words-in-the-metadata", metadata=[{"label": {"en": ["Rights"]}, "value": {"en": [CC0]}}]),
    three("words-in-the-required-statement", requiredStatement={"label": {"en": ["Rights"]}, "value": {"en": ["CC0"]}}),
    two("a-licence-of-the-logo", logo={"@id": "https://m.example/logo.png", "license": CC0}),
    two("all-rights-reserved", license=CC0, attribution="A Museum. All rights reserved."),
    two("a-sign-in-a-list", license=[CC0], attribution=[{"@value": "(C) Estate of B", "@language": "en"}]),
    two("a-rights-key-of-the-other-version", license=CC0, rights=IN_C),
    two("a-canvas-with-a-statement-nobody-can-read", license=CC0, on_canvas={"license": f"{IN_C}\0"}),
    two("a-canvas-with-a-number-nobody-can-read", license=CC0, on_canvas={"license": [IN_C, 2**60]}),
    two("reserved-on-the-canvas", license=CC0, on_canvas={"attribution": "© Estate. All rights reserved"}),
    two("required-on-the-canvas", license=CC0, on_canvas={"requiredStatement": {"label": "By", "value": "© Estate"}}),
    two("a-year-and-a-name", license=CC0, attribution="Copyright 2020 The Estate of X"),
    two("in-copyright-in-words", license=CC0, attribution="In copyright"),
    two("an-unlike-space", license=CC0, attribution="All rights\u00a0reserved"),
    two("an-entity", license=CC0, attribution="&#169; X"),
    two("a-label-that-says-it", license=CC0, requiredStatement={"label": {"en": ["© Estate"]}, "value": "x"}),
    two("a-required-text", license=CC0, requiredStatement="© X"),
    two("a-required-list", license=CC0, requiredStatement=[{"label": "By", "value": {"en": ["© X"]}}]),
    two("rights-among-the-metadata", license=CC0, metadata=[{"label": "Rights", "value": "© X"}]),
    Hostile.json("a-collection-that-is-free", {"type": "Collection", "rights": CC0, "items": []}),
    Hostile.json("a-list-of-manifests", [{"type": "Manifest", "rights": CC0}]),
    Hostile.json(
        "an-object-of-linked-art", {"type": "HumanMadeObject", "rights": CC0, "representation": [{"id": IMAGE}]}
    ),
]
