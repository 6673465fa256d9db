"""Pages about the mascot: the association's own notice has not been seen, so none of them is enough."""

from __future__ import annotations

from mitsua_data.model import MediaType
from tests.sources.hostile import Hostile

ARTICLE = "https://creativecommons.jp/2015/05/01/osaki_1bantaro/"
SENTENCE = "大崎一番太郎は2014年2月にCC0を採用し、著作権を放棄しました。"
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/deed.ja"


def page(canonical: str, *parts: str) -> str:
    return f"<html><head><link rel='canonical' href='{canonical}'></head><body>{''.join(parts)}</body></html>"


def html(trap: str, *pages: str) -> Hostile:
    names = tuple(f"{n}.html" for n in range(len(pages)))
    return Hostile.text(trap, *pages, media_type=MediaType.HTML, names=names)


DRAWING = page("https://mascot.example/drawings/", "<img src='/osaki.png'>")

CASES = [
    html("an-article-about-it", page(ARTICLE, f"<p>{SENTENCE}</p><img src='/osaki.png'>")),
    html("a-drawing-beside-the-article", DRAWING, page(ARTICLE, f"<p>{SENTENCE}</p>")),
    html("a-drawing-that-says-so-itself", page("https://mascot.example/", f"<p>{SENTENCE}</p><img src='/osaki.png'>")),
    html("a-link-to-the-deed", page("https://mascot.example/", f"<a href='{CC0}'>CC0</a><img src='/osaki.png'>")),
    html("a-photograph-of-the-costume", page("https://mascot.example/events/", "<img src='/photo.jpg' alt='CC0'>")),
    html(
        "a-drawing-with-another-firm-s-figure", page("https://mascot.example/collab/", "<p>CC0</p><img src='/a.png'>")
    ),
    html("no-address", f"<p>{SENTENCE}</p><img src='/osaki.png'>"),
    html("an-empty-page", ""),
    html("another-encoding", page(ARTICLE, SENTENCE).encode("utf-8").decode("latin-1")),
    Hostile.text("a-note", SENTENCE, media_type=MediaType.TEXT, names=("note.txt",)),
    Hostile.json("an-answer", {"title": "大崎一番太郎", "license": CC0, "image": "https://mascot.example/osaki.png"}),
    Hostile.json("a-list-of-his-own", {"kind": "listed", "pages": [{"url": ARTICLE}], "licence": "CC0-1.0"}),
]
