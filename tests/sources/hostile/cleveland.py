"""Answers in the form of the Cleveland Museum of Art's API that hold nothing open."""

from __future__ import annotations

from typing import Any

from mitsua_data.model import MediaType
from tests.sources.hostile import Hostile

HOST = "https://openaccess-cdn.clevelandart.org"
URL = f"{HOST}/1915.1/1915.1_print.jpg"


def work(**changes: Any) -> dict[str, Any]:
    """A record that would be open, with fields replaced; `...` takes one out."""
    plain = {
        "id": 7, "accession_number": "1915.1", "share_license_status": "CC0", "copyright": None, "title": "A bottle",
        "images": {"print": {"url": URL, "width": "2422", "height": "3400", "filename": "1915.1_print.jpg"}},
    }  # fmt: skip
    return {key: value for key, value in (plain | changes).items() if value is not ...}


def listed(**changes: Any) -> dict[str, Any]:
    """The same in the envelope of a list."""
    return {"info": {"total": 1, "parameters": {"cc0": "1"}}, "data": [work(**changes)]}


def each(trap: str, field: str, values: dict[str, Any]) -> list[Hostile]:
    """One case for each value that a field may hold."""
    return [Hostile.json(f"{trap}-{name}", listed(**{field: value})) for name, value in values.items()]


CASES = [
    *each("status", "share_license_status", {
        "copyrighted": "Copyrighted", "other": "Other", "lower": "cc0", "with-version": "CC0-1.0",
        "by-sa": "CC-BY-SA", "by-nc": "CC BY-NC", "both": "CC0, Copyrighted", "not": "not CC0", "null": None,
        "list": ["CC0"], "object": {"CC0": True}, "true": True, "one": 1, "empty": "", "absent": ...,
        "look-alike": "ＣＣ0", "uri": "https://creativecommons.org/licenses/by-nc/4.0/",
    }),
    *each("copyright", "copyright", {
        "text": "© Estate of Somebody", "list": ["© Somebody"], "empty-list": [], "true": True, "false": False,
        "zero": 0, "absent": ..., "object": {}, "long": "©" * 100_000,
    }),
    Hostile.json("photographer-credited", listed(image_credit="Photograph © Somebody")),
    Hostile.json("photographer-in-a-list", listed(image_credit=["Somebody"])),
    *each("images", "images", {
        "absent": ..., "null": None, "none": {}, "all-empty": {"web": {}, "print": {}, "full": {}}, "list": [URL],
        "text": URL, "tier-is-text": {"print": URL}, "tier-is-list": {"print": [{"url": URL}]},
        "no-url": {"print": {"filename": "1915.1_print.jpg"}}, "null-url": {"print": {"url": None}},
        "empty-url": {"print": {"url": ""}}, "url-list": {"print": {"url": [URL]}},
        "other-tier": {"raw": {"url": URL}},
        "host": {"print": {"url": "https://openaccess-cdn.clevelandart.org.evil.example/1_print.jpg"}},
        "user": {"print": {"url": "https://openaccess-cdn.clevelandart.org@evil.example/1_print.jpg"}},
        "website": {"print": {"url": "https://www.clevelandart.org/1915.1_print.jpg"}},
        "http": {"print": {"url": URL.replace("https", "http")}}, "local": {"web": {"url": "file:///etc/hostname"}},
    }),
    Hostile.json("alternate-elsewhere", listed(images=None, alternate_images=[{"web": {"url": "https://x.example/a"}}])),
    Hostile.json("alternates-as-text", listed(images=None, alternate_images=URL)),
    Hostile.json("alternate-is-text", listed(images=None, alternate_images=[URL])),
    Hostile.json("id-in-quotes", listed(id="7")),
    Hostile.json("id-true", listed(id=True)),
    Hostile.json("no-id", listed(id=...)),
    Hostile.json("no-accession-number", listed(accession_number=...)),
    Hostile.json("counts-that-look-like-a-record", {"id": 68954, "accession_number": 68954, "images": 41447,
                                                    "share_license_status": 68954, "copyright": 8655, "cc0": 42267}),
    Hostile.json("filter-echoed-as-rights", {"info": {"share_license_status": "CC0"}, "data": [
        work(share_license_status=...)]}),
    Hostile.json("no-data", {"info": {"total": 1}, "data": None}),
    Hostile.json("empty", {"info": {"total": 32483}, "data": []}),
    Hostile.json("taken-back-later", work(updated_at="2025-01-01 00:00:00"),
                 work(updated_at="2026-01-01 00:00:00", share_license_status="Copyrighted")),
    Hostile.text("status-twice", '{"id": 7, "accession_number": "1", "share_license_status": "Copyrighted", '
                 '"share_license_status": "CC0", "copyright": null, "images": {"web": {"url": "' + URL + '"}}}',
                 media_type=MediaType.JSON),
    Hostile.text("git-lfs-pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
                 media_type=MediaType.JSON),
    Hostile.text("page-for-people", "<html>CC0</html>", media_type=MediaType.HTML),
]  # fmt: skip
