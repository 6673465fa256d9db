"""`mitsua crawl`, `mitsua decide`, `mitsua fetch`: from a source's own words to originals."""

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
    note,
    open_ledger,
    progress,
    show_table,
)
from mitsua_data.crawl import crawl
from mitsua_data.decide import Tally, decide
from mitsua_data.errors import SourceError, UsageError
from mitsua_data.holdings import image_server, open_reader, places_of, remembered
from mitsua_data.images.fetch import FetchTally, fetch, wanted
from mitsua_data.ledger import queries
from mitsua_data.ledger.store import Ledger
from mitsua_data.policy import Policy
from mitsua_data.recording import CrawlTally
from mitsua_data.sources import get_source
from mitsua_data.workspace import Workspace

PolicyOption = Annotated[str, typer.Option("--policy", help="A shipped policy's name, or a .toml file.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("crawl")(crawl_command)
    app.command("decide")(decide_command)
    app.command("fetch")(fetch_command)


def crawl_command(
    sources: Annotated[list[str], typer.Argument(help="Which sources; see `mitsua sources`.")],
    from_: Annotated[
        list[Path] | None, typer.Option("--from", help="A package or folder on disk; may be given several times.")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="Ask this server instead of the source's own.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after this many images.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    output: FormatOption = Format.TABLE,
) -> None:
    """Capture what a source says, and judge it. Interrupted, it goes on where it stopped."""
    if len(sources) > 1 and (from_ or base_url):
        raise UsageError("--from and --base-url name one source's place", advice="crawl the sources one by one")
    place = Workspace(workspace)
    with place.writing(), open_ledger(place, create=True) as ledger, CaptureStore(place.captures) as store:
        for name in sources:
            source = get_source(name)
            places = places_of(source, paths=from_ or [], base_url=base_url, downloads=place.downloads)
            with open_reader(source, places) as opened, progress(f"crawl {name}") as advance:
                tally = crawl(
                    source, opened.reader, ledger, store, holdings=opened.holdings, limit=limit, progress=advance
                )
            _show_crawl(name, tally, output)


def _show_crawl(name: str, tally: CrawlTally, output: Format) -> None:
    if tally.resumed_after is not None:
        note(f"went on behind {tally.resumed_after}")
    if output is Format.JSON:
        emit({"source": name, **tally.as_json()})
        return
    rows = [
        ("claimed" if reason == "claim" else f"not claimed: {reason}", n)
        for reason, n in sorted(tally.verdicts.items())
    ]
    show_table(f"{name}: {tally.records:,} images judged", ("verdict", "images"), rows)


def decide_command(
    policy: PolicyOption = "default",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    output: FormatOption = Format.TABLE,
) -> None:
    """Apply a policy to everything that was judged; counts by source, outcome and reason."""
    place, rules = Workspace(workspace), Policy.load(policy)
    with place.writing(), open_ledger(place) as ledger, progress(f"decide under {rules.name}") as advance:
        tally = decide(ledger, rules, progress=advance)
    _show_decisions(tally, output)


def _show_decisions(tally: Tally, output: Format) -> None:
    if output is Format.JSON:
        emit(tally.as_json())
        return
    rows = [
        (source, counts["accept"], counts["review"], counts["refuse"])
        for source, counts in sorted(tally.by_source.items())
    ]
    show_table(f"{tally.total:,} images under policy {tally.policy}", ("source", "accept", "review", "refuse"), rows)
    if tally.by_reason:
        show_table("why not", ("reason", "images"), sorted(tally.by_reason.items()))


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
) -> None:
    """Get the originals of accepted images, and look at every one of them."""
    place, rules = Workspace(workspace), Policy.load(policy)
    with place.writing(), open_ledger(place) as ledger, CaptureStore(place.captures) as store:
        names = sources or _crawled(ledger)
        if len(names) > 1 and (from_ or base_url):
            raise UsageError("--from and --base-url name one source's place", advice="fetch the sources one by one")
        for name in names:
            source = get_source(name)
            images = wanted(ledger, rules, name)
            if not images:
                note(f"{name}: nothing to fetch")
                continue
            session, places = remembered(ledger, source)
            if from_ or base_url:
                places = places_of(source, paths=from_ or [], base_url=base_url, downloads=place.downloads)
            with image_server(source, places) as serve, progress(f"fetch {name}", len(images)) as advance:
                tally = fetch(ledger, store, images, serve, session=session, progress=advance)
            _show_fetch(name, tally, output)
            if tally.failed and not tally.kept and not tally.refused:
                raise SourceError(f"{name}: none of {tally.wanted:,} images could be fetched")


def _crawled(ledger: Ledger) -> list[str]:
    with ledger.read() as connection:
        return [row.id for row in queries.sources(connection)]


def _show_fetch(name: str, tally: FetchTally, output: Format) -> None:
    if tally.objections:
        note(f"{tally.objections:,} originals carry marks that speak against them; run: mitsua decide")
    if output is Format.JSON:
        emit({"source": name, **tally.as_json()})
        return
    rows = [
        ("kept", tally.kept),
        *((f"refused: {reason}", n) for reason, n in sorted(tally.refused.items())),
        *((f"failed: {reason}, will be tried again", n) for reason, n in sorted(tally.failed.items())),
    ]
    show_table(
        f"{name}: {tally.wanted:,} originals wanted, {tally.bytes / 1e6:,.1f} MB kept", ("outcome", "images"), rows
    )
