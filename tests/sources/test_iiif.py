"""IIIF: the rights statement nearest to an image decides, of the versions 2 and 3 of its manifest."""

from __future__ import annotations

import json
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mitsua_data.audit import audit_release
from mitsua_data.errors import SourceError
from mitsua_data.inspection import inspect_paths
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Grade, MediaType, Reason, Refusal
from mitsua_data.policy import Policy
from mitsua_data.sources import declared
from mitsua_data.sources.base import Body, Judged, Page, judge_page
from mitsua_data.sources.iiif import AnyIiif, DeclaredIiif, Museum
from mitsua_data.sources.readers import NoAnswer
from tests.sources.replay import Answer, crawled, serve, verdicts, walk_every_way
from tests.tiny import Tiny, drawing

ANY = AnyIiif()
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
NOC_US = "https://rightsstatements.org/vocab/NoC-US/1.0/"
IN_C = "http://rightsstatements.org/vocab/InC/1.0/"
BY_NC = "https://creativecommons.org/licenses/by-nc/4.0/"
IMAGES = "https://images.museum.example/iiif"
SITE = "https://museum.example"
ID = f"{SITE}/m/1"
FIELDS: dict[str, Any] = {
    "kind": "iiif",
    "id": "museum",
    "institution": "A Museum",
    "homepage": f"{SITE}/",
    "needs": "nothing",
    "collections": [f"{SITE}/top"],
    "rights": [CC0],
    "terms": [f"{SITE}/policy"],
    "hosts": ["museum.example"],
    "image_hosts": ["images.museum.example"],
}


def museum(**changes: Any) -> DeclaredIiif:
    return DeclaredIiif(Museum.model_validate(FIELDS | changes))


def service(number: object, version: int = 2) -> dict[str, Any]:
    if version == 3:
        return {"id": f"{IMAGES}/{number}", "type": "ImageService3", "profile": "level2"}
    return {
        "@context": "http://iiif.io/api/image/2/context.json",
        "@id": f"{IMAGES}/{number}",
        "profile": "http://iiif.io/api/image/2/level2.json",
    }


def two(number: int = 1, *, images: int = 1, rights: str | None = CC0) -> dict[str, Any]:
    """A manifest of version 2."""
    canvases = [
        {
            "@type": "sc:Canvas",
            "images": [
                {
                    "motivation": "sc:painting",
                    "resource": {
                        "@id": f"{IMAGES}/{number}.{n}/full/full/0/default.jpg",
                        "@type": "dctypes:Image",
                        "width": 4000,
                        "height": 3000,
                        "service": service(f"{number}.{n}"),
                    },
                }
            ],
        }
        for n in range(images)
    ]
    return {
        "@context": "http://iiif.io/api/presentation/2/context.json",
        "@id": f"{SITE}/m/{number}",
        "@type": "sc:Manifest",
        "label": "A hat",
        "metadata": [{"label": "Artist/Maker", "value": ["Ann"]}, {"label": "Date", "value": "1775"}],
        "sequences": [{"@type": "sc:Sequence", "canvases": canvases}],
        **({} if rights is None else {"license": rights}),
    }


def three(number: int = 1, *, rights: str | None = CC0) -> dict[str, Any]:
    """A manifest of version 3."""
    body = {
        "id": f"{IMAGES}/{number}/full/max/0/default.jpg",
        "type": "Image",
        "width": 4000,
        "height": 3000,
        "service": [service(number, 3)],
    }
    note = {"type": "Annotation", "motivation": "painting", "body": body}
    canvas = {"type": "Canvas", "items": [{"type": "AnnotationPage", "items": [note]}]}
    return {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "id": f"{SITE}/m/{number}",
        "type": "Manifest",
        "label": {"de": ["Ein Hut"], "en": ["A hat"]},
        "metadata": [{"label": {"en": ["Medium"]}, "value": {"en": ["felt"]}}],
        "homepage": [{"id": f"{SITE}/hats/1", "type": "Text"}],
        "items": [canvas],
        **({} if rights is None else {"rights": rights}),
    }


CANVAS_2, IMAGE_2 = "sequences/0/canvases/0", "sequences/0/canvases/0/images/0/resource"
CANVAS_3, IMAGE_3 = "items/0", "items/0/items/0/items/0/body"


def put(manifest: dict[str, Any], where: str, **fields: Any) -> dict[str, Any]:
    """The manifest with these fields at a place; a field given as `...` is taken away."""
    made = deepcopy(manifest)
    here: Any = made
    for step in filter(None, where.split("/")):
        here = here[int(step) if step.isdigit() else step]
    here.update(fields)
    for name in [name for name, value in fields.items() if value is ...]:
        del here[name]
    return made


def judged(manifest: Any, source: AnyIiif | DeclaredIiif = ANY) -> list[Judged]:
    body = Body(json.dumps(manifest).encode(), MediaType.JSON, ID)
    return list(judge_page(source, Page((body,))))


def outcome(manifest: Any, source: AnyIiif | DeclaredIiif = ANY) -> Reason | Licence:
    (found,) = judged(manifest, source)
    return found.verdict.licence if isinstance(found.verdict, Claim) else found.verdict.reason


def test_a_manifest_of_version_2() -> None:
    (found,) = judged(two())
    assert isinstance(found.verdict, Claim)
    assert (found.verdict.licence, found.verdict.grade) == (Licence.CC0_1_0, Grade.E2)
    assert ("/license", CC0) in [(each.pointer, each.value) for each in found.verdict.evidence]
    assert found.image is not None
    assert found.image.url == f"{IMAGES}/1.0/full/!1024,1024/0/default.jpg"
    assert (found.image.title, found.image.creator, found.image.date) == ("A hat", "Ann", "1775")
    assert (found.id.record, found.id.part) == (ID, "images.museum.example/iiif/1.0")


def test_a_manifest_of_version_3() -> None:
    (found,) = judged(three())
    assert isinstance(found.verdict, Claim)
    assert found.image is not None
    assert found.image.url == f"{IMAGES}/1/full/!1024,1024/0/default.jpg"
    assert (found.image.title, found.image.medium, found.image.landing_url) == ("A hat", "felt", f"{SITE}/hats/1")


STATEMENTS = [
    pytest.param(CC0, Licence.CC0_1_0, id="cc0"),
    pytest.param(CC0.replace("https", "http") + "deed.en", Licence.CC0_1_0, id="the-deed"),
    pytest.param("https://creativecommons.org/publicdomain/mark/1.0/", Licence.PDM_1_0, id="the-mark"),
    pytest.param([CC0], Licence.CC0_1_0, id="in-a-list"),
    pytest.param(NOC_US, Reason.LICENCE_NOT_CLAIMABLE, id="no-copyright-in-one-country"),
    pytest.param(BY_NC, Reason.LICENCE_NOT_CLAIMABLE, id="non-commercial"),
    pytest.param(IN_C, Reason.NOT_OPEN, id="in-copyright"),
    pytest.param("https://rightsstatements.org/page/InC-EDU/1.0/?language=en", Reason.NOT_OPEN, id="for-schools"),
    pytest.param("https://rightsstatements.org/vocab/NoC-NC/1.0/", Reason.NOT_OPEN, id="not-for-commerce"),
    pytest.param("https://rightsstatements.org/vocab/CNE/1.0/", Reason.UNKNOWN_LICENCE, id="not-evaluated"),
    pytest.param("https://rightsstatements.org/vocab/UND/1.0/", Reason.UNKNOWN_LICENCE, id="undetermined"),
    pytest.param(f"{SITE}/terms", Reason.UNKNOWN_LICENCE, id="the-museum-s-own-page"),
    pytest.param(CC0 + "?not", Reason.UNKNOWN_LICENCE, id="a-look-alike"),
    pytest.param("CC0", Reason.UNKNOWN_LICENCE, id="a-word"),
    pytest.param("", Reason.UNKNOWN_LICENCE, id="empty"),
    pytest.param([], Reason.UNKNOWN_VALUE, id="an-empty-list"),
    pytest.param([CC0, BY_NC], Reason.CONFLICT, id="two"),
    pytest.param([CC0, "x"], Reason.UNKNOWN_LICENCE, id="one-and-a-word"),
    pytest.param([CC0, 1], Reason.UNKNOWN_VALUE, id="one-and-a-number"),
    pytest.param({"en": [CC0]}, Reason.UNKNOWN_VALUE, id="an-object"),
    pytest.param(True, Reason.UNKNOWN_VALUE, id="true"),
]


@pytest.mark.parametrize(("statement", "expected"), STATEMENTS)
def test_what_a_statement_means(statement: Any, expected: Reason | Licence) -> None:
    assert outcome(put(two(), "", license=statement)) is expected
    assert outcome(put(three(), "", rights=statement)) is expected


def test_silence_is_no_statement() -> None:
    for manifest in (two(rights=None), three(rights=None), put(two(), "", license=None)):
        assert outcome(manifest) is Reason.NO_STATEMENT


@pytest.mark.parametrize(
    ("make", "key", "canvas", "image"),
    [(two, "license", CANVAS_2, IMAGE_2), (three, "rights", CANVAS_3, IMAGE_3)],
    ids=["version-2", "version-3"],
)
def test_the_nearest_statement_counts(make: Any, key: str, canvas: str, image: str) -> None:
    closed = make(rights=IN_C)
    assert outcome(put(closed, canvas, **{key: CC0})) is Licence.CC0_1_0
    assert outcome(put(closed, image, **{key: CC0})) is Licence.CC0_1_0
    assert outcome(put(make(), canvas, **{key: IN_C})) is Reason.NOT_OPEN
    assert outcome(put(make(), image, **{key: BY_NC})) is Reason.LICENCE_NOT_CLAIMABLE
    assert outcome(put(make(), image, **{key: None})) is Reason.UNKNOWN_VALUE
    for unreadable in ("\x00", 2**60, [BY_NC, "\ud800"]):  # it may be a restriction, so nobody else is asked instead
        assert outcome(put(make(), image, **{key: unreadable})) is Reason.UNREADABLE
    assert outcome(put(put(make(), canvas, **{key: IN_C}), image, **{key: CC0})) is Licence.CC0_1_0


def test_two_keys_on_one_level_must_agree() -> None:
    assert outcome(put(three(), "", license=CC0)) is Licence.CC0_1_0
    assert outcome(put(three(), "", license=BY_NC)) is Reason.CONFLICT
    assert outcome(put(two(), "", rights=IN_C)) is Reason.NOT_OPEN


@pytest.mark.parametrize(
    "words",
    [
        pytest.param({"attribution": "© A Museum"}, id="a-sign"),
        pytest.param({"attribution": ["Gift of B", "All rights reserved."]}, id="the-second-of-two"),
        pytest.param({"requiredStatement": {"label": {"en": ["Rights"]}, "value": {"de": ["(C) Erben"]}}}, id="v3"),
    ],
)
def test_words_for_people_that_claim_a_right_contradict(words: dict[str, Any]) -> None:
    assert outcome(two() | words) is Reason.CONFLICT
    assert outcome(three() | words) is Reason.CONFLICT
    assert outcome(two(rights=NOC_US) | words) is Reason.LICENCE_NOT_CLAIMABLE
    assert outcome(two() | {"attribution": "Courtesy of A Museum"}) is Licence.CC0_1_0


PEOPLE = [
    "© Estate of B",
    "Copyright 2020 The Estate of B",
    "In copyright",
    "All rights\u00a0reserved",
    "Rights are reserved",
    "&#169; B",
    "\u24b8 B",
    "CC BY-NC 4.0",
]


@pytest.mark.parametrize("words", PEOPLE)
@pytest.mark.parametrize(("make", "where"), [(two, ""), (two, CANVAS_2), (two, IMAGE_2), (three, CANVAS_3)])
def test_words_that_claim_a_right_are_found_wherever_they_stand(make: Any, where: str, words: str) -> None:
    for said in (
        {"attribution": words},
        {"requiredStatement": words},
        {"requiredStatement": {"label": {"en": [words]}, "value": {"en": ["x"]}}},
        {"requiredStatement": [{"label": "By", "value": {"en": [words]}}]},
        {"metadata": [{"label": "Rights", "value": words}]},
    ):
        assert outcome(put(make(), where, **said)) is Reason.CONFLICT
    assert outcome(put(make(), where, attribution="No known copyright restrictions")) is Licence.CC0_1_0


@pytest.mark.parametrize("value", [IN_C + "\0", [IN_C, 2**60]], ids=["nul", "too-large-a-number"])
def test_a_statement_that_cannot_be_read_is_none_to_pass_over(value: Any) -> None:
    assert outcome(put(two(), CANVAS_2, license=value)) is Reason.UNREADABLE
    assert outcome(put(three(), CANVAS_3, rights=value)) is Reason.UNREADABLE
    assert outcome(put(two(), CANVAS_2, attribution="©\0")) is Reason.UNREADABLE


def test_an_address_that_is_none_is_refused() -> None:
    for address in ("https://[", "https://[bad", "https://images.museum.example\uff0fx", "https://a@b/x"):
        broken = put(two(), IMAGE_2, service=service("x") | {"@id": address})
        assert outcome(broken) is Reason.UNKNOWN_VALUE
        assert outcome(broken, museum()) is Reason.UNKNOWN_VALUE


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        pytest.param({}, f"{IMAGES}/1.0/full/!1024,1024/0/default.jpg", id="at-a-size-that-is-enough"),
        pytest.param({"width": 900, "height": 600}, f"{IMAGES}/1.0/full/full/0/default.jpg", id="small-already"),
        pytest.param({"width": "900"}, f"{IMAGES}/1.0/full/!1024,1024/0/default.jpg", id="a-width-in-words"),
        pytest.param({"service": [service("x")]}, f"{IMAGES}/x/full/!1024,1024/0/default.jpg", id="a-list-of-services"),
        pytest.param({"service": service("x", 3), "width": 9, "height": 9}, f"{IMAGES}/x/full/max/0/default.jpg",
                     id="a-service-of-version-3"),
        pytest.param({"service": service("x") | {"@id": f"http{IMAGES[5:]}/x/"}},
                     f"{IMAGES}/x/full/!1024,1024/0/default.jpg", id="an-old-identifier"),
        pytest.param({"service": service("x") | {"profile": "http://iiif.io/api/image/2/level0.json"}},
                     f"{IMAGES}/1.0/full/full/0/default.jpg", id="no-sizes-on-demand"),
        pytest.param({"service": {"@id": f"{IMAGES}/x"}}, f"{IMAGES}/1.0/full/full/0/default.jpg", id="no-version"),
        pytest.param({"service": ...}, f"{IMAGES}/1.0/full/full/0/default.jpg", id="no-service"),
    ],
)  # fmt: skip
def test_where_the_bytes_are(fields: dict[str, Any], url: str) -> None:
    (found,) = judged(put(two(), IMAGE_2, **fields))
    assert found.image is not None
    assert found.image.url == url


def test_a_museum_may_ask_for_another_size() -> None:
    (found,) = judged(two(), museum(size="1024,"))
    assert found.image is not None
    assert found.image.url == f"{IMAGES}/1.0/full/1024,/0/default.jpg"
    assert found.id.part == judged(two())[0].id.part


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(put(two(), IMAGE_2, **{"@type": "dctypes:MovingImage"}), id="a-video"),
        pytest.param(put(two(), IMAGE_2, **{"@id": ..., "service": ...}), id="no-address"),
        pytest.param(put(three(), "items/0/items/0/items/0", motivation="commenting"), id="a-comment"),
        pytest.param(put(three(), IMAGE_3, type="TextualBody"), id="a-text"),
        pytest.param(put(two(), "", sequences=None), id="null"),
        pytest.param(put(two(), "", sequences={"canvases": []}), id="an-object-for-a-list"),
        pytest.param(put(three(), "", items="all"), id="a-word-for-a-list"),
    ],
)
def test_what_is_no_image(manifest: Any) -> None:
    assert outcome(manifest) is Reason.NO_IMAGE


def test_all_of_a_choice_are_images() -> None:
    body = three()["items"][0]["items"][0]["items"][0]["body"]
    choice = {"type": "Choice", "items": [body, body | {"service": [service("xray", 3)]}, {"type": "Sound", "id": "x"}]}
    found = judged(put(three(), "items/0/items/0/items/0", body=choice))
    assert [each.id.part.rpartition("/")[2] for each in found] == ["1", "xray"]
    assert all(isinstance(each.verdict, Claim) for each in found)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b'"sc:Manifest"', b'{"@type": ["sc:Manifest"]}', b'{"error": 404}', b"<html></html>"],
)
def test_what_is_no_manifest_is_refused(body: bytes) -> None:
    (found,) = judge_page(ANY, Page((Body(body, MediaType.JSON, ID),)))
    assert isinstance(found.verdict, Refusal)
    assert found.verdict.reason is Reason.UNREADABLE


def test_a_declared_museum_takes_its_own_statements_and_hosts() -> None:
    assert outcome(two(), museum()) is Licence.CC0_1_0
    assert outcome(two(rights="https://creativecommons.org/publicdomain/mark/1.0/"), museum()) is (
        Reason.LICENCE_NOT_CLAIMABLE
    )
    free = museum(rights=[CC0, NOC_US])
    assert outcome(two(rights=NOC_US), free) is Licence.NOC_US
    assert outcome(two(), museum(image_hosts=["other.example"])) is Reason.UNKNOWN_VALUE


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"rights": [BY_NC]}, "sets conditions", id="conditions"),
        pytest.param({"rights": [f"{SITE}/terms"]}, "no licence that is known", id="unknown"),
        pytest.param({"rights": []}, "rights", id="none"),
        pytest.param({"terms": []}, "terms", id="no-policy"),
        pytest.param({"collections": ["http://museum.example/top"]}, "collections", id="not-https"),
        pytest.param({"size": "pct:50"}, "size", id="a-size-that-is-none"),
        pytest.param({"licence": "CC0-1.0"}, "licence", id="a-field-that-is-not"),
    ],
)
def test_declarations_that_are_none(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        museum(**changes)


def collection(name: str, *entries: tuple[str, str], version: int = 2, **more: Any) -> Answer:
    if version == 3:
        items = [{"id": f"{SITE}{path}", "type": kind} for path, kind in entries]
        return Answer.json({"id": f"{SITE}{name}", "type": "Collection", "items": items, **more})
    items = [{"@id": f"http{SITE[5:]}{path}", "@type": f"sc:{kind}"} for path, kind in entries]
    manifests = [item for item in items if item["@type"] == "sc:Manifest"]
    collections = [item for item in items if item["@type"] != "sc:Manifest"]
    made = {"@id": f"{SITE}{name}", "@type": "sc:Collection", "manifests": manifests, "collections": collections}
    return Answer.json(made | more)


def site() -> dict[str, Answer]:
    """Collections in collections, one of them in pages, rings, both versions, and manifests that are gone or closed."""
    names = [(f"/m/{n}", "Manifest") for n in range(1, 30)]
    routes = {
        "/policy": Answer.html(),
        "/top": collection("/top", ("/a", "Collection"), ("/b", "Collection"), ("/m/1", "Manifest"), version=3),
        "/a": collection("/a", *names[1:14], ("/top", "Collection"), ("/a", "Collection")),
        "/b": collection("/b", *names[14:17], next=f"{SITE}/b?page=2"),
        "/b?page=2": collection("/b", *names[17:20], ("/c", "Collection"), next=f"{SITE}/b?page=2"),
        "/c": collection("/c", *names[20:], ("/r/1", "Range"), version=3),
    }
    routes |= {f"/m/{n}": Answer.json(two(n) if n % 2 else three(n)) for n in range(1, 30)}
    routes["/m/7"] = Answer.json(two(7, rights=IN_C))
    routes["/m/8"] = Answer.json({"message": "gone"}, 404)
    routes["/m/9"] = Answer.json(two(9, images=3))
    return routes


def test_collections_are_walked_every_way(tmp_path: Path) -> None:
    found = walk_every_way(museum(), site(), tmp_path, claims=29, refusals=2)
    records = Counter(name.partition("#")[0] for name in found)
    assert len(records) == 29
    assert records[f"museum:{SITE}/m/9"] == 3
    assert sorted(found.values())[-2:] == [("refusal", "not_open"), ("refusal", "unreadable")]


def test_a_crawl_goes_on_from_every_cursor(tmp_path: Path) -> None:
    class Reader:
        """Serves the site as a page-less reader would."""

        dump = since = None

        def get(self, url: str, media_type: MediaType) -> Body:
            answer = site().get(url.removeprefix(SITE)) or Answer.json({}, 404)
            return Body(answer.body, media_type, url)

        def each(self, urls: Any, media_type: MediaType) -> Any:
            return (self.get(url, media_type) for url in urls)

    source = museum()
    whole = list(source.listing(Reader()))
    records = [record.id for page in whole for record in source.records(page)]
    assert sorted(records) == sorted({f"{SITE}/m/{n}" for n in range(1, 30)})
    for place, page in enumerate(whole):
        rest = [record.id for left in source.listing(Reader(), page.cursor) for record in source.records(left)]
        assert set(rest) == {record.id for left in whole[place + 1 :] for record in source.records(left)}


class Endless:
    """A reader that makes up an answer for every address."""

    dump = since = None

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def get(self, url: str, media_type: MediaType) -> Body:
        return Body(json.dumps(self.answer(url)).encode(), media_type, url)

    def each(self, urls: Any, media_type: MediaType) -> Any:
        return (self.get(url, media_type) for url in urls)


@pytest.mark.parametrize("key", ["next", "collections"])
def test_collections_without_end_end_the_crawl(key: str) -> None:
    def answer(url: str) -> Any:
        further = f"{url}x"
        return {"@type": "sc:Collection", key: further if key == "next" else [further]}

    with pytest.raises(NoAnswer):
        list(museum().listing(Endless(answer)))


def test_what_was_listed_as_a_manifest_may_be_a_collection() -> None:
    def answer(url: str) -> Any:
        listed = {"/top": ["/a", "/m/1"], "/a": ["/m/2"]}.get(url.removeprefix(SITE))
        manifests = [f"{SITE}{name}" for name in listed or ()]
        return {"@type": "sc:Collection", "manifests": manifests} if listed else two(int(url[-1]))

    source = museum()
    pages = list(source.listing(Endless(answer)))
    assert [page.listed for page in pages] == [1, 1]
    assert [record.id for page in pages for record in source.records(page)] == [f"{SITE}/m/1", f"{SITE}/m/2"]


def test_a_collection_with_a_broken_address_is_asked_for_nothing() -> None:
    def answer(url: str) -> Any:
        assert url == f"{SITE}/top" or url == "https://[bad"
        return {"type": "Collection", "items": [{"id": "https://[bad", "type": "Collection"}]}

    list(museum().listing(Endless(answer)))


def test_single_manifests_may_be_declared(tmp_path: Path) -> None:
    source = museum(collections=[f"{SITE}/m/1", f"{SITE}/m/2", f"{SITE}/nothing"])
    with serve(site()) as running:
        crawled(source, running, tmp_path)
    assert sorted(verdicts(tmp_path).values()) == [
        ("claim", "CC0-1.0"), ("claim", "CC0-1.0"), ("refusal", "unreadable"),
    ]  # fmt: skip


def test_a_host_that_was_not_declared_is_asked_for_nothing(tmp_path: Path) -> None:
    away = [{"id": "https://other.example/m/1", "type": "Manifest"}, {"id": "https://other.example/c",
            "type": "Collection"}]  # fmt: skip
    top = Answer.json({"type": "Collection", "items": [*away, {"id": f"{SITE}/m/1", "type": "Manifest"}]})
    with serve(site() | {"/top": top}) as running:
        crawled(museum(), running, tmp_path)
        assert [target for target in running.asked if target in site()] == ["/policy", "/top", "/m/1"]
    assert list(verdicts(tmp_path).values()) == [("claim", "CC0-1.0")]


def test_its_rule_runs_again_in_an_audit(tmp_path: Path) -> None:
    paths = [f"/iiif/{n}.0" if n % 2 else f"/iiif/{n}" for n in range(1, 30) if n not in {7, 8, 9}]
    images = {f"{path}/full/!1024,1024/0/default.jpg": Answer(drawing(n), "image/png") for n, path in enumerate(paths)}
    with serve(site() | images) as running:
        tiny = Tiny(tmp_path / "workspace", running.url, source=museum())
        samples = tiny.go().tally.samples
    with tiny.open() as (ledger, store):
        result = audit_release(ledger, store, tiny.release, tiny.keys, workers=1, sources=[tiny.source])
    assert result.findings == ()
    assert result.counts["rules_run"] == samples == 26


def test_any_museum_is_only_looked_at(tmp_path: Path) -> None:
    with serve({}) as running, pytest.raises(SourceError, match="no server of its own"):
        crawled(ANY, running, tmp_path)


def test_a_declaration_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "museum.toml"
    path.write_text("\n".join(f"{key} = {json.dumps(value)}" for key, value in FIELDS.items()))
    (tmp_path / "a.json").write_text(json.dumps(two()))
    (line,) = inspect_paths(declared(path), [tmp_path / "a.json"], Policy.load("default"))
    assert (line["source"], line["id"], line["outcome"]) == ("museum", ID, "accept")


def test_the_recorded_manifest_names_one_country_only(shared: Path) -> None:
    """Getty, 2023: six views of a statue under NoC-US, which is known and is not claimed."""
    lines = list(inspect_paths(ANY, sorted((shared / "sources/getty/iiif_manifest").iterdir()), Policy.load("default")))
    views = [line for line in lines if line["part"]]
    assert {(line["outcome"], line["reason"], line["title"]) for line in views} == {
        ("refuse", "licence_not_claimable", "Minerva"),
    }  # fmt: skip
    assert len(views) == len({line["image_url"] for line in views}) > 3
    assert all("/full/!1024,1024/" in str(line["image_url"]) for line in views)
