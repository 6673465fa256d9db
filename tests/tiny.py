"""
A tiny collection, and a workspace that has gone the whole way with it: crawled, decided, fetched, built.

The collection is in the form of Open Clip Art, so that every test that uses it runs through a real source: twelve
drawings dedicated to the public domain, one without a statement (review), one under the GPL and one without a picture
(both refused). One of the twelve has a title and a maker that try to break whatever shows them.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw

from mitsua_data.build import Built, build
from mitsua_data.captures import CaptureStore
from mitsua_data.crawl import crawl
from mitsua_data.dataset import Dataset, Split
from mitsua_data.decide import decide
from mitsua_data.holdings import image_server, open_reader, remembered
from mitsua_data.images.fetch import fetch, wanted
from mitsua_data.images.transform import Transform
from mitsua_data.ledger.store import Ledger
from mitsua_data.policy import Policy
from mitsua_data.shards.keys import KeyRing
from mitsua_data.sources.base import AnySource
from mitsua_data.sources.openclipart import OpenClipart
from mitsua_data.workspace import Workspace

NOON: Final = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
"""When everything in a tiny workspace happens."""
SOURCE: Final = OpenClipart()
ACCEPTED: Final = 12
PUBLIC_DOMAIN: Final = "http://web.resource.org/cc/PublicDomain"
GPL: Final = "http://creativecommons.org/licenses/GPL/2.0/"
HOSTILE: Final = "</title><script>alert(1)</script><img src=x onerror=alert(2)>\u202e\u009b=HYPERLINK(1)"
"""Markup, a bidirectional override, a control character, a formula. XML carries it, so a source can serve it."""
_SVG: Final = """<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24"><circle cx="12" cy="12" r="{number}"/><metadata>
<rdf:RDF xmlns="http://web.resource.org/cc/" xmlns:cc="http://web.resource.org/cc/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<Work rdf:about=""><dc:title>{title}</dc:title><dc:creator>{creator}</dc:creator>
<dc:subject><rdf:Bag><rdf:li>shape</rdf:li><rdf:li>number {number}</rdf:li></rdf:Bag></dc:subject>
{licence}</Work></rdf:RDF></metadata></svg>
"""


def drawing(number: int) -> bytes:
    """A PNG of 24 x 24 pixels, another one for each number."""
    image = Image.new("RGB", (24, 24), (255, 255, 255))
    colour = (number * 37 % 200, number * 91 % 200, number * 53 % 200)
    ImageDraw.Draw(image).ellipse((2, 2, 6 + number, 6 + number), fill=colour)
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def svg(number: int, *, licence: str = PUBLIC_DOMAIN, title: str = "", creator: str = "A. Painter") -> bytes:
    """A drawing's SVG, with its author's statement; without one where `licence` is empty."""
    element = f'<license rdf:resource="{licence}"/>' if licence else ""
    text = _SVG.format(number=number, licence=element, title=escape(title or f"Disc {number}"), creator=escape(creator))
    return text.encode()


def draw_collection(folder: Path) -> Path:
    """Write the collection; its folder is handed back."""
    root = folder / "openclipart"
    for number in range(1, ACCEPTED + 4):
        name = f"shapes/disc_{number:02}"
        hostile = {"title": HOSTILE, "creator": HOSTILE} if number == ACCEPTED else {}
        licence = {ACCEPTED + 1: "", ACCEPTED + 2: GPL}.get(number, PUBLIC_DOMAIN)
        _write(root / "svg" / f"{name}.svg", svg(number, licence=licence, **hostile))
        if number != ACCEPTED + 3:
            _write(root / "png" / f"{name}.png", drawing(number))
    return root


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


DATASET: Final = Dataset(
    name="tiny",
    version="1",
    transform=Transform(size=(16, 16)),
    split=Split(val=0.25),
    samples_per_shard=5,
)


@dataclass
class Tiny:
    """A tiny workspace. `copy` gives one that a test may break."""

    root: Path
    place: Path | str
    """The collection's folder; for another source, whatever it is read from."""
    clock: Callable[[], datetime] = lambda: NOON
    source: AnySource = SOURCE

    @property
    def collection(self) -> Path:
        """The collection's folder, where that is what it is read from."""
        assert isinstance(self.place, Path)
        return self.place

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root)

    @property
    def release(self) -> Path:
        return self.workspace.releases / f"{DATASET.name}-{DATASET.version}"

    @property
    def keys(self) -> KeyRing:
        return KeyRing(self.workspace.keys, self.workspace.trust)

    @property
    def policy(self) -> Policy:
        return Policy.load()

    @contextmanager
    def open(self) -> Iterator[tuple[Ledger, CaptureStore]]:
        """The ledger and the captures."""
        with (
            Ledger.open(self.workspace.ledger, clock=self.clock, create=True) as ledger,
            CaptureStore(self.workspace.captures) as store,
        ):
            yield ledger, store

    def copy(self, folder: Path) -> Tiny:
        """The same workspace at another place, over the same collection."""
        shutil.copytree(self.root, folder / "workspace")
        return replace(self, root=folder / "workspace")

    def later(self, **distance: float) -> Tiny:
        """The same workspace, with a clock that is ahead."""
        return replace(self, clock=lambda: NOON + timedelta(**distance))

    def crawl(self) -> None:
        with self.open() as (ledger, store), open_reader(self.source, [str(self.place)]) as opened:
            crawl(self.source, opened.reader, ledger, store, holdings=opened.holdings)

    def decide(self, policy: Policy | None = None) -> None:
        with self.open() as (ledger, _):
            decide(ledger, policy or self.policy)

    def fetch(self) -> None:
        with self.open() as (ledger, store):
            session, places = remembered(ledger, self.source)
            with image_server(self.source, places) as serve:
                images = wanted(ledger, self.policy, self.source.spec.id)
                fetch(ledger, store, images, serve, session=session, workers=1)

    def build(self, dataset: Dataset = DATASET) -> Built:
        with self.open() as (ledger, store):
            return build(
                ledger,
                store,
                self.keys,
                dataset,
                self.policy,
                self.workspace.releases,
                workers=1,
                sources=[self.source],
            )

    def go(self) -> Built:
        """The whole way."""
        self.root.mkdir(parents=True)
        self.crawl()
        self.decide()
        self.fetch()
        return self.build()


def make(folder: Path) -> Tiny:
    """The tiny workspace, in `folder`."""
    tiny = Tiny(folder / "workspace", draw_collection(folder / "collection"))
    tiny.go()
    return tiny
