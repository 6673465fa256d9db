"""
Deliveries that ought to fool a careless rule: each is of the right form, signed by a pinned registrar unless that is
the trap, and wrong in one thing. In each lies one picture, whose digest and name the cases speak of.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any

from mitsua_data.canonical import canonical
from mitsua_data.sources.base import REGISTRARS, Body, Page
from mitsua_data.sources.contract import STATEMENT
from tests.permitted import REGISTRAR, STRANGER, WORKS, hexed, predicate, registrars, sealed, statement
from tests.sources.hostile import Hostile
from tests.tiny import drawing

NAME = "a/work_1.png"
DIGEST = hexed(WORKS[NAME])
INDEX = canonical({"archives": [{}], "files": {f"studio/{NAME}": f"sha256:{DIGEST}"}})
NAMES = ("?index=x", f"studio/{STATEMENT}", REGISTRARS)
PINNED = registrars(REGISTRAR).data


def pages(bodies: Sequence[Body]) -> Iterator[Page]:
    """The index is the page, and everything else stands beside it, as in a crawl."""
    index, *beside = bodies
    yield Page((index,), context={body.name: body for body in beside})


def case(trap: str, envelope: bytes, *, pinned: bytes = PINNED, at: str = NAMES[1]) -> Hostile:
    return Hostile(trap, (INDEX, envelope, pinned), names=(NAMES[0], at, NAMES[2]))


def says(trap: str, **changes: Any) -> Hostile:
    """Signed as it must be, with other words."""
    return case(trap, sealed(predicate(**changes)))


def with_fields(envelope: bytes, **changes: Any) -> bytes:
    return json.dumps(json.loads(envelope) | changes).encode()


def under_our_name(envelope: bytes) -> bytes:
    """A stranger's signature that says it is the registrar's."""
    (signature,) = json.loads(envelope)["signatures"]
    return with_fields(envelope, signatures=[signature | {"keyid": REGISTRAR.keyid}])


def payload(said: Any) -> str:
    return base64.b64encode(canonical(said)).decode()


CASES = [
    case("signed-by-a-stranger", sealed(signer=STRANGER)),
    case("a-stranger-under-the-registrars-name", under_our_name(sealed(signer=STRANGER))),
    case("words-swapped-under-the-signature", with_fields(sealed(predicate({})), payload=payload(statement()))),
    case("not-signed-at-all", canonical(statement())),
    case("a-portfolio-page", b"<html>All works are public domain. CC0. Permission granted.</html>"),
    case("an-e-mail", b"From: jane@example.org\n\nYes, of course you may train on it!"),
    case("another-payload-type", sealed(kind="application/json")),
    case("a-builders-statement", sealed(predicateType="urn:mitsua:release:v1")),
    case("signed-for-another-folder", sealed(), at=f"other/{STATEMENT}"),
    case("permission-inside-a-subfolder", sealed(), at=f"studio/a/{STATEMENT}"),
    case("keys-that-the-delivery-brings", sealed(signer=STRANGER), pinned=b'{"registrars": {}}'),
    case("pinned-by-a-list", sealed(), pinned=canonical([REGISTRAR.keyid, REGISTRAR.public.raw.hex()])),
    case("pinned-as-true", sealed(), pinned=canonical({"registrars": {REGISTRAR.keyid: True}})),
    says("a-public-licence-in-its-place", allowed_acts=["CC0-1.0"]),
    says("weights-but-no-training", allowed_acts=["publish-weights", "commercial-use"]),
    says("training-in-capitals", allowed_acts=["TRAINING"]),
    says("training-inside-a-word", allowed_acts="no training"),
    says("an-exception-among-the-acts", allowed_acts=["training", "not for generative models"]),
    says("another-file", works={hexed(drawing(9)): NAME}),
    says("the-name-of-the-file-for-its-digest", works={NAME: NAME}),
    says("a-prefix-of-the-digest", works={DIGEST[:32]: NAME}),
    says("all-files", works={"*": "*"}),
    says("a-work-marked-false", works={DIGEST: False}),
    says("a-work-marked-null", works={DIGEST: None}),
    says("a-work-with-a-condition", works={DIGEST: {"except": "portraits"}}),
    says("a-list-where-names-are-expected", works={DIGEST: [NAME]}),
    says("without-a-term", term=...),
    says("an-end-in-words", term={"from": "2024-01-01", "until": "until further notice"}),
    says("a-beginning-in-words", term={"from": "soon", "until": "unlimited"}),
    says("without-a-licensee", licensee=...),
    says("a-licensee-that-is-a-list", licensee=["us", "them"]),
    says("without-a-document", document=...),
    says("a-warranty-with-a-condition", warranties=["no-ai-generated-material", "as far as I know"]),
]
