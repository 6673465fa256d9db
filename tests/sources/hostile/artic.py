"""Answers in the form of the Art Institute of Chicago's API that hold nothing open."""

from __future__ import annotations

from typing import Any

from mitsua_data.model import MediaType
from tests.sources.hostile import Hostile

PICTURE = "1753b638-d4fb-8e45-3db9-92dde7f053da"


def work(**changes: Any) -> dict[str, Any]:
    """A record that would be open, with fields replaced; `...` takes one out."""
    plain = {
        "id": 7, "api_model": "artworks", "title": "A field", "is_public_domain": True, "copyright_notice": None,
        "image_id": PICTURE, "is_zoomable": True, "max_zoom_window_size": -1, "timestamp": "2025-02-16T00:00:00-06:00",
    }  # fmt: skip
    return {key: value for key, value in (plain | changes).items() if value is not ...}


def answer(config: Any = ..., **changes: Any) -> dict[str, Any]:
    """The same in the envelope of a listing."""
    return {
        "pagination": {"total": 1, "total_pages": 1},
        "data": [work(**changes)],
        "info": {
            "license_text": "All other data in this response is licensed under a Creative Commons Zero (CC0) 1.0 "
            "designation and the Terms and Conditions of artic.edu.",
            "license_links": ["https://creativecommons.org/publicdomain/zero/1.0/", "https://www.artic.edu/terms"],
        },
        "config": {"iiif_url": "https://www.artic.edu/iiif/2"} if config is ... else config,
    }


def each(trap: str, field: str, values: dict[str, Any]) -> list[Hostile]:
    """One case for each value that a field may hold."""
    return [Hostile.json(f"{trap}-{name}", answer(**{field: value})) for name, value in values.items()]


CASES = [
    *each("flag", "is_public_domain", {
        "false": False, "null": None, "text": "true", "one": 1, "float": 1.0, "list": [True], "object": {},
        "absent": ..., "word": "public domain",
    }),
    *each("notice", "copyright_notice", {
        "artist": "© 2018 Estate of Pablo Picasso /\nArtists Rights Society (ARS), New York", "list": [],
        "list-of-one": ["©"], "false": False, "zero": 0, "object": {}, "absent": ..., "long": "©" * 100_000,
    }),
    *each("picture", "image_id", {
        "null": None, "absent": ..., "empty": "", "number": 7, "list": [PICTURE], "climbing": f"../{PICTURE}",
        "address": f"https://evil.example/{PICTURE}", "query": f"{PICTURE}?x", "fragment": f"{PICTURE}#x",
        "longer": f"{PICTURE}0", "upper": PICTURE.upper(), "line": f"{PICTURE}\n",
    }),
    *each("server", "config", {
        "other": {"iiif_url": "https://www-test.artic.edu/iiif/2"}, "http": {"iiif_url": "http://www.artic.edu/iiif/2"},
        "longer": {"iiif_url": "https://www.artic.edu.evil.example/iiif/2"}, "null": {"iiif_url": None}, "none": {},
        "user": {"iiif_url": "https://www.artic.edu@evil.example/iiif/2"}, "list": {"iiif_url": ["https://x.example"]},
        "text": "https://www.artic.edu/iiif/2", "slash": {"iiif_url": "https://www.artic.edu/iiif/2/../3"},
    }),
    Hostile.json("free-zoom-is-no-licence", answer(is_public_domain=False, max_zoom_window_size=-1)),
    Hostile.json("no-notice-is-no-licence", answer(is_public_domain=False, copyright_notice=None)),
    Hostile.json("fields-without-rights", answer(is_public_domain=..., copyright_notice=...)),
    Hostile.json("search-without-fields", {"data": [{"_score": 9.5, "id": 7, "title": "A field"}]}),
    Hostile.json("rights-in-the-envelope", {"is_public_domain": True, "copyright_notice": None, "image_id": PICTURE,
                                            "data": {"id": 7, "api_model": "artworks", "image_id": PICTURE}}),
    Hostile.json("picture-of-an-image-record", work(api_model="images", iiif_url=f"/{PICTURE}", artwork_ids=[7])),
    Hostile.json("another-kind-of-record", work(api_model="exhibitions")),
    Hostile.json("id-in-quotes", answer(id="7")),
    Hostile.json("id-true", answer(id=True)),
    Hostile.json("no-id", answer(id=...)),
    Hostile.json("taken-back-later", work(), work(is_public_domain=False, timestamp="2025-08-05T00:00:00-05:00")),
    Hostile.json("alternate-picture-only", answer(image_id=None, alt_image_ids=[PICTURE])),
    Hostile.json("error", {"status": 403, "error": "Invalid number of results", "detail": "Please refine."}),
    Hostile.json("settings", {"iiif_url": "https://www.artic.edu/iiif/2", "website_url": "http://www.artic.edu"}),
    Hostile.text("flag-twice", '{"id": 7, "is_public_domain": false, "is_public_domain": true, "image_id": "'
                 + PICTURE + '", "copyright_notice": null}', media_type=MediaType.JSON),
    Hostile.text("challenge", "<!DOCTYPE html><title>Just a moment...</title>", media_type=MediaType.JSON),
    Hostile.text("cut-short", '{"data": [{"id": 7, "is_public_domain": true', media_type=MediaType.JSON),
    Hostile.text("table", "id,is_public_domain,image_id\n7,true," + PICTURE + "\n", media_type=MediaType.CSV),
]  # fmt: skip
