"""Listed collections: a picture is claimed where its page shows it and the rights holder's notice is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mitsua_data.audit import audit_release
from mitsua_data.errors import SourceError, UsageError
from mitsua_data.inspection import inspect_paths
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Grade, MediaType, Reason
from mitsua_data.policy import Policy
from mitsua_data.sources import declared, get_source
from mitsua_data.sources.base import Body, Judged, Page, judge_page
from mitsua_data.sources.listed import Listed, ListedCollection
from tests.sources.replay import Answer, crawled, serve, verdicts, walk_every_way
from tests.tiny import Tiny, drawing

SITE = "https://wolf.example"
NOTICE = "All drawings of the wolf are CC0."
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
ONE = f"{SITE}/2012/one/"
PICTURE = f"{SITE}/img/one.png"
FIELDS: dict[str, Any] = {
    "kind": "listed",
    "id": "wolf",
    "institution": "A. Painter",
    "homepage": f"{SITE}/",
    "needs": "nothing",
    "creator": "A. Painter",
    "licence": "CC0-1.0",
    "notice_page": f"{SITE}/about",
    "notice": [NOTICE],
    "hosts": ["wolf.example"],
    "image_hosts": ["wolf.example"],
    "pages": [{"url": ONE, "title": "A wolf", "tags": ["wolf"], "pictures": [{"url": PICTURE, "date": "2012"}]}],
}


def collection(**changes: Any) -> ListedCollection:
    return ListedCollection(Listed.model_validate(FIELDS | changes))


def html(*elements: str, canonical: str = "") -> bytes:
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    return f"<html><head>{link}</head><body>{''.join(elements)}</body></html>".encode()


SHOWN = html(f'<img src="{PICTURE}">')
ABOUT = html(f"<p>{NOTICE}</p>", f'<p><a href="{CC0}">CC0</a></p>')


def judged(
    page: bytes = SHOWN, about: bytes | None = ABOUT, source: ListedCollection | None = None, url: str = ONE
) -> list[Judged]:
    context = {} if about is None else {f"{SITE}/about": Body(about, MediaType.HTML, f"{SITE}/about")}
    return list(judge_page(source or collection(), Page((Body(page, MediaType.HTML, url),), context=context)))


def outcome(found: list[Judged]) -> Reason | Licence:
    (each,) = found
    return each.verdict.licence if isinstance(each.verdict, Claim) else each.verdict.reason


def test_a_listed_picture_is_claimed() -> None:
    (found,) = judged()
    assert isinstance(found.verdict, Claim)
    assert (found.verdict.licence, found.verdict.grade) == (Licence.CC0_1_0, Grade.E2)
    assert {NOTICE, PICTURE} <= {each.value for each in found.verdict.evidence if isinstance(each.value, str)}
    assert found.image is not None
    assert (found.image.title, found.image.tags, found.image.date) == ("A wolf", ("wolf",), "2012")
    assert (found.image.creator, found.image.landing_url) == ("A. Painter", ONE)
    assert (found.id.record, found.id.part) == (ONE, "wolf.example/img/one.png")


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(SHOWN, Licence.CC0_1_0, id="as-it-is"),
        pytest.param(html("<img src='/img/one.png'>"), Licence.CC0_1_0, id="by-its-path"),
        pytest.param(html("<a href='//wolf.example/img/one.png'>large</a>"), Licence.CC0_1_0, id="as-a-link"),
        pytest.param(html("<img data-src='/img/one.png' src=wait.gif>"), Licence.CC0_1_0, id="loaded-late"),
        pytest.param(html(f'<img src="{PICTURE}"><a href="{CC0}">free</a>'), Licence.CC0_1_0, id="says-so-too"),
        pytest.param(html("<h1>Page not found</h1>"), Reason.UNREADABLE, id="gone"),
        pytest.param(html("<img src='/img/two.png'>"), Reason.UNREADABLE, id="another-picture"),
        pytest.param(html("<img src='/img/one.png?small'>"), Reason.UNREADABLE, id="a-smaller-one"),
        pytest.param(html("<img src='https://other.example/img/one.png'>"), Reason.UNREADABLE, id="another-host"),
        pytest.param(html(f"<p>{PICTURE}</p><!-- <img src='{PICTURE}'> -->"), Reason.UNREADABLE, id="named-not-shown"),
        pytest.param(html(f'<img src="{PICTURE}"><a href="https://creativecommons.org/licenses/by-nc-sa/4.0/">by</a>'),
                     Reason.CONFLICT, id="another-licence"),
        pytest.param(html(f'<img src="{PICTURE}"><a href="http://creativecommons.org/licenses/unknown/">by</a>'),
                     Reason.CONFLICT, id="a-licence-nobody-knows"),
        pytest.param(html(f'<img src="{PICTURE}"><link rel="license" href="https://creativecommons.org/licenses/by/4.0/">'),
                     Reason.CONFLICT, id="another-licence-for-machines"),
        pytest.param(html(f'<img src="{PICTURE}"><area href="https://creativecommons.org/licenses/by/4.0/">'),
                     Reason.CONFLICT, id="another-licence-on-a-map"),
        pytest.param(html(f'<img src="{PICTURE}"><a href="https://CreativeCommons.org/licenses/by-nc/4.0/">x</a>'),
                     Reason.CONFLICT, id="another-licence-in-upper-case"),
        pytest.param(html(f'<img src="{PICTURE}"><p>© 2012 Guest Artist</p>'), Reason.CONFLICT, id="a-guest"),
        pytest.param(html(f'<img src="{PICTURE}"><p>© 2012 A. Painter</p>'), Licence.CC0_1_0, id="the-painter"),
        pytest.param(html(f'<img src="{PICTURE}"><p>© A. Painter. All <b>rights</b>&nbsp;reserved</p>'),
                     Reason.CONFLICT, id="reserved"),
        pytest.param(html(f'<img src="{PICTURE}"><p>This is CC BY-NC 4.0</p>'), Reason.CONFLICT, id="conditions"),
        pytest.param(html(f'<div hidden><img src="{PICTURE}"></div>'), Reason.UNREADABLE, id="hidden"),
        pytest.param(html(f'<script src="{PICTURE}"></script>'), Reason.UNREADABLE, id="as-a-script"),
        pytest.param(b"", Reason.UNREADABLE, id="empty"),
    ],
)  # fmt: skip
def test_the_page_must_show_it(page: bytes, expected: Reason | Licence) -> None:
    assert outcome(judged(page)) is expected


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        pytest.param(html(f"<p>{NOTICE}</p>"), Licence.CC0_1_0, id="the-sentence-alone"),
        pytest.param(None, Reason.NO_STATEMENT, id="not-captured"),
        pytest.param(html("<p>All rights reserved.</p>"), Reason.NO_STATEMENT, id="another-sentence"),
        pytest.param(html(f"<p>{NOTICE} Photographs are not.</p>"), Reason.NO_STATEMENT, id="more-is-said"),
        pytest.param(html(f"<p><s>{NOTICE}</s></p>"), Reason.NO_STATEMENT, id="struck-out"),
        pytest.param(html(f"<!-- <p>{NOTICE}</p> -->", "<p>x</p>"), Reason.NO_STATEMENT, id="commented-out"),
        pytest.param(html(f"<p>{NOTICE}</p>", "<a href='https://creativecommons.org/licenses/by/4.0/'>by</a>"),
                     Reason.CONFLICT, id="another-licence-beside-it"),
        pytest.param(b"", Reason.UNREADABLE, id="empty"),
    ],
)  # fmt: skip
def test_the_notice_must_be_there(about: bytes | None, expected: Reason | Licence) -> None:
    assert outcome(judged(about=about)) is expected


def test_every_sentence_of_the_notice_counts() -> None:
    source = collection(notice=[NOTICE, "So are all photographs."])
    assert outcome(judged(source=source)) is Reason.NO_STATEMENT
    both = html(f"<p>{NOTICE}</p><p>So are all photographs.</p>")
    assert outcome(judged(about=both, source=source)) is Licence.CC0_1_0


@pytest.mark.parametrize("changes", [{"notice": []}, {"notice": [], "notice_page": ""}])
def test_nothing_is_claimed_before_somebody_read_the_notice(changes: dict[str, Any]) -> None:
    assert outcome(judged(source=collection(**changes))) is Reason.NO_STATEMENT


def test_what_nobody_listed_is_out_of_scope() -> None:
    assert outcome(judged(url=f"{SITE}/2012/guest-art/")) is Reason.OUT_OF_SCOPE


def test_pictures_by_pattern() -> None:
    pages = [{"url": ONE, "title": "A wolf"}]
    source = collection(pages=pages, images=[f"{SITE}/img/*.png"])
    sources = ["/img/one.png", "/img/one.png", "/ads/x.png", "//other.example/img/two.png", "/img/tw'o.png"]
    page = html(*(f'<img src="{src}">' for src in sources))
    (found,) = judged(page, source=source)
    assert found.image is not None
    assert (found.image.url, found.image.title) == (PICTURE, "A wolf")
    assert isinstance(found.verdict, Claim)
    broken = ("https://[", "//[", "/\t/[x", "https://wolf.example\uff0fx", "https://a@wolf.example/x", "\x01//]")
    for none in broken:
        assert outcome(judged(html(f'<p>none</p><img src="{none}">'), source=source)) is Reason.NO_IMAGE


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"licence": "LicenseRef-CC-BY"}, "sets conditions", id="a-licence-with-conditions"),
        pytest.param({"hosts": []}, "none of the hosts", id="a-page-elsewhere"),
        pytest.param({"image_hosts": []}, "none of the image_hosts", id="a-picture-elsewhere"),
        pytest.param({"pages": FIELDS["pages"] * 2}, "listed twice", id="a-page-twice"),
        pytest.param({"notice_page": "http://wolf.example/about"}, "notice_page", id="not-https"),
        pytest.param({"notice_page": "https://wolf.example/a'b"}, "notice_page", id="a-quotation-mark"),
        pytest.param({"notice": [""]}, "notice", id="an-empty-sentence"),
        pytest.param({"grade": "E4"}, "grade", id="a-field-that-is-not"),
        pytest.param({"hosts": ["localhost"]}, "hosts", id="no-host-name"),
    ],
)
def test_declarations_that_are_none(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        collection(**changes)


def walk(size: int) -> tuple[ListedCollection, dict[str, Answer]]:
    pages = [
        {"url": f"{SITE}/{n}/", "title": f"Wolf {n}", "pictures": [{"url": f"{SITE}/img/{n}.png"}]} for n in range(size)
    ]
    routes = {f"/{n}/": Answer(html(f"<img src='/img/{n}.png'>"), "text/html") for n in range(size)}
    routes["/1/"] = Answer(html("moved"), "text/html")
    del routes["/2/"]
    images = {f"/img/{n}.png": Answer(drawing(n), "image/png") for n in range(size)}
    return collection(pages=pages), {"/about": Answer(ABOUT, "text/html"), **routes, **images}


def test_the_list_is_walked_every_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mitsua_data.sources.listed.PAGE", 3)
    source, routes = walk(10)
    found = walk_every_way(source, routes, tmp_path, claims=8, refusals=2, wall=503)
    assert [answer for answer in found.values() if answer[0] == "refusal"] == [("refusal", "unreadable")] * 2


def test_a_site_without_its_notice_claims_nothing(tmp_path: Path) -> None:
    source, routes = walk(4)
    with serve(routes | {"/about": Answer(html("<p>Hello</p>"), "text/html")}) as site:
        crawled(source, site, tmp_path / "silent")
    assert {outcome for outcome, _ in verdicts(tmp_path / "silent").values()} == {"refusal"}
    del routes["/about"]
    with serve(routes) as site, pytest.raises(SourceError, match="nothing is claimed without it"):
        crawled(source, site, tmp_path / "gone")


def test_its_rule_runs_again_in_an_audit(tmp_path: Path) -> None:
    source, routes = walk(8)
    with serve(routes) as site:
        tiny = Tiny(tmp_path / "workspace", site.url, source=source)
        samples = tiny.go().tally.samples
    with tiny.open() as (ledger, store):
        result = audit_release(ledger, store, tiny.release, tiny.keys, workers=1, sources=[source])
    assert result.findings == ()
    assert result.counts["rules_run"] == samples == 6


def test_saved_pages_are_known_by_what_they_say_of_themselves(tmp_path: Path) -> None:
    policy = Policy.load("default")
    files = {
        "one.html": html("<img src='/img/one.png'>", canonical=ONE),
        "about.html": html(f"<p>{NOTICE}</p>", canonical=f"{SITE}/about"),
        "fan.html": html(f"<p>{NOTICE}</p>", canonical="https://fans.example/about"),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    (line,) = inspect_paths(collection(), [tmp_path / "one.html", tmp_path / "about.html"], policy)
    assert (line["outcome"], line["licence"]) == ("accept", "CC0-1.0")
    lines = list(inspect_paths(collection(), [tmp_path / "one.html", tmp_path / "fan.html"], policy))
    assert [line["reason"] for line in lines] == ["no_statement", "out_of_scope"]


def test_a_declaration_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "wolf.toml"
    path.write_text(
        f'kind = "listed"\nid = "wolf"\ninstitution = "A"\nhomepage = "{SITE}/"\nneeds = "x"\nlicence = "CC0-1.0"\n'
        f'hosts = ["wolf.example"]\nimage_hosts = ["wolf.example"]\n'
        f'[[pages]]\nurl = "{ONE}"\npictures = [{{ url = "{PICTURE}", tags = ["a"] }}]\n'
    )
    source = declared(path)
    assert isinstance(source, ListedCollection)
    assert source.declaration_sha256 is not None
    path.write_text(path.read_text() + 'titel = "A wolf"\n')
    with pytest.raises(UsageError, match="titel"):
        declared(path)


@pytest.mark.parametrize("name", ["wuffle", "osaki_ichibantaro"])
def test_the_shipped_ones_say_that_nobody_has_seen_it(name: str, tmp_path: Path) -> None:
    source = get_source(name)
    assert isinstance(source, ListedCollection)
    assert source.spec.unverified
    with serve({}) as site, pytest.raises(SourceError):
        crawled(source, site, tmp_path)


def test_the_recorded_strip_is_out_of_scope(shared: Path) -> None:
    """Its side files come from somebody else's documentation; no page of the author's is among them."""
    policy = Policy.load("default")
    for file in sorted((shared / "sources/wuffle").iterdir()):
        (line,) = inspect_paths(get_source("wuffle"), [file], policy)
        assert (line["outcome"], line["reason"]) == ("refuse", "out_of_scope")
