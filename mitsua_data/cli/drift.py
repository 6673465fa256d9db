"""`mitsua drift`: has a source changed what it says?"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mitsua_data.brought import brought_to
from mitsua_data.captures import CaptureStore
from mitsua_data.cli.bars import progress
from mitsua_data.cli.collect import named_places
from mitsua_data.cli.reach import Told, show_reach
from mitsua_data.cli.ui import (
    DEFAULT_WORKSPACE,
    Format,
    FormatOption,
    WorkspaceOption,
    emit,
    many,
    note,
    people,
    show_table,
    writing,
)
from mitsua_data.cli.withdraw import Basis
from mitsua_data.crawl import crawl
from mitsua_data.drift import Change, Changed, Drift, compare, require_crawled, taken_back
from mitsua_data.errors import EXIT_FINDINGS, EXIT_OK, UsageError
from mitsua_data.holdings import declaration_of, image_server, open_reader, remembered, source_of, together
from mitsua_data.ledger.store import Ledger, utc_now
from mitsua_data.originals_again import look_at_bytes, wanted_bytes
from mitsua_data.shards.keys import KeyRing, Role, TrustStore
from mitsua_data.sources.base import AnySource, ArchiveSource, WebSource
from mitsua_data.withdraw import Withdrawal, publish, reach, targets_of, withdraw_all
from mitsua_data.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("drift")(drift_command)


def drift_command(
    name: Annotated[str, typer.Argument(metavar="SOURCE", help="Which source, or its declaration, a .toml file.")],
    from_: Annotated[
        list[Path] | None, typer.Option("--from", help="Where its package, folder or dump is now, if it was moved.")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="Ask this server instead of the one crawled.")
    ] = None,
    terms: Annotated[
        list[str] | None,
        typer.Option(metavar="URL=FILE", help="A page of the source's terms that you saved; may be given again."),
    ] = None,
    bytes_: Annotated[bool, typer.Option("--bytes", help="Ask for every original again, too.")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Withdraw images whose licence was taken back.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before that.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    output: FormatOption = Format.TABLE,
) -> int:
    """Crawl a source again, and list what has changed since the last crawl. Exit code 1 where something has."""
    if revoke and not yes and not sys.stdin.isatty():
        raise UsageError("--revoke asks before it withdraws, and nobody is there", advice="add --yes")
    place = Workspace(workspace)
    with writing(place) as ledger, CaptureStore(place.captures) as store:
        source = source_of(ledger, name)
        places = _look_again(place, ledger, store, source, name, from_ or [], base_url, terms or [])
        drift = compare(ledger, source, require_crawled(ledger, source).session)
        if bytes_:
            wanted = wanted_bytes(ledger, source)
            with progress(f"bytes of {source.spec.id}", len(wanted)) as advance, image_server(source, places) as serve:
                look_at_bytes(ledger, drift, wanted, serve, advance)
        _show(drift, output)
        back = taken_back(ledger, source)
        if revoke and back and (yes or _agreed(back)):
            _revoke(place, ledger, back, output)
        elif back:
            them = many(len(back), "image")
            note(f"{drift.source} has taken back the licence of {them}; to withdraw: mitsua drift {name} --revoke")
        if output is Format.JSON:
            emit(drift.as_json())
    return EXIT_FINDINGS if drift.found else EXIT_OK


def _look_again(
    place: Workspace,
    ledger: Ledger,
    store: CaptureStore,
    source: AnySource,
    name: str,
    paths: list[Path],
    base_url: str | None,
    terms: list[str],
) -> tuple[str, ...]:
    """The crawl, in the places of the last one unless others are named. Returns them."""
    last = require_crawled(ledger, source)
    brought = brought_to(source, dump=paths, terms=terms)
    if "dump" in last.holdings and not brought.dump:
        raise UsageError(f"{source.spec.id} was read from a dump", advice="name the dump of today with --from")
    _, places = remembered(ledger, source)
    if base_url or (paths and not isinstance(source, WebSource)):
        named = named_places(place, source, [] if isinstance(source, WebSource) else paths, base_url)
        # Of many collections, those that nobody named are where they were: looking elsewhere would make them go.
        places = together([*named, *places]) if isinstance(source, ArchiveSource) and source.many else named
    opening = open_reader(source, places, trust=TrustStore(place.trust), brought=brought)
    with progress(f"crawl {source.spec.id}") as advance, opening as opened:
        tally = crawl(
            source,
            opened.reader,
            ledger,
            store,
            holdings=replace(opened.holdings, declaration=declaration_of(name)),
            again=True,
            progress=advance,
            announce=advance.expect,
        )
    if tally.failed or tally.pending:
        note(f"{source.spec.id}: {many(tally.failed + tally.pending, 'record')} could not be had; run it again later")
    return places


def _show(drift: Drift, output: Format) -> None:
    if output is Format.JSON:
        for each in drift.found:
            emit(each.as_json())
    elif drift.found:
        rows = [(", ".join(each.changes), each.what, *_sides(each)) for each in drift.found]
        show_table(f"{drift.source}: what has changed", ("change", "what", "was", "is"), rows)
    then, now = drift.rules
    if then != now:
        note(f"{drift.source}: our rule is version {now}, and was {then}: a change of a verdict may be ours")
    if any(Change.TERMS in each.changes for each in drift.found):
        note(f"{drift.source}: its terms are others now: read them")
    if drift.unreachable:
        note(f"{drift.source}: {many(drift.unreachable, 'image')} could not be looked at")
    what = many(len(drift.found), "change") if drift.found else "nothing has changed"
    note(f"{drift.source}: {what}; {many(drift.images, 'image')} listed, {drift.new:,} of them new")
    note("next: mitsua decide")  # even a verdict that says the same may rest on other quotations now


def _sides(changed: Changed) -> tuple[str, str]:
    """What a person must see of both sides, shortest first."""
    if Change.GONE in changed.changes:
        return str(changed.was.get("licence") or changed.was.get("reason")), "not listed"
    shown = [
        name
        for name in ("licence", "reason", "grade", "url", "sha256")
        if changed.was.get(name) != changed.now.get(name)
    ]
    was, now = ([str(side[name]) for name in shown if side.get(name)] for side in (changed.was, changed.now))
    return ", ".join(was), ", ".join(now) or "nothing there"


def _agreed(back: list[Changed]) -> bool:
    """Ask the person at the terminal; silence is no."""
    try:
        answer = people.input(f"withdraw {many(len(back), 'image')} for ever? \\[y/N] ")
    except EOFError:
        answer = ""
    return answer.strip().lower() in {"y", "yes"}


def _revoke(place: Workspace, ledger: Ledger, back: list[Changed], output: Format) -> None:
    """Withdraw every image whose licence was taken back, with the words that show it; then publish the list."""
    listed = [
        Withdrawal(kind, target, f"the source says now: {each.now['reason']}", each.evidence)
        for each in back
        for kind, target in targets_of(ledger, each.what)
    ]
    new = withdraw_all(ledger, listed, basis=str(Basis.LICENCE_CHANGED), effective_at=utc_now())
    told: list[Told] = [(each.kind, each.target, is_new) for each, is_new in zip(listed, new, strict=True)]
    ring = KeyRing(place.keys, place.trust)
    count = publish(ledger, place.revocations, ring.signer(Role.LOG), utc_now)
    show_reach(told, reach(ledger, [(kind, target) for kind, target, _ in told]), place, ring, output)
    note(f"{place.revocations}: {many(count, 'withdrawal')}, signed")
