"""Hostile records of the Smithsonian: free words about pictures that are not, and words that only look free."""

from __future__ import annotations

from typing import Any

from mitsua_data.model import MediaType
from tests.sources.hostile import Hostile


def medium(**changes: Any) -> dict[str, Any]:
    address = "https://ids.si.edu/ids/deliveryService?id=A"
    return {"type": "Images", "idsId": "A", "usage": {"access": "CC0"}, "content": address, **changes}


def record(*media: Any, metadata: Any = "CC0", rights: Any = None) -> dict[str, Any]:
    own = {
        "record_ID": "chndm_1",
        "metadata_usage": {"access": metadata},
        "online_media": {"mediaCount": len(media), "media": list(media)},
    }
    content: dict[str, Any] = {"descriptiveNonRepeating": own, "freetext": {}}
    if rights is not None:
        content["freetext"]["objectRights"] = rights
    return {"url": "edanmdm:chndm_1", "title": "Cup", "content": content}


def said(text: str, label: str = "Restrictions & Rights") -> dict[str, Any]:
    return record(medium(), rights=[{"label": label, "content": text}])


def addressed(content: Any) -> dict[str, Any]:
    return record(medium(content=content))


def freetext(value: Any) -> dict[str, Any]:
    made = record(medium())
    made["content"]["freetext"] = value
    return made


DOUBLED = """{"url": "edanmdm:x_1", "content": {"descriptiveNonRepeating": {"record_ID": "x_1",
 "metadata_usage": {"access": "CC0"}, "online_media": {"media": [{"type": "Images", "content":
 "https://ids.si.edu/ids/deliveryService?id=A", "usage": {"access": "Usage conditions apply", "access": "CC0"}}]}}}}"""

CASES = [
    Hostile.json("free words about a picture that is not", record(medium(usage={"access": "Usage conditions apply"}))),
    Hostile.json("a free picture in a record that is not", record(medium(), metadata="Usage Conditions Apply")),
    Hostile.json("free words, and no word on the picture", record(medium(usage={}))),
    Hostile.json("usage that is null", record(medium(usage=None))),
    Hostile.json("access that is true", record(medium(usage={"access": True}))),
    Hostile.json("access that is one", record(medium(usage={"access": 1}))),
    Hostile.json("access in a list", record(medium(usage={"access": ["CC0"]}))),
    Hostile.json("access with a licence beside it", record(medium(usage={"access": "CC0 / CC BY-NC"}))),
    Hostile.json("access in full-width letters", record(medium(usage={"access": "\uff23\uff23\uff10"}))),
    Hostile.json("access with a letter for the nought", record(medium(usage={"access": "CCO"}))),
    Hostile.json("access under another name", record(medium(usage={"Access": "CC0"}))),
    Hostile.json("not determined", record(medium(usage={"access": "Not determined"}))),
    Hostile.json("a code beside the word", record(medium(usage={"access": "CC0", "codes": "Restricted"}))),
    Hostile.json("a text beside the word", record(medium(usage={"access": "CC0", "text": "© The artist"}))),
    Hostile.json("words that are free in a list", record(medium(), metadata=["CC0"])),
    Hostile.json("a free model of the thing", record(medium(type="3d_voyager"))),
    Hostile.json("a free scan of a book", record(medium(type="Scanned books"))),
    Hostile.json("a kind in a list", record(medium(type=["Images"]))),
    Hostile.json("media by name", record() | {"online_media": {"media": [medium()]}}),
    Hostile.json("a sign of copyright", said("© 1962 A. Painter")),
    Hostile.json("copyright in a circle of letters", said("(c) A. Painter")),
    Hostile.json("all rights", said("CC0. All rights reserved.")),
    Hostile.json("no copyright, and yet permission", said("No Copyright - permission required")),
    Hostile.json("no access restrictions, and yet copyright", said("No access restrictions. In copyright.")),
    Hostile.json("a holder under the label", said("A. Painter", "Copyright")),
    Hostile.json("rights text of another kind", record(medium(), rights={"content": "© A. Painter"})),
    Hostile.json("rights text in a text", record(medium(), rights="© A. Painter")),
    Hostile.json("an address on another host", addressed("https://ids.si.edu.example.org/ids/deliveryService?id=A")),
    Hostile.json("an address with another host behind", addressed("https://example.org/https://ids.si.edu/a")),
    Hostile.json("an address with a user name", addressed("https://ids.si.edu@example.org/a")),
    Hostile.json("an address with a port", addressed("https://ids.si.edu:8443/a")),
    Hostile.json("an address without encryption", addressed("http://ids.si.edu/ids/deliveryService?id=A")),
    Hostile.json("an address of a file", addressed("file:///etc/passwd")),
    Hostile.json("an address in a list", addressed(["https://ids.si.edu/ids/deliveryService?id=A"])),
    Hostile.json(
        "one picture twice, and once not free", record(medium(), medium(usage={"access": "Usage conditions apply"}))
    ),
    Hostile.json(
        "one picture twice, first not free", record(medium(usage={"access": "Usage conditions apply"}), medium())
    ),
    Hostile.json("one address under two ids", record(medium(), medium(idsId="B", usage={"access": "Not determined"}))),
    Hostile.json(
        "one picture twice, and a word added", record(medium(), medium(usage={"access": "CC0", "text": "(c)"}))
    ),
    Hostile.json("texts in a list", freetext([{"objectRights": [{"label": "Rights", "content": "© A. Painter"}]}])),
    Hostile.json("texts in a text", freetext("© A. Painter")),
    Hostile.json(
        "rights under another name", freetext({"objectrights": [{"label": "Rights", "content": "© A. Painter"}]})
    ),
    Hostile.json("a sign of copyright as an entity", said("&copy; A. Painter")),
    Hostile.json("a sign of copyright as a number", said("&#169; A. Painter")),
    Hostile.json("a capital in a circle", said("\u24b8 A. Painter")),
    Hostile.json("a letter of another script", said("C\u043epyright A. Painter")),
    Hostile.json("the word for free in another script", said("\u0421\u04210")),
    Hostile.json("personal use only", said("personal use only")),
    Hostile.json("not in the public domain", said("not in the public domain")),
    Hostile.json("a holder behind a line that agrees", said("CC0 except the figure")),
    Hostile.json("a holder in the credit line", freetext({"creditLine": [{"label": "Credit", "content": "&copy; A"}]})),
    Hostile.json("a holder in the caption", record(medium(caption="© Agency, all rights reserved"))),
    Hostile.json("a word of use that is not known", record(medium(usage={"access": "CC0", "restrictions": "No sale"}))),
    Hostile.text("one key twice", DOUBLED, media_type=MediaType.JSON),
    Hostile.text("a record in a page", f"<script>{DOUBLED}</script>", media_type=MediaType.HTML),
]
