"""Hostile objects of the Walters: modern works that no record flags, loans, and dates that cannot be."""

from __future__ import annotations

from typing import Any

from mitsua_data.model import MediaType
from tests.sources.hostile import Hostile

RAW = "http://static.thewalters.org/images/A.jpg"


def thing(**changes: Any) -> dict[str, Any]:
    """An object as the API gave it; open unless changed."""
    return {
        "ObjectID": 7, "Title": "Cup", "DateBeginYear": 1600, "DateEndYear": 1650, "DateText": "1650",
        "Creators": [{"ConcatDisplayName": "Dutch"}], "CreditLine": None, "Provenance": None,
        "Images": [{"ID": 70, "ImageURLs": {"Raw": RAW}}], **changes,
    }  # fmt: skip


def case(trap: str, **changes: Any) -> Hostile:
    return Hostile.json(trap, thing(**changes))


def work(trap: str, end: Any, *makers: Any, text: Any = None, begin: Any = None) -> Hostile:
    names = [{"ConcatDisplayName": name} for name in makers]
    return case(trap, DateBeginYear=begin, DateEndYear=end, DateText=text, Creators=names)


def tables(trap: str, art: str, media: str, creators: str = "1,Dutch,,7") -> Hostile:
    headers = (
        "ObjectID,DateBeginYear,DateEndYear,DateText,CreditLine,Provenance,Creators",
        "ObjectID,MediaXrefID,ImageURL,MediaType",
        "id,name,date,CreatorArt",
    )
    texts = (f"{header}\n{rows}\n" for header, rows in zip(headers, (art, media, creators), strict=True))
    return Hostile.text(trap, *texts, media_type=MediaType.CSV, names=("art.csv", "media.csv", "creators.csv"))


OPEN_ART = "7,1600,1650,1650,,,1"
OPEN_MEDIA = "7,70,https://art.thewalters.org/images/raw/A.jpg,Image"

CASES = [
    work("a painter of our time", 1987, "Minol Araki (Japanese, 1928 - 2010)", text="1987"),
    work("a painter born, and not dead", 1950, "Tokuriki Tomikichiro (Japanese, b. 1902)"),
    work("a painter who lived until 1962", 1900, "Frank O. Salisbury (English, 1874-1962)"),
    work("a workshop that is still open", 1900, "Tiffany and Company (American, 1837-present)"),
    work("a culture of the twentieth century", 1940, "Thai"),
    work("a culture around 1900", 1910, "Thai"),
    work("nobody around 1900", 1905),
    work("years of work, not of life", 1890, "Somebody (French, active 1850-1890)"),
    work("a firm's years, not a life's", 1890, "Somebody & Sons (French, 1820-1890)"),
    work("a death that nobody knows", 1890, "Somebody (French, 1820-after 1890)"),
    work("a life of two hundred years", 1890, "Somebody (French, 1690-1890)"),
    work("one of two makers is unknown", 1890, "Jan (Dutch, 1820-1890)", "Somebody"),
    work("a maker that is null", 1890, None),
    work("a maker that is a list", 1890, ["Dutch"]),
    work("an old author, a new binding", 1985, "Amir Khusraw (died ca. 729 AH/AD 1328)", begin=1597),
    work("an old author, an almost new binding", 1929, "Amir Khusraw (died ca. 729 AH/AD 1328)", begin=1597),
    work("a copyist of an old master", 1950, "Copy after Agnolo Bronzino (Italian, 1503-1572)"),
    work("a follower of an old master, around 1900", 1910, "Follower of Agnolo Bronzino (Italian, 1503-1572)"),
    work("a year that is true", True, "Dutch"),
    work("a year that is a fraction", 1650.5, "Dutch"),
    work("a year that is text", "long ago", "Dutch"),
    work("a year in the future, without a text", 17000, "Dutch"),
    work("a year in the future, with a modern text", 19877, "Dutch", text="1987"),
    work("an old year, and a text that knows better", 197, "Dutch", text="1997"),
    work("an old century, and a text that knows better", 1850, "Dutch", text="mid 20th century"),
    work("nought, and nothing else", 0, "Dutch", begin=0),
    work("an open end", 0, "Dutch", begin=0, text="1850 or later"),
    work("from late to early", 1600, "Dutch", begin=1987),
    work("a painter of our time, and a year before", 1787, "Minol Araki (Japanese, 1928 - 2010)", text="1787"),
    work("a painter of our time, and a year turned round", -1985, "Minol Araki (1928-2010)", text="1985 BC"),
    work("a name and no death, long ago", 1787, "Minol Araki"),
    work("two in one text, the first lived on", 1900, "Bob (American, 1880-1960); Al (American, 1810-1895)"),
    work("two in one text, with a word between", 1899, "Bob (American, 1880-1960) and Al (American, 1810-1895)"),
    work("a follower and another", 1899, "Follower of Jan (Dutch, 1600-1650); Bob (American, 1880-1960)"),
    work("a name, and a culture behind a colon", 1899, "Pablo Picasso: Spanish"),
    work("a copy after somebody who was not born", 1899, "After Minol (1928-2010)"),
    work("a copy of an ancient thing", -401, "Greek", text="5th century BC (modern copy, 1985)", begin=-500),
    work("a century in short", 1900, "Thai", text="20c."),
    work("a century in one word", 1900, "Thai", text="late 20thC"),
    work("a century in two words", 1900, "Thai", text="20 th century"),
    case("a maker beside the makers", Creator="Minol (Japanese, 1928-2010)"),
    case("no number", ObjectID=""),
    case("a promised gift", CreditLine="Promised gift of John Bourne"),
    case("a loan in capitals", CreditLine="LOAN FROM THE PAINTER"),
    case("a deposit long ago", Provenance="On deposit since 1930"),
    case("a credit line in a list", CreditLine=["Promised gift"]),
    case("makers in a text", Creators="Egyptian", DateEndYear=1890),
    case("an image on another host", Images=[{"ID": 1, "ImageURLs": {"Raw": "http://example.org/A.jpg"}}]),
    case("an image that climbs", Images=[{"ID": 1, "ImageURLs": {"Raw": RAW.replace("A.jpg", "../A.jpg")}}]),
    case(
        "an image of the manuscripts' host",
        Images=[{"ID": 1, "ImageURLs": {"Raw": "http://thedigitalwalters.org/A.jpg"}}],
    ),
    case("a flag that nobody gave", DateEndYear=1987, DateText="1987", IsPublicDomain=True, License="CC0"),
    Hostile.json("null", None),
    Hostile.json("a list of modern things", {"Items": [thing(DateEndYear=1987, PrimaryImage={"Raw": RAW})]}),
    tables("a modern work in a table", "7,1980,1987,1987,,,1", OPEN_MEDIA, '1,Minol," (Japanese, 1928 - 2010)",7'),
    tables("a maker missing from the table", "7,1880,1890,1890,,,2", OPEN_MEDIA),
    tables("a film", OPEN_ART, OPEN_MEDIA.replace("Image", "Video")),
    tables("another object's image", OPEN_ART, OPEN_MEDIA.replace("7,70", "8,70")),
    tables("nothing joined to nothing", OPEN_ART[1:], OPEN_MEDIA[1:]),
    tables("one id for a film and an image", OPEN_ART, f"{OPEN_MEDIA.replace('Image', 'Video')}\n{OPEN_MEDIA}"),
    tables("a row that is shifted", f"x,{OPEN_ART}", OPEN_MEDIA),
    tables("a promise in a table", "7,1600,1650,1650,Promised gift,,1", OPEN_MEDIA),
    Hostile.text("no header", f"{OPEN_ART}\n", f"{OPEN_MEDIA}\n", media_type=MediaType.CSV),
]
