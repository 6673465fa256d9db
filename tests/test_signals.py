"""Every way of saying no is heard, and nothing else is taken for one: one table for each protocol."""

from __future__ import annotations

import json
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego

from mitsua_data.signals import AGENT, Place, Protocol, Wish, Wishes, Word, answer_facts, missing_facts, read
from mitsua_data.signals.groups import is_ours, is_purpose, matches, permits
from mitsua_data.signals.looks import DERIVED, Look, look_of, place_of
from mitsua_data.signals.preferences import preference
from mitsua_data.signals.robots import licences
from mitsua_data.signals.vocabulary import PROTOCOLS
from mitsua_data.signals.words import refusal

ALLOW, BLOCK, UNKNOWN, NONE = Word.ALLOW, Word.BLOCK, Word.UNKNOWN, Word.NONE


def words(place: Place, body: bytes | str) -> dict[Protocol, Word]:
    """What a document comes to, by protocol; silent protocols are left out."""
    data = body.encode() if isinstance(body, str) else body
    found: dict[Protocol, Word] = {}
    for said in read(place, data):
        found[said.protocol] = max(said.word, found.get(said.protocol, NONE), key=lambda word: word.severity)
    return {protocol: word for protocol, word in found.items() if word is not NONE}


ROBOTS: dict[str, tuple[str, dict[Protocol, Word]]] = {
    "nothing": ("", {}),
    "comments": ("# no AI training, please\n# Content-Signal: ai-train=no", {}),
    "all may": ("User-agent: *\nAllow: /", {Protocol.ROBOTS: ALLOW}),
    "an empty disallow": ("User-agent: *\nDisallow:", {}),
    "nobody may": ("User-agent: *\nDisallow: /", {Protocol.ROBOTS: BLOCK}),
    "we may not": ("User-agent: Mitsua\nDisallow: /", {Protocol.ROBOTS: BLOCK}),
    "we among others may not": ("User-agent: Foo\nUser-agent: mitsua\nDisallow: /", {Protocol.ROBOTS: BLOCK}),
    # The rule of the package's docstring: another's crawler is not ours, whatever the reason it is shut out for.
    "GPTBot may not": ("User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nAllow: /", {Protocol.ROBOTS: ALLOW}),
    "all known AI agents may not": (
        "".join(f"User-agent: {name}\n" for name in ("GPTBot", "CCBot", "Google-Extended", "ClaudeBot", "anthropic-ai"))
        + "Disallow: /",
        {},
    ),
    "a name that ours is part of": ("User-agent: mitsuabot\nDisallow: /", {}),
    "a purpose instead of an agent": ("User-agent: ai-training\nDisallow: /", {Protocol.AI_TRAINING: BLOCK}),
    "a purpose that may": ("User-agent: AI-Training\nAllow: /", {}),
    "a purpose with underscores": ("User-agent: train_ai\nDisallow: /img", {Protocol.AI_TRAINING: BLOCK}),
    "a crawler for training data": ("User-agent: cohere-training-data-crawler\nDisallow: /", {}),
    "DisallowAITraining": ("User-agent: *\nDisallowAITraining: /", {Protocol.AI_TRAINING: BLOCK}),
    "DisallowAITraining for another": ("User-agent: GPTBot\nDISALLOWAITRAINING: /", {Protocol.AI_TRAINING: BLOCK}),
    "AllowAITraining": ("User-agent: *\nAllowAITraining: /", {Protocol.AI_TRAINING: ALLOW}),
    "Content-Usage": ("User-agent: *\nContent-Usage: train-ai=n", {Protocol.USAGE_ROBOTS: BLOCK}),
    "Content-Usage before any group": ("Content-Usage: train-ai=n", {Protocol.USAGE_ROBOTS: BLOCK}),
    "Content-Usage in another's group": ("User-agent: GPTBot\nContent-Usage: ai=n", {Protocol.USAGE_ROBOTS: BLOCK}),
    "Content-Usage with a path": ("Content-Usage: /a/ train-ai=n", {Protocol.USAGE_ROBOTS: BLOCK}),
    "Content-Usage, capitals": ("CONTENT-USAGE: Train-AI = N", {Protocol.USAGE_ROBOTS: BLOCK}),
    "Content-Usage, yes": ("Content-Usage: train-ai=y, search=n", {Protocol.USAGE_ROBOTS: ALLOW}),
    "Content-Usage, of search only": ("Content-Usage: search=n", {}),
    "Content-Usage, both": ("Content-Usage: train-ai=y\nContent-Usage: train-ai=n", {Protocol.USAGE_ROBOTS: BLOCK}),
    "Content-Usage, yes for a path": (
        "Content-Usage: train-ai=n\nContent-Usage: /public/ train-ai=y", {Protocol.USAGE_ROBOTS: BLOCK}
    ),
    "Content-Usage, maybe": ("Content-Usage: train-ai=maybe", {Protocol.USAGE_ROBOTS: UNKNOWN}),
    "Content-Usage, empty": ("Content-Usage:", {Protocol.USAGE_ROBOTS: UNKNOWN}),
    "Content-Signal": ("User-agent: *\nContent-Signal: search=yes,ai-train=no", {Protocol.SIGNAL_ROBOTS: BLOCK}),
    "Content-Signal, no space": ("Content-Signal:ai-train=no", {Protocol.SIGNAL_ROBOTS: BLOCK}),
    "Content-Signal with the other's words": ("Content-Signal: train-ai=n", {Protocol.SIGNAL_ROBOTS: BLOCK}),
    "Content-Signal, yes": ("Content-Signal: ai-train=yes, ai-input=no", {Protocol.SIGNAL_ROBOTS: ALLOW}),
    "Content-Signal, all but training": ("Content-Signal: search=yes, ai-input=no, use=reference", {}),
    "Content-Signal, a typing error": ("Content-Signal: ai_train=no", {Protocol.SIGNAL_ROBOTS: BLOCK}),
    "Content-Signal, a new key": ("Content-Signal: model-building=no", {Protocol.SIGNAL_ROBOTS: UNKNOWN}),
    "Content-Signal, no pair": ("Content-Signal: ai-train", {Protocol.SIGNAL_ROBOTS: UNKNOWN}),
    "a licence": ("License: https://museum.example/license.xml", {Protocol.RSL: UNKNOWN}),
    "a licence, capitals": ("LICENSE: https://museum.example/license.xml", {Protocol.RSL: UNKNOWN}),
    "a byte order mark": ("\ufeffUser-agent: *\nDisallow: /", {Protocol.ROBOTS: BLOCK}),
    "carriage returns": ("User-agent: *\rDisallow: /\rContent-Usage: train-ai=n",
                         {Protocol.ROBOTS: BLOCK, Protocol.USAGE_ROBOTS: BLOCK}),
    "a web page": ("<!DOCTYPE html><html><body>Not found</body></html>", {}),
    "Cloudflare's": (
        "# Agreed:\nUser-Agent: *\nContent-signal: search=yes,ai-train=no\nAllow: /\n\nUser-agent: GPTBot\nDisallow: /",
        {Protocol.ROBOTS: ALLOW, Protocol.SIGNAL_ROBOTS: BLOCK},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ROBOTS)
def test_robots(case: str) -> None:
    text, expected = ROBOTS[case]
    assert words(Place.ROBOTS, text) == expected


@pytest.mark.parametrize(
    ("rules", "url", "fetched"),
    [
        ("User-agent: *\nDisallow: /private/", "https://m.example/private/1.jpg", False),
        ("User-agent: *\nDisallow: /private/", "https://m.example/open/1.jpg", True),
        ("User-agent: *\nDisallow: /\nAllow: /img/", "https://m.example/img/1.jpg", True),
        ("User-agent: *\nAllow: /img/\nDisallow: /img/*.tif$", "https://m.example/img/1.tif", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: mitsua\nAllow: /", "https://m.example/1.jpg", True),
        ("User-agent: *\nAllow: /\n\nUser-agent: mitsua\nDisallow: /", "https://m.example/1.jpg", False),
    ],
)
def test_what_robots_says_of_crawling_is_kept_as_the_rules_that_apply_to_us(
    rules: str, url: str, fetched: bool
) -> None:
    (said,) = (said for said in read(Place.ROBOTS, rules.encode()) if said.protocol is Protocol.ROBOTS)
    assert permits(said.value or "", url) is permits(rules, url) is fetched


_FIELDS = st.sampled_from(
    ["User-agent: *", "User-agent: mitsua", "User-agent: GPTBot", "User agent mitsua*", "Disallow: /", "Disallow: /a",
     "Disallow /b", "Allow: /a/b", "allow: /", "Disallow:", "Crawl-delay: 3", "crawl-delay 5", "Sitemap: https://x/s",
     "License: https://x/l", "Content-Signal: ai-train=no", "# Disallow: /", "", "nonsense", "foo:bar", "User-agent:",
     "Disallow: /*.jpg$", "Useragent: mitsua", "Disalow: /c", "\tAllow : /a/c  # why not", "Host: x"]
)  # fmt: skip


@given(st.lists(_FIELDS, max_size=14), st.sampled_from(["/", "/a", "/a/b", "/b/1.jpg", "/c/d", "/a/c"]))
def test_the_kept_rules_say_of_every_url_what_the_whole_file_says(rows: list[str], path: str) -> None:
    text, url = "\n".join(rows), f"https://museum.example{path}"
    (said,) = (said for said in read(Place.ROBOTS, text.encode()) if said.protocol is Protocol.ROBOTS)
    assert permits(said.value or "", url) is bool(Protego.parse(text).can_fetch(url, AGENT))


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("train-ai=n", BLOCK), ("TRAIN-AI=N", BLOCK), ("ai-train=no", BLOCK), ("train-ai=?0", BLOCK), ("ai=n", BLOCK),
        ("bots=n", BLOCK), ("train-genai=n", BLOCK), ("tdm=n", BLOCK), ("all=n", BLOCK), ('train-ai="n"', BLOCK),
        ("search=y; train-ai=n", BLOCK), ("train-ai=y,train-ai=n", BLOCK), ("train-ai=disallow", BLOCK),
        ("train-ai=y", ALLOW), ("ai-train=yes", ALLOW), ("search=n", NONE), ("ai-use=n", NONE), ("lang=en", NONE),
        ("train-ai=", UNKNOWN), ("train-ai", UNKNOWN), ("n", UNKNOWN), ("", UNKNOWN), ("train-ai=n=y", UNKNOWN),
        ("train-llm=n", UNKNOWN), ("=n", UNKNOWN), (",;,", UNKNOWN),
    ],
)  # fmt: skip
def test_preferences(value: str, word: Word) -> None:
    assert preference(value) is word


TDMREP: dict[str, tuple[str, Word]] = {
    "reserved": ('[{"location": "/", "tdm-reservation": 1}]', BLOCK),
    "reserved as text": ('[{"location": "/", "tdm-reservation": "1"}]', BLOCK),
    "title case": ('[{"Location": "/", "TDM-Reservation": 1}]', BLOCK),
    "not reserved": ('[{"location": "/", "tdm-reservation": 0}]', ALLOW),
    "one of two": ('[{"location": "/a", "tdm-reservation": 0}, {"location": "/b", "tdm-reservation": 1}]', BLOCK),
    "no location": ('[{"tdm-reservation": 1}]', BLOCK),
    "no list": ('{"tdm-reservation": 1}', BLOCK),
    "true": ('[{"location": "/", "tdm-reservation": true}]', UNKNOWN),
    "two": ('[{"location": "/", "tdm-reservation": 2}]', UNKNOWN),
    "null": ('[{"location": "/", "tdm-reservation": null}]', UNKNOWN),
    "a policy alone": ('[{"location": "/", "tdm-policy": "https://m.example/policy"}]', UNKNOWN),
    "a list of texts": ('["/"]', UNKNOWN),
    "no JSON": ('[{"location": "/", tdm-reservation: 1}]', UNKNOWN),
    "one key twice": ('[{"tdm-reservation": 0, "tdm-reservation": 1}]', UNKNOWN),
    "empty": ("", UNKNOWN),
    "no rules": ("[]", NONE),
    "a web page in its place": ("\n<!DOCTYPE html><p>Not found", NONE),
}


@pytest.mark.parametrize("case", TDMREP)
def test_tdmrep(case: str) -> None:
    text, word = TDMREP[case]
    assert words(Place.TDMREP, text).get(Protocol.TDMREP_FILE, NONE) is word


AI_TXT: dict[str, tuple[str, Word]] = {
    "Spawning's": ("# Spawning AI\n# Prevent datasets from using these\nUser-Agent: *\nDisallow: *.jpg\n", BLOCK),
    "everything": ("User-Agent: *\nDisallow: /", BLOCK),
    "GPTBot only": ("User-Agent: GPTBot\nDisallow: /", NONE),
    "all may": ("User-Agent: *\nAllow: /", ALLOW),
    "a permission denied": ("Permission: deny-training\nPermission: deny-dataset", BLOCK),
    "training: no": ("Training: no", BLOCK),
    "ai-training: disallow": ("AI-Training: Disallow", BLOCK),
    "training: yes": ("Training: yes", ALLOW),
    "training: ask": ("Training: ask us", UNKNOWN),
    "DisallowAITraining": ("User-agent: *\nDisallowAITraining: /", BLOCK),
    "a preference": ("Content-Usage: train-ai=n", BLOCK),
    "a sentence": ("You may not use our pictures to train AI models.", BLOCK),
    "a sentence in a comment": ("# No use of this site for text and data mining is permitted.\nUser-agent: *", BLOCK),
    "something else": ("Hello robots", UNKNOWN),
    "a field that nobody knows": ("Mood: sunny", UNKNOWN),
    "nothing": ("", NONE),
    "descriptions": ("Sitemap: https://m.example/s.xml\nContact: us@m.example", NONE),
    "a web page in its place": ("<html>", NONE),
}


@pytest.mark.parametrize("case", AI_TXT)
def test_ai_txt(case: str) -> None:
    text, word = AI_TXT[case]
    assert words(Place.AI_TXT, text).get(Protocol.AI_TXT, NONE) is word


def rsl(inner: str, content: str = 'url="/"') -> str:
    return f'<rsl xmlns="https://rslstandard.org/rsl"><content {content}><license>{inner}</license></content></rsl>'


RSL: dict[str, tuple[str, Word]] = {
    "prohibited": (rsl('<prohibits type="usage">train-ai</prohibits>'), BLOCK),
    "the other token": (rsl('<prohibits type="usage">ai-train</prohibits>'), BLOCK),
    "capitals": (rsl('<prohibits type="USAGE">AI-Train</prohibits>'), BLOCK),
    "among others, by spaces": (rsl('<prohibits type="usage">ai-input ai-train</prohibits>'), BLOCK),
    "among others, by commas": (rsl('<prohibits type="usage">search,train-ai,train-genai</prohibits>'), BLOCK),
    "all": (rsl('<prohibits type="usage">all</prohibits>'), BLOCK),
    "all AI": (rsl('<prohibits type="usage">ai-all</prohibits>'), BLOCK),
    "no type": (rsl("<prohibits>ai-train</prohibits>"), BLOCK),
    "no namespace": ('<rsl><content url="/"><license><prohibits>ai-train</prohibits></license></content></rsl>', BLOCK),
    "permitted, and not for training": (rsl('<permits type="usage">search</permits>'), BLOCK),
    "prohibited and permitted": (rsl("<permits>all</permits><prohibits>ai-train</prohibits>"), BLOCK),
    "permitted for nothing": (rsl('<permits type="usage">ai-train</permits><payment type="free"/>'), ALLOW),
    "permitted with credit": (rsl('<permits type="usage">all</permits><payment type="attribution"/>'), ALLOW),
    "permitted at a price": (rsl('<permits type="usage">ai-train</permits><payment type="crawl"/>'), UNKNOWN),
    "permitted at an unknown price": (rsl("<permits>ai-all</permits><payment><custom>x</custom></payment>"), UNKNOWN),
    "permitted to some": (rsl('<permits>all</permits><permits type="user">education</permits>'), UNKNOWN),
    "only other things prohibited": (rsl('<prohibits type="usage">search</prohibits>'), UNKNOWN),
    "empty": (rsl(""), UNKNOWN),
    "encrypted": (rsl("<permits>all</permits>", 'url="/" encrypted="true"'), UNKNOWN),
    "no licence": ('<rsl xmlns="https://rslstandard.org/rsl"><content url="/"/></rsl>', UNKNOWN),
    "no content": ('<rsl xmlns="https://rslstandard.org/rsl"/>', UNKNOWN),
    "no RSL": ("<html/>", UNKNOWN),
    "no XML": ("<rsl", UNKNOWN),
    "an entity": (
        '<!DOCTYPE rsl [<!ENTITY x "ai-train">]><rsl><content><license>&x;</license></content></rsl>',
        UNKNOWN,
    ),
}


@pytest.mark.parametrize("case", RSL)
def test_rsl(case: str) -> None:
    text, word = RSL[case]
    assert words(Place.RSL, text) == {Protocol.RSL: word}


def test_a_robots_file_names_its_licences() -> None:
    text = b"License: https://m.example/a.xml\nlicense: https://m.example/a.xml\n# License: b\nUser-agent: *\nLICENSE:c"
    assert licences(text) == ("https://m.example/a.xml", "c")


HEADERS: dict[str, tuple[list[tuple[str, str]], dict[Protocol, Word]]] = {
    "none": ([("Content-Type", "image/png"), ("Server", "noai")], {}),
    "noai": ([("X-Robots-Tag", "noai")], {Protocol.NOAI_HEADER: BLOCK}),
    "NOAI": ([("x-robots-tag", "NOAI, NoImageAI")], {Protocol.NOAI_HEADER: BLOCK}),
    "noimageai in a list": ([("X-Robots-Tag", "noindex,noimageai")], {Protocol.NOAI_HEADER: BLOCK}),
    "for one robot": ([("X-Robots-Tag", "otherbot: noindex, noai")], {Protocol.NOAI_HEADER: BLOCK}),
    "in the second header": ([("X-Robots-Tag", "all"), ("X-Robots-Tag", "noai")], {Protocol.NOAI_HEADER: BLOCK}),
    "no-ai": ([("X-Robots-Tag", "no-ai")], {Protocol.NOAI_HEADER: BLOCK}),
    "something like it": ([("X-Robots-Tag", "nogenai-train")], {Protocol.NOAI_HEADER: UNKNOWN}),
    "only of search": ([("X-Robots-Tag", "noindex, nofollow, noarchive, max-image-preview: none")], {}),
    "an end": ([("X-Robots-Tag", "unavailable_after: 25 Jun 2030 15:00:00 GMT")], {}),
    "tdm": ([("TDM-Reservation", "1"), ("TDM-Policy", "https://m.example/p")], {Protocol.TDMREP_HEADER: BLOCK}),
    "tdm, no": ([("tdm-reservation", " 0 ")], {Protocol.TDMREP_HEADER: ALLOW}),
    "tdm, both": ([("tdm-reservation", "0"), ("Tdm-Reservation", "1")], {Protocol.TDMREP_HEADER: BLOCK}),
    "tdm, both in one": ([("tdm-reservation", "0, 1")], {Protocol.TDMREP_HEADER: BLOCK}),
    "tdm, true": ([("tdm-reservation", "true")], {Protocol.TDMREP_HEADER: UNKNOWN}),
    "tdm, empty": ([("tdm-reservation", "")], {Protocol.TDMREP_HEADER: UNKNOWN}),
    "tdm, a policy alone": ([("tdm-policy", "https://m.example/p")], {Protocol.TDMREP_HEADER: UNKNOWN}),
    "Content-Usage": ([("Content-Usage", "train-ai=n")], {Protocol.USAGE_HEADER: BLOCK}),
    "Content-Usage, split": ([("Content-Usage", "search=y"), ("content-usage", "train-ai=n")],
                             {Protocol.USAGE_HEADER: BLOCK}),
    "Content-Signal": ([("Content-Signal", "ai-train=no")], {Protocol.SIGNAL_HEADER: BLOCK}),
    "RSL": ([("Link", '</l.xml>; rel="license"; type="application/rsl+xml"')], {Protocol.RSL_HEADER: UNKNOWN}),
    "RSL among links": ([("Link", "</a>; rel=next, <https://x/l>; type=application/rsl+xml; rel=license")],
                        {Protocol.RSL_HEADER: UNKNOWN}),
    "a CC licence": ([("Link", '<https://creativecommons.org/publicdomain/zero/1.0/>; rel="license"')], {}),
}  # fmt: skip


@pytest.mark.parametrize("case", HEADERS)
def test_headers(case: str) -> None:
    headers, expected = HEADERS[case]
    facts = answer_facts("https://m.example/1.png", 200, headers)
    assert words(Place.ANSWER, facts) == expected


def test_facts_are_the_same_whatever_the_time_and_the_order() -> None:
    one = answer_facts("https://m.example/1", 200, [("Date", "Mon"), ("X-Robots-Tag", "noai"), ("ETag", "1")])
    other = answer_facts("https://m.example/1", 200, [("ETag", "2"), ("x-robots-tag", "noai"), ("Date", "Tue")])
    assert one == other == b'{"headers":{"x-robots-tag":["noai"]},"status":200,"url":"https://m.example/1"}'


@pytest.mark.parametrize(
    ("status", "failure", "word"),
    [
        (404, None, NONE), (410, None, NONE), (403, None, NONE), (401, None, NONE), (429, None, UNKNOWN),
        (500, None, UNKNOWN), (503, None, UNKNOWN), (301, None, UNKNOWN), (204, None, UNKNOWN), (None, None, UNKNOWN),
        (None, "failed_network", UNKNOWN), (None, "failed_deadline", UNKNOWN), (None, "refused_url", UNKNOWN),
        (404, "failed_network", UNKNOWN),
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", [Place.ROBOTS, Place.TDMREP, Place.AI_TXT, Place.RSL])
def test_what_is_not_there_is_silent_and_what_cannot_be_had_is_unknown(
    place: Place, status: int | None, failure: str | None, word: Word
) -> None:
    facts = missing_facts(place, "https://m.example/x", status=status, failure=failure)
    assert {said.protocol: said.word for said in read(Place.ANSWER, facts)} == dict.fromkeys(PROTOCOLS[place], word)


PAGES: dict[str, tuple[str, dict[Protocol, Word]]] = {
    "nothing": ("<p>All images are CC0.</p>", {}),
    "empty": ("", {}),
    "noai": ('<meta name="robots" content="index, noai">', {Protocol.NOAI_META: BLOCK}),
    "NOIMAGEAI": ("<META NAME=ROBOTS CONTENT='NOIMAGEAI'>", {Protocol.NOAI_META: BLOCK}),
    "for one robot": ('<meta name="otherbot" content="noai">', {Protocol.NOAI_META: BLOCK}),
    "another name": ('<meta name="ai-policy" content="noai">', {Protocol.NOAI_META: BLOCK}),
    "as a header": ('<meta http-equiv="X-Robots-Tag" content="noai">', {Protocol.NOAI_META: BLOCK}),
    "only of search": ('<meta name="robots" content="noindex">', {}),
    "a description": ('<meta name="description" content="noai is a tag">', {}),
    "tdm": ('<meta name="tdm-reservation" content="1">', {Protocol.TDMREP_META: BLOCK}),
    "tdm, title case": ('<meta name="TDM-Reservation" content=" 1 ">', {Protocol.TDMREP_META: BLOCK}),
    "tdm, no": ('<meta name="tdm-reservation" content="0">', {Protocol.TDMREP_META: ALLOW}),
    "tdm, policy": ('<meta name="tdm-policy" content="https://m.example">', {Protocol.TDMREP_META: UNKNOWN}),
    "a preference": ('<meta name="content-usage" content="train-ai=n">', {Protocol.PREFERENCE_META: BLOCK}),
    "RSL": ('<link rel="license" type="application/rsl+xml" href="/l">', {Protocol.RSL_PAGE: UNKNOWN}),
    "RSL inside": (
        f'<script type="application/rsl+xml">{rsl("<prohibits>ai-train</prohibits>")}</script>',
        {Protocol.RSL_PAGE: BLOCK},
    ),
    "a CC licence": ('<link rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/">', {}),
    "usageInfo that prohibits": (
        '<script type="application/ld+json">{"usageInfo": "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"}</script>',
        {Protocol.SCHEMA_ORG: BLOCK},
    ),
    "usageInfo that allows": (
        '<script type="application/ld+json">{"usageInfo": "http://ns.useplus.org/ldf/vocab/DMI-ALLOWED"}</script>',
        {Protocol.SCHEMA_ORG: ALLOW},
    ),
    "usageInfo that is not understood": (
        '<script type="application/ld+json">{"@graph": [{"usageInfo": "https://m.example/terms"}]}</script>',
        {Protocol.SCHEMA_ORG: UNKNOWN},
    ),
    "a licence that says no": (
        '<script type="application/ld+json">{"license": "Not for AI training"}</script>', {Protocol.SCHEMA_ORG: BLOCK}
    ),
    "a licence's address": (
        '<script type="application/ld+json">{"license": "https://creativecommons.org/publicdomain/zero/1.0/"}</script>',
        {},
    ),
    "broken data": ('<script type="application/ld+json">{"usageInfo": </script>', {Protocol.SCHEMA_ORG: UNKNOWN}),
    "broken data about nothing": ('<script type="application/ld+json">{"name": </script>', {}),
    "a sentence": ("<p>You may not use these images to <b>train</b> AI models.</p>", {Protocol.WORDS: BLOCK}),
    "a sentence over several lines": (
        "<p>Use of the collection for text\nand data mining is\n not permitted.</p>", {Protocol.WORDS: BLOCK}
    ),
    "a sentence in a script": ("<script>var x = 'no AI training';</script>", {}),
    "two paragraphs that have nothing to do with each other": (
        "<ul><li>Text and data mining</li><li>Photography is not permitted in the galleries</li></ul>", {}
    ),
    "behind the end": ("<html><body></body></html><p>No AI training.</p>", {Protocol.WORDS: BLOCK}),
    "a meta element behind the end": ("<html></html><meta name=robots content=noai>", {Protocol.NOAI_META: BLOCK}),
    "very deep inside": ("<div>" * 3000 + "No AI training.", {Protocol.WORDS: BLOCK}),
    "with a soft hyphen": ("<p>Text and data mi&shy;ning is prohibited.</p>", {Protocol.WORDS: BLOCK}),
    "in a comment": ("<!-- No AI training -->", {}),
    "in a comment without end": ("<!-- No AI training", {Protocol.WORDS: BLOCK}),
    "in a script without end": ("<script>No AI training", {Protocol.WORDS: BLOCK}),
    "behind U+0000": ("<p>\0No AI training.</p>", {Protocol.WORDS: BLOCK}),
    "no HTML at all": ("Text and data mining is prohibited.", {Protocol.WORDS: BLOCK}),
}  # fmt: skip


@pytest.mark.parametrize("case", PAGES)
def test_pages(case: str) -> None:
    text, expected = PAGES[case]
    assert words(Place.PAGE, text) == expected


def test_a_page_in_its_own_encoding() -> None:
    text = '<meta charset="iso-8859-1"><p>Künstliche Intelligenz: Nutzung zum Training ist untersagt.</p>'
    assert words(Place.PAGE, text.encode("latin-1")) == {Protocol.WORDS: BLOCK}


NOES = [
    "You may not use this content to train artificial intelligence.",
    "Use of our images for machine learning purposes is prohibited.",
    "We do not permit the scraping of this website for AI.",
    "Text and data mining is not allowed.",
    "All rights reserved, including those for text and data mining, AI training, and similar technologies.",
    "The Museum expressly reserves its rights under Article 4(3) of Directive (EU) 2019/790 (TDM).",
    "Bulk downloading to develop generative AI systems requires permission; no use for AI training is granted.",
    "AI training without our prior written consent is unlawful.",
    "You mustn't harvest images for AI.",
    "NO AI",
    "No AI training!",
    "We have opted out of text-and-data-mining.",
    "Any use of works to train large language models is forbidden.",
    "Text- und Data-Mining im Sinne von § 44b UrhG bleibt vorbehalten.",
    "Die Nutzung zum Training von KI-Modellen ist nicht gestattet.",
    "La fouille de textes et de données est interdite.",
    "L'utilisation des images pour l'entraînement d'une IA n'est pas autorisée.",
    "Tekst- en datamining is niet toegestaan.",
    "È vietato l'uso per l'addestramento di modelli di intelligenza artificiale.",
    "Se prohíbe la minería de textos y datos.",
    "当サイトの画像を生成AIの学習に利用することを禁止します。",
    "AI学習への利用はご遠慮ください。",
]
NO_NOES = [
    "",
    "All images are dedicated to the public domain under CC0 1.0.",
    "Images of objects marked openAccess are dedicated to the public domain under CC0 1.0.",
    "You may copy, modify and distribute the images, even for commercial purposes, all without asking permission.",
    "Text and data mining is permitted.",
    "There are no restrictions on AI training.",
    "You are free to use our data for machine learning; no permission is required.",
    "Use for machine learning is not restricted.",
    "The dataset may be used for any purpose, including but not limited to text and data mining.",
    "Flash photography is not permitted.",
    "The museum does not guarantee that the data are free of errors.",
    "Do not use the museum's logo.",
    "Staff are trained to answer questions about the model railway.",
    "The training of apprentices is not free of charge.",
    "Fotografieren ist nicht gestattet.",
    "Les photographies avec flash sont interdites.",
    "館内での撮影は禁止です。",
]


@pytest.mark.parametrize("sentence", NOES)
def test_a_sentence_that_says_no(sentence: str) -> None:
    assert refusal(f"Welcome to the museum. {sentence} Opening hours: 10 to 5.") is not None


@pytest.mark.parametrize("sentence", NO_NOES)
def test_a_sentence_that_does_not_say_no(sentence: str) -> None:
    assert refusal(f"Welcome to the museum. {sentence} Opening hours: 10 to 5.") is None


@pytest.mark.parametrize("body", ["<" * 10**6, "<!--" * 10**5, "<script>" * 10**5, "model train " * 10**5, "a" * 10**6])
def test_a_hostile_page_takes_no_more_time_than_its_length(body: str) -> None:
    begun = monotonic()
    read(Place.PAGE, body.encode())
    assert monotonic() - begun < 20  # quadratic readers take hours


def test_a_no_in_a_text_without_end_is_found() -> None:
    assert refusal("and so on, " * 3000 + "the use for AI training is prohibited" + ", and so on" * 3000) is not None


LOOKS = {
    Place.ROBOTS: b"User-agent: *\nDisallow: /p\nContent-Usage: /q train-ai=n\nLicense: https://m.example/l.xml",
    Place.TDMREP: b'[{"location": "/a/*", "tdm-reservation": 1}, {"location": "/", "tdm-reservation": 0}]',
    Place.AI_TXT: b"User-agent: *\nDisallow: *.jpg",
    Place.RSL: rsl("<prohibits>ai-train</prohibits>", 'url="/images/"').encode(),
    Place.ANSWER: answer_facts("https://m.example/1", 200, [("X-Robots-Tag", "noai")]),
    Place.PAGE: b"<p>No AI training.</p>",
}
SCOPES = {Place.ANSWER: "url:https://m.example/1", Place.PAGE: "source:museum@https://m.example/terms"}
LOCATORS = {
    Place.ROBOTS: "https://m.example/robots.txt",
    Place.RSL: "https://m.example/l.xml",
    Place.ANSWER: f"{DERIVED}https://m.example/1",
}


@pytest.mark.parametrize("place", Place)
def test_every_row_can_be_read_again_from_the_document_alone(place: Place) -> None:
    data, locator = LOOKS[place], LOCATORS.get(place, "https://m.example/x")
    rows = Look(place, data, SCOPES.get(place, "host:m.example"), "museum").rows()
    assert BLOCK in {said.word for said in rows.values()}
    for (protocol, scope), said in rows.items():
        assert place_of(protocol, locator) is place
        assert look_of(protocol, scope, data, locator).said(protocol, scope) == said
    for protocol in PROTOCOLS[place]:
        assert any(each is protocol for each, _ in rows), "what was looked for is told of, found or not"


@pytest.mark.parametrize(
    ("scope", "value", "covered"),
    [
        ("host:img.example", None, True), ("host:IMG.example", None, False), ("host:example", None, False),
        ("host:www.example", None, True), ("host:api.example", None, False),
        ("url:https://img.example/a/1.jpg", None, True), ("url:https://img.example/a/1.jpg?x", None, False),
        ("url:https://www.example/1", None, True), ("path:img.example/a", None, True),
        ("path:img.example/a/*.jpg$", None, True), ("path:img.example*.jpg", None, True),
        ("path:img.example/b", None, False), ("path:img.example*.txt", None, False),
        ("path:other.example/", None, False), ("source:museum@https://www.example/terms", None, True),
        ("source:other@https://www.example/terms", None, False),
        ("crawl:museum@img.example", "User-agent: *\nDisallow: /a/", True),
        ("crawl:museum@img.example", "User-agent: *\nDisallow: /\nAllow: /a/", False),
        ("crawl:other@img.example", "User-agent: *\nDisallow: /", False),
        ("crawl:museum@www.example", "User-agent: *\nDisallow: /", False),
        ("crawl:museum@img.example", None, True),
    ],
)  # fmt: skip
def test_what_a_scope_covers(scope: str, value: str | None, covered: bool) -> None:
    wish = Wish(7, Protocol.ROBOTS, scope, BLOCK, value)
    found = Wishes.of_rows([wish]).of("museum", ["https://img.example/a/1.jpg", "https://www.example/1"])
    assert found == ([wish] if covered else [])


def test_a_document_with_too_many_paths_speaks_of_everything() -> None:
    text = "\n".join(f"Content-Usage: /{n} train-ai={'n' if n == 77 else 'y'}" for n in range(2000)).encode()
    rows = Look(Place.ROBOTS, text, "host:m.example", "museum").rows()
    assert len(rows) == len(PROTOCOLS[Place.ROBOTS])
    assert rows[Protocol.USAGE_ROBOTS, "host:m.example"].word is BLOCK
    look = look_of(Protocol.USAGE_ROBOTS, "host:m.example", text, "https://m.example/robots.txt")
    assert look.said(Protocol.USAGE_ROBOTS, "host:m.example").word is BLOCK


def test_only_wishes_cover() -> None:
    rows = [Wish(n, Protocol.AI_TXT, "host:m.example", word) for n, word in enumerate((ALLOW, NONE, BLOCK, UNKNOWN))]
    assert [wish.word for wish in Wishes.of_rows(rows).of("museum", ["https://m.example/1"])] == [BLOCK, UNKNOWN]


def test_a_record_s_address_counts() -> None:
    wish = Wish(1, Protocol.NOAI_HEADER, "url:https://api.example/1", BLOCK)
    wishes = Wishes.of_rows([wish])
    wishes.by_capture["c0ffee"] = [wish]
    assert wishes.of("museum", ["https://img.example/1"], "c0ffee") == [wish]
    assert wishes.of("museum", ["https://img.example/1"], "other") == []
    assert wishes.of("museum", ["openclipart:png/a.png"]) == []


@pytest.mark.parametrize(
    ("pattern", "url", "covers"),
    [
        ("/a", "https://m.example/abc", True), ("a", "https://m.example/abc", True),
        ("/a$", "https://m.example/abc", False),
        ("*.jpg", "https://m.example/x/y.jpg", True), ("/a b", "https://m.example/a%20b", True),
        ("/#", "https://m.example/x", False), ("/*?page=", "https://m.example/x?page=2", True),
    ],
)  # fmt: skip
def test_path_patterns(pattern: str, url: str, covers: bool) -> None:
    assert matches(pattern, url) is covers


@pytest.mark.parametrize(("agent", "ours"), [("*", True), ("mitsua", True), ("GPTBot", False), ("mitsua*", True)])
def test_whose_group(agent: str, ours: bool) -> None:
    assert is_ours(agent) is ours


@pytest.mark.parametrize(("agent", "purpose"), [("ai-training", True), ("*", False), ("GPTBot", False), ("ai", False)])
def test_purposes(agent: str, purpose: bool) -> None:
    assert is_purpose(agent) is purpose


@given(st.binary(max_size=400), st.sampled_from(list(Place)))
def test_no_bytes_are_too_strange(body: bytes, place: Place) -> None:
    told = {said.protocol for said in read(place, body)}
    assert set(PROTOCOLS[place]) <= told
    assert read(place, body) == read(place, body)


_PIECES = st.sampled_from(
    ["<script type='application/ld+json'>", "</script>", "{", "}", "[", "]", '"usageInfo"', ":",
     "<meta name=robots content=", "noai", "<rsl>", "<content>", "<license>", "</", ">", "\x00", "\ud800",
     "tdm-reservation", "1", ",", "User-agent: *\n", "Disallow: /",
     "Content-Usage: ", "\n", "License: ", "=", "<!--", "&#0;", "é", "train-ai=n"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=25), st.sampled_from(list(Place)))
def test_no_pieces_are_too_strange(pieces: list[str], place: Place) -> None:
    body = "".join(pieces).encode("utf-8", "surrogatepass")
    for said in read(place, body):
        assert said.value is None or ("\0" not in said.value and said.value.encode() is not None)


def test_deep_structures_do_not_end_a_crawl() -> None:
    deep = "[" * 5000 + "]" * 5000
    assert words(Place.TDMREP, deep) == {Protocol.TDMREP_FILE: UNKNOWN}
    page = f'<script type="application/ld+json">{{"usageInfo": {deep}}}</script>' + "<div>" * 5000
    assert words(Place.PAGE, page) == {Protocol.SCHEMA_ORG: UNKNOWN}
    nested = json.dumps({"usageInfo": "https://m.example"}) + " "
    for _ in range(60):
        nested = f'{{"a": {nested}}}'
    assert words(Place.PAGE, f'<script type="application/ld+json">{nested}</script>') == {Protocol.SCHEMA_ORG: UNKNOWN}


def test_no_recorded_answer_is_taken_for_a_wish_by_mistake(shared: Path) -> None:
    """Recorded records of open collections: no reader trips over them, whatever document they are taken for."""
    for path in sorted(shared.glob("sources/*/*.json"))[:200]:
        for place in (Place.ROBOTS, Place.AI_TXT, Place.TDMREP, Place.PAGE):
            assert {said.protocol for said in read(place, path.read_bytes())} >= set(PROTOCOLS[place])
