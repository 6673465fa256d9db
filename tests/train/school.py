"""A tiny audited release of real pictures, through the real gate, and a recipe that trains on it in a second."""

from __future__ import annotations

import io
from dataclasses import replace
from hashlib import sha256
from typing import Any

from PIL import Image, ImageDraw

from mitsua_data.shards.samples import SampleRow
from mitsua_train.gate import AuditedRelease, open_audited
from mitsua_train.machine import Machine
from mitsua_train.recipe import Recipe
from tests.shards.releases import NOW, Yard, make_row
from tests.train.gate_case import RULES

COLOURS = {"red": (220, 40, 30), "green": (30, 160, 60), "blue": (40, 60, 200), "black": (20, 20, 20)}
SIZE = (64, 48)
"""Not square, so that a height taken for a width is noticed."""


def recipe(**changes: Any) -> Recipe:
    """A whole recipe with networks as small as they come; `changes` are sections or fields in its place."""
    values: dict[str, Any] = {
        "name": "tiny",
        "seed": 7,
        "data": {
            "release": "clip-1",
            "policies": ["default"],
            "licences": ["CC0-1.0"],
            "max_revocation_age_days": 7,
        },
        "text": {"kind": "hashed-words", "width": 8, "tokens": 4},
        "vae": {"channels": [8, 8, 8], "fit": {"steps": 6, "batch": 2, "rate": 1e-3, "warmup": 2}},
        "unet": {
            "channels": [8, 16],
            "attention": [False, True],
            "groups": 8,
            "head_width": 8,
            "fit": {"steps": 6, "batch": 3, "rate": 1e-3, "warmup": 2},
        },
        "train": {"threads": 1, "precision": "fp32", "checkpoint_every": 2},
        "sample": {"steps": 2, "count": 2},
    }
    return Recipe.model_validate(values | changes)


MACHINE = Machine("cpu", 1, bf16=False)


def drawn(number: int) -> SampleRow:
    """A sample whose picture decodes: a disc or a box of one colour, named in its caption."""
    name, colour = list(COLOURS.items())[number % len(COLOURS)]
    shape = "disc" if number % 3 else "box"
    image = Image.new("RGB", SIZE, (255, 255, 255))
    draw = ImageDraw.Draw(image)
    outline = (8 + number, 8, 40 + number, 40)
    (draw.ellipse if shape == "disc" else draw.rectangle)(outline, fill=colour)
    data = io.BytesIO()
    image.save(data, "PNG")
    row = make_row(number)
    told = row.provenance.model_copy(update={"image_sha256": sha256(data.getvalue()).hexdigest()})
    return replace(row, image=data.getvalue(), caption=f"{name} {shape}", provenance=told)


def yard_of_drawings(yard: Yard) -> Yard:
    """The yard with one audited release: eight drawings to train on, two held out."""
    yard.audited(rows=[drawn(number) for number in range(10)])
    return yard


def opened(yard: Yard) -> AuditedRelease:
    """That release, through the gate."""
    return open_audited(
        yard.releases / "clip-1",
        RULES,
        trust=yard.keys,
        revocation_list=yard.revocations,
        seen_file=yard.seen,
        now=NOW,
    )
