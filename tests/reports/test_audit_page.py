"""The audit's report: complete, self-contained, and deaf to whatever words from outside ask it to do."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitsua_data.audit import AuditResult, Kind, audit_release
from mitsua_data.audit.findings import Finding
from mitsua_data.audit.result import ClaimCount, Example, NotRun, Picture, Quote, RefusalCount, Tables
from mitsua_data.canonical import canonical, parse_canonical
from mitsua_data.ledger import tables
from mitsua_data.model import Grade, Outcome, Reason
from mitsua_data.reports.data import report_text
from mitsua_data.reports.html import MOST_FINDINGS, inert, page
from mitsua_data.reports.words import GRADES, OUTCOMES, REASONS
from tests.tiny import ACCEPTED, HOSTILE, NOON, Tiny

AUDITOR = "ab" * 32
VOID = {"meta", "img", "br", "link", "input", "hr"}
ALLOWED_TAGS = {
    "html", "head", "meta", "title", "style", "body", "header", "footer", "main", "nav", "section", "article", "div",
    "p", "span", "small", "strong", "bdi", "code", "pre", "h1", "h2", "h3", "h4", "ul", "ol", "li", "dl", "dt", "dd",
    "table", "caption", "thead", "tbody", "tr", "th", "td", "a", "img", "br", "time",
}  # fmt: skip
ALLOWED_ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "aria-label", "href", "id", "scope", "colspan", "src",
    "alt", "loading", "decoding",
}  # fmt: skip
ATTACKS = [
    pytest.param(HOSTILE, id="the-tiny-collections-own"),
    pytest.param("<script>alert(1)</script>", id="script"),
    pytest.param("</style><script>alert(1)</script>", id="closes-the-style"),
    pytest.param("</pre></main><iframe src='https://example.org'>", id="closes-the-policy"),
    pytest.param('" onerror=alert(1) src="https://example.org/x.png', id="breaks-out-of-an-attribute"),
    pytest.param("' autofocus onfocus='alert(1)", id="single-quotes"),
    pytest.param("javascript:alert(1)", id="javascript-url"),
    pytest.param("{{ 7 * 7 }}{% include '/etc/passwd' %}", id="template"),
    pytest.param("<!-- --><![CDATA[ ]]>&#x3c;script&#x3e;", id="comments-and-entities"),
    pytest.param("\u202egnp.exe\u2066\u200f\u061c", id="bidirectional-overrides"),
    pytest.param("\x00\x07\x1b[31m\x9b\x7f\u2028\ufeff\ufff9", id="control-characters"),
    pytest.param("\udc80\ud800", id="lone-surrogates"),
    pytest.param("שלום עולם", id="honest-hebrew"),
]


class Parsed(HTMLParser):
    """Tags, attributes and texts, as a browser would find them."""

    def __init__(self, data: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.style = ""
        self.open: list[str] = []
        self.misnested: list[str] = []
        self.feed(data.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open.pop() != tag:
            self.misnested.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, found in self.tags for key, value in found.items() if key == name]


def hostile(text: str) -> AuditResult:
    """A result in which every text that comes from outside is `text`."""
    quote = Quote(text, text, text, text, text, text)
    picture = Picture("image/png", b"\x89PNG\r\n\x1a\n")
    accepted = Example(
        text, text, text, text, text, "accept", (), text, "E3", (quote, replace(quote, value="null")), picture
    )
    refused = replace(accepted, outcome="review", reasons=(text,), picture=None)
    return AuditResult(
        release=text,
        signed=None,
        findings=(Finding(text, text, Kind.CAPTURE, text, text),),
        counts={"samples": 1},
        tables=Tables(
            claims=(ClaimCount(text, text, "E3", 1),),
            refusals=(RefusalCount(text, text, (text,), 1),),
            not_run=(NotRun(text, text, 1),),
            accepted=(accepted,),
            refused=(refused,),
            institutions={text: text},
            policy_text=text,
        ),
        audited_at=NOON,
        expires_at=NOON + timedelta(days=90),
    )


def assert_inert(data: bytes) -> Parsed:
    parsed = Parsed(data)
    assert {tag for tag, _ in parsed.tags} <= ALLOWED_TAGS
    assert {name for _, found in parsed.tags for name in found} <= ALLOWED_ATTRIBUTES
    assert all(source.startswith("data:image/") for source in parsed.attributes("src"))
    assert all(re.fullmatch("#[a-z]+", target) for target in parsed.attributes("href"))
    assert not parsed.misnested
    assert not parsed.open
    moving = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    acting = {mark for mark in data.decode() if unicodedata.category(mark) in moving} - set("\n\t\u200c\u200d")
    assert not acting
    return parsed


@pytest.fixture(scope="module")
def result(tiny_made: Tiny) -> AuditResult:
    with tiny_made.open() as (ledger, store):
        return audit_release(ledger, store, tiny_made.release, tiny_made.keys, workers=1)


# ── inert ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ATTACKS)
def test_words_from_outside_stay_words(text: str) -> None:
    harmless = assert_inert(page(hostile("a"), AUDITOR))
    parsed = assert_inert(page(hostile(text), AUDITOR))
    assert [tag for tag, _ in parsed.tags] == [tag for tag, _ in harmless.tags]
    assert parsed.style == harmless.style


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_text_at_all_changes_the_page(text: str) -> None:
    harmless = Parsed(page(hostile("a"), AUDITOR))
    parsed = assert_inert(page(hostile(text or "a"), AUDITOR))
    assert [tag for tag, _ in parsed.tags] == [tag for tag, _ in harmless.tags]


def test_every_text_field_of_a_result_was_made_hostile() -> None:
    """So that a new field is tried as well: no text in the hostile result is another."""
    calm = {"accept", "review", "E3", "null", "image/png", "", *(kind.value for kind in Kind)}
    assert set(_texts(hostile("mark"))) - calm == {"mark"}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield str(value)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        yield from _texts([text for key, text in value.items() if isinstance(text, str) and key])


def test_a_hostile_title_from_a_source_reaches_the_page_as_text(result: AuditResult) -> None:
    parsed = assert_inert(page(result, AUDITOR))
    spelt = str(inert(HOSTILE))
    assert "⟨U+202E⟩" in spelt
    assert spelt in parsed.text
    assert spelt in parsed.attributes("alt")


def test_a_hostile_title_stands_unchanged_in_the_data(result: AuditResult) -> None:
    report = json.loads(report_text(result, AUDITOR))
    assert HOSTILE in {each["title"] for each in report["accepted"]}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Mädchen, 猫, 👩\u200d🎨\n\tnext", "Mädchen, 猫, 👩\u200d🎨\n\tnext", id="honest-text-is-kept"),
        pytest.param("a\u202eb", "a⟨U+202E⟩b", id="right-to-left-override"),
        pytest.param("\x1b[2J", "⟨U+001B⟩[2J", id="escape"),
        pytest.param("\udc80", "⟨U+DC80⟩", id="surrogate"),
    ],
)
def test_characters_that_act_are_spelt_out(text: str, shown: str) -> None:
    assert inert(text) == shown


# ── self-contained ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_allows_itself_its_own_style_and_pictures_and_nothing_else(result: AuditResult) -> None:
    parsed = assert_inert(page(result, AUDITOR))
    (policy,) = [found["content"] for tag, found in parsed.tags if found.get("http-equiv") == "Content-Security-Policy"]
    digest = base64.b64encode(hashlib.sha256(parsed.style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"url\(|@import|@font-face|expression", parsed.style)
    assert "style" not in {name for _, found in parsed.tags for name in found}


def test_the_policy_comes_before_anything_it_rules(result: AuditResult) -> None:
    names = [found.get("http-equiv") or tag for tag, found in assert_inert(page(result, AUDITOR)).tags]
    assert names[:4] == ["html", "head", "meta", "Content-Security-Policy"]


def test_light_dark_and_paper(result: AuditResult) -> None:
    style = Parsed(page(result, AUDITOR)).style
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style


def test_every_link_leads_to_a_part_of_the_page(result: AuditResult) -> None:
    parsed = Parsed(page(result, AUDITOR))
    assert {target[1:] for target in parsed.attributes("href")} <= set(parsed.attributes("id"))


# ── complete ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_the_page_shows_of_a_release(result: AuditResult) -> None:
    parsed = Parsed(page(result, AUDITOR))
    assert result.signed is not None
    assert result.tables.policy_text is not None
    manifest = result.signed.manifest
    for words in (
        f"All {ACCEPTED} samples were derived again",
        AUDITOR,
        result.signed.digest,
        result.signed.builder.keyid,
        manifest.policy.sha256,
        manifest.checkpoint.root,
        "2026-04-02T12:00:00Z",
        "Open Clip Art Library, release 0.18 (2006)",
        "LicenseRef-PD-dedication-legacy",
        REASONS[Reason.NO_STATEMENT],
        REASONS[Reason.NO_IMAGE],
        "mitsua verify tiny-1/",
        "mitsua audit COPY/releases/tiny-1 --workspace COPY",
        "It does not prove who owns anything.",
        '"http://web.resource.org/cc/PublicDomain"',
        "//cc:license/@rdf:resource",
        " ".join(result.tables.policy_text.split()),
    ):
        assert words in parsed.text, words
    assert len(parsed.attributes("src")) == ACCEPTED


def test_examples_quote_their_evidence_and_say_where_it_is_kept(result: AuditResult) -> None:
    parsed = Parsed(page(result, AUDITOR))
    for example in (*result.tables.accepted, *result.tables.refused):
        assert example.quotes
        for quote in example.quotes:
            assert quote.capture in parsed.text
            assert quote.place.startswith("captures/")
            assert quote.place in parsed.text
            assert quote.locator in parsed.text


def test_refused_images_that_were_never_fetched_have_no_picture(result: AuditResult) -> None:
    assert {example.outcome for example in result.tables.refused} == {"review", "refuse"}
    assert all(example.picture is None for example in result.tables.refused)


def test_a_refused_image_that_was_fetched_is_shown_unless_withdrawn(tiny: Tiny) -> None:
    shown = {reasons: example.picture for reasons, example in refused_after(tiny, revoke=False).items()}
    assert shown["licence_not_in_policy",] is not None
    shown = {reasons: example.picture for reasons, example in refused_after(tiny, revoke=True).items()}
    assert shown["revoked", "licence_not_in_policy"] is None


def refused_after(tiny: Tiny, *, revoke: bool) -> dict[tuple[str, ...], Example]:
    """Examples of a release made after one fetched image was claimed under a licence that the policy does not take."""
    from tests.tiny import DATASET

    name = {"record": "shapes/disc_01.svg", "part": "png", "source": "openclipart"}
    with tiny.open() as (ledger, _), ledger.batch() as batch:
        table = tables.verdict
        row = batch.connection.execute(table.select().where(table.c.record == name["record"]).order_by(table.c.seq))
        values = dict(row.first()._mapping) | {"licence": "LicenseRef-GPL", "at": batch.now}  # type: ignore[union-attr]
        if revoke:
            times = {"received_at": batch.now, "effective_at": batch.now}
            target = "openclipart:shapes/disc_01.svg#png"
            batch.log(tables.revocation, target_kind="image", target=target, basis="takedown", note="", **times)
        else:
            batch.log(table, **{key: value for key, value in values.items() if key != "seq"})
    tiny.decide()
    built = tiny.build(DATASET.model_copy(update={"version": "3" if revoke else "2"}))
    with tiny.open() as (ledger, store):
        result = audit_release(ledger, store, built.published.path, tiny.keys, workers=1)
    assert result.findings == ()
    return {example.reasons: example for example in result.tables.refused}


def test_findings_are_shown_by_kind_and_one_by_one(result: AuditResult) -> None:
    many = tuple(Finding("where", f"{number:064}", Kind.LOG, "a", "b") for number in range(MOST_FINDINGS + 1))
    failed = replace(result, findings=many)
    parsed = Parsed(page(failed, AUDITOR))
    assert f"{MOST_FINDINGS + 1} findings: this release must not be trained on." in parsed.text
    assert Kind.LOG.meaning in parsed.text
    assert sum(text.startswith("0000") for text in parsed.texts) == MOST_FINDINGS
    assert len(json.loads(report_text(failed, AUDITOR))["findings"]) == MOST_FINDINGS + 1
    assert "not valid" in parsed.text


def test_a_release_that_is_not_trusted_has_a_page_too(result: AuditResult) -> None:
    nothing = AuditResult(
        "x-1", None, (Finding("manifest.json", "", Kind.RELEASE_FILE, "a", "b"),), {}, Tables(), NOON, NOON
    )
    assert "nothing is attested" in assert_inert(page(nothing, AUDITOR)).text
    assert json.loads(report_text(nothing, AUDITOR))["manifest"] is None


# ── the data ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_data_is_canonical_and_counts_what_the_page_counts(result: AuditResult) -> None:
    text = report_text(result, AUDITOR)
    report: Any = parse_canonical(text)
    assert canonical(report) == text
    assert report["verdict"] == "pass"
    assert sum(each["samples"] for each in report["claims"]) == report["counts"]["samples"] == ACCEPTED
    assert sum(each["images"] for each in report["refusals"]) == 3


@pytest.mark.parametrize("make", [page, report_text])
def test_the_same_audit_gives_the_same_bytes(result: AuditResult, make: Callable[[AuditResult, str], bytes]) -> None:
    assert make(result, AUDITOR) == make(result, AUDITOR)


@pytest.mark.parametrize(
    ("words", "vocabulary"),
    [
        pytest.param({kind: kind.meaning for kind in Kind}, Kind, id="findings"),
        pytest.param(REASONS, Reason, id="reasons"),
        pytest.param(GRADES, Grade, id="grades"),
        pytest.param(OUTCOMES, Outcome, id="outcomes"),
    ],
)
def test_every_word_of_a_vocabulary_is_explained(words: dict[Any, str], vocabulary: Any) -> None:
    assert set(words) == set(vocabulary)
    assert all(words.values())
