"""Pages about Wuffle: nobody has listed one, and whoever says CC0 there is not the author on his own page."""

from __future__ import annotations

from mitsua_data.model import MediaType
from tests.sources.hostile import Hostile

HOME = "https://www.wufflecomics.com/"
STRIP = "https://www.wufflecomics.com/2012/03/wuffle-and-aunty-pinky-2/"
NOTICE = (
    "To the extent possible under law, Piti Yindee has waived all copyright and related or neighboring rights to Wuffle"
    " Comic."
)
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"


def page(canonical: str, *parts: str) -> str:
    return f"<html><head><link rel='canonical' href='{canonical}'></head><body>{''.join(parts)}</body></html>"


def html(trap: str, *pages: str) -> Hostile:
    names = tuple(f"{n}.html" for n in range(len(pages)))
    return Hostile.text(trap, *pages, media_type=MediaType.HTML, names=names)


STRIP_PAGE = page(STRIP, "<img src='/img/0004.jpg'>")
ABOUT = page(HOME, f"<p>{NOTICE}</p>")
META = "---\n  title: Wuffle\n  author: Piti Yindee\n  license: CC0-1.0\n  conf: Wuffle.conf\n---\n"

CASES = [
    html("a-strip-nobody-listed", STRIP_PAGE, ABOUT),
    html("the-notice-alone", ABOUT),
    html("a-strip-that-says-it-is-free", page(STRIP, f"<img src='/a.jpg'><p>{NOTICE}</p><a href='{CC0}'>CC0</a>")),
    html("guest-art", page("https://www.wufflecomics.com/guest-art/", "<img src='/guest.jpg'>"), ABOUT),
    html("somebody-else-quotes-it", page("https://fans.example/wuffle", f"<p>{NOTICE}</p><img src='/a.jpg'>")),
    html("a-page-without-an-address", "<p>" + NOTICE + "</p><img src='/a.jpg'>"),
    html("a-notice-with-conditions", STRIP_PAGE, page(HOME, f"<p>{NOTICE} Except books.</p>")),
    html("a-notice-struck-out", STRIP_PAGE, page(HOME, f"<p><del>{NOTICE}</del></p>")),
    html(
        "another-licence-in-the-footer",
        STRIP_PAGE,
        page(HOME, f"<p>{NOTICE}</p>", "<a href='https://creativecommons.org/licenses/by-nc-nd/4.0/'>c</a>"),
    ),
    html("an-empty-page", ""),
    Hostile.text("a-side-file-that-says-cc0", META, media_type=MediaType.TEXT, names=("Wuffle_0004_Aunty.meta",)),
    Hostile.text("a-side-file-as-it-is-read", META, media_type=MediaType.BINARY, names=("Wuffle_0004_Aunty.meta",)),
    Hostile.text("a-transcript", "Wuffle\n  It's done, ma'am.\n", media_type=MediaType.TEXT, names=("a.transcript",)),
    Hostile.json("an-answer", {"title": "Wuffle", "license": CC0, "image": f"{HOME}a.jpg"}),
]
