"""
Sampling: from noise to images along the learned velocity, and pictures of many images at once.

The flow dx/dt = v(x, t) is followed from t = 1 (noise) to 0 in equal steps, by Euler's method or by Heun's (the mean of
the velocities at both ends of a step; the last step is Euler's). Guidance: v = v₀ + g (v_caption - v₀), with v₀ for the
caption left out (Ho and Salimans 2022, arXiv 2207.12598).

Pictures say in their own metadata that a model made them (IPTC Digital Source Type), so that no collector of training
images, this project's own included, takes them for somebody's work.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from mitsua_train.encoders import TextEncoder
from mitsua_train.keyed import generator
from mitsua_train.latents import decode_all
from mitsua_train.machine import Machine
from mitsua_train.models import Network
from mitsua_train.recipe import Sampling
from mitsua_train.step import predict

Velocity = Callable[[Tensor, Tensor], Tensor]
"""(x, time) to velocity; the time is a scalar."""


@torch.no_grad()
def sample(
    vae: Network,
    unet: Network,
    encoder: TextEncoder,
    captions: Sequence[str],
    spec: Sampling,
    *,
    side: tuple[int, int],
    seed: int,
    machine: Machine,
    advance: Callable[[int], None],
) -> Tensor:
    """
    One image for each caption, NCHW in [-1, 1]. `side` is the latents' (height, width); `advance` counts steps.

    An image depends on the seed, its caption and its place in the list; not on how many follow.
    """
    unet.eval()
    text_BLD, empty_BLD = encoder.encode(captions), encoder.encode([""] * len(captions))
    shape = (int(unet.config.in_channels), *side)
    x_BCHW = torch.stack([torch.randn(shape, generator=generator(seed, "sample", i)) for i in range(len(captions))])

    def guided(x: Tensor, t: Tensor) -> Tensor:
        if spec.guidance == 1.0:
            return predict(unet, x, t.expand(len(x)), text_BLD, machine).cpu()
        both = predict(unet, torch.cat([x, x]), t.expand(2 * len(x)), torch.cat([text_BLD, empty_BLD]), machine)
        told, untold = both.cpu().chunk(2)
        return untold + spec.guidance * (told - untold)

    return decode_all(vae, follow(guided, x_BCHW, spec.steps, heun=spec.method == "heun", advance=advance))


def follow(v: Velocity, x: Tensor, steps: int, *, heun: bool, advance: Callable[[int], None]) -> Tensor:
    """Follow dx/dt = v(x, t) from t = 1 to 0 in equal steps."""
    times = torch.linspace(1.0, 0.0, steps + 1)
    for index in range(steps):
        t, dt = times[index], times[index + 1] - times[index]
        here = v(x, t)
        if heun and index < steps - 1:
            there = v(x + dt * here, times[index + 1])
            x = x + dt * 0.5 * (here + there)
        else:
            x = x + dt * here
        advance(1)
    return x


@dataclass(frozen=True)
class Row:
    """A row of a picture: a title above, and under each image its caption where there is one."""

    title: str
    x_NCHW: Tensor  # noqa: N815  the suffix names the axes
    captions: Sequence[str] = ()


TILE = 128
"""Pixels that an image is shown at, at least."""
GAP, LINE = 8, 14
INK, PAPER = (40, 40, 40), (238, 238, 238)
_MADE_BY_A_MODEL = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
    "<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    "</Iptc4xmpExt:DigitalSourceType></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def picture(rows: Sequence[Row]) -> bytes:
    """A PNG of the rows, one below the other. Images of one row have one size. Deterministic."""
    columns = max(len(row.x_NCHW) for row in rows)
    height, width = rows[0].x_NCHW.shape[2:]
    zoom = max(1, TILE // max(height, width))
    wide, high = width * zoom, height * zoom
    heights = [LINE + GAP + high + (2 * LINE if row.captions else 0) + GAP for row in rows]
    sheet = Image.new("RGB", (GAP + columns * (wide + GAP), GAP + sum(heights)), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    top = GAP
    for row, row_height in zip(rows, heights, strict=True):
        draw.text((GAP, top), row.title, INK, font)
        for column, image in enumerate(row.x_NCHW):
            left = GAP + column * (wide + GAP)
            sheet.paste(_tile(image, (wide, high)), (left, top + LINE + GAP // 2))
            if row.captions:
                for number, text in enumerate(_lines(row.captions[column], wide, font)):
                    draw.text((left, top + LINE + GAP + high + number * LINE), text, INK, font)
        top += row_height
    return _png(sheet)


def _tile(x_CHW: Tensor, size: tuple[int, int]) -> Image.Image:
    pixels = ((x_CHW.clamp(-1, 1) + 1.0) * 127.5).round().to(torch.uint8).permute(1, 2, 0).contiguous()
    return Image.fromarray(pixels.numpy(), "RGB").resize(size, Image.Resampling.NEAREST)


def _lines(text: str, width: int, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> list[str]:
    """At most two lines that fit; what does not fit is cut, with an ellipsis."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        elif len(lines) == 1:
            lines.append(word)
        else:
            lines[-1] += " …"
            break
    return [_cut(line, width, font) for line in lines]


def _cut(text: str, width: int, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> str:
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"


def _png(image: Image.Image) -> bytes:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", _MADE_BY_A_MODEL)
    data = io.BytesIO()
    image.save(data, "PNG", pnginfo=info)
    return data.getvalue()
