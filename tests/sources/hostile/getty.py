"""Objects and images of the Getty Museum that look free."""

from __future__ import annotations

from typing import Any

from tests.sources.hostile import Hostile

OBJECT = "https://data.getty.edu/museum/collection/object/00000009-0000-4000-8000-000000000000"
IMAGE = "https://data.getty.edu/media/image/00000001-0000-4000-8000-000000000000"
THESAURUS = "https://data.getty.edu/local/thesaurus/"
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
STATEMENTS = "https://rightsstatements.org/vocab/"
PAGE = "http://rightsstatements.org/page/"
DOWNLOAD = f"{THESAURUS}clearance/download"


def image(*classes: Any, **more: Any) -> dict[str, Any]:
    """An image's record that would be claimed beside `thing()`, with other classes of its right."""
    right = {"type": "Right", "classified_as": [each if isinstance(each, dict) else {"id": each} for each in classes]}
    service = {"id": "https://media.getty.edu/iiif/image/1", "classified_as": [{"id": f"{THESAURUS}iiif-image"}]}
    shown = [{"access_point": [service]}]
    return {"id": IMAGE, "type": "VisualItem", "digitally_shown_by": shown, "subject_to": [right], **more}


def thing(*notes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An object that would let its image be claimed, with notes."""
    made = {"id": OBJECT, "type": "HumanMadeObject", "_label": "X", "shows": [{"id": IMAGE}]}
    return {**made, "referred_to_by": list(notes), **more}


def right(*ids: str) -> list[dict[str, Any]]:
    return [{"type": "Right", "classified_as": [{"id": each} for each in ids]}]


FREE = image(CC0, DOWNLOAD)
ASSERTION = "RightsStatements.org Rights Assertion"
CASES = [
    Hostile.json("an-object-under-cc0-alone", thing(subject_to=right(CC0))),
    Hostile.json("an-image-under-cc0-alone", FREE),
    Hostile.json("an-object's-cc0-for-its-metadata", thing(subject_to=right(CC0)), image(f"{STATEMENTS}NoC-US/1.0/")),
    Hostile.json("free-in-one-country", thing(), image(f"{STATEMENTS}NoC-US/1.0/", DOWNLOAD)),
    Hostile.json("in-copyright-and-cc0", thing(), image(CC0, f"{STATEMENTS}InC/1.0/", DOWNLOAD)),
    Hostile.json("free-in-one-country-and-cc0", thing(), image(CC0, f"{STATEMENTS}NoC-US/1.0/", DOWNLOAD)),
    Hostile.json("not-cleared", thing(), image(CC0, f"{THESAURUS}clearance/view")),
    Hostile.json("cleared-twice", thing(), image(CC0, DOWNLOAD, f"{THESAURUS}clearance/none")),
    Hostile.json("cleared-and-nothing-else", thing(), image(DOWNLOAD)),
    Hostile.json("a-look-alike-of-the-host", thing(), image("https://creativecommons.org.example/publicdomain/zero/1.0/")),
    Hostile.json("the-licence-in-a-path", thing(), image(f"https://data.getty.edu/{CC0}")),
    Hostile.json("the-licence-in-a-label", thing(), image({"id": f"{THESAURUS}rights", "_label": CC0})),
    Hostile.json("classes-in-a-text", thing(), {**FREE, "subject_to": [{"classified_as": CC0}]}),
    Hostile.json("ids-in-lists", thing(), image({"id": [CC0]})),
    Hostile.json("ids-are-null", thing(), image(CC0, {"id": None})),
    Hostile.json("ids-are-true", thing(), image({"id": True})),
    Hostile.json("no-right", thing(), {key: value for key, value in FREE.items() if key != "subject_to"}),
    Hostile.json("non-commercial", thing(), image("https://creativecommons.org/licenses/by-nc-nd/4.0/", DOWNLOAD)),
    Hostile.json("reserved-in-words", thing(), {**FREE, "subject_to": [*FREE["subject_to"], {"classified_as": [],
                 "referred_to_by": [{"content": "© Somebody. All rights reserved"}]}]}),
    Hostile.json("an-object-in-copyright", thing(subject_to=right(f"{STATEMENTS}InC/1.0/")), FREE),
    Hostile.json("an-object-in-copyright-in-odd-spelling", thing(subject_to=right(f"{PAGE}InC-RUU/1.0/")), FREE),
    Hostile.json("an-object-said-to-be", thing({"_label": ASSERTION, "id": "x", "content": "In Copyright"}), FREE),
    *(
        Hostile.json(f"asserted-as-{place}", thing({"_label": ASSERTION, "id": f"{STATEMENTS}NoC-US/1.0/",
                                                    "content": content}), FREE)
        for place, content in enumerate(["Copyright Undetermined", "Copyright Not Evaluated", ["In Copyright"],
                                         "In\u00a0Copyright", None])
    ),
    Hostile.json("an-estate's-class-alone", thing({"content": "x", "classified_as": {
                 "id": "https://vocab.getty.edu/page/aat/300435434"}}), FREE),
    Hostile.json("an-estate's-class-in-short", thing({"content": "x", "classified_as": ["aat:300435434"]}), FREE),
    Hostile.json("an-estate's-notice", thing({"_label": "Copyright Notice", "content": "The Estate"}), FREE),
    Hostile.json("an-estate-inside", thing({"part": [{"_label": "Copyright Statement", "content": "x"}]}), FREE),
    Hostile.json("a-sign-in-a-credit", thing({"_label": "Credit Line", "content": "© Somebody"}), FREE),
    Hostile.json("not-cleared-in-capitals", thing(), image(CC0, f"{THESAURUS}Clearance/none")),
    Hostile.json("an-image-twice", thing(), FREE, image(CC0, f"{STATEMENTS}InC/1.0/")),
    Hostile.json("an-image-twice-the-other-way", thing(), image(f"{STATEMENTS}InC/1.0/"), FREE),
    Hostile.json("a-statement-by-address", thing({"id": f"{STATEMENTS}InC/1.0/?language=en"}), FREE),
    Hostile.json("somebody's-estate", thing({"_label": "Copyright Statement", "content": "The Estate"}), FREE),
    Hostile.json("notes-in-a-text", thing(referred_to_by="© Somebody"), FREE),
    Hostile.json("an-image-of-another-object", thing(shows=[{"id": IMAGE.replace("01-", "02-")}]), FREE),
    Hostile.json("an-image-by-another-name", thing(), {**FREE, "id": f"{IMAGE}/"}),
    Hostile.json("a-picture-elsewhere", thing(), {**FREE, "digitally_shown_by": [{"access_point": [
                 {"id": "https://media.getty.edu.example/1", "classified_as": [{"id": f"{THESAURUS}iiif-image"}]}]}]}),
    Hostile.json("the-other-getty", {"images": [{"id": "1", "license_model": "royaltyfree", "license": CC0}]}),
    Hostile.json("a-manifest", {"@id": "https://media.getty.edu/iiif/manifest/1", "license": CC0}),
    Hostile.json("a-row-of-a-query", {"obj": OBJECT, "img": "https://media.getty.edu/x.jpg", "license": CC0}),
]  # fmt: skip
