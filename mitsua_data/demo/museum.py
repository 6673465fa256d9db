"""
The Drawn Museum: a small collection of drawings, and a web server on loopback that shows it in a museum's form.

It stands in where no institution can be reached, so that the way over the web (list, object, policy page, robots.txt,
image) is walked all the same, through the same guarded client. A few objects are there to be refused, one for each way
in which real records fall short. `sources/drawn_museum.py` reads it.

    GET /api/objects?page=N   {"page", "pages", "objects": [id, …]}
    GET /api/objects/ID       one object, with its rights
    GET /images/ID.png        the picture
    GET /objects/ID           a page for people
    GET /policy, /robots.txt
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import pi
from random import Random
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from mitsua_data.demo.drawings import COLOURS, FOLDERS, GROUNDS, SHAPES, Drawing, Placed, render
from mitsua_data.model import Json
from mitsua_data.sources.drawn_museum import HOST, MEANING

SIZE: Final = 520
"""Objects in the collection."""
SEED: Final = 20240504
PAGE: Final = 50
"""Objects on one page of the list."""
SIDES: Final = (128, 160, 192, 224, 256)
"""Pixels."""
CC0: Final = "https://creativecommons.org/publicdomain/zero/1.0/"
_NUMBERS: Final = ("No", "One", "Two", "Three")
_PLURALS: Final = {"fish": "fish", "leaf": "leaves"}

POLICY: Final = f"""<!DOCTYPE html>
<html lang="en">
<title>The Drawn Museum: image policy</title>
<h1>Image policy</h1>
<p>
{MEANING.removeprefix("line:")}
</p>
<p>
All other images may be looked at, and not more. Where a credit line names somebody else, ask them.
</p>
</html>
"""
ROBOTS: Final = "User-agent: *\nAllow: /\nDisallow: /storeroom/\n"


@dataclass(frozen=True)
class Exhibit:
    """One object of the collection."""

    id: str
    drawing: Drawing
    open_access: Json = True
    licence: Json = CC0
    credit: str = ""
    photographed: bool = True
    gone: bool = False
    """Listed, but answered with 404."""

    @property
    def title(self) -> str:
        """What is to be seen, in words."""
        drawing, count = self.drawing, len(self.drawing.placed)
        noun = drawing.shape if count == 1 else _PLURALS.get(drawing.shape, f"{drawing.shape}s")
        text = f"{drawing.colour} {noun} on {drawing.ground}"
        text = f"{_NUMBERS[count]} {text}" if count > 1 else text.capitalize()
        return f"{text}, framed" if drawing.frame else text

    @cached_property
    def png(self) -> bytes:
        """The picture's bytes."""
        return render(self.drawing)

    def as_json(self) -> dict[str, Json]:
        """The object as the API serves it."""
        drawing = self.drawing
        url = f"https://{HOST}/images/{self.id}.png"
        image: Json = {"url": url, "width": drawing.width, "height": drawing.height} if self.photographed else None
        return {
            "id": self.id,
            "title": self.title,
            "creator": "Mitsua's drawing program",
            "date": "2024",
            "classification": next(name for name, shapes in FOLDERS.items() if drawing.shape in shapes),
            "tags": [drawing.shape, drawing.colour, "clip art"],
            "url": f"https://{HOST}/objects/{self.id}",
            "rights": {"openAccess": self.open_access, "licence": self.licence, "credit": self.credit},
            "image": image,
        }


def collection(size: int = SIZE, seed: int = SEED) -> tuple[Exhibit, ...]:
    """The objects in the order of the list. The first ones of a smaller collection are those of a larger one."""
    shapes = sorted(SHAPES)
    exhibits = []
    for number in range(size):
        shape = shapes[number % len(shapes)]
        exhibits.append(Exhibit(f"{shape}-{number:04d}", _draw(shape, Random(seed * 1_000_003 + number))))  # noqa: S311
    for number, flaw in _FLAWS.items():
        if number < size:
            exhibits[number] = replace(exhibits[number], **flaw)
    return tuple(exhibits)


_CLOSED: Final[dict[str, Any]] = {"open_access": False, "licence": None}
_FLAWS: Final[dict[int, dict[str, Any]]] = {
    7: _CLOSED,
    11: {"credit": "© The Estate of Somebody Else"},
    13: {"open_access": "yes"},
    17: {"photographed": False},
    23: {"licence": "https://creativecommons.org/licenses/by/4.0/"},
    29: {"licence": "https://drawn-museum.example/house-licence"},
    31: {"gone": True},
    101: _CLOSED,
    211: _CLOSED,
    307: _CLOSED,
    401: _CLOSED,
}
"""Place in the list to what is wrong there: every way in which a record is refused."""


def _draw(shape: str, random: Random) -> Drawing:
    colour, accent = random.sample(sorted(COLOURS), 2)
    count = random.choices((1, 2, 3), weights=(6, 2, 1))[0]
    return Drawing(
        shape=shape,
        colour=colour,
        accent=accent,
        ground=random.choice(sorted(GROUNDS)),
        width=random.choice(SIDES),
        height=random.choice(SIDES),
        placed=_arrange(count, random),
        floor=random.random() < 0.25,
        frame=random.random() < 0.2,
    )


def _arrange(count: int, random: Random) -> tuple[Placed, ...]:
    """One shape anywhere, or several side by side, each turned a little."""
    if count == 1:
        size = random.uniform(0.22, 0.42)
        room = 0.46 - size
        turn = random.uniform(-pi / 6, pi / 6)
        return (Placed(random.uniform(-room, room), random.uniform(-room, room), size, turn),)
    size = 0.44 / count
    step = 0.94 / count
    return tuple(
        Placed((n - (count - 1) / 2) * step, random.uniform(-0.3, 0.3), size * random.uniform(0.7, 1.0),
               random.uniform(-pi / 8, pi / 8))
        for n in range(count)
    )  # fmt: skip


@contextmanager
def serve_museum(size: int = SIZE, seed: int = SEED) -> Iterator[str]:
    """The museum on a free port of 127.0.0.1 while the context is open; its base URL."""
    server = _Server(collection(size, seed))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # an idle kept-alive connection must not hold the end up

    def __init__(self, exhibits: Sequence[Exhibit]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.exhibits = {exhibit.id: exhibit for exhibit in exhibits}

    def answer(self, target: str) -> tuple[int, str, bytes]:
        """Status, content type and body for one request target."""
        url = urlsplit(target)
        folder, _, name = url.path.rpartition("/")
        if url.path == "/policy":
            return 200, "text/html; charset=utf-8", POLICY.encode()
        if url.path == "/robots.txt":
            return 200, "text/plain; charset=utf-8", ROBOTS.encode()
        if url.path == "/api/objects":
            return self._list(parse_qs(url.query).get("page", ["1"])[0])
        exhibit = self.exhibits.get(name.removesuffix(".png"))
        if exhibit is not None and not exhibit.gone:
            if folder == "/api/objects":
                return _json(200, exhibit.as_json())
            if folder == "/images" and exhibit.photographed and exhibit.open_access is not False:
                return 200, "image/png", exhibit.png
            if folder == "/objects":
                return 200, "text/html; charset=utf-8", f"<!DOCTYPE html><h1>{escape(exhibit.title)}</h1>\n".encode()
        return _json(404, {"message": "not found"})

    def _list(self, page: str) -> tuple[int, str, bytes]:
        ids = list(self.exhibits)
        pages = -(-len(ids) // PAGE)
        if not page.isascii() or not page.isdigit() or not 1 <= int(page) <= pages:
            return _json(404, {"message": "no such page"})
        start = (int(page) - 1) * PAGE
        return _json(200, {"page": int(page), "pages": pages, "objects": list[Json](ids[start : start + PAGE])})


def _json(status: int, value: Json) -> tuple[int, str, bytes]:
    return status, "application/json", json.dumps(value, ensure_ascii=False, indent=1).encode()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together: two small packets would wait for each other
    timeout = 60

    def do_GET(self) -> None:
        status, content_type, body = self.server.answer(self.path)
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's own name
        """Quiet: the client has all there is to tell."""
