"""What the site and its clones serve beside drawings that were dedicated, and drawings that wait for a person."""

from __future__ import annotations

from mitsua_data.model import MediaType
from tests.sources.hostile import Hostile

CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
SITE = "https://openclipart.org"


def svg(trap: str, *, licence: str = CC0, date: str = "2007-10-04", source: str = f"{SITE}/detail/7/hat",
        title: str = "A hat", tag: str = "hat") -> Hostile:  # fmt: skip
    text = f"""<svg xmlns="http://www.w3.org/2000/svg"><metadata><rdf:RDF xmlns:cc="http://creativecommons.org/ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><cc:Work>
<cc:license rdf:resource="{licence}"/><dc:title>{title}</dc:title><dc:date>{date}</dc:date>
<dc:source>{source}</dc:source><dc:subject><rdf:Bag><rdf:li>{tag}</rdf:li></rdf:Bag></dc:subject></cc:Work></rdf:RDF></metadata></svg>"""
    return Hostile.text(trap, text, media_type=MediaType.SVG)


def html(trap: str, *parts: str, canonical: str = f"{SITE}/detail/7/hat") -> Hostile:
    page = f"<html><link rel='canonical' href='{canonical}'><body>{''.join(parts)}</body></html>"
    return Hostile.text(trap, page, media_type=MediaType.HTML)


CASES = [
    svg("uploaded-in-2022", date="2022-01-01"),
    svg("uploaded-in-2025", date="2025-11-01T10:00:00"),
    svg("a-date-in-words", date="long ago"),
    svg("a-date-that-is-none", date="2007-2022"),
    svg("no-date", date=""),
    svg("made-by-a-program", tag="AI generated"),
    svg("made-by-a-program-by-its-title", title="Stable Diffusion"),
    svg("another-item-s-page", source=f"{SITE}/detail/7/hat</dc:source><dc:source>{SITE}/detail/8/cap"),
    svg("another-site-s-page", source="https://clone.example/detail/7"),
    svg("no-page", source=""),
    svg("non-commercial", licence="http://creativecommons.org/licenses/by-nc/4.0/"),
    svg("a-look-alike", licence="https://creativecommons.org.example/publicdomain/zero/1.0/"),
    svg("nothing-said", licence=""),
    html("an-item-page-that-says-so", f"<a href='{CC0}'>CC0 1.0</a>", "<p>Uploaded 2007</p>"),
    html("the-page-on-sharing", f"<p>All clip art is CC0: <a href='{CC0}'>deed</a></p>", canonical=f"{SITE}/share"),
    html("a-page-of-results", "<a href='/detail/7/hat'>hat</a>", canonical=f"{SITE}/search"),
    Hostile.json("a-clone-s-answer", {"items": [{"fscid": 7, "svgurl": f"{SITE}/download/7", "license": CC0}]}),
    Hostile.json("the-old-api", {"payload": [{"id": 7, "svg": {"url": f"{SITE}/download/7"}, "license": CC0}]}),
]
