"""`mitsua permit`: put a rights holder's signed grant on record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitsua_data.captures import CaptureStore
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
from mitsua_data.deliveries import delivered
from mitsua_data.errors import UsageError
from mitsua_data.model import UNLIMITED, Act, Warranty
from mitsua_data.permits import Asked, OnRecord, permit, put_on_record
from mitsua_data.shards.keys import KeyRing
from mitsua_data.shards.permission import STATEMENT
from mitsua_data.workspace import Workspace

AS_WRITTEN = "as the document says"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("permit")(permit_command)


def permit_command(
    folder: Annotated[Path, typer.Argument(help="The folder of delivered works.")],
    document: Annotated[Path, typer.Option("--document", help="What was signed: a PDF, a scan.")],
    grantor: Annotated[str, typer.Option("--grantor", help="Who signed it. Kept as a salted hash only.")] = "",
    scope: Annotated[list[Act] | None, typer.Option("--scope", help="An act that it allows; once for each.")] = None,
    first: Annotated[str, typer.Option("--from", help="The first day of its term, YYYY-MM-DD.")] = "",
    last: Annotated[str, typer.Option("--until", help=f"The last day of its term, or {UNLIMITED!r}.")] = "",
    works: Annotated[
        Path | None, typer.Option("--works", help="The list of works that was signed, as sha256sum writes it.")
    ] = None,
    licensee: Annotated[str, typer.Option("--licensee", help="To whom; whoever holds our key, by default.")] = "",
    territory: Annotated[str, typer.Option("--territory", help="Where it holds.")] = AS_WRITTEN,
    withdrawal: Annotated[str, typer.Option("--withdrawal", help="How it can be withdrawn.")] = AS_WRITTEN,
    warrants: Annotated[
        list[Warranty] | None, typer.Option("--warrants", help="What the grantor vouches for; once for each.")
    ] = None,
    identity: Annotated[
        str, typer.Option("--identity", help="How you know that it was they.")
    ] = "the document names and signs",
    credit: Annotated[str, typer.Option("--credit", help="The credit line that they ask for; it is public.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the statement into a folder here, not beside the works.")
    ] = None,
    signed: Annotated[
        bool, typer.Option("--signed", help="Put a statement on record that a trusted registrar signed elsewhere.")
    ] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    output: FormatOption = Format.TABLE,
) -> None:
    """Put a signed grant on record: which works, which acts, which term. A policy decides about what it covers."""
    place, delivery = Workspace(workspace), delivered(folder, document, works)
    asked = Asked(
        grantor=grantor,
        acts=tuple(scope or ()),
        first=first,
        last=last,
        licensee=licensee,
        territory=territory,
        withdrawal_rule=withdrawal,
        warranties=tuple(warrants or ()),
        identity_method=identity,
        credit=credit,
    )
    if signed and (grantor or scope or first or last or credit):
        raise UsageError("a signed statement says all that itself", advice="give --document and --signed alone")
    beside = folder if out is None else out / folder.resolve().name
    ring = KeyRing(place.keys, place.trust)
    with writing(place, begin=True) as ledger, CaptureStore(place.captures) as store:
        if signed:
            done = put_on_record(ledger, store, ring, delivery, beside / STATEMENT)
        else:
            done = permit(ledger, store, ring, place, delivery, asked, beside)
    _show(done, delivery.missing, output)
    where = f"--from {folder}" + ("" if out is None else f" --from {beside}")
    note(f"next: mitsua crawl contract {where}, then mitsua decide --policy with-permission")


def _show(done: OnRecord, missing: int, output: Format) -> None:
    granted = done.permission
    if output is Format.JSON:
        told = granted.dump()
        emit({"id": done.id, "statement": str(done.statement), "seq": done.seq, **told, "works": len(granted.works)})
    else:
        rows = [
            ("id", done.id),
            ("works", len(granted.works)),
            ("acts", ", ".join(granted.allowed_acts)),
            ("term", f"{granted.term.first} to {granted.term.last}"),
            ("document", granted.document),
            ("grantor", granted.licensor.sha256),
            ("statement", done.statement),
            ("place in the log", done.seq),
        ]
        show_table("a permission is on record", ("", ""), [(name, str(value)) for name, value in rows])
    if missing:
        note(f"{many(missing, 'work')} of the list {'was' if missing == 1 else 'were'} not delivered")
    if done.salt is not None:
        note(f"{done.salt}: the salt of the grantor's name; whoever deletes it, erases the name")
