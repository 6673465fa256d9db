"""`mitsua verify`: what anybody can check of a release, with its folder and the keys they trust, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitsua_data.cli.audit import require_release
from mitsua_data.cli.bars import progress
from mitsua_data.cli.ui import DEFAULT_WORKSPACE, Format, FormatOption, WorkspaceOption, emit, many, note, show_table
from mitsua_data.errors import EXIT_FINDINGS, EXIT_OK, IntegrityError, UsageError
from mitsua_data.ledger.store import utc_now
from mitsua_data.shards.keys import KeyRing, Role, require_pinned
from mitsua_data.shards.manifest import ATTESTATION, CHECKPOINT
from mitsua_data.shards.notes import MAX_NOTE, Checkpoint, open_checkpoint
from mitsua_data.shards.part import Part
from mitsua_data.shards.verify import verify_release
from mitsua_data.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify_command)


def verify_command(
    release: Annotated[Path, typer.Argument(help="A release's folder; nothing else is needed but the keys you trust.")],
    against: Annotated[
        list[Path] | None,
        typer.Option(help="An older checkpoint.note, or release folder: has the ledger only grown since?"),
    ] = None,
    read_data: Annotated[bool, typer.Option(help="Read every byte of every shard, too.")] = True,
    subset: Annotated[str, typer.Option(metavar="K/N", help="Read only the K-th of N parts of the shards.")] = "1/1",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    output: FormatOption = Format.TABLE,
) -> int:
    """Check a release offline, without a ledger: signatures, digests, every sample's proof. Exit 1 on any finding."""
    require_release(release)
    part = Part.parse(subset)
    place = Workspace(workspace)
    ring = KeyRing(place.keys, place.trust)
    require_pinned(ring.pinned(Role.BUILDER), Role.BUILDER)
    older = [_checkpoint(path, ring) for path in against or ()]
    with progress(f"verify {release.name}") as advance:
        findings = verify_release(
            release,
            ring,
            read_data=read_data,
            part=part,
            against=older,
            now=utc_now(),
            progress=advance,
            announce=advance.expect,
        )
    audited = (release / ATTESTATION).is_file()
    if output is Format.JSON:
        for each in findings:
            emit({"file": each.file, "problem": each.problem})
        emit({"release": release.name, "findings": len(findings), "audited": audited, "subset": subset})
    elif findings:
        show_table(f"{release.name}: findings", ("file", "problem"), [(each.file, each.problem) for each in findings])
    looked = "verified" if part.parts == 1 else f"part {subset} verified"
    note(f"{release.name}: {f'{looked}, nothing to find' if not findings else many(len(findings), 'finding')}")
    if not findings:
        for seen in older:
            note(f"the ledger of {seen.origin} has only grown since it had {seen.size:,} rows")
    if not audited:
        note("there is no audit beside it: no trainer takes it yet")
    return EXIT_FINDINGS if findings else EXIT_OK


def _checkpoint(path: Path, ring: KeyRing) -> Checkpoint:
    """A checkpoint that a log key whom we trust signed. Raises UsageError, IntegrityError."""
    file = path / CHECKPOINT if path.is_dir() else path
    try:
        with file.open("rb") as opened:
            note = opened.read(MAX_NOTE).decode()
    except OSError as error:
        advice = "name a checkpoint.note, or a release's folder"
        raise UsageError(f"{file}: {error.strerror}", advice=advice) from error
    except UnicodeDecodeError as error:
        raise IntegrityError(f"{file}: not a signed note") from error
    return open_checkpoint(note, require_pinned(ring.pinned(Role.LOG), Role.LOG))
