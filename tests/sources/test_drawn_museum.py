"""The Drawn Museum: its rule on single records, and the whole way over the web on loopback."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import EllipsisType
from typing import Any

import pytest
from PIL import Image

from mitsua_data.captures import CaptureStore
from mitsua_data.demo import drawings, museum
from mitsua_data.demo.museum import PAGE, POLICY, Exhibit, collection, serve_museum
from mitsua_data.errors import UsageError
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Grade, MediaType, Reason, Refusal
from mitsua_data.sources.base import Body, Judged, Page, judge_page
from mitsua_data.sources.drawn_museum import HOST, OBJECT, DrawnMuseum
from mitsua_data.sources.drawn_museum import POLICY as POLICY_URL
from mitsua_data.web import Access, CapturingReader, Failure, FetchError, WebClient, fetch_image

MUSEUM = DrawnMuseum()
OPEN = collection(1)[0]
POLICY_BODY = Body(POLICY.encode(), MediaType.HTML, HOST)


def judged(exhibit: Any, policy: Body | None = POLICY_BODY) -> Judged:
    text = json.dumps(exhibit.as_json() if isinstance(exhibit, Exhibit) else exhibit)
    body = Body(text.encode(), MediaType.JSON, f"{OBJECT}{OPEN.id}")
    page = Page((body,), context={POLICY_URL: policy} if policy else {})
    (only,) = judge_page(MUSEUM, page)
    return only


def changed(path: str, value: Any) -> dict[str, Any]:
    """The open object with one field replaced; `...` takes it out."""
    record: dict[str, Any] = json.loads(json.dumps(OPEN.as_json()))
    *folders, name = path.split("/")
    place = record
    for folder in folders:
        place = place[folder]
    if isinstance(value, EllipsisType):
        del place[name]
    else:
        place[name] = value
    return record


def test_a_plain_yes_is_claimed_with_everything_it_rests_on() -> None:
    found = judged(OPEN)
    assert isinstance(found.verdict, Claim)
    assert (found.verdict.licence, found.verdict.grade) == (Licence.CC0_1_0, Grade.E2)
    assert [quoted.pointer for quoted in found.verdict.evidence] == [
        "/rights/openAccess", "/rights/licence", "/rights/credit",
        "line:Images of objects marked openAccess are dedicated to the public domain under CC0 1.0.", "/image/url", "",
    ]  # fmt: skip
    assert found.verdict.evidence[3].capture == POLICY_BODY.sha256
    assert found.image is not None
    assert found.image.title == OPEN.title
    assert found.image.tags == (OPEN.drawing.shape, OPEN.drawing.colour, "clip art")


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        pytest.param("rights/openAccess", False, Reason.NOT_OPEN, id="museum-says-no"),
        pytest.param("rights/openAccess", None, Reason.UNKNOWN_VALUE, id="null-is-not-consent"),
        pytest.param("rights/openAccess", "true", Reason.UNKNOWN_VALUE, id="a-string-is-not-consent"),
        pytest.param("rights/openAccess", 1, Reason.UNKNOWN_VALUE, id="one-is-not-true"),
        pytest.param("rights/openAccess", ..., Reason.UNREADABLE, id="silence-is-not-consent"),
        pytest.param("rights", ..., Reason.UNREADABLE, id="no-rights-at-all"),
        pytest.param("rights/credit", "© Somebody", Reason.CONFLICT, id="both-speak"),
        pytest.param("rights/credit", None, Reason.CONFLICT, id="a-credit-of-another-kind"),
        pytest.param("rights/credit", ..., Reason.UNREADABLE, id="no-credit-line"),
        pytest.param("rights/licence", None, Reason.UNKNOWN_LICENCE, id="open-under-nothing"),
        pytest.param("rights/licence", "https://x.example/cc0", Reason.UNKNOWN_LICENCE, id="a-licence-nobody-knows"),
        pytest.param("rights/licence", ["https://creativecommons.org/publicdomain/zero/1.0/"], Reason.UNKNOWN_LICENCE,
                     id="a-list-is-no-licence"),
        pytest.param("rights/licence", "https://creativecommons.org/licenses/by/4.0/", Reason.LICENCE_NOT_CLAIMABLE,
                     id="a-licence-with-conditions"),
        pytest.param("image", None, Reason.NO_IMAGE, id="not-photographed"),
        pytest.param("image", ..., Reason.UNREADABLE, id="no-word-on-the-image"),
        pytest.param("image/url", ..., Reason.UNREADABLE, id="an-image-without-address"),
        pytest.param("image/url", 7, Reason.UNKNOWN_VALUE, id="an-address-that-is-none"),
        pytest.param("id", ..., Reason.UNREADABLE, id="no-id"),
    ],
)  # fmt: skip
def test_anything_less_is_refused(path: str, value: Any, reason: Reason) -> None:
    # One field differs from a record that is claimed, so only that field can be the cause.
    verdict = judged(changed(path, value)).verdict
    assert isinstance(verdict, Refusal)
    assert verdict.reason is reason
    assert verdict.evidence


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(None, id="no-policy-captured"),
        pytest.param(Body(b"<p>\nAsk us first.\n</p>", MediaType.HTML, HOST), id="another-policy"),
        pytest.param(
            Body(POLICY.replace("are dedicated", "are not dedicated").encode(), MediaType.HTML, HOST),
            id="one-word-more",
        ),
    ],
)
def test_a_flag_without_the_policy_is_not_enough(policy: Body | None) -> None:
    verdict = judged(OPEN, policy).verdict
    assert isinstance(verdict, Refusal)
    assert verdict.reason is Reason.UNREADABLE


def test_broken_bodies_end_in_refusals() -> None:
    bodies = [b"", b"<html>", b"[]", b'{"id": "3"}', b'{"objects": 3}']
    page = Page(tuple(Body(data, MediaType.JSON, f"{OBJECT}{n}") for n, data in enumerate(bodies)))
    verdicts = [each.verdict for each in judge_page(MUSEUM, page)]
    assert len(verdicts) == len(bodies)
    assert all(isinstance(verdict, Refusal) and verdict.reason is Reason.UNREADABLE for verdict in verdicts)


def test_what_is_gone_is_known_by_its_address() -> None:
    """So that a claim made before is taken back."""
    gone = Page((Body(b'{"message": "not found"}', MediaType.JSON, f"{OBJECT}dm-1"),))
    assert [str(each.id) for each in judge_page(MUSEUM, gone)] == ["drawn_museum:dm-1"]


def test_an_answer_about_another_object_is_not_understood() -> None:
    other = Page((Body(b'{"id": "dm-2", "image": null}', MediaType.JSON, f"{OBJECT}dm-1"),))
    (each,) = judge_page(MUSEUM, other)
    assert (str(each.id), each.verdict) == ("drawn_museum:dm-1", Refusal(Reason.UNKNOWN_VALUE, each.verdict.evidence))


class TestOverTheWeb:
    """List, objects, policy, images, through the guarded client."""

    SIZE = 60

    @pytest.fixture(scope="class")
    def client(self) -> Iterator[WebClient]:
        with (
            serve_museum(self.SIZE) as base_url,
            WebClient(Access.for_source(MUSEUM.spec, base_url=base_url)) as client,
        ):
            yield client

    def test_the_whole_collection_is_judged(self, client: WebClient) -> None:
        pages = list(MUSEUM.pages(CapturingReader(client)))
        assert [page.cursor for page in pages] == ["1", "2"]
        found = [each for page in pages for each in judge_page(MUSEUM, page)]
        reasons = Counter(str(each.verdict.reason) for each in found if isinstance(each.verdict, Refusal))
        assert len(found) == self.SIZE
        assert reasons == {
            "not_open": 1, "conflict": 1, "unknown_value": 1, "no_image": 1, "licence_not_claimable": 1,
            "unknown_licence": 1, "unreadable": 1,
        }  # fmt: skip

    def test_it_goes_on_behind_a_cursor(self, client: WebClient) -> None:
        (page,) = MUSEUM.pages(CapturingReader(client), after="1")
        assert page.cursor == "2"
        assert len(page.bodies) == 1 + self.SIZE - PAGE

    def test_every_body_is_captured_with_its_exchange(self, client: WebClient, tmp_path: Path) -> None:
        (page,) = MUSEUM.pages(CapturingReader(client), after="1")
        with CaptureStore(tmp_path) as store, store.writer("museum") as writer:
            for body in page.captures():
                assert body.exchange is not None
                assert body.exchange.peer == "127.0.0.1"
                capture = writer.add(
                    body.data,
                    locator=body.locator,
                    media_type=body.media_type,
                    fetched_at=body.exchange.finished_at,
                    exchange=body.exchange,
                )
                assert store.read(capture) == body.data
        assert MUSEUM.spec.terms == (page.context[POLICY_URL].locator,)

    def test_an_image_is_fetched(self, client: WebClient) -> None:
        found = judged(OPEN)
        assert found.image is not None
        body = fetch_image(client, MUSEUM.spec, found.image.url)
        assert body.data == OPEN.png
        with Image.open(BytesIO(body.data)) as image:
            assert image.size == (OPEN.drawing.width, OPEN.drawing.height)

    def test_the_storeroom_stays_closed(self, client: WebClient) -> None:
        with pytest.raises(FetchError) as caught:
            client.fetch(f"https://{HOST}/storeroom/1")
        assert caught.value.failure is Failure.REFUSED_ROBOTS

    @pytest.mark.parametrize("path", ["/", "/api/objects/nobody", "/images/nobody.png", "/api/objects?page=0",
                                      "/api/objects?page=99", "/api/objects?page=x", "/../etc/passwd"])  # fmt: skip
    def test_what_is_not_there_is_not_found(self, client: WebClient, path: str) -> None:
        with pytest.raises(FetchError) as caught:
            client.fetch(f"https://{HOST}{path}")
        assert caught.value.status == 404


def test_without_a_base_url_it_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no public server"):
        Access.for_source(MUSEUM.spec, contact="me@museum.example")


class TestCollection:
    def test_it_is_the_same_every_time(self) -> None:
        first, second = collection(12), collection(12)
        assert first == second
        assert [each.png for each in first] == [each.png for each in second]

    def test_a_smaller_one_is_the_beginning_of_a_larger_one(self) -> None:
        assert collection(museum.SIZE)[:35] == collection(35)

    def test_another_seed_draws_other_pictures(self) -> None:
        ours, theirs = collection(10), collection(10, seed=1)
        assert all(a.png != b.png for a, b in zip(ours, theirs, strict=True))

    def test_every_shape_stands_in_one_folder(self) -> None:
        assert sorted(name for shapes in drawings.FOLDERS.values() for name in shapes) == sorted(drawings.SHAPES)

    @pytest.mark.parametrize("shape", sorted(drawings.SHAPES))
    def test_every_shape_is_drawn_in_its_colours(self, shape: str) -> None:
        plain = drawings.Drawing(shape, "blue", "red", "white", 96, 96, (drawings.Placed(0, 0, 0.42, 0),))
        with Image.open(BytesIO(drawings.render(plain))) as image:
            pixels = Counter(image.convert("RGB").getdata())
        assert pixels[drawings.COLOURS["blue"]] > 300
        assert pixels[drawings.GROUNDS["white"]] > 900
        assert image.size == (96, 96)
