"""The chain of one image (`explain.chain`) as lines of text that a lawyer can read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from mitsua_data.errors import UsageError
from mitsua_data.licences import Kind, Licence
from mitsua_data.model import Grade, Outcome, Reason
from mitsua_data.policy import Policy
from mitsua_data.reports.words import GRADES, OUTCOMES, REASONS

KINDS: Final[dict[Kind, str]] = {
    Kind.DEDICATION: "a dedication: the rights holder gives the rights up",
    Kind.MARK: "a mark: somebody believes the work to be free of rights; it grants nothing",
    Kind.STATEMENT: "a rights statement, which is not a licence",
    Kind.COMPUTED: "follows from dates, by rule; nobody granted it",
    Kind.PERMISSION: "a signed grant to the operator of this ledger",
    Kind.LICENCE: "a licence: conditions apply",
}
DESCRIBED: Final = ("title", "creator", "date", "url", "landing_url")


def in_words(known: dict[str, Any]) -> Iterator[str]:
    """The chain as lines of text."""
    yield f"Image {known['image']}"
    yield from _description(known)
    yield "1. What was said of its rights, and where"
    for verdict in known["verdicts"]:
        yield from _verdict(verdict)
    yield from _permissions(known["permissions"])
    yield from _signals(known["signals"])
    yield "2. What was decided"
    yield from _decisions(known)
    yield "3. Its bytes"
    yield from _bytes(known)
    yield "4. Where it went"
    yield from _releases(known["releases"])
    yield "5. Which training runs had it"
    yield from _runs(known)


def _description(known: dict[str, Any]) -> Iterator[str]:
    if known["source"]:
        yield f"  from: {known['source']['owner']} ({known['source']['homepage']})"
    for each in known["descriptions"][-1:]:
        yield from (f"  {label.replace('_', ' ')}: {each[label]}" for label in DESCRIBED if each[label])


def _verdict(verdict: dict[str, Any]) -> Iterator[str]:
    rule = f"{_time(verdict['at'])}, by version {verdict['rule_version']} of the rule for {verdict['source']}"
    licence = Licence(verdict["licence"]) if verdict["licence"] else None
    if verdict["outcome"] == "claim" and licence is not None:
        yield f"  {rule}: CLAIM of {_licence(licence)}"
        yield f"    {KINDS[licence.kind]}"
        yield f"    evidence grade {verdict['grade']}: {GRADES[Grade(verdict['grade'])]}"
    else:
        found = f"; what was found is {_licence(licence)}" if licence else ""
        yield f"  {rule}: NO CLAIM ({verdict['reason']}): {REASONS[Reason(verdict['reason'])]}{found}"
    if crawl := verdict["crawl"]:
        places = ", ".join(crawl["holdings"]["places"])
        yield f"    in crawl {crawl['id']} of {places}, by mitsua {crawl['code_version']}"
    yield "    It rests on"
    by_capture: dict[str, list[dict[str, Any]]] = {}
    for quote in verdict["evidence"]:
        by_capture.setdefault(quote["capture"], []).append(quote)
    for quotes in by_capture.values():
        yield from _quotes(quotes)


def _quotes(quotes: list[dict[str, Any]]) -> Iterator[str]:
    """Quotations from one capture."""
    first = quotes[0]
    yield f"    · {first['locator']}"
    yield f"      as seen on {_time(first['fetched_at'])}; its bytes have sha256 {first['capture']}"
    yield f"      and are kept in captures/{first['warc']} at byte {first['offset']}"
    for quote in quotes:
        where = f"at {quote['pointer']}" if quote["pointer"] else "as a whole"
        said = "it says nothing" if quote["value"] is None else f"it says {_value(quote['value'])}"
        yield f"      {where} {said}"


def _permissions(rows: list[dict[str, Any]]) -> Iterator[str]:
    for each in rows:
        ends = f"until {_time(each['expires_at'])}" if each["expires_at"] else "without end"
        yield f"  permission {each['statement']}"
        acts = ", ".join(each["scope"]["allowed_acts"])
        yield f"    in force from {_time(each['granted_at'])} {ends}; it allows {acts}"
        yield f"    on record at place {each['seq']} of the log; the signed document has sha256 {each['document']}"
        yield f"    its grantor stands in the log as {each['grantor_ref']}, a salted hash"


def _signals(rows: list[dict[str, Any]]) -> Iterator[str]:
    for each in rows:
        means = "a wish against training" if each["verdict"] == "block" else "not understood"
        yield f"  {_time(each['at'])}: SIGNAL by {each['protocol']}, which is {means}: {_value(each['value_raw'])}"
        yield f"    for {each['scope']}"
        yield from _quotes(each["evidence"])


def _decisions(known: dict[str, Any]) -> Iterator[str]:
    for each in known["decisions"]:
        outcome = Outcome(each["outcome"])
        told = OUTCOMES[outcome]
        yield f"  {_time(each['at'])}: {outcome.upper()} ({told}) under policy {each['policy_name']}"
        yield f"    whose text has sha256 {each['policy']}"
        yield from _policy(each["policy_text"])
        yield from (f"    because: {reason}: {REASONS[Reason(reason)]}" for reason in each["reasons"])
    if not known["decisions"]:
        yield "  nothing yet: run mitsua decide"
    for each in known["revocations"]:
        because = f": {each['note']}" if each["note"] else ""
        yield f"  {_time(each['received_at'])}: WITHDRAWN for ever, as {each['target_kind']} ({each['basis']}){because}"


def _policy(text: str) -> Iterator[str]:
    """What a policy accepts; nothing where this version cannot read it."""
    try:
        accept = Policy.parse(text).rules.accept
    except UsageError:
        return
    licences = ", ".join(sorted(accept.licences)) or "nothing"
    yield f"    which accepts claims of {licences}, on grade {accept.minimum_grade} or better"


def _bytes(known: dict[str, Any]) -> Iterator[str]:
    for each in known["originals"]:
        yield f"  {_time(each['at'])}: fetched from {each['url']}"
        yield f"    sha256 {each['sha256']}"
        yield f"    {each['format']}, {each['width']} x {each['height']} pixels, {each['size']:,} bytes"
        yield f"    kept in captures/{each['warc']} at byte {each['offset']}"
        yield from (f"    the same bytes are also {other}" for other in each["also"])
    for each in known["attempts"]:
        if each["outcome"] != "kept":
            yield f"  {_time(each['at'])}: {each['outcome']}: {each['reason']} {each['detail'] or ''}".rstrip()
    if not known["originals"] and not known["attempts"]:
        yield "  never fetched"


def _releases(releases: Iterable[dict[str, Any]]) -> Iterator[str]:
    none = True
    for each in releases:
        none = False
        yield f"  {_time(each['published_at'])}: release {each['name']} {each['version']}"
        yield f"    as sample {each['key']} of {each['shard']}, for {_PURPOSES.get(each['split'], each['split'])}"
        yield f"    manifest sha256 {each['manifest']}"
        yield from (
            f"    audited {_time(audit['at'])}: {audit['verdict']}, valid until {_time(audit['expires_at'])}"
            for audit in each["audits"]
        )
        if not each["audits"]:
            yield "    not audited: no trainer takes it"
    if none:
        yield "  in no release"


def _runs(known: dict[str, Any]) -> Iterator[str]:
    for run in known["training_runs"]:
        yield f"  {_time(run['started_at'])} to {_time(run['ended_at'])}: run {run['name']}, {run['steps']:,} steps"
        yield f"    its record: {run['record']}, signed by key {run['trainer_key']}"
    if not known["training_runs"]:
        yield "  none, as far as the training records in this workspace tell"


_PURPOSES: Final = {"train": "training", "val": "measuring, held out from training"}


def _licence(licence: Licence) -> str:
    return f"{licence} ({licence.uri})" if licence.uri else str(licence)


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _time(stamp: str) -> str:
    """`2026-01-02T12:00:00Z` as people write it; whatever is no time stays as it is."""
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except ValueError:
        return stamp
