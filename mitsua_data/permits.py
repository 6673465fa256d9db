"""
Putting a permission on record: the document that was signed, the works that it covers, and a statement of what it says.

    FOLDER/permission.intoto.json        signed by the registrar's key; what the source `contract` rests on
    WORKSPACE/captures/permission-….warc.gz   the document and the statement, as captures
    WORKSPACE/permissions/<id>.salt      mode 0600: the salt of the grantor's name
    ledger                               a row of `permission`, which is a leaf of the log, and one for each work

All bytes are on the disk before the row that speaks of them. Nothing is overwritten; what fails leaves
nothing behind, and a statement that a killed process left can be put on record all the same.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from mitsua_data import __version__
from mitsua_data.captures import CaptureStore, CaptureWriter
from mitsua_data.deliveries import Delivery
from mitsua_data.disk import sync_folder
from mitsua_data.errors import IntegrityError, StorageError, UsageError
from mitsua_data.ledger import crawls, permissions, queries, tables
from mitsua_data.ledger.store import Batch, Ledger, stamp
from mitsua_data.model import Act, MediaType, Warranty
from mitsua_data.recording import add_capture
from mitsua_data.shards.keys import KeyRing, Role, create_file
from mitsua_data.shards.permission import (
    MAX_STATEMENT,
    STATEMENT,
    Licensor,
    Permission,
    SignedPermission,
    Term,
    read,
    reference,
    sign,
)
from mitsua_data.shards.shapes import first_line
from mitsua_data.workspace import Workspace

SESSION: Final = "permission"
"""What captures of permissions stand under, where those of a crawl stand under their source."""
_SALT: Final = 32
"""Bytes of salt: nobody finds a name by trying names."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a document grants, as the person says who has read it."""

    grantor: str
    acts: tuple[Act, ...]
    first: str
    last: str
    """Days, `YYYY-MM-DD`; the last one may be `unlimited`."""
    licensee: str = ""
    """Empty: whoever holds the registrar's key."""
    territory: str = "as the document says"
    withdrawal_rule: str = "as the document says"
    warranties: tuple[Warranty, ...] = ()
    identity_method: str = "the document names and signs"
    credit: str = ""


@dataclass(frozen=True)
class OnRecord:
    """A permission that is on record now."""

    id: str
    permission: Permission
    statement: Path
    seq: int
    """Of its row: its place in the log."""
    salt: Path | None


def permit(
    ledger: Ledger, store: CaptureStore, ring: KeyRing, place: Workspace, delivery: Delivery, asked: Asked, out: Path
) -> OnRecord:
    """
    Sign what a document grants, and put it on record; the statement is written into the folder `out`.

    Raises UsageError where training is not granted, the term is none or over, or `out` holds a permission already.
    """
    now = ledger.clock().replace(microsecond=0)
    salt = secrets.token_bytes(_SALT)
    signer = ring.signer(Role.REGISTRAR)
    permission = _permission(delivery, asked, salt, now, signer.keyid)
    _require_in_force(permission, now)
    envelope, target = sign(permission, signer), out / STATEMENT
    if os.path.lexists(target):
        raise UsageError(
            f"{target} is there already",
            advice="a permission is never overwritten: move it away, or put it on record with --signed",
        )
    signed = read(envelope, ring.pinned(Role.REGISTRAR), what=str(target))
    salt_file = place.permissions / f"{signed.id}.salt"
    try:
        _create(salt_file, salt.hex().encode() + b"\n", 0o600, folder=0o700)
        _create(target, envelope, 0o644, folder=0o755)
        seq = _record(ledger, store, delivery, envelope, signed)
    except BaseException:
        for path in (target, salt_file):  # nothing was put on record: nothing says that it was
            if path.is_file() and path.read_bytes() in {envelope, salt.hex().encode() + b"\n"}:
                path.unlink()
        raise
    return OnRecord(signed.id, permission, target, seq, salt_file)


def put_on_record(ledger: Ledger, store: CaptureStore, ring: KeyRing, delivery: Delivery, statement: Path) -> OnRecord:
    """
    Put a permission on record that was signed elsewhere. Once on record, it stays what it is.

    Raises SignatureError where no pinned registrar signed it, IntegrityError where it is malformed or about another
    document, UsageError where it does not cover a delivered file, or its term is over.
    """
    try:
        envelope = statement.read_bytes() if statement.stat().st_size <= MAX_STATEMENT else b""
    except OSError as error:
        raise UsageError(f"{statement}: {error.strerror}", advice="leave --signed out to make one") from error
    signed = read(envelope, ring.pinned(Role.REGISTRAR), what=str(statement))
    permission = signed.permission
    if permission.document != delivery.document_sha256:
        got, expected = delivery.document_sha256, permission.document
        raise IntegrityError(f"{statement}: got a document with sha256 {got}, expected {expected}")
    if strange := sorted(delivery.works.keys() - permission.works.keys()):
        raise UsageError(
            f"{len(strange):,} files of {delivery.folder} are not on the signed list: {delivery.works[strange[0]]} …",
            advice="take them away, or get a grant that covers them",
        )
    _require_in_force(permission, ledger.clock())
    with ledger.read() as connection:
        known = permissions.on_record(connection).get(signed.id)
    seq = _record(ledger, store, delivery, envelope, signed) if known is None else known
    return OnRecord(signed.id, permission, statement, seq, None)


def salts(place: Workspace) -> dict[str, bytes]:
    """Permission id → the salt of its grantor's name, of those that were not erased."""
    found = {}
    for path in sorted(place.permissions.glob("*.salt")):
        with suppress(OSError, ValueError):
            found[path.stem] = bytes.fromhex(path.read_text().strip())
    return found


def _permission(delivery: Delivery, asked: Asked, salt: bytes, now: datetime, keyid: str) -> Permission:
    if not asked.grantor.strip():
        raise UsageError("nobody granted it", advice="name who signed the document with --grantor")
    if Act.TRAINING not in asked.acts:
        raise UsageError(
            f"{Act.TRAINING} is not among what was granted, so nothing is permitted",
            advice=f"if the document grants it, say --scope {Act.TRAINING}",
        )
    try:
        return Permission(
            document=delivery.document_sha256,
            licensor=Licensor(sha256=reference(asked.grantor, salt), identity_method=asked.identity_method),
            licensee=asked.licensee or f"the holder of registrar key {keyid}",
            works=dict(sorted(delivery.works.items())),
            allowed_acts=sorted(set(asked.acts)),
            term=Term.model_validate({"from": asked.first, "until": asked.last}),
            territory=asked.territory,
            withdrawal_rule=asked.withdrawal_rule,
            warranties=sorted(set(asked.warranties)),
            credit=asked.credit,
            recorded_at=now,
        )
    except ValueError as error:
        raise UsageError(f"no permission can say this: {first_line(error)}", advice="days are YYYY-MM-DD") from error


def _require_in_force(permission: Permission, now: datetime) -> None:
    ends = permission.term.ends
    if ends is not None and ends <= now:
        raise UsageError(f"the term is over since {permission.term.last}", advice="get a new grant")


def _record(ledger: Ledger, store: CaptureStore, delivery: Delivery, envelope: bytes, signed: SignedPermission) -> int:
    """The captures and the rows of a permission. Returns its seq."""
    with ledger.read() as connection:
        store.trim(queries.committed(connection))
        session = f"{SESSION}-{crawls.count(connection, SESSION):05}"
    with store.writer(session) as writer, ledger.batch() as batch:
        batch.add(
            tables.crawl_session,
            id=session,
            source=SESSION,
            user_agent=None,
            contact=None,
            purpose="a permission put on record",
            code_version=__version__,
            holdings={"kind": SESSION, "places": [str(delivery.folder.resolve())], "identity": signed.id},
            config={},
            beacon=None,
            started_at=batch.now,
        )
        bodies = (
            (f"{SESSION}:{delivery.document_sha256}", delivery.document, MediaType.BINARY),
            (f"{SESSION}:{signed.id}/{STATEMENT}", envelope, MediaType.JSON),
        )
        _capture(batch, writer, session, bodies)
        return _rows(batch, envelope, signed)


def _capture(batch: Batch, writer: CaptureWriter, session: str, bodies: Iterable[tuple[str, bytes, MediaType]]) -> None:
    for locator, data, media_type in bodies:
        known = queries.captures(batch.connection, [sha256(data).hexdigest()])
        capture = next(iter(known.values()), None) or writer.add(
            data, locator=locator, media_type=media_type, fetched_at=batch.moment
        )
        add_capture(batch, replace(capture, locator=locator, fetched_at=batch.moment), session)
    writer.sync()


def _rows(batch: Batch, envelope: bytes, signed: SignedPermission) -> int:
    permission = signed.permission
    told = permission.dump()
    ends = permission.term.ends
    seq = batch.log(
        tables.permission,
        grantor_ref=permission.licensor.sha256,
        identity_method=permission.licensor.identity_method,
        scope={
            name: told[name]
            for name in ("licensee", "allowed_acts", "term", "territory", "withdrawal_rule", "warranties", "credit")
        },
        originals_root=permission.works_root.hex(),
        document=permission.document,
        signature=json.loads(envelope)["signatures"][0]["sig"],
        granted_at=stamp(permission.term.begins),
        expires_at=None if ends is None else stamp(ends),
        statement=signed.id,
    )
    for digest in sorted(permission.works):
        batch.add(tables.permission_work, permission=seq, sha256=digest)
    return seq


def _create(path: Path, data: bytes, mode: int, *, folder: int) -> None:
    """Write a file that is not there yet. Raises UsageError where it is, StorageError where the disk refuses."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=folder)
        create_file(path, data, mode)
        sync_folder(path.parent)
    except FileExistsError as error:
        raise UsageError(f"{path} is there already", advice="move it away") from error
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}") from error
