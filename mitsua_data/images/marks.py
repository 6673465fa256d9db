"""
What a picture's own metadata says about models: that one made it, or that none may be trained on it.

Read from XMP, from a content-credentials manifest, and from the text that image generators leave in PNG files. A mark
is hearsay by the file itself: its presence is worth acting on, its absence proves nothing. References: IPTC Digital
Source Type (cv.iptc.org/newscodes/digitalsourcetype), PLUS Data Mining (useplus.org), TDMRep (w3.org/ns/tdmrep),
C2PA 2.x and CAWG training and data mining assertions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from PIL import Image

from mitsua_data.images.formats import Mark

MAX_XMP: Final = 4 * 1024 * 1024
"""Longest XMP packet that is parsed, in bytes."""

_SOURCE_TYPE: Final = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
_DATA_MINING: Final = "{http://ns.useplus.org/ldf/xmp/1.0/}DataMining"
_TDM: Final = frozenset({"{http://www.w3.org/ns/tdmrep/}reservation", "{http://www.w3.org/ns/tdmrep#}reservation"})
_RDF_RESOURCE: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"

_MADE_BY_MODELS: Final = frozenset(
    {"trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "compositeSynthetic"}
)
"""IPTC terms for pictures that a trained model made wholly or in part."""

_MINING_FREE: Final = frozenset({"DMI-UNSPECIFIED", "DMI-ALLOWED"})
"""PLUS terms that reserve nothing. Any other, known or not, counts as a reservation."""

_SOURCE_TYPE_URI: Final = re.compile(rb"cv\.iptc\.org/newscodes/digitalsourcetype/([A-Za-z]+)")
_TRAINING_ENTRY: Final = re.compile(
    rb"(?:c2pa|cawg)\.(?:ai_generative_training|ai_training|data_mining|ai_inference)\b.{0,16}?use.{1,4}?(notAllowed|constrained)",
    re.DOTALL,
)
"""One entry of a training-mining assertion, whose keys and values stand as plain text in CBOR and in JSON."""

_GENERATOR_KEYS: Final = frozenset({"parameters", "prompt", "workflow", "sd-metadata", "invokeai_metadata", "dream"})
"""PNG text keywords that image generators write their settings under."""

_GENERATOR_WORDS: Final = ("steps:", "sampler", "cfg scale", "class_type", "ksampler", "model_weights", '"model"')


def embedded_marks(image: Image.Image, body: bytes) -> set[Mark]:
    """The marks in an opened picture and its file. Never raises for what the metadata holds."""
    marks: set[Mark] = set()
    for packet in _xmp(image):
        marks |= _xmp_marks(packet)
    if b"c2pa" in body and b"jumb" in body:
        marks.add(Mark.C2PA_MANIFEST)
        if _TRAINING_ENTRY.search(body):
            marks.add(Mark.NO_TRAINING)
    if any(term.decode() in _MADE_BY_MODELS for term in _SOURCE_TYPE_URI.findall(body)):
        marks.add(Mark.AI_GENERATED)
    if _by_a_generator(image):
        marks.add(Mark.AI_GENERATED)
    return marks


def _xmp(image: Image.Image) -> Iterator[bytes]:
    for key in ("xmp", "XML:com.adobe.xmp"):
        value = image.info.get(key)
        if isinstance(value, str):
            value = value.encode("utf-8", errors="surrogateescape")
        if isinstance(value, bytes) and value.strip(b"\0 \n\r\t"):
            yield value.strip(b"\0 \n\r\t")


def _xmp_marks(packet: bytes) -> set[Mark]:
    """Marks of one XMP packet. Entities, external or not, make it unreadable; they are never followed."""
    if len(packet) > MAX_XMP:
        return {Mark.METADATA_UNREADABLE}
    try:
        root = fromstring(packet, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        return {Mark.METADATA_UNREADABLE}
    marks: set[Mark] = set()
    for name, value in _properties(root):
        term = value.strip().rstrip("/").rpartition("/")[2]
        if name == _SOURCE_TYPE and term in _MADE_BY_MODELS:
            marks.add(Mark.AI_GENERATED)
        elif (name == _DATA_MINING and term and term not in _MINING_FREE) or (name in _TDM and term not in ("", "0")):
            marks.add(Mark.NO_TRAINING)
    return marks


def _properties(root: Element) -> Iterator[tuple[str, str]]:
    """Every XMP property with its value; RDF allows attributes, resources and text for the same thing."""
    for element in root.iter():
        yield from element.attrib.items()
        if _RDF_RESOURCE in element.attrib:
            yield element.tag, element.attrib[_RDF_RESOURCE]
        yield element.tag, element.text or ""


def _by_a_generator(image: Image.Image) -> bool:
    """Whether text that stands with the picture is a generator's own settings."""
    for key, value in image.info.items():
        if key in _GENERATOR_KEYS and isinstance(value, str):
            text = value[:100_000].lower()
            if any(word in text for word in _GENERATOR_WORDS):
                return True
    return image.info.get("Software") == "NovelAI"
