"""`mitsua sources`: what sources there are, what their claims rest on, and what a person must bring."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from mitsua_data.cli.ui import (
    DEFAULT_WORKSPACE,
    Format,
    FormatOption,
    WorkspaceOption,
    emit,
    many,
    note,
    reading,
    show_table,
)
from mitsua_data.errors import LedgerError
from mitsua_data.holdings import CONTACT, sources_of
from mitsua_data.ledger import standing
from mitsua_data.ledger.standing import Standing
from mitsua_data.model import Json
from mitsua_data.sources import every, get_source
from mitsua_data.sources.base import AnySource, SourceSpec, WebSource
from mitsua_data.workspace import Workspace

NOTHING: Final = Standing()


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sources")(sources_command)


def sources_command(
    name: Annotated[str | None, typer.Argument(help="One source, told in full; or a declaration (.toml).")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    output: FormatOption = Format.TABLE,
) -> None:
    """Every source: institution, licence basis, grade, access, what it needs, and what the ledger holds of it."""
    known, held = _known(Workspace(workspace))
    chosen = known if name is None else (_one(known, name),)
    told = [_told(source, held.get(source.spec.id, NOTHING)) for source in sorted(chosen, key=_id)]
    if output is Format.JSON:
        for each in told:
            emit(each)
    elif name is None:
        columns = ("id", "institution", "grade", "access", "needs", "images", "claims")
        show_table("sources", columns, [[_cell(each[column]) for column in columns] for each in told])
        unset = "" if os.environ.get(CONTACT) else f"; sources on the web want {CONTACT} to be set"
        note(f"{many(len(told), 'source')}{unset}; one in full: mitsua sources NAME")
    else:
        show_table(name, ("", ""), [row for key, value in told[0].items() for row in _rows(key, value)])


def _id(source: AnySource) -> str:
    return source.spec.id


def _one(known: tuple[AnySource, ...], name: str) -> AnySource:
    """Raises UsageError where there is none of that name."""
    return next((source for source in known if source.spec.id == name), None) or get_source(name)


def _told(source: AnySource, held: Standing) -> dict[str, Json]:
    spec = source.spec
    return {
        "id": spec.id,
        "institution": spec.institution,
        "homepage": spec.homepage,
        "basis": spec.basis or None,
        "may_claim": [*sorted(map(str, spec.may_claim))],
        "grade": str(spec.grade),
        "terms": [*spec.terms],
        "access": _access(source),
        "dump": spec.dump or None,
        "increments": spec.increments,
        "requests_per_second": spec.requests_per_second if isinstance(source, WebSource) else None,
        "needs": _needs(spec) or None,
        "caption_licence": str(spec.caption_licence) if spec.caption_licence else None,
        "description_licence": str(spec.description_licence) if spec.description_licence else None,
        "attribution": spec.attribution or None,
        "unverified": [*spec.unverified],
        "rule_version": spec.rule_version,
        "images": held.images,
        "claims": held.claims,
        "pending": held.pending,
        "crawled_at": held.crawled_at,
    }


def _access(source: AnySource) -> str:
    if not isinstance(source, WebSource):
        return "files"
    return "web, dump" if source.spec.dump else "web"


def _needs(spec: SourceSpec) -> str:
    """What a person must bring; of a key, whether it is there, and never the key."""
    if spec.key is None:
        return spec.needs
    state = "is set" if os.environ.get(spec.key.variable) else "is not set"
    return f"{spec.needs or 'a key'} ({spec.key.variable} {state})"


def _rows(key: str, value: Json) -> list[tuple[str, object]]:
    """A field, with a row for each of its values."""
    values = value if isinstance(value, list) and value else [None if isinstance(value, list) else value]
    return [("" if number else key.replace("_", " "), _cell(each)) for number, each in enumerate(values)]


def _cell(value: Json) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value


def _known(place: Workspace) -> tuple[tuple[AnySource, ...], dict[str, Standing]]:
    """Sources, shipped and declared, and what the ledger holds of each; the shipped ones where no ledger is."""
    try:
        with reading(place) as ledger, ledger.read() as connection:
            return sources_of(ledger), standing.by_source(connection)
    except LedgerError as error:
        if not isinstance(place.ledger, Path) or place.ledger.exists():
            note(f"mitsua: images are not counted: {error.line()}")
        return every(), {}
