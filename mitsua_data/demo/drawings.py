"""
Pictures that the project draws itself: flat shapes on a light ground, from a number alone.

Every picture is a pure function of its `Drawing`. Shapes are written in a square from -1 to 1, x to the right and y
down, turned and moved by a `Pen`, drawn three times too large and scaled down, which smooths their edges.
All of them are dedicated to the public domain under CC0 1.0.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import cos, pi, sin, tau
from typing import Final, TypeAlias

from PIL import Image, ImageDraw

Point: TypeAlias = "tuple[float, float]"
Colour: TypeAlias = "tuple[int, int, int]"

COLOURS: Final[dict[str, Colour]] = {
    "red": (204, 41, 54),
    "orange": (233, 121, 28),
    "yellow": (226, 178, 16),
    "green": (56, 142, 60),
    "teal": (0, 128, 128),
    "blue": (38, 92, 190),
    "purple": (118, 54, 160),
    "pink": (216, 80, 140),
    "brown": (121, 76, 46),
    "grey": (92, 99, 108),
}
GROUNDS: Final[dict[str, Colour]] = {
    "white": (255, 255, 255),
    "cream": (255, 247, 226),
    "pale blue": (226, 240, 252),
    "pale green": (229, 245, 228),
    "pale pink": (253, 232, 238),
    "light grey": (238, 239, 241),
}
_SMOOTH: Final = 3
"""Oversampling in each direction."""


@dataclass(frozen=True)
class Placed:
    """One shape of a picture. Position and size are in units of the picture's shorter side."""

    x: float
    y: float
    size: float
    """Half the shape's side."""
    turn: float
    """Radians, clockwise."""


@dataclass(frozen=True)
class Drawing:
    """All there is to say about one picture."""

    shape: str
    """A key of SHAPES."""
    colour: str
    accent: str
    """Keys of COLOURS: the shape's colour, and that of its details."""
    ground: str
    """A key of GROUNDS."""
    width: int
    height: int
    """Pixels."""
    placed: tuple[Placed, ...]
    floor: bool = False
    """A strip of the accent along the bottom."""
    frame: bool = False
    """A border of the accent."""


@dataclass(frozen=True)
class Pen:
    """Draws into the place of one shape."""

    draw: ImageDraw.ImageDraw
    x: float
    y: float
    size: float
    turn: float
    """As in `Placed`, but in pixels of the large picture."""
    ground: Colour

    def fill(self, points: Iterable[Point], colour: Colour) -> None:
        """A filled polygon."""
        c, s = cos(self.turn), sin(self.turn)
        placed = [(self.x + self.size * (u * c - v * s), self.y + self.size * (u * s + v * c)) for u, v in points]
        self.draw.polygon(placed, fill=colour)

    def oval(self, u: float, v: float, a: float, b: float, colour: Colour) -> None:
        """A filled ellipse around (u, v) with the half axes a and b."""
        self.fill(_arc(u, v, a, b, 0, tau), colour)

    def disc(self, u: float, v: float, r: float, colour: Colour) -> None:
        """A filled circle."""
        self.oval(u, v, r, r, colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """A filled rectangle."""
        self.fill([(left, top), (right, top), (right, bottom), (left, bottom)], colour)


def render(drawing: Drawing) -> bytes:
    """The picture as PNG, RGB. The same drawing gives the same bytes."""
    width, height = drawing.width * _SMOOTH, drawing.height * _SMOOTH
    ground, accent = GROUNDS[drawing.ground], COLOURS[drawing.accent]
    image = Image.new("RGB", (width, height), ground)
    draw = ImageDraw.Draw(image)
    unit = min(width, height)
    if drawing.floor:
        draw.rectangle((0, height - unit * 0.16, width, height), fill=accent)
    if drawing.frame:
        draw.rectangle((0, 0, width - 1, height - 1), outline=accent, width=unit // 24)
    for each in drawing.placed:
        pen = Pen(
            draw,
            width / 2 + each.x * unit,
            height / 2 + each.y * unit,
            each.size * unit,
            each.turn,
            ground,
        )
        SHAPES[drawing.shape](pen, COLOURS[drawing.colour], accent)
    out = io.BytesIO()
    image.resize((drawing.width, drawing.height), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()


def _arc(u: float, v: float, a: float, b: float, start: float, end: float, steps: int = 48) -> list[Point]:
    """Points of an ellipse from angle `start` to `end`, both included."""
    angles = [start + (end - start) * n / steps for n in range(steps + 1)]
    return [(u + a * cos(angle), v + b * sin(angle)) for angle in angles]


def _around(count: int, outer: float, inner: float) -> list[Point]:
    """A star: `count` points at radius `outer`, with notches at `inner` between them."""
    radii = (outer, inner)
    return [(radii[n % 2] * sin(pi * n / count), -radii[n % 2] * cos(pi * n / count)) for n in range(2 * count)]


def _disc(pen: Pen, colour: Colour, accent: Colour) -> None:
    pen.disc(0, 0, 0.95, colour)
    pen.disc(-0.3, -0.3, 0.2, accent)


def _ring(pen: Pen, colour: Colour, _: Colour) -> None:
    pen.disc(0, 0, 0.95, colour)
    pen.disc(0, 0, 0.55, pen.ground)


def _square(pen: Pen, colour: Colour, accent: Colour) -> None:
    pen.box(-0.8, -0.8, 0.8, 0.8, colour)
    pen.box(-0.4, -0.4, 0.4, 0.4, accent)


def _triangle(pen: Pen, colour: Colour, _: Colour) -> None:
    pen.fill([(0, -0.9), (0.95, 0.75), (-0.95, 0.75)], colour)


def _star(pen: Pen, colour: Colour, _: Colour) -> None:
    pen.fill(_around(5, 1, 0.42), colour)


def _heart(pen: Pen, colour: Colour, _: Colour) -> None:
    def at(t: float) -> Point:
        return 16 * sin(t) ** 3 / 17, -(13 * cos(t) - 5 * cos(2 * t) - 2 * cos(3 * t) - cos(4 * t)) / 17

    pen.fill([at(tau * n / 60) for n in range(60)], colour)


def _arrow(pen: Pen, colour: Colour, _: Colour) -> None:
    pen.fill([(-1, -0.25), (0.1, -0.25), (0.1, -0.7), (1, 0), (0.1, 0.7), (0.1, 0.25), (-1, 0.25)], colour)


def _house(pen: Pen, colour: Colour, accent: Colour) -> None:
    pen.box(-0.7, -0.15, 0.7, 0.9, colour)
    pen.fill([(0, -0.95), (0.95, -0.1), (-0.95, -0.1)], accent)
    pen.box(-0.2, 0.3, 0.15, 0.9, accent)
    pen.box(0.3, 0.15, 0.58, 0.45, pen.ground)


def _tree(pen: Pen, colour: Colour, accent: Colour) -> None:
    pen.box(-0.14, 0.5, 0.14, 1, accent)
    for top, half in ((-1.0, 0.45), (-0.6, 0.62), (-0.15, 0.8)):
        pen.fill([(0, top), (half, top + 0.75), (-half, top + 0.75)], colour)


def _flower(pen: Pen, colour: Colour, accent: Colour) -> None:
    for n in range(6):
        pen.disc(0.58 * cos(tau * n / 6), 0.58 * sin(tau * n / 6), 0.38, colour)
    pen.disc(0, 0, 0.34, accent)


def _moon(pen: Pen, colour: Colour, _: Colour) -> None:
    outer = _arc(0, 0, 0.95, 0.95, pi / 2, 3 * pi / 2)
    inner = _arc(0, 0, 0.45, 0.95, 3 * pi / 2, pi / 2)
    pen.fill(outer + inner, colour)


def _sun(pen: Pen, colour: Colour, accent: Colour) -> None:
    pen.fill(_around(12, 1, 0.66), accent)
    pen.disc(0, 0, 0.58, colour)


def _fish(pen: Pen, colour: Colour, accent: Colour) -> None:
    pen.fill([(0.45, 0), (1, -0.5), (1, 0.5)], accent)
    pen.oval(-0.15, 0, 0.8, 0.48, colour)
    pen.disc(-0.55, -0.12, 0.09, pen.ground)


def _boat(pen: Pen, colour: Colour, accent: Colour) -> None:
    pen.fill([(-0.95, 0.4), (0.95, 0.4), (0.6, 0.9), (-0.6, 0.9)], colour)
    pen.box(-0.06, -0.95, 0.04, 0.4, colour)
    pen.fill([(0.12, -0.9), (0.85, 0.25), (0.12, 0.25)], accent)


def _leaf(pen: Pen, colour: Colour, _: Colour) -> None:
    edge = [(sin(pi * n / 24) * 0.5, -0.95 + 1.5 * n / 24) for n in range(25)]
    pen.fill([*edge, *((-u, v) for u, v in reversed(edge))], colour)
    pen.box(-0.04, -0.6, 0.04, 1, pen.ground)
    pen.box(-0.05, 0.5, 0.05, 1, colour)


def _cloud(pen: Pen, colour: Colour, _: Colour) -> None:
    for u, v, r in ((-0.55, 0.15, 0.38), (-0.1, -0.15, 0.48), (0.45, 0.1, 0.42)):
        pen.disc(u, v, r, colour)
    pen.box(-0.55, 0.1, 0.45, 0.52, colour)


def _mushroom(pen: Pen, colour: Colour, accent: Colour) -> None:
    pen.fill([(-0.24, 0), (0.24, 0), (0.3, 0.9), (-0.3, 0.9)], accent)
    pen.fill(_arc(0, 0.1, 0.9, 0.9, pi, tau), colour)
    for u, v in ((-0.4, -0.2), (0.1, -0.5), (0.45, -0.1)):
        pen.disc(u, v, 0.13, pen.ground)


def _kite(pen: Pen, colour: Colour, accent: Colour) -> None:
    pen.fill([(0, -1), (0.6, -0.35), (0, 0.5), (-0.6, -0.35)], colour)
    pen.box(-0.03, 0.5, 0.03, 1, accent)
    for v in (0.65, 0.88):
        pen.fill([(-0.2, v - 0.08), (0.2, v + 0.08), (0.2, v - 0.08), (-0.2, v + 0.08)], accent)


def _cup(pen: Pen, colour: Colour, accent: Colour) -> None:
    pen.disc(0.55, 0.1, 0.4, colour)
    pen.disc(0.55, 0.1, 0.22, pen.ground)
    pen.fill([(-0.8, -0.5), (0.55, -0.5), (0.4, 0.8), (-0.65, 0.8)], colour)
    pen.box(-0.78, -0.3, 0.53, -0.12, accent)


def _crown(pen: Pen, colour: Colour, accent: Colour) -> None:
    pen.fill([(-0.9, -0.5), (-0.45, 0.1), (0, -0.75), (0.45, 0.1), (0.9, -0.5), (0.7, 0.6), (-0.7, 0.6)], colour)
    pen.box(-0.7, 0.4, 0.7, 0.7, accent)


Shape: TypeAlias = Callable[[Pen, Colour, Colour], None]
SHAPES: Final[dict[str, Shape]] = {
    "arrow": _arrow,
    "boat": _boat,
    "cloud": _cloud,
    "crown": _crown,
    "cup": _cup,
    "disc": _disc,
    "fish": _fish,
    "flower": _flower,
    "heart": _heart,
    "house": _house,
    "kite": _kite,
    "leaf": _leaf,
    "moon": _moon,
    "mushroom": _mushroom,
    "ring": _ring,
    "square": _square,
    "star": _star,
    "sun": _sun,
    "tree": _tree,
    "triangle": _triangle,
}
FOLDERS: Final[dict[str, Sequence[str]]] = {
    "nature": ("cloud", "fish", "flower", "leaf", "moon", "mushroom", "sun", "tree"),
    "things": ("boat", "crown", "cup", "house", "kite"),
    "symbols": ("arrow", "disc", "heart", "ring", "square", "star", "triangle"),
}
"""Classification to shapes; each shape stands in exactly one."""
