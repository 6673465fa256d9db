"""Rows that would be taken for free pictures, if a flag, a name or somebody's word were enough."""

from __future__ import annotations

from typing import Final

from mitsua_data.model import MediaType
from tests.sources.hostile import Hostile

HEADER: Final = "label,name,artist,url,is_public_domain"
ROW: Final = "impressionism,ann_hat-1890.jpg,ann,https://uploads3.wikiart.org/ann/hat-1890.jpg,True"
ARTISTS: Final = "artist,death_year,authority\nann,1910,https://www.wikidata.org/wiki/Q1\n"
WORKS: Final = "name,made_year,museum\nann_hat-1890.jpg,1890,https://www.metmuseum.org/art/collection/search/1\n"


def rows(trap: str, text: str, *, artists: str = "", works: str = "") -> Hostile:
    held = {"ArtBench-10.csv": text, "artists.csv": artists, "works.csv": works}
    names = tuple(name for name in held if held[name])
    return Hostile.text(trap, *(held[name] for name in names), media_type=MediaType.CSV, names=names)


def row(trap: str, old: str, new: str) -> Hostile:
    """A row with every second reason there can be, but for one cell."""
    assert old in ROW
    return rows(trap, f"{HEADER}\n{ROW.replace(old, new)}\n", artists=ARTISTS, works=WORKS)


CASES: Final = [
    rows("even-with-every-reason", f"{HEADER}\n{ROW}\n", artists=ARTISTS, works=WORKS),
    rows("the-flag-alone", f"{HEADER}\n{ROW}\n"),
    rows("a-licence-column", f"{HEADER},license\n{ROW},CC0-1.0\n", artists=ARTISTS, works=WORKS),
    rows("a-museum-alone", f"{HEADER}\n{ROW}\n", works=WORKS),
    rows(
        "no-column-of-rights", "label,name,artist,url\n" + ROW.rpartition(",")[0] + "\n", artists=ARTISTS, works=WORKS
    ),
    rows("two-columns-of-rights", f"{HEADER},is_public_domain\n{ROW},False\n", artists=ARTISTS, works=WORKS),
    rows("a-row-that-is-shifted", f"{HEADER}\nimpressionism,{ROW}\n", artists=ARTISTS, works=WORKS),
    rows("two-rows-that-disagree", f"{HEADER}\n{ROW}\n{ROW.replace('True', 'False')}\n", artists=ARTISTS, works=WORKS),
    rows("died-in-1989", f"{HEADER}\n{ROW}\n", artists=ARTISTS.replace("1910", "1989"), works=WORKS),
    rows("died-before-writing", f"{HEADER}\n{ROW}\n", artists=ARTISTS.replace("1910", "-300"), works=WORKS),
    rows("nobody-says-when", f"{HEADER}\n{ROW}\n", artists=ARTISTS.replace("https://www.wikidata.org/wiki/Q1", "me")),
    rows("made-in-1990", f"{HEADER}\n{ROW}\n", artists=ARTISTS, works=WORKS.replace("1890,", "1990,")),
    rows("a-museum-that-is-none", f"{HEADER}\n{ROW}\n", works=WORKS.replace("metmuseum.org", "metmuseum.org.example")),
    rows("cc0-for-a-museum", f"{HEADER}\n{ROW}\n", works=WORKS.replace("https://www.metmuseum.org", "CC0 ")),
    row("not-public-domain", "True", "False"),
    row("a-truthy-text", "True", "Unknown"),
    row("cc0-for-a-flag", "True", "CC0"),
    row("another-style", "impressionism", "photography"),
    row("another-site", "uploads3.wikiart.org", "ukiyo-e.org"),
    row("a-look-alike-site", "uploads3.wikiart.org", "uploads3.wikiart.org.example"),
    Hostile.json(
        "a-card-that-says-cc0", {"license": "cc0-1.0", "files": {"impressionism/ann_hat-1890.jpg": "sha256:0"}}
    ),
]
