"""Permissions for tests: signed by a registrar whose key is made here, about files that are made here."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mitsua_data.canonical import canonical
from mitsua_data.model import Json, MediaType
from mitsua_data.shards.dsse import STATEMENT_PAYLOAD, seal
from mitsua_data.shards.keys import Signer
from mitsua_data.sources.base import REGISTRARS, Body, Page
from mitsua_data.sources.contract import STATEMENT
from tests.tiny import drawing

REGISTRAR: Final = Signer.of(Ed25519PrivateKey.from_private_bytes(b"r" * 32))
STRANGER: Final = Signer.of(Ed25519PrivateKey.from_private_bytes(b"s" * 32))
WORKS: Final = {f"a/work_{number}.png": drawing(number) for number in (1, 2, 3)}
DOCUMENT: Final = b"%PDF-1.4 I let you train on my works. Jane Doe"


def hexed(data: bytes) -> str:
    return sha256(data).hexdigest()


def predicate(files: Mapping[str, bytes] = WORKS, **changes: Any) -> dict[str, Any]:
    """What a permission says. `changes` replace a field, or take it away (`...`)."""
    said: dict[str, Any] = {
        "document": hexed(DOCUMENT),
        "licensor": {"sha256": hexed(b"salt Jane Doe"), "identity_method": "she signed before us"},
        "licensee": "the operator",
        "works": {hexed(data): name for name, data in files.items()},
        "allowed_acts": ["training"],
        "term": {"from": "2024-01-01", "until": "2030-12-31"},
        "territory": "worldwide",
        "withdrawal_rule": "thirty days",
        "warranties": ["no-ai-generated-material"],
        "credit": "",
        "recorded_at": "2024-01-01T00:00:00Z",
    }
    return {name: value for name, value in (said | changes).items() if value is not ...}


def statement(said: Any = None, **changes: Any) -> dict[str, Any]:
    """The in-toto statement around a predicate; `changes` as in `predicate`."""
    whole: dict[str, Any] = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "document", "digest": {"sha256": hexed(DOCUMENT)}}],
        "predicateType": "urn:mitsua:permission:v1",
        "predicate": predicate() if said is None else said,
    }
    return {name: value for name, value in (whole | changes).items() if value is not ...}


def sealed(said: Any = None, signer: Signer = REGISTRAR, kind: str = STATEMENT_PAYLOAD, **changes: Any) -> bytes:
    """The envelope, whatever it says."""
    return seal(canonical(statement(said, **changes)), kind, signer)


def registrars(*signers: Signer, source: str = "contract") -> Body:
    """The keys that count, as a crawl captures them."""
    keys: dict[str, Json] = {signer.keyid: signer.public.raw.hex() for signer in signers}
    return Body(canonical({"registrars": keys}), MediaType.JSON, f"{source}:{REGISTRARS}")


def page(files: Mapping[str, bytes], envelope: bytes | None, *signers: Signer, delivery: str = "studio") -> Page:
    """A page as the source makes it of a delivered folder; `signers` are the registrars who are pinned."""
    name = f"{delivery}/{STATEMENT}"
    index: dict[str, Json] = {f"{delivery}/{file}": f"sha256:{hexed(data)}" for file, data in files.items()}
    held = [] if envelope is None else [Body(envelope, MediaType.JSON, f"contract:{name}")]
    body = Body(canonical({"archives": [{}], "files": index}), MediaType.JSON, "contract:?index=x")
    return Page((body,), context={each.name: each for each in (*held, registrars(*signers))})


def deliver(folder: Path, files: Mapping[str, bytes] = WORKS, envelope: bytes | None = None) -> Path:
    """Write a delivered folder; its path is handed back."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    if envelope is not None:
        (folder / STATEMENT).write_bytes(envelope)
    return folder
