"""The frame every source stands in: quoting, judging, and what can go wrong in between."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mitsua_data.errors import UsageError
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Evidence, Grade, HttpExchange, ImageRef, Json, MediaType, Reason, Refusal, Verdict
from mitsua_data.pointers import derive
from mitsua_data.sources import every, get_source
from mitsua_data.sources.base import (
    ArchiveSource,
    Body,
    Page,
    Record,
    RuleRefusal,
    SourceSpec,
    WebReader,
    WebSource,
    judge,
    judge_page,
    judge_records,
)


class Museum(WebSource):
    """A museum of the usual kind: a list of objects in one response, a policy page beside it."""

    spec = SourceSpec(
        id="museum",
        institution="A museum",
        homepage="https://museum.example",
        may_claim=frozenset({Licence.CC0_1_0}),
        grade=Grade.E2,
    )
    wishes = Licence.CC0_1_0
    grade = Grade.E2

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        policy = reader.get("https://museum.example/policy", MediaType.HTML)
        for number in range(int(after or 0), 2):
            body = reader.get(f"https://museum.example/{number}", MediaType.JSON)
            yield Page((body,), cursor=str(number + 1), context={"policy": policy})

    def records(self, page: Page) -> Iterable[Record]:
        for body in page.bodies:
            items = body.document.full("/items")
            for place, item in enumerate(items if isinstance(items, list) else []):
                assert isinstance(item, dict)
                yield Record(str(item["id"]), body, f"/items/{place}", page.context)

    def images(self, record: Record) -> Sequence[ImageRef]:
        return [ImageRef(url, url, title=record.text("/title")) for url in record.texts("/urls")]

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        flag = record.quote("/open", among=(True, False))
        if flag.value is not True:
            return Refusal(Reason.NOT_OPEN, (flag,))
        return Claim(self.wishes, self.grade, (flag, record.quote("line:Open is CC0.", of="policy")))


class Served:
    """A reader of fixed answers, which remembers what it was asked."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self.answers, self.asked = answers, list[str]()

    dump = None
    since = None

    def get(self, url: str, media_type: MediaType) -> Body:
        self.asked.append(url)
        return Body(self.answers[url.removeprefix("https://museum.example/")], media_type, url)

    def each(self, urls: Iterable[str], media_type: MediaType) -> Iterator[Body]:
        return (self.get(url, media_type) for url in urls)


ITEM: dict[str, Json] = {"id": 7, "open": True, "urls": ["a"], "title": "A hat"}
POLICY = Body(b"Open is CC0.\n", MediaType.HTML, "https://museum.example/policy")


def page(*items: dict[str, Json]) -> Page:
    body = json.dumps({"items": list(items)}).encode()
    return Page((Body(body, MediaType.JSON, "https://museum.example/0"),), context={"policy": POLICY})


def only(*items: dict[str, Json], museum: Museum | None = None) -> Verdict:
    (judged,) = judge_page(museum or Museum(), page(*items))
    return judged.verdict


def test_an_open_item_is_claimed_and_every_quotation_can_be_derived_again() -> None:
    made = page({**ITEM, "id": 6}, ITEM)
    bodies = {body.sha256: body for body in made.captures()}
    verdicts = [judged.verdict for judged in judge_page(Museum(), made)]
    assert all(isinstance(verdict, Claim) for verdict in verdicts)
    quoted = [each for verdict in verdicts for each in verdict.evidence]
    assert [each.pointer for each in quoted] == [
        "/items/0/open",
        "line:Open is CC0.",
        "/items/1/open",
        "line:Open is CC0.",
    ]
    for each in quoted:
        body = bodies[each.capture]
        assert derive(body.data, body.media_type, each.pointer) == each.value


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"open": False}, Reason.NOT_OPEN, id="the-museum-says-no"),
        pytest.param({"open": None}, Reason.UNKNOWN_VALUE, id="null-is-not-consent"),
        pytest.param({"open": "true"}, Reason.UNKNOWN_VALUE, id="a-text-is-not-consent"),
        pytest.param({"open": 1}, Reason.UNKNOWN_VALUE, id="a-number-is-not-consent"),
        pytest.param({"open": ...}, Reason.UNREADABLE, id="silence-is-not-consent"),
        pytest.param({"urls": []}, Reason.NO_IMAGE, id="no-image"),
        pytest.param({"urls": ...}, Reason.NO_IMAGE, id="no-field-for-images"),
        pytest.param({"urls": [None, 3]}, Reason.NO_IMAGE, id="images-that-are-no-texts"),
    ],
)
def test_one_field_decides(changes: dict[str, Any], reason: Reason) -> None:
    fields: dict[str, Any] = {**ITEM, **changes}
    item = {name: value for name, value in fields.items() if value is not ...}
    verdict = only(item)
    assert isinstance(verdict, Refusal)
    assert verdict.reason is reason
    assert verdict.evidence


@pytest.mark.parametrize("text", ['"a\\u0000"', "9007199254740993", '"\\ud800"', '[{"x": "\\u0000"}]'])
def test_what_cannot_be_quoted_is_there_all_the_same(text: str) -> None:
    """For captions it is nothing; for rights it is a field that nobody can read."""
    record = Record("7", Body(f'{{"rights": {text}, "null": null}}'.encode(), MediaType.JSON, "museum:7.json"))
    assert (record.seen("/rights"), record.text("/rights"), record.texts("/rights")) == (None, "", ())
    assert [record.has(each) for each in ("/rights", "/null", "/other")] == [True, True, False]
    assert (record.value("/null"), record.value("/other")) == (None, None)
    with pytest.raises(RuleRefusal) as refused:
        record.value("/rights")
    assert refused.value.refusal == Refusal(Reason.UNREADABLE, (record.whole(),))


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("other", [{"open": False}, {"open": ...}, {"open": False, "urls": []}, {"urls": ...}])
def test_records_of_one_id_that_disagree_claim_nothing(other: dict[str, Any], order: int) -> None:
    fields = {name: value for name, value in {**ITEM, **other}.items() if value is not ...}
    verdict = only(*[ITEM, fields][::order])
    assert isinstance(verdict, Refusal)
    assert verdict.reason is Reason.CONFLICT
    assert len({each.pointer.split("/")[2] for each in verdict.evidence if each.pointer.startswith("/items")} | {
        "whole" for each in verdict.evidence if each.pointer == ""}) == 2, "both are quoted"  # fmt: skip


def test_records_of_one_id_that_agree_are_told_once() -> None:
    found = list(judge_records(Museum(), page(ITEM, {**ITEM, "id": 8}, ITEM)))
    assert [[each.id.record for each in judged] for judged in found] == [["7"], ["8"], []]
    assert isinstance(found[0][0].verdict, Claim)
    assert found[0][0].verdict.evidence[0].pointer == "/items/2/open"


@pytest.mark.parametrize(("status", "claimed"), [(200, True), (404, False), (410, False)])
def test_what_is_gone_says_nothing(status: int, claimed: bool) -> None:
    made = page(ITEM)
    (body,) = made.bodies
    now = datetime(2026, 6, 1, tzinfo=UTC)
    exchange = HttpExchange("GET", body.locator, (), status, "", (), "", now, now)
    (judged,) = judge_page(Museum(), replace(made, bodies=(replace(body, exchange=exchange),)))
    assert isinstance(judged.verdict, Claim) is claimed
    if isinstance(judged.verdict, Refusal):
        assert (judged.verdict.reason, [each.pointer for each in judged.verdict.evidence]) == (Reason.UNREADABLE, [""])


def test_absence_is_quoted() -> None:
    verdict = only({name: value for name, value in ITEM.items() if name != "open"})
    assert [(each.pointer, each.value) for each in verdict.evidence] == [("/items/0/open", None)]


def test_a_policy_page_that_changed_its_words_ends_in_a_refusal() -> None:
    made = replace(page(ITEM), context={"policy": replace(POLICY, data=b"Open was CC0.")})
    (judged,) = judge_page(Museum(), made)
    assert isinstance(judged.verdict, Refusal)
    assert judged.verdict.reason is Reason.UNREADABLE
    (without,) = judge_page(Museum(), replace(made, context={}))
    assert isinstance(without.verdict, Refusal)
    assert without.verdict.reason is Reason.UNREADABLE


def test_a_licence_outside_the_declaration_is_not_claimed() -> None:
    museum = Museum()
    museum.wishes = Licence.CC_BY_NC
    verdict = only(ITEM, museum=museum)
    assert isinstance(verdict, Refusal)
    assert (verdict.reason, verdict.licence) == (Reason.LICENCE_NOT_CLAIMABLE, Licence.CC_BY_NC)


@pytest.mark.parametrize(("wished", "given"), [(Grade.E4, Grade.E2), (Grade.E2, Grade.E2), (Grade.E1, Grade.E1)])
def test_no_claim_is_stronger_than_its_source(wished: Grade, given: Grade) -> None:
    museum = Museum()
    museum.grade = wished
    verdict = only(ITEM, museum=museum)
    assert isinstance(verdict, Claim)
    assert verdict.grade is given


def test_images_are_judged_one_by_one_and_each_part_once() -> None:
    judged = list(judge_page(Museum(), page({**ITEM, "urls": ["a", "b", "a"]})))
    assert sorted(str(each.id) for each in judged) == ["museum:7#a", "museum:7#b"]
    assert all(each.image is not None and each.image.part == each.id.part for each in judged)


@pytest.mark.parametrize("data", [b"", b"{", b'{"items": 1, "items": 2}', b"[" * 99_999])
def test_a_page_that_cannot_be_split_is_one_refusal_for_each_body(data: bytes) -> None:
    broken = Page((Body(data, MediaType.JSON, "https://museum.example/0"),))
    (judged,) = judge_page(Museum(), broken)
    assert isinstance(judged.verdict, Refusal)
    assert judged.verdict.reason is Reason.UNREADABLE
    assert judged.id.record == "https://museum.example/0"
    assert judged.verdict.evidence == (Evidence(broken.bodies[0].sha256, "", f"sha256:{broken.bodies[0].sha256}"),)


def test_a_body_that_cannot_be_parsed_is_quoted_as_a_whole() -> None:
    record = Record("7", Body(b"<a>", MediaType.XML, "x"))
    with pytest.raises(RuleRefusal) as caught:
        record.quote("//a")
    assert caught.value.refusal.evidence == (record.whole(),)
    assert record.text("//a") == ""
    assert record.texts("//a") == ()


def test_pages_go_on_behind_the_cursor() -> None:
    answers = {"policy": POLICY.data, "0": b'{"items": []}', "1": b'{"items": []}'}
    first, second = Museum().pages(Served(answers))
    assert [body.locator for body in first.captures()] == ["https://museum.example/policy", "https://museum.example/0"]
    reader = Served(answers)
    (again,) = Museum().pages(reader, after=first.cursor)
    assert again == second
    assert reader.asked == ["https://museum.example/policy", "https://museum.example/1"]


@pytest.mark.parametrize("name", ["", "Met", "a-b", "9", "a" * 41])
def test_an_id_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a source id"):
        replace(Museum.spec, id=name)


def test_a_source_that_may_claim_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no source"):
        replace(Museum.spec, may_claim=frozenset())


def test_every_source_is_found_by_its_id() -> None:
    assert [source.spec.id for source in every()] == sorted({source.spec.id for source in every()})
    for source in every():
        assert get_source(source.spec.id) is get_source(source.spec.id)
        assert get_source(source.spec.id).spec == source.spec
    with pytest.raises(UsageError) as caught:
        get_source("no_such")
    assert "openclipart" in caught.value.line()


@pytest.mark.parametrize("source", every(), ids=lambda source: source.spec.id)
def test_every_source_is_declared_in_full(source: ArchiveSource | WebSource) -> None:
    spec = source.spec
    assert spec.institution
    assert spec.homepage.startswith("https://")
    assert all(licence.kind != "licence" for licence in spec.may_claim), "a licence with conditions is not for training"
    if isinstance(source, WebSource):
        whole = spec.metadata_hosts and spec.image_hosts and spec.terms
        assert whole or spec.needs, "a flag without a captured policy is not enough: say what is missing"
    else:
        assert spec.needs


@pytest.mark.parametrize("source", every(), ids=lambda source: source.spec.id)
@pytest.mark.parametrize(
    "data", [b"", b"{}", b"null", b"<a/>", b'{"items": {"id": 1}}', b"\x00\xff" * 40, b'{"id": 1}']
)
def test_no_saved_bytes_make_a_source_fail_or_claim(source: ArchiveSource | WebSource, data: bytes) -> None:
    for media_type in (MediaType.JSON, MediaType.SVG, MediaType.TEXT, MediaType.BINARY):
        for made in source.saved([Body(data, media_type, f"{source.spec.id}:saved")]):
            for judged in judge_page(source, made):
                assert isinstance(judged.verdict, Refusal)
                assert judge(source, Record(judged.id.record, made.bodies[0]))


TABLE = Body(b'id,name\n1,one\n2,"t,wo"\n3\n1,uno\n', MediaType.CSV, "museum:table.csv")


@pytest.mark.parametrize(
    ("column", "value", "rows"),
    [
        pytest.param("id", "2", ("2",), id="one"),
        pytest.param("id", "1", ("1", "4"), id="each-of-several"),
        pytest.param("id", "3", (), id="a-broken-row-is-none"),
        pytest.param("id", "4", (), id="no-such-value"),
        pytest.param("size", "1", (), id="no-such-column"),
    ],
)
def test_rows_of_a_table_beside_a_record_are_found_by_value(column: str, value: str, rows: tuple[str, ...]) -> None:
    record = Record("1", Body(b"{}", MediaType.JSON, "museum:1"), context={"table": TABLE})
    assert record.rows(column, value, of="table") == rows
    assert record.rows(column, value, of="another") == ()
    assert all(record.quote(f"{row}/{column}", of="table").value == value for row in rows)


@pytest.mark.parametrize("media_type", MediaType)
def test_a_body_that_is_no_table_has_no_rows(media_type: MediaType) -> None:
    assert Body(b'["1"', media_type, "museum:1").rows("id") == {}
