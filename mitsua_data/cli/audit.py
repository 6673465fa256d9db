"""`mitsua audit`: the auditor's word on a release."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitsua_data.audit import VALID_DAYS, AuditResult, Recorded, audit_release, sign_and_record
from mitsua_data.captures import CaptureStore
from mitsua_data.cli.bars import progress
from mitsua_data.cli.ui import (
    DEFAULT_WORKSPACE,
    Format,
    FormatOption,
    WorkspaceOption,
    emit,
    many,
    note,
    show_table,
    writing,
)
from mitsua_data.errors import EXIT_FINDINGS, EXIT_OK, UsageError
from mitsua_data.holdings import sources_of
from mitsua_data.ledger.store import utc_now
from mitsua_data.shards.keys import KeyRing, Role
from mitsua_data.withdraw import publish
from mitsua_data.workspace import Workspace

SHOWN = 20
"""Findings printed as a table; the report holds all of them."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit")(audit_command)


def audit_command(
    release: Annotated[Path, typer.Argument(help="A release's folder.")],
    valid_days: Annotated[int, typer.Option(min=1, max=730, help="How long the attestation is good for.")] = VALID_DAYS,
    workers: Annotated[int | None, typer.Option(min=1, help="Image workers; one a core, by default.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    output: FormatOption = Format.TABLE,
) -> int:
    """Derive every sample again from what the sources said, sign the result, write a report. Exit 1 on any finding."""
    require_release(release)
    place = Workspace(workspace)
    ring = KeyRing(place.keys, place.trust)
    with writing(place) as ledger, CaptureStore(place.captures) as store:
        with progress(f"audit {release.name}") as advance:
            result = audit_release(
                ledger,
                store,
                release,
                ring,
                now=utc_now(),
                valid_days=valid_days,
                workers=workers,
                sources=sources_of(ledger),
                progress=advance,
                announce=advance.expect,
            )
        recorded = sign_and_record(result, ledger, ring, release, place.reports)
        publish(ledger, place.revocations, ring.signer(Role.LOG), utc_now)
    _show(result, recorded, output)
    return EXIT_FINDINGS if result.findings else EXIT_OK


def require_release(release: Path) -> None:
    """Raises UsageError where there is no such folder."""
    if not release.is_dir():
        advice = "name a release's folder, such as workspace/releases/NAME-VERSION"
        raise UsageError(f"{release}: no such release", advice=advice)


def _show(result: AuditResult, recorded: Recorded, output: Format) -> None:
    if output is Format.JSON:
        emit(
            {
                "release": result.release,
                "verdict": str(result.verdict),
                "findings": len(result.findings),
                "counts": dict(result.counts),
                "expires_at": result.expires_at.isoformat(),
                "report": str(recorded.page),
                "data": str(recorded.data),
                "attestation": None if recorded.attestation is None else str(recorded.attestation),
            }
        )
    else:
        counts = [(name.replace("_", " "), count) for name, count in result.counts.items()]
        show_table(f"{result.release}: derived again from what the sources said", ("", "count"), counts)
        if result.findings:
            rows = [(str(each.kind), each.where, each.text) for each in result.findings[:SHOWN]]
            show_table("findings", ("kind", "where", "what"), rows)
    if not result.findings:
        note(f"pass: no finding; valid until {result.expires_at:%Y-%m-%d}")
    else:
        more = f", of which {SHOWN} are shown" if len(result.findings) > SHOWN else ""
        note(f"FAIL: {many(len(result.findings), 'finding')}{more}; no trainer takes this release")
    note(f"report       {recorded.page}")
    if recorded.attestation is None:
        note("attestation  none: no builder whom we trust signed this release")
    else:
        note(f"attestation  {recorded.attestation}")
