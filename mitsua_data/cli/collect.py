"""`mitsua decide`, `mitsua fetch`: from what was judged to originals."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from mitsua_data.captures import CaptureStore
from mitsua_data.cli.bars import progress
from mitsua_data.cli.ui import (
    DEFAULT_WORKSPACE,
    Format,
    FormatOption,
    PolicyOption,
    WorkspaceOption,
    emit,
    note,
    show_table,
    writing,
)
from mitsua_data.decide import Tally, decide
from mitsua_data.errors import EXIT_OK, SourceError, UsageError
from mitsua_data.holdings import image_server, places_of, remembered, source_of
from mitsua_data.images.fetch import FetchTally, fetch, survey
from mitsua_data.ledger import queries
from mitsua_data.ledger.store import Ledger
from mitsua_data.policy import Policy
from mitsua_data.sources.base import AnySource, ArchiveSource
from mitsua_data.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("decide")(decide_command)
    app.command("fetch")(fetch_command)


def named_places(place: Workspace, source: AnySource, paths: Sequence[Path], base_url: str | None) -> tuple[str, ...]:
    """Where a source is read: as named on the command line, or its own packages or server, downloaded with a bar."""
    if not isinstance(source, ArchiveSource) or not source.packages or paths or base_url:
        return places_of(source, paths=paths, base_url=base_url, downloads=place.downloads)
    with progress("apt-get download", size=True) as advance:
        return places_of(source, paths=[], base_url=None, downloads=place.downloads, watch=advance.reach)


def one_place(sources: Sequence[str], from_: object, base_url: str | None, command: str) -> None:
    """Raises UsageError where one place, or whatever else belongs to one source, is named for several sources."""
    if len(sources) > 1 and (from_ or base_url):
        raise UsageError("--from and --base-url name one source's place", advice=f"{command} the sources one by one")


def each_of(names: Sequence[str], one: Callable[[str], None]) -> int:
    """One source after another: where one fails, the others still have their turn, and the failure its exit code."""
    code = EXIT_OK
    for name in names:
        try:
            one(name)
        except (SourceError, UsageError) as error:
            if len(names) == 1:
                raise
            note(f"mitsua: {name}: {error.line()}")
            code = error.exit_code
    return code


def decide_command(
    policy: PolicyOption = "default",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    output: FormatOption = Format.TABLE,
) -> None:
    """Apply a policy to everything that was judged; counts by source, outcome and reason."""
    place, rules = Workspace(workspace), Policy.load(policy)
    with writing(place) as ledger, progress(f"decide under {rules.name}") as advance:
        tally = decide(ledger, rules, progress=advance, announce=advance.expect)
    _show_decisions(tally, output, "" if policy == "default" else f" --policy {shlex.quote(policy)}")


def _show_decisions(tally: Tally, output: Format, under: str) -> None:
    if output is Format.JSON:
        emit(tally.as_json())
    else:
        rows = [
            (source, counts["accept"], counts["review"], counts["refuse"])
            for source, counts in sorted(tally.by_source.items())
        ]
        title = f"{tally.total:,} images under policy {tally.policy}"
        show_table(title, ("source", "accept", "review", "refuse"), rows)
        if tally.by_reason:
            show_table("why not", ("reason", "images"), sorted(tally.by_reason.items()))
    note(f"{tally.added:,} decisions are new or have changed" + (f"; next: mitsua fetch{under}" if tally.added else ""))


def fetch_command(
    sources: Annotated[list[str] | None, typer.Argument(help="Which sources; all, by default.")] = None,
    from_: Annotated[
        list[Path] | None, typer.Option("--from", help="Where the source's package or folder is now, if it was moved.")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="Ask this server instead of the one crawled.")
    ] = None,
    policy: PolicyOption = "default",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    output: FormatOption = Format.TABLE,
) -> int:
    """Get the originals of accepted images, and look at every one of them."""
    place, rules = Workspace(workspace), Policy.load(policy)
    with writing(place) as ledger, CaptureStore(place.captures) as store:
        names = sources or _crawled(ledger)
        one_place(names, from_, base_url, "fetch")

        def one(name: str) -> None:
            source = source_of(ledger, name)
            session, places = remembered(ledger, source)
            found = survey(ledger, rules, source.spec.id)
            if found.undecided:
                note(f"{name}: {found.undecided:,} images wait for a decision; run: mitsua decide")
            if from_ or base_url:
                places = named_places(place, source, from_ or [], base_url)
            tally = FetchTally()
            if found.images:
                with progress(f"fetch {name}", len(found.images)) as advance, image_server(source, places) as serve:
                    tally = fetch(ledger, store, found.images, serve, session=session, progress=advance)
            _show_fetch(name, tally, output)
            if tally.failed and not tally.kept and not tally.refused:
                raise SourceError(f"{name}: none of {tally.wanted:,} images could be fetched")

        return each_of(names, one)


def _crawled(ledger: Ledger) -> list[str]:
    with ledger.read() as connection:
        return [row.id for row in queries.sources(connection)]


def _show_fetch(name: str, tally: FetchTally, output: Format) -> None:
    if output is Format.JSON:
        emit({"source": name, **tally.as_json()})
    elif not tally.wanted:
        note(f"{name}: nothing to fetch")
    else:
        rows = [
            ("kept", tally.kept),
            *((f"refused: {reason}", n) for reason, n in sorted(tally.refused.items())),
            *((f"failed: {reason}, will be tried again", n) for reason, n in sorted(tally.failed.items())),
        ]
        title = f"{name}: {tally.wanted:,} originals wanted, {tally.bytes / 1e6:,.1f} MB kept"
        show_table(title, ("outcome", "images"), rows)
    if tally.objections:
        note(f"{tally.objections:,} originals carry marks that speak against them; next: mitsua decide")
    elif tally.kept:
        note("next: mitsua build DATASET.toml")
