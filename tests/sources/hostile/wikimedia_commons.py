"""Files on Wikimedia Commons that look like CC0."""

from __future__ import annotations

from typing import Any

from tests.sources.hostile import Hostile

CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
FREE = {
    "License": "cc0",
    "LicenseShortName": "CC0",
    "LicenseUrl": CC0,
    "Restrictions": "",
    "AttributionRequired": "false",
    "Copyrighted": "True",
    "Categories": "CC-Zero|Media donated by A Museum",
    "Credit": "A Museum",
}


def answer(info: dict[str, Any] | None = None, **meta: Any) -> dict[str, Any]:
    """A file that would be claimed, with fields replaced."""
    held = {name: {"value": value} for name, value in (FREE | meta).items() if value is not ...}
    base = {"user": "Uploader", "mime": "image/jpeg", "url": "https://upload.wikimedia.org/x.jpg", "extmetadata": held}
    page = {"pageid": 1, "ns": 6, "title": "File:X.jpg", "imagerepository": "local", "imageinfo": [base | (info or {})]}
    return {"batchcomplete": True, "query": {"pages": [page]}}


def with_field(name: str, value: Any) -> dict[str, Any]:
    """The same with a field of `extmetadata` that is built otherwise."""
    made = answer()
    made["query"]["pages"][0]["imageinfo"][0]["extmetadata"][name] = value
    return made


def entity(**statements: str) -> dict[str, Any]:
    held = {
        name: [{"rank": "normal", "mainsnak": {"snaktype": "value", "datavalue": {"value": {"id": item}}}}]
        for name, item in statements.items()
    }
    return {"entities": {"M1": {"id": "M1", "statements": held}}}


WASHED = "CC-Zero|Flickr images missing review|Photos uploaded from Flickr"
OWN = '<span class="int-own-work">Own work</span>'
CASES = [
    Hostile.json("a-look-alike-of-the-licence's-host", answer(LicenseUrl=CC0.replace("org", "org.example"))),
    Hostile.json("the-licence-in-a-query", answer(LicenseUrl=f"https://example.org/?{CC0}")),
    Hostile.json("the-mark-behind-cc0's-name", answer(LicenseUrl="https://creativecommons.org/publicdomain/mark/1.0/")),
    Hostile.json("nc-behind-cc0's-name", answer(LicenseUrl="https://creativecommons.org/licenses/by-nc/4.0/")),
    Hostile.json("share-alike-with-cc0's-address", answer(License="cc-by-sa-4.0", LicenseShortName="CC BY-SA 4.0")),
    Hostile.json("some-public-domain", answer(License="pd", LicenseShortName="Public domain", LicenseUrl=...)),
    Hostile.json("values-in-lists", answer(License=["cc0"], LicenseShortName=["CC0"], LicenseUrl=[CC0])),
    Hostile.json("no-words-on-restrictions", answer(Restrictions=...)),
    Hostile.json("restrictions-are-null", answer(Restrictions=None)),
    Hostile.json("a-space-for-restrictions", answer(Restrictions=" ")),
    Hostile.json("trademarked", answer(Restrictions="trademarked")),
    Hostile.json("to-be-deleted", answer(DeletionReason="Copyright violation")),
    Hostile.json("fair-use", answer(NonFree="true")),
    Hostile.json("credit-demanded", answer(AttributionRequired="true")),
    Hostile.json("washed-on-flickr", answer(Categories=WASHED, Credit="flickr.com")),
    Hostile.json("failed-review", answer(Categories="CC-Zero|Possibly unfree Flickr images reviewed by FlickreviewR")),
    Hostile.json("pirate", answer(Categories="CC-Zero|Pirated", Credit="the web", Artist="Somebody")),
    Hostile.json(
        "own-work-of-another", answer(Categories="CC-Zero", Credit=OWN, Artist='<a href="/wiki/User:B">B</a>')
    ),
    Hostile.json(
        "own-work-of-nobody", answer({"user": ""}, Categories="CC-Zero", Credit=OWN, Artist="<a href=''></a>")
    ),
    Hostile.json("made-by-a-model", answer(Categories="CC-Zero|Media donated by A Museum|AI-generated images")),
    Hostile.json("a-screenshot", answer(Categories="CC-Zero|Media donated by A Museum|Screenshots of websites")),
    Hostile.json("vectors", answer({"mime": "image/svg+xml", "url": "https://upload.wikimedia.org/x.svg"})),
    Hostile.json("a-picture-elsewhere", answer({"url": "https://upload.wikimedia.org.example/x.jpg"})),
    Hostile.json("a-picture-that-is-a-number", answer({"url": 7})),
    Hostile.json("structured-data-says-copyrighted", answer(), entity(P275="Q6938433", P6216="Q50423863")),
    Hostile.json("structured-data-says-share-alike", answer(), entity(P275="Q18199165")),
    Hostile.json("structured-data-says-mark", answer(), entity(P275="Q19652", P6216="Q88088423")),
    Hostile.json("structured-data-alone", entity(P275="Q6938433", P6216="Q88088423")),
    Hostile.json("a-dump-alone", [{"type": "mediainfo", **entity(P275="Q6938433")["entities"]["M1"]}]),
    Hostile.json("no-file-in-the-answer", {"batchcomplete": True}),
    Hostile.json("fields-of-the-wrong-kind", {"query": {"pages": [None, 1, "cc0", {"imageinfo": "cc0"}]}}),
    *(
        Hostile.json(f"a-category-{place}", answer(Categories=f"CC-Zero|Media donated by A Museum|{each}"))
        for place, each in enumerate((
            "Deletion_requests/x", "Copyright\u00a0violation", "Unfree Flickr files", "Flickr review pending",
            "Unreviewed files from Flickr", "Items with OTRS permission missing", "Attribution-only licence",
            "Images generated by Midjourney", "AI-modified images", "Stable Diffusion",
        ))
    ),
    Hostile.json("donated-by-a-user", answer(Categories="CC-Zero|Media contributed by Some User")),
    Hostile.json("donated-by-me", answer(Categories="CC-Zero|Files donated by me")),
    Hostile.json("to-be-deleted-without-a-value", with_field("DeletionReason", "x")),
    Hostile.json("fair-use-without-a-value", with_field("NonFree", True)),
    Hostile.json("reviewed-mark", answer(Categories="CC-Zero|Flickr images reviewed by FlickreviewR|"
                 "Flickr public domain images")),
    Hostile.json("own-work-after-another", answer(Categories="CC-Zero", Credit=OWN, Artist='<a href='
                 '"/wiki/User:Uploader">Uploader</a> after a photo by Jane Roe, Reuters')),
    Hostile.json("closed-elsewhere", answer(), answer(License="cc-by-sa-4.0", LicenseShortName="CC BY-SA 4.0")),
    Hostile.json("closed-elsewhere-before", answer(License="cc-by-sa-4.0", LicenseShortName="CC BY-SA 4.0"), answer()),
    Hostile.json("gone-elsewhere", answer(), {"query": {"pages": [
                 {"pageid": 1, "title": "File:X.jpg", "missing": True}]}}),
    Hostile.json("to-be-deleted-elsewhere", answer(), answer(DeletionReason="x")),
    Hostile.json("a-dump-says-share-alike", answer(), [
                 {"type": "mediainfo", **entity(P275="Q18199165")["entities"]["M1"]}]),
    Hostile.json("structured-data-under-a-small-letter", answer(), {"entities": {"m1": {
                 **entity(P275="Q18199165")["entities"]["M1"], "id": "m1"}}}),
    Hostile.json("structured-data-of-another", answer(), {"entities": {"M1": {
                 **entity(P275="Q6938433")["entities"]["M1"], "id": "M2"}}}),
    Hostile.json("structured-data-twice", answer(), entity(P275="Q6938433"), entity(P275="Q18199165")),
]  # fmt: skip
