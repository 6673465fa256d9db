"""Answers in the form of the Metropolitan Museum's API that hold nothing open."""

from __future__ import annotations

from typing import Any

from mitsua_data.model import MediaType
from tests.sources.hostile import Hostile

HOST = "https://images.metmuseum.org"
URL = f"{HOST}/CRDImages/ep/original/DP-1.jpg"


def record(**changes: Any) -> dict[str, Any]:
    """A record that would be open, with fields replaced; `...` takes one out."""
    plain = {
        "objectID": 7, "isPublicDomain": True, "primaryImage": URL, "primaryImageSmall": URL, "additionalImages": [],
        "rightsAndReproduction": "", "title": "A field", "metadataDate": "2026-05-13T04:56:47.627Z",
    }  # fmt: skip
    return {key: value for key, value in (plain | changes).items() if value is not ...}


def each(trap: str, field: str, values: dict[str, Any]) -> list[Hostile]:
    """One case for each value that a field may hold."""
    return [Hostile.json(f"{trap}-{name}", record(**{field: value})) for name, value in values.items()]


CASES = [
    *each("flag", "isPublicDomain", {
        "false": False, "null": None, "text": "true", "Text": "True", "one": 1, "float": 1.0, "list": [True],
        "object": {"value": True}, "empty": "", "absent": ...,
    }),
    *each("rights", "rightsAndReproduction", {
        "artist": "© 2022 Artists Rights Society (ARS), New York", "null": None, "list": [], "false": False,
        "zero": 0, "absent": ..., "long": "©" * 100_000, "by-nc": "CC BY-NC 4.0", "sign": "\u00a9",
    }),
    *each("picture", "primaryImage", {
        "longer-host": "https://images.metmuseum.org.evil.example/CRDImages/1.jpg",
        "user": "https://images.metmuseum.org@evil.example/1.jpg",
        "port": "https://images.metmuseum.org:8443/1.jpg", "http": URL.replace("https", "http"),
        "relative": "/CRDImages/ep/original/DP-1.jpg", "scheme-relative": URL.removeprefix("https:"),
        "website": "https://www.metmuseum.org/CRDImages/ep/original/DP-1.jpg", "list": [URL], "null": None,
        "object": {"url": URL}, "absent": ..., "empty": "", "space": f" {URL}",
        "upper-host": URL.replace("images", "IMAGES"), "local": "file:///etc/hostname", "data": "data:image/png,x",
    }),
    Hostile.json("small-picture-only", record(primaryImage="", additionalImages=[])),
    Hostile.json("pictures-as-a-text", record(primaryImage="", additionalImages=URL)),
    Hostile.json("pictures-that-are-objects", record(primaryImage="", additionalImages=[{"url": URL}])),
    Hostile.json("id-in-quotes", record(objectID="7")),
    Hostile.json("id-true", record(objectID=True)),
    Hostile.json("no-id", record(objectID=...)),
    Hostile.json("several-objects-in-a-list", [record(), record(objectID=8)]),
    Hostile.json("object-in-an-envelope-that-the-museum-has-not", {"data": record(), "objectIDs": [7]}),
    Hostile.json("taken-back-later", record(), record(isPublicDomain=False, metadataDate="2026-06-01T00:00:00Z")),
    Hostile.json("list", {"total": 2, "objectIDs": [7, 8]}),
    Hostile.json("error", {"message": "ObjectID not found"}),
    Hostile.text("flag-twice", '{"objectID": 7, "isPublicDomain": false, "isPublicDomain": true, "primaryImage": "'
                 + URL + '", "rightsAndReproduction": ""}', media_type=MediaType.JSON),
    Hostile.text("wall", "<html>Request unsuccessful. Incapsula incident</html>", media_type=MediaType.JSON),
    Hostile.text("cut-short", '{"objectID": 7, "isPublicDomain": true,', media_type=MediaType.JSON),
    Hostile.text("dump-says-true", "Object ID,Is Public Domain,Link Resource\n7,True," + URL + "\n",
                 media_type=MediaType.CSV, names=("MetObjects.csv",)),
    Hostile.text("git-lfs-pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 317000000\n",
                 media_type=MediaType.CSV, names=("MetObjects.csv",)),
]  # fmt: skip
