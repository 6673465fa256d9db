"""`mitsua crawl`: captures what sources say, and judges it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from mitsua_data.brought import brought_to
from mitsua_data.captures import CaptureStore
from mitsua_data.cli.bars import Advance, progress
from mitsua_data.cli.collect import each_of, named_places, one_place
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
from mitsua_data.crawl import crawl
from mitsua_data.downloads import downloaded, is_address
from mitsua_data.errors import SourceError
from mitsua_data.holdings import CONTACT, declaration_of, open_reader, source_of
from mitsua_data.ledger.store import Ledger
from mitsua_data.sessions import CrawlTally
from mitsua_data.shards.keys import TrustStore
from mitsua_data.sources.base import AnySource, WebSource
from mitsua_data.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("crawl")(crawl_command)


def crawl_command(
    sources: Annotated[
        list[str], typer.Argument(help="Which sources; see `mitsua sources`. Or a declaration, a .toml file.")
    ],
    from_: Annotated[
        list[str] | None,
        typer.Option("--from", help="A package, folder or dump on disk, or a dump's address; may be given again."),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="Ask this server instead of the source's own.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what changed on this day or later.")
    ] = None,
    terms: Annotated[
        list[str] | None,
        typer.Option(metavar="URL=FILE", help="A page of the source's terms that you saved; may be given again."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after this many images.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    output: FormatOption = Format.TABLE,
) -> int:
    """Capture what a source says, and judge it. Interrupted, it goes on where it stopped."""
    one_place(sources, from_ or terms or since, base_url, "crawl")
    place = Workspace(workspace)
    with writing(place, begin=True) as ledger, CaptureStore(place.captures) as store:

        def one(name: str) -> None:
            day = None if since is None else since.date()
            tally = _crawl(place, ledger, store, name, from_ or [], base_url, terms or [], day, limit)
            source = source_of(ledger, name)
            _show(source.spec.id, source.spec.needs, tally, output)

        return each_of(sources, one)


def _crawl(
    place: Workspace,
    ledger: Ledger,
    store: CaptureStore,
    name: str,
    named: Sequence[str],
    base_url: str | None,
    terms: Sequence[str],
    since: date | None,
    limit: int | None,
) -> CrawlTally:
    source = source_of(ledger, name)
    paths = _on_disk(place, source, named, base_url)
    brought = brought_to(source, dump=paths, terms=terms, since=since)
    places = named_places(place, source, [] if isinstance(source, WebSource) else paths, base_url)
    opening = open_reader(source, places, trust=TrustStore(place.trust), brought=brought)
    with progress(f"crawl {source.spec.id}") as advance, opening as opened:
        return crawl(
            source,
            opened.reader,
            ledger,
            store,
            holdings=replace(opened.holdings, declaration=declaration_of(name)),
            limit=limit,
            progress=advance,
            announce=advance.expect,
        )


def _on_disk(place: Workspace, source: AnySource, named: Sequence[str], base_url: str | None) -> list[Path]:
    """What --from names; a dump that is named by its address is downloaded first."""
    found = []
    for each in named:
        if is_address(each) and isinstance(source, WebSource) and source.spec.dump:
            with progress(f"download {each.rpartition('/')[2]}", size=True) as advance:

                def watch(size: int, advance: Advance = advance) -> None:
                    advance.reach(size, None)

                contact = os.environ.get(CONTACT, "")
                got = downloaded(source, each, place.downloads, base_url=base_url, contact=contact, watch=watch)
            note(f"{source.spec.id}: reading {got}; to have it anew, take it away first")
            found.append(got)
        else:
            found.append(Path(each))
    return found


def _show(name: str, needs: str, tally: CrawlTally, output: Format) -> None:
    if tally.asked_again:
        note(f"{name}: asked first for {many(tally.asked_again, 'answer')} that could not be had before")
    if tally.resumed_after is not None:
        note(f"went on behind {tally.resumed_after}, where {tally.before:,} had been judged before")
    if output is Format.JSON:
        emit({"source": name, **tally.as_json()})
    else:
        rows = [
            ("claimed" if reason == "claim" else f"not claimed: {reason}", n)
            for reason, n in sorted(tally.verdicts.items())
        ]
        missed = {"failed: could not be had": tally.failed, "pending: asked for again by the next crawl": tally.pending}
        rows += [(what, n) for what, n in missed.items() if n]
        show_table(f"{name}: {tally.found:,} found, {tally.records:,} images judged", ("verdict", "images"), rows)
    _advise(name, needs, tally)


def _advise(name: str, needs: str, tally: CrawlTally) -> None:
    """What to do next. Raises SourceError where nothing at all could be had."""
    if tally.pending:
        note(
            f"{name}: {many(tally.pending, 'record')} did not come; the same command asks for them again, and only them"
        )
    if tally.failed:
        note(f"{name}: {many(tally.failed, 'record')} cannot be had; the next whole crawl will try")
    if tally.found and not tally.records:
        raise SourceError(f"{name}: none of {many(tally.found, 'record')} could be had")
    if tally.records and not tally.verdicts["claim"]:
        note(f"{name}: nothing was claimed" + (f"; it needs {needs}" if needs else ""))
    if tally.changed:
        note(f"{name}: {tally.changed:,} verdicts are new or have changed; next: mitsua decide")
    else:
        note(f"{name}: nothing has changed since the last crawl")
