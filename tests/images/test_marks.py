"""What a file says of itself about models, wherever it says so."""

from __future__ import annotations

import io

import pytest
from PIL import Image, PngImagePlugin

from mitsua_data.images import decode
from mitsua_data.images.formats import Mark
from mitsua_data.images.results import Look

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
IPTC = 'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
PLUS = 'xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"'
TDM = 'xmlns:tdm="http://www.w3.org/ns/tdmrep/"'
CODES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
VOCABULARY = "http://ns.useplus.org/ldf/vocab/"


def xmp(attributes: str = "", inside: str = "") -> bytes:
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {RDF}><rdf:Description rdf:about="" {attributes}>{inside}'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def marks(kind: str = "JPEG", **options: object) -> set[Mark]:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, kind, **options)
    seen = decode.look(out.getvalue())
    assert isinstance(seen, Look), seen
    return set(seen.marks)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize(
    "packet",
    [
        pytest.param(xmp(f'{IPTC} Iptc4xmpExt:DigitalSourceType="{CODES}trainedAlgorithmicMedia"'), id="attribute"),
        pytest.param(
            xmp(IPTC, f'<Iptc4xmpExt:DigitalSourceType rdf:resource="{CODES}compositeWithTrainedAlgorithmicMedia"/>'),
            id="resource",
        ),
        pytest.param(
            xmp(IPTC, "<Iptc4xmpExt:DigitalSourceType>trainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>"),
            id="text",
        ),
    ],
)
def test_a_picture_that_says_a_model_made_it_is_marked(kind: str, packet: bytes) -> None:
    assert marks(kind, **embedded(kind, packet)) == {Mark.AI_GENERATED}


def embedded(kind: str, packet: bytes) -> dict[str, object]:
    if kind != "PNG":
        return {"tiffinfo": {700: packet}} if kind == "TIFF" else {"xmp": packet}
    notes = PngImagePlugin.PngInfo()
    notes.add_itxt("XML:com.adobe.xmp", packet.decode(), zip=True)
    return {"pnginfo": notes}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param(f'{PLUS} plus:DataMining="{VOCABULARY}DMI-PROHIBITED-AIMLTRAINING"', True, id="no-training"),
        pytest.param(f'{PLUS} plus:DataMining="{VOCABULARY}DMI-PROHIBITED"', True, id="no-mining"),
        pytest.param(f'{PLUS} plus:DataMining="DMI-PROHIBITED-GENAIMLTRAINING"', True, id="bare-term"),
        pytest.param(f'{PLUS} plus:DataMining="{VOCABULARY}DMI-FROM-NEXT-YEAR"', True, id="unknown-term-is-a-no"),
        pytest.param(f'{PLUS} plus:DataMining="{VOCABULARY}DMI-ALLOWED"', False, id="allowed"),
        pytest.param(f'{PLUS} plus:DataMining="{VOCABULARY}DMI-UNSPECIFIED"', False, id="unspecified"),
        pytest.param(f'{TDM} tdm:reservation="1"', True, id="tdm-reserved"),
        pytest.param(f'{TDM} tdm:reservation="0"', False, id="tdm-not-reserved"),
        pytest.param(f'{IPTC} Iptc4xmpExt:DigitalSourceType="{CODES}digitalCapture"', False, id="a-photograph"),
    ],
)
def test_a_reservation_is_marked(attributes: str, expected: bool) -> None:
    assert marks(xmp=xmp(attributes)) == ({Mark.NO_TRAINING} if expected else set())


@pytest.mark.parametrize(
    "packet",
    [
        pytest.param(b"<x:xmpmeta", id="broken"),
        pytest.param(b"\xff\xfe\x00", id="bytes"),
        pytest.param(b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', id="external-entity"),
        pytest.param(b'<?xml version="1.0" encoding="no-such"?><a/>', id="unknown-encoding"),
    ],
)
def test_xmp_that_cannot_be_read_costs_itself_only(packet: bytes) -> None:
    assert marks(xmp=packet) == {Mark.METADATA_UNREADABLE}


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("parameters", "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7", True),
        ("workflow", '{"3": {"class_type": "KSampler"}}', True),
        ("Software", "NovelAI", True),
        ("parameters", "of the exposure: f/8", False),
        ("Comment", "Steps: up the tower", False),
    ],
)
def test_a_generators_own_settings_are_told_from_other_text(key: str, text: str, expected: bool) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text(key, text)
    assert marks("PNG", pnginfo=notes) == ({Mark.AI_GENERATED} if expected else set())


def manifest(assertion: bytes) -> bytes:
    """Something like a C2PA manifest store in a JPEG's own segment; CBOR keeps text as it is."""
    box = b"jumb\x00\x00\x00\x1djumdc2pa\x00" + assertion
    return b"\xff\xeb" + (len(box) + 2).to_bytes(2, "big") + box


@pytest.mark.parametrize(
    ("assertion", "expected"),
    [
        pytest.param(b"c2pa.actions nothing of note", set(), id="edited"),
        pytest.param(CODES.encode() + b"trainedAlgorithmicMedia", {Mark.AI_GENERATED}, id="made-by-a-model"),
        pytest.param(CODES.encode() + b"digitalCapture", set(), id="taken-by-a-camera"),
        pytest.param(b"\xa1\x77cawg.ai_generative_training\xa1cuse\x6anotAllowed", {Mark.NO_TRAINING}, id="cawg-no"),
        pytest.param(b"\xa1\x73c2pa.ai_generative_training\xa1cuse\x6anotAllowed", {Mark.NO_TRAINING}, id="c2pa-no"),
        pytest.param(b"\xa1\x73c2pa.ai_generative_training\xa1cuse\x67allowed", set(), id="c2pa-yes"),
        pytest.param(b'"cawg.data_mining": {"use": "constrained"}', {Mark.NO_TRAINING}, id="json-constrained"),
    ],
)
def test_a_content_credentials_manifest_is_looked_at(assertion: bytes, expected: set[Mark]) -> None:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    seen = decode.look(out.getvalue()[:2] + manifest(assertion) + out.getvalue()[2:])
    assert isinstance(seen, Look)
    assert set(seen.marks) == expected | {Mark.C2PA_MANIFEST}


def test_a_plain_picture_has_no_marks() -> None:
    assert marks() == set()
