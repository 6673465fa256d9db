"""Checkpoints against the published vector of the note format, and against every changed bit."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mitsua_data.errors import IntegrityError, SignatureError
from mitsua_data.shards.keys import PublicKey, Signer
from mitsua_data.shards.notes import (
    Checkpoint,
    key_hash,
    open_checkpoint,
    read_checkpoint,
    sign_checkpoint,
    sign_note,
    verify_note,
)

# The example of Go's golang.org/x/mod/sumdb/note, which C2SP's signed-note describes.
VECTOR_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
VECTOR_KEY = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
VECTOR_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
VECTOR_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

ORIGIN = "example.org/ledger"
SIGNER = Signer.of(Ed25519PrivateKey.from_private_bytes(b"1" * 32))
OTHER = Signer.of(Ed25519PrivateKey.from_private_bytes(b"2" * 32))
KEYS = {SIGNER.keyid: SIGNER.public}
CHECKPOINT = Checkpoint(ORIGIN, 20852163, bytes(range(32)))
NOTE = sign_checkpoint(CHECKPOINT, SIGNER)


def test_the_published_note_is_reproduced_to_the_byte() -> None:
    signer = Signer.of(Ed25519PrivateKey.from_private_bytes(VECTOR_SEED))
    assert signer.public.raw == VECTOR_KEY
    assert key_hash("PeterNeumann", signer.public).hex() == "c74f20a3"
    assert sign_note(VECTOR_TEXT, "PeterNeumann", signer) == f"{VECTOR_TEXT}\n{VECTOR_LINE}"


def test_the_published_note_verifies() -> None:
    key = PublicKey(VECTOR_KEY)
    note = f"{VECTOR_TEXT}\n{VECTOR_LINE}"
    assert verify_note(note, "PeterNeumann", {key.keyid: key}) == key
    with pytest.raises(SignatureError, match="does not verify"):
        verify_note(note.replace("cryptography", "cryptographY"), "PeterNeumann", {key.keyid: key})


def test_a_signed_checkpoint_is_read_back() -> None:
    assert open_checkpoint(NOTE, KEYS) == read_checkpoint(NOTE) == CHECKPOINT
    assert NOTE.startswith(f"{ORIGIN}\n20852163\nAAECAwQF")


def test_every_flipped_bit_is_noticed() -> None:
    data = NOTE.encode()
    for place in range(len(data) * 8):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        try:
            text = changed.decode()
        except UnicodeDecodeError:
            continue
        with pytest.raises(IntegrityError):
            open_checkpoint(text, KEYS)


def test_only_a_pinned_key_counts() -> None:
    with pytest.raises(SignatureError, match=r"no signature by a pinned log key .pinned: none."):
        open_checkpoint(NOTE, {})
    with pytest.raises(SignatureError, match=f"pinned: {OTHER.keyid[:16]}"):
        open_checkpoint(NOTE, {OTHER.keyid: OTHER.public})


def test_a_witness_may_sign_too_and_changes_nothing() -> None:
    witness = sign_note(CHECKPOINT.text, "witness.example", OTHER).rpartition("\n\n")[2]
    assert open_checkpoint(NOTE + witness, KEYS) == CHECKPOINT
    assert open_checkpoint(CHECKPOINT.text + "\n" + witness + NOTE.rpartition("\n\n")[2], KEYS) == CHECKPOINT


def test_a_witness_alone_is_not_the_log() -> None:
    note = sign_note(CHECKPOINT.text, "witness.example", SIGNER)
    with pytest.raises(SignatureError, match="no signature by a pinned log key"):
        open_checkpoint(note, KEYS)


def test_a_bad_signature_by_our_key_is_not_saved_by_a_good_one() -> None:
    line = NOTE.rpartition("\n\n")[2]
    blob = base64.b64decode(line.split(" ")[2])
    bad = f"— {ORIGIN} {base64.b64encode(blob[:4] + bytes(64)).decode()}\n"
    for lines in (bad + line, line + bad):
        with pytest.raises(SignatureError, match="does not verify"):
            open_checkpoint(CHECKPOINT.text + "\n" + lines, KEYS)


def _signed(text: str) -> str:
    return sign_note(text, ORIGIN, SIGNER)


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "note",
    [
        pytest.param("", id="empty"),
        pytest.param(CHECKPOINT.text, id="no-signatures"),
        pytest.param(CHECKPOINT.text + "\n", id="no-signature-lines"),
        pytest.param(NOTE.rstrip("\n"), id="no-line-end"),
        pytest.param(NOTE.replace("—", "--"), id="hyphens-for-the-dash"),
        pytest.param(NOTE + "— x AAAA\n", id="a-signature-of-nothing"),
        pytest.param(NOTE + "— x\n", id="a-line-cut-short"),
        pytest.param(NOTE.replace(ORIGIN, ORIGIN + "\t"), id="a-control-character"),
        pytest.param(NOTE + "— x AAAAAAAAAA==\n" * 16, id="too-many-signatures"),
        pytest.param("x" * 70_000 + NOTE, id="too-long"),
        pytest.param(_signed(f"{ORIGIN}\n07\n{ROOT}\n"), id="a-leading-zero"),
        pytest.param(_signed(f"{ORIGIN}\n-7\n{ROOT}\n"), id="a-negative-size"),
        pytest.param(_signed(f"{ORIGIN}\n٧\n{ROOT}\n"), id="a-digit-of-another-script"),
        pytest.param(_signed(f"{ORIGIN}\n9{'0' * 18}9\n{ROOT}\n"), id="a-size-without-end"),
        pytest.param(_signed(f"{ORIGIN}\n7\n{ROOT[:-4]}\n"), id="a-short-root"),
        pytest.param(_signed(f"{ORIGIN}\n7\n{ROOT[:-2]}B=\n"), id="a-root-with-stray-bits"),
        pytest.param(_signed(f"{ORIGIN}\n7\n"), id="no-root"),
        pytest.param(_signed(f"{ORIGIN}\n7\n{ROOT}\nextension\n"), id="a-line-more"),
        pytest.param(_signed(f"two words\n7\n{ROOT}\n"), id="an-origin-with-a-space"),
    ],
)
def test_malformed_notes_are_refused(note: str) -> None:
    with pytest.raises(IntegrityError):
        open_checkpoint(note, KEYS)


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [("", 1, bytes(32)), ("a+b", 1, bytes(32)), ("a\nb", 1, bytes(32)), ("a", -1, bytes(32)), ("a", 1, bytes(31))],
)
def test_what_is_no_tree_head_is_not_made(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(ValueError):
        Checkpoint(origin, size, root)
