"""Hostile tables of the National Gallery of Art: free data about images that are not, and objects that are missing."""

from __future__ import annotations

import json

from mitsua_data.model import MediaType
from tests.sources.hostile import Hostile

UUID = "da9ff160-755f-4f9a-a78c-75727ce61a3b"
URL = f"https://api.nga.gov/iiif/{UUID}"
OBJECTS = "objectid,title,attribution\n7,A boat,A painter\n"
HEADER = "uuid,iiifurl,viewtype,maxpixels,openaccess,depictstmsobjectid,assistivetext"
OPEN = {"uuid": UUID, "iiifurl": URL, "viewtype": "primary", "maxpixels": "", "openaccess": "1",
        "depictstmsobjectid": "7", "assistivetext": "A boat."}  # fmt: skip


def tables(trap: str, *rows: str, header: str = HEADER, objects: str = OBJECTS) -> Hostile:
    images = "\n".join((header, *rows)) + "\n"
    return Hostile.text(trap, images, objects, media_type=MediaType.CSV)


def changed(trap: str, **cells: str) -> Hostile:
    return tables(trap, ",".join((OPEN | cells).values()))


CASES = [
    changed("not open, and not capped: full size is no licence", openaccess="0"),
    changed("not open, and capped", openaccess="0", maxpixels="900"),
    changed("open, and capped", maxpixels="4000"),
    changed("nothing said", openaccess=""),
    changed("yes in a word", openaccess="yes"),
    changed("true in a word", openaccess="True"),
    changed("one and a space", openaccess="1 "),
    changed("one in another script", openaccess="\uff11"),
    changed("eleven", openaccess="11"),
    changed("a licence where the flag stands", openaccess="CC0"),
    changed("a view that is none", viewtype="audio"),
    changed("a view in capitals", viewtype="PRIMARY"),
    changed("the address of the capped image", iiifurl=f"{URL}__900"),
    changed("the uuid of the capped image", uuid=f"{UUID}__900", iiifurl=f"{URL}__900"),
    changed("an address that goes on", iiifurl=f"{URL}/full/full/0/default.jpg?"),
    changed("an address on another host", iiifurl=f"https://api.nga.gov.example.org/iiif/{UUID}"),
    changed("an address that climbs", uuid="../../secret", iiifurl="https://api.nga.gov/iiif/../../secret"),
    changed("an address without encryption", iiifurl=f"http://api.nga.gov/iiif/{UUID}"),
    changed("an object that is not there", depictstmsobjectid="8"),
    changed("no object", depictstmsobjectid=""),
    changed("an object almost there", depictstmsobjectid="7 "),
    tables("a table of old", f"{UUID},{URL},primary,,7,A boat.", header=HEADER.replace(",openaccess", "")),
    tables("a table without caps", f"{UUID},{URL},primary,1,7,A boat.", header=HEADER.replace(",maxpixels", "")),
    tables("a column under another name", ",".join(OPEN.values()), header=HEADER.replace("openaccess", "OpenAccess")),
    tables("the column twice", f"{','.join(OPEN.values())},0", header=f"{HEADER},openaccess"),
    tables("a row one cell too long", f"{UUID},{URL},primary,,0,1,7,A boat."),
    tables("a row one cell too short", f"{UUID},{URL},primary,1,7,A boat."),
    tables("no header", ",".join(OPEN.values()), header=",".join(OPEN.values())),
    tables("one object twice", ",".join(OPEN.values()), objects=f"{OBJECTS}7,Another,Another\n"),
    tables("no object, and an object without a number", ",".join((OPEN | {"depictstmsobjectid": ""}).values()),
           objects=f"{OBJECTS},Nothing,Nobody\n"),
    Hostile("a row in JSON beside the gallery's objects", (json.dumps([OPEN]).encode(), OBJECTS.encode()),
            media_types=(MediaType.JSON, MediaType.CSV)),
    Hostile("a row in JSON without a cap, beside objects",
            (json.dumps([OPEN | {"maxpixels": None}]).encode(), OBJECTS.encode()),
            media_types=(MediaType.JSON, MediaType.CSV)),
    tables("objects without ids", ",".join(OPEN.values()), objects="title,objectid_\nA boat,7\n"),
    Hostile.text("an image alone", f"{HEADER}\n{','.join(OPEN.values())}\n", media_type=MediaType.CSV),
    Hostile.text("an unfinished quote", f'{HEADER}\n{",".join(OPEN.values())[:-7]}"A boat\n', OBJECTS,
                 media_type=MediaType.CSV),
    Hostile.text("a still of a film", "mediaid,mediatype,imageurl,openaccess,license\n1,video,https://media.nga.gov/a.jpg,1,CC0\n",
                 media_type=MediaType.CSV),
    Hostile.json("a row that somebody made into JSON", [OPEN]),
    Hostile.json("one in a number", [OPEN | {"openaccess": 1}]),
    Hostile.json("true", [OPEN | {"openaccess": True, "maxpixels": None}]),
    Hostile.json("a row with its object's fields", [OPEN | {"objectid": "7", "title": "A boat"}]),
    Hostile.json("image and object in two lists", [OPEN], [{"objectid": "7", "title": "A boat"}]),
]  # fmt: skip
