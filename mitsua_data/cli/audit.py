"""`mitsua audit` and `mitsua verify`: the auditor's word on a release, and what anybody can check without us."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitsua_data.audit import audit_release, sign_and_record
from mitsua_data.captures import CaptureStore
from mitsua_data.cli.ui import (
    DEFAULT_WORKSPACE,
    Format,
    FormatOption,
    WorkspaceOption,
    emit,
    note,
    open_ledger,
    progress,
    show_table,
)
from mitsua_data.errors import EXIT_FINDINGS, EXIT_OK
from mitsua_data.ledger.store import utc_now
from mitsua_data.shards.keys import KeyRing, Role
from mitsua_data.shards.verify import verify_release
from mitsua_data.withdraw import publish
from mitsua_data.workspace import Workspace

SHOWN = 20
"""Findings printed as a table; the report holds all of them."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("audit")(audit_command)
    app.command("verify")(verify_command)


def audit_command(
    release: Annotated[Path, typer.Argument(help="A release's folder.")],
    valid_days: Annotated[int, typer.Option(min=1, max=730, help="How long the attestation is good for.")] = 90,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    output: FormatOption = Format.TABLE,
) -> int:
    """Derive every sample again from what the sources said, sign the result, write the report. Exit 1 on any finding."""
    place = Workspace(workspace)
    ring = KeyRing(place.keys, place.trust)
    with place.writing(), open_ledger(place) as ledger, CaptureStore(place.captures) as store:
        with progress(f"audit {release.name}") as advance:
            result = audit_release(ledger, store, release, ring, progress=advance, announce=advance.expect)
        report = sign_and_record(ledger, store, release, ring, result, place.reports, valid_days=valid_days)
        publish(ledger, place.revocations, ring.signer(Role.LOG), utc_now)
    findings = [(str(each.kind), each.where, each.text) for each in result.findings]
    if output is Format.JSON:
        emit(
            {"release": str(release), "verdict": str(result.verdict), "findings": len(findings), "report": str(report)}
        )
    else:
        show_table(
            f"{release.name}: {result.checked:,} samples derived again", ("finding", "where", "what"), findings[:SHOWN]
        )
    if not findings:
        note(f"pass: {result.checked:,} samples, no finding; valid for {valid_days} days")
    else:
        note(f"FAIL: {len(findings):,} findings")
    note(f"report  {report}")
    return EXIT_FINDINGS if findings else EXIT_OK


def verify_command(
    release: Annotated[Path, typer.Argument(help="A release's folder; nothing else is needed but the keys you trust.")],
    read_data: Annotated[bool, typer.Option(help="Read every byte of every shard, too.")] = True,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    output: FormatOption = Format.TABLE,
) -> int:
    """Check a release offline, without a ledger: signatures, digests, every sample's proof. Exit 1 on any finding."""
    place = Workspace(workspace)
    findings = verify_release(release, KeyRing(place.keys, place.trust), read_data=read_data, now=utc_now())
    if output is Format.JSON:
        for each in findings:
            emit({"file": each.file, "problem": each.problem})
    elif findings:
        show_table(f"{release.name}: findings", ("file", "problem"), [(each.file, each.problem) for each in findings])
    note(f"{release.name}: {'verified, nothing to find' if not findings else f'{len(findings):,} findings'}")
    return EXIT_FINDINGS if findings else EXIT_OK
