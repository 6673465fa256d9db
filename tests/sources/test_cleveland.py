"""The Cleveland Museum of Art: its rule on single works, its list, and its dump."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mitsua_data.audit.rules import Differs, Reproduced
from mitsua_data.dumps import open_dump
from mitsua_data.errors import SourceError
from mitsua_data.inspection import inspect_paths
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Grade, ImageRef, MediaType, Reason, Refusal, Verdict
from mitsua_data.policy import Policy
from mitsua_data.sources.base import Body, Judged, Page, Record, judge, judge_page
from mitsua_data.sources.cleveland import IMAGES, LIST, Cleveland
from mitsua_data.sources.readers import NoAnswer
from tests.making import folder
from tests.sources.auditing import Shelf, replay, replays
from tests.sources.replay import Answer, Routes, crawled, serve, verdicts, walk_every_way

CLEVELAND = Cleveland()
PER_PAGE = 4


def tiers(name: str, *kinds: str) -> dict[str, Any]:
    """A picture's block, as the API has it: numbers are texts."""
    ends = {"print": "print.jpg", "web": "web.jpg", "full": "full.tif"}
    return {
        kind: {"url": f"{IMAGES}{name}/{name}_{ends[kind]}", "filename": f"{name}_{ends[kind]}", "width": "641"}
        for kind in kinds
    }


OPEN: dict[str, Any] = {
    "id": 7,
    "accession_number": "1915.1",
    "share_license_status": "CC0",
    "copyright": None,
    "images": tiers("1915.1", "web", "print", "full"),
    "title": "A bottle",
    "creation_date": "1700s",
    "creators": [
        {"description": "Ann Example (American, 1801-1848)", "role": "artist", "qualifier": None},
        {"description": "Studio", "role": "artist", "qualifier": {"Id": 63, "Value": "and"}},
    ],
    "culture": ["Germany", None, "18th century"],
    "technique": "glass",
    "type": "Miscellaneous",
    "url": "https://clevelandart.org/art/1915.1",
    "digital_description": None,
    "wall_description": "It held <em>scent</em>.",
}
"""Made by hand, in the form of the API's answers; the museum has no such work."""


def changed(**changes: Any) -> dict[str, Any]:
    """The open work with fields replaced; `...` takes one out."""
    return {key: value for key, value in (OPEN | changes).items() if value is not ...}


def judged(*values: Any) -> list[Judged]:
    bodies = [Body(json.dumps(each).encode(), MediaType.JSON, f"cleveland:{n}.json") for n, each in enumerate(values)]
    return [each for page in CLEVELAND.saved(bodies) for each in judge_page(CLEVELAND, page)]


def said(verdict: Verdict) -> str:
    return str(verdict.reason if isinstance(verdict, Refusal) else verdict.licence)


def test_a_plain_yes_is_claimed_with_everything_it_rests_on() -> None:
    (only,) = judged(OPEN)
    assert isinstance(only.verdict, Claim)
    assert (only.verdict.licence, only.verdict.grade) == (Licence.CC0_1_0, Grade.E2)
    assert [(each.pointer, each.value) for each in only.verdict.evidence] == [
        ("/share_license_status", "CC0"), ("/copyright", None), ("/image_credit", None),
        ("/id", 7), ("/images/print/url", f"{IMAGES}1915.1/1915.1_print.jpg"),
    ]  # fmt: skip
    assert str(only.id) == "cleveland:7#1915.1/1915.1"


def test_words_for_captions() -> None:
    assert judged(OPEN)[0].image == ImageRef(
        part="1915.1/1915.1",
        url=f"{IMAGES}1915.1/1915.1_print.jpg",
        title="A bottle",
        creator="Ann Example (American, 1801-1848), and Studio",
        date="1700s",
        category="Miscellaneous",
        landing_url="https://clevelandart.org/art/1915.1",
        medium="glass",
        culture="Germany, 18th century",
        description="It held scent.",
    )
    silent = judged(changed(creators=[], culture=None, wall_description=...))[0].image
    assert silent is not None
    assert (silent.creator, silent.culture, silent.description) == ("", "", "")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"share_license_status": "Copyrighted"}, Reason.NOT_OPEN, id="museum-says-no"),
        pytest.param({"share_license_status": "Other"}, Reason.NOT_OPEN, id="something-else"),
        pytest.param({"share_license_status": "Other", "copyright": ...}, Reason.NOT_OPEN, id="no-needs-no-more"),
        pytest.param({"share_license_status": "cc0"}, Reason.UNKNOWN_VALUE, id="another-spelling"),
        pytest.param({"share_license_status": "CC-BY-SA"}, Reason.UNKNOWN_VALUE, id="a-new-word"),
        pytest.param({"share_license_status": None}, Reason.UNKNOWN_VALUE, id="null-is-not-consent"),
        pytest.param({"share_license_status": ["CC0"]}, Reason.UNKNOWN_VALUE, id="a-list-is-not-consent"),
        pytest.param({"share_license_status": ...}, Reason.UNREADABLE, id="silence-is-not-consent"),
        pytest.param({"copyright": "© Somebody"}, Reason.CONFLICT, id="both-speak"),
        pytest.param({"copyright": "©" * 5000}, Reason.CONFLICT, id="rights-too-long-to-quote"),
        pytest.param({"copyright": False}, Reason.UNKNOWN_VALUE, id="false-is-no-text"),
        pytest.param({"copyright": []}, Reason.UNKNOWN_VALUE, id="a-list-of-rights"),
        pytest.param({"copyright": ...}, Reason.UNREADABLE, id="no-field-for-rights"),
        pytest.param({"image_credit": "Photograph © Somebody"}, Reason.CONFLICT, id="the-photograph-is-somebody-s"),
        pytest.param({"image_credit": 7}, Reason.UNKNOWN_VALUE, id="a-credit-of-another-kind"),
        pytest.param({"images": {"web": {"url": "https://openaccess-cdn.clevelandart.org.evil.example/1_web.jpg"}}},
                     Reason.UNKNOWN_VALUE, id="a-host-that-looks-like-it"),
    ],
)  # fmt: skip
def test_anything_less_than_a_plain_yes_is_refused(changes: dict[str, Any], reason: Reason) -> None:
    # One field differs from a record that is claimed, so only that field can be the cause.
    (only,) = judged(changed(**changes))
    assert only.id.part
    assert isinstance(only.verdict, Refusal)
    assert only.verdict.reason is reason
    assert only.verdict.evidence


@pytest.mark.parametrize("changes", [{"copyright": ""}, {"copyright": " "}, {"share_license_status": "CC0 "},
                                     {"image_credit": ""}])  # fmt: skip
def test_spaces_say_nothing(changes: dict[str, Any]) -> None:
    assert [said(each.verdict) for each in judged(changed(**changes))] == ["CC0-1.0"]


@pytest.mark.parametrize(
    ("images", "url"),
    [
        (tiers("1", "full", "web", "print"), "1/1_print.jpg"),
        (tiers("1", "full", "web"), "1/1_web.jpg"),
        (tiers("1", "full"), "1/1_full.tif"),
        ({"print": {}, **tiers("1", "web")}, "1/1_web.jpg"),
        ({"print": None, **tiers("1", "web")}, "1/1_web.jpg"),
    ],
)
def test_the_best_tier_is_taken_and_the_picture_keeps_its_name(images: dict[str, Any], url: str) -> None:
    (only,) = judged(changed(images=images))
    assert only.image is not None
    assert (only.image.url, only.id.part, said(only.verdict)) == (IMAGES + url, "1/1", "CC0-1.0")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"images": None}, Reason.NO_IMAGE, id="null"),
        pytest.param({"images": {}}, Reason.NO_IMAGE, id="nothing"),
        pytest.param({"images": {"web": {}, "print": {}, "full": {}}}, Reason.NO_IMAGE, id="empty-tiers"),
        pytest.param({"images": None, "alternate_images": [{}, None]}, Reason.NO_IMAGE, id="empty-alternates"),
        pytest.param({"images": ...}, Reason.UNREADABLE, id="no-field-for-pictures"),
        pytest.param({"images": "https://x.example/1.jpg"}, Reason.UNKNOWN_VALUE, id="a-text-is-no-block"),
        pytest.param({"images": {"web": "https://x.example/1.jpg"}}, Reason.UNREADABLE, id="a-text-is-no-tier"),
        pytest.param({"images": {"web": {"filename": "1.jpg"}}}, Reason.UNREADABLE, id="a-tier-without-address"),
        pytest.param({"images": {"web": {"url": None}}}, Reason.UNKNOWN_VALUE, id="null-is-no-address"),
        pytest.param({"images": {"web": {"url": [f"{IMAGES}1/1_web.jpg"]}}}, Reason.UNKNOWN_VALUE, id="a-list-is-none"),
        pytest.param({"images": {"web": {"url": ""}}}, Reason.UNKNOWN_VALUE, id="an-empty-address"),
        pytest.param({"alternate_images": "https://x.example/1.jpg"}, Reason.UNKNOWN_VALUE, id="a-text-is-no-list"),
        pytest.param({"alternate_images": ["https://x.example/1.jpg"]}, Reason.UNKNOWN_VALUE, id="texts-for-blocks"),
        pytest.param({"id": ...}, Reason.UNREADABLE, id="no-id"),
        pytest.param({"id": "7"}, Reason.UNREADABLE, id="an-id-in-quotes"),
        pytest.param({"accession_number": 68954}, Reason.UNREADABLE, id="counts-for-values"),
    ],
)  # fmt: skip
def test_a_work_without_pictures_has_one_verdict(changes: dict[str, Any], reason: Reason) -> None:
    (only,) = judged(changed(**changes))
    assert (only.id.part, only.image) == ("", None)
    assert isinstance(only.verdict, Refusal)
    assert only.verdict.reason is reason
    if reason is Reason.NO_IMAGE:  # what is said of it is quoted all the same
        assert [each.pointer for each in only.verdict.evidence] == ["/images", "/share_license_status"]


@pytest.mark.parametrize("url", [IMAGES, f"{IMAGES}../1.jpg", f"{IMAGES}a\n.jpg", f"{IMAGES}a b.jpg"])
def test_an_address_that_is_not_asked_for_as_it_stands_is_unknown(url: str) -> None:
    (only,) = judged(changed(images={"web": {"url": url}}))
    assert said(only.verdict) == "unknown_value"


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("more", [{}, {"updated_at": "x"}, {"last_updated_in_athena": "2026-01-25"}])
def test_records_whose_age_cannot_be_compared_must_agree(more: dict[str, Any], order: int) -> None:
    dated = changed(updated_at="2025-11-25 09:00:26.170000")
    closed = changed(share_license_status="Copyrighted", **more)
    assert [said(each.verdict) for each in judged(*[dated, closed][::order])] == ["conflict"]
    assert [said(each.verdict) for each in judged(*[dated, changed(**more)][::order])] == ["CC0-1.0"]


def test_alternate_images_are_pictures_of_their_own() -> None:
    more = [tiers("1915.1_alt0", "full", "print"), tiers("1915.1_alt1", "web")]
    found = judged(changed(alternate_images=more))
    assert [(each.id.part, said(each.verdict)) for each in found] == [
        ("1915.1/1915.1", "CC0-1.0"), ("1915.1_alt0/1915.1_alt0", "CC0-1.0"), ("1915.1_alt1/1915.1_alt1", "CC0-1.0"),
    ]  # fmt: skip
    assert [each.verdict.evidence[-1].pointer for each in found[1:]] == [
        "/alternate_images/0/print/url", "/alternate_images/1/web/url",
    ]  # fmt: skip


def test_a_picture_that_is_not_in_the_record_is_not_claimed() -> None:
    record = Record("7", Body(json.dumps(OPEN).encode(), MediaType.JSON, "cleveland:0.json"))
    assert said(CLEVELAND.licence(record, ImageRef(part="x", url=f"{IMAGES}2/2_web.jpg"))) == "unknown_value"


@pytest.mark.parametrize(
    "shape",
    [lambda one: one, lambda one: [one], lambda one: {"data": one}, lambda one: {"info": {"total": 1}, "data": [one]}],
    ids=["alone", "in-a-list", "in-detail", "in-an-envelope"],
)
def test_every_shape_is_understood(shape: Any) -> None:
    assert [(each.id.record, said(each.verdict)) for each in judged(shape(OPEN))] == [("7", "CC0-1.0")]


@pytest.mark.parametrize("text", ["", "[1, null]", "7", "null", '{"data": 3}', '{"data": [[]]}', "<html>", "[" * 9999])
def test_whatever_else_is_there_is_refused(text: str) -> None:
    found = list(judge_page(CLEVELAND, Page((Body(text.encode(), MediaType.JSON, "cleveland:x"),))))
    assert found
    assert {said(each.verdict) for each in found} == {"unreadable"}
    assert len({each.id for each in found}) == len(found)


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_saved_answers_the_newest_counts(order: int) -> None:
    earlier = changed(updated_at="2025-11-25 09:00:26.170000")
    later = changed(updated_at="2026-01-25 09:00:26.170000", share_license_status="Copyrighted")
    other = changed(id=8)
    found = judged(*[{"data": [earlier, other]}, later][::order])
    assert {each.id.record: said(each.verdict) for each in found} == {"7": "not_open", "8": "CC0-1.0"}
    assert len(found) == 2


ODD: dict[int, dict[str, Any]] = {
    2: {"share_license_status": "Copyrighted"},
    3: {"share_license_status": "CC0 1.0"},  # a word that the museum never used
    5: {"copyright": "© Somebody"},
    6: {"images": None},
    9: {"title": "\x00"},  # what cannot be quoted spoils no other work on its page
}
COLLECTION = [changed(**{"id": number, "images": tiers(str(number), "web"), **ODD.get(number, {})})
              for number in range(1, 11)]  # fmt: skip
REFUSED = {
    "cleveland:2#2/2": "not_open", "cleveland:3#3/3": "unknown_value", "cleveland:5#5/5": "conflict",
    "cleveland:6#": "no_image",
}  # fmt: skip


def site(total: Any = 10, data: Any = COLLECTION) -> Routes:
    """The museum's list, in pages that are shorter than the hundred that is asked for."""

    def answer(target: str) -> Answer | None:
        if target == "/open-access":
            return Answer.html()
        asked = parse_qs(urlsplit(target).query)
        if urlsplit(target).path != "/api/artworks/" or asked["cc0"] != ["1"] or asked["limit"] != ["100"]:
            return None
        skip = int(asked["skip"][0])
        rows = data[skip : skip + PER_PAGE] if isinstance(data, list) else data
        return Answer.json({"info": {"total": total, "parameters": {"cc0": "1"}}, "data": rows})

    return answer


class TestOverTheWeb:
    def test_it_is_walked_every_way(self, tmp_path: Path) -> None:
        found = walk_every_way(CLEVELAND, site(), tmp_path, claims=6, refusals=4)
        assert {name: reason for name, (outcome, reason) in found.items() if outcome == "refusal"} == REFUSED

    def test_its_claims_stand_up_to_an_audit(self) -> None:
        answer = json.dumps({"info": {"total": 10}, "data": COLLECTION}).encode()
        found = replays(CLEVELAND, list(CLEVELAND.pages(Shelf(lambda url: answer if "skip" in url else b"terms"))))
        assert [replay for _, replay in found] == [Reproduced()] * 6

    @pytest.mark.parametrize("status", ["CC0", "Copyrighted"])
    def test_no_claim_stands_up_beside_another_record_of_its_work(self, status: str) -> None:
        """Even if the ledger had one: the audit reads all that a body says of the work."""
        answer = json.dumps({"info": {"total": 2}, "data": [changed(share_license_status=status), OPEN]}).encode()
        pages = list(CLEVELAND.pages(Shelf(lambda url: answer if "skip" in url else b"terms")))
        (alone,) = judge(CLEVELAND, list(CLEVELAND.records(pages[0]))[1])
        assert isinstance(alone.verdict, Claim)
        assert isinstance(replay(CLEVELAND, pages, alone), Reproduced if status == "CC0" else Differs)
        assert len(list(judge_page(CLEVELAND, pages[0]))) == 1

    def test_a_list_that_ends_before_its_total_is_told(self, tmp_path: Path) -> None:
        """What came is kept, and the next run asks again from there."""
        with serve(site(total=999)) as running:
            for _ in range(2):
                with pytest.raises(NoAnswer, match="of 999"):
                    crawled(CLEVELAND, running, tmp_path)
                assert running.asked[-1] == f"{LIST.partition('.org')[2]}{len(COLLECTION)}"
        assert len(verdicts(tmp_path)) == len(COLLECTION)

    def test_a_server_that_starts_over_is_told(self, tmp_path: Path) -> None:
        """The second run knows what the first one was given."""
        same = Answer.json({"info": {"total": 9}, "data": COLLECTION[:4]})
        with serve(lambda target: same if "skip" in target else Answer.html()) as running:
            for _ in range(2):
                with pytest.raises(NoAnswer):
                    crawled(CLEVELAND, running, tmp_path)
            assert [target.rpartition("=")[2] for target in running.asked if "skip" in target] == ["0", "4", "4"]

    @pytest.mark.parametrize(
        "routes",
        [site(total=None), site(total="10"), site(data=None), site(data={}), lambda t: None if "skip" in t else
         Answer.html(), lambda _: Answer.html()],
        ids=["no-total", "total-is-text", "null", "one", "gone", "a-page-for-people"],
    )  # fmt: skip
    def test_a_list_that_is_none_ends_the_crawl(self, tmp_path: Path, routes: Routes) -> None:
        with serve(routes) as running, pytest.raises(NoAnswer):
            crawled(CLEVELAND, running, tmp_path)
        assert verdicts(tmp_path) == {}


class TestDump:
    def test_its_claims_rest_on_the_file(self, tmp_path: Path) -> None:
        folder(tmp_path, {"data.json": json.dumps(COLLECTION).encode(), "report.json": b'{"id": 10}'})
        dump = open_dump("cleveland", [tmp_path])
        (page,) = CLEVELAND.dumped(dump)
        assert (page.cursor, page.listed) == ("10", 10)
        first = next(iter(judge_page(CLEVELAND, page)))
        assert isinstance(first.verdict, Claim)
        assert first.verdict.grade is Grade.E3
        assert (first.verdict.evidence[0].pointer, first.verdict.evidence[-1].pointer) == (
            "/0/share_license_status", "/files/data.json",
        )  # fmt: skip
        assert list(CLEVELAND.dumped(dump, "10")) == []
        (rest,) = CLEVELAND.dumped(dump, "8")
        assert [each.id.record for each in judge_page(CLEVELAND, rest)] == ["9", "10"]

    def test_its_claims_stand_up_to_an_audit(self, tmp_path: Path) -> None:
        folder(tmp_path, {"data.json": json.dumps(COLLECTION).encode()})
        pages = list(CLEVELAND.pages(Shelf(lambda _: b"<p>Terms", dump=open_dump("cleveland", [tmp_path]))))
        assert [replay for _, replay in replays(CLEVELAND, pages)] == [Reproduced()] * 6

    def test_it_is_crawled_as_the_list_is(self, tmp_path: Path) -> None:
        folder(tmp_path, {"data.json": json.dumps(COLLECTION).encode()})
        with serve(site()) as running:
            crawled(CLEVELAND, running, tmp_path / "w", dump=open_dump("cleveland", [tmp_path / "data.json"]))
            assert not [target for target in running.asked if "skip" in target]
        found = {name: reason for name, (outcome, reason) in verdicts(tmp_path / "w").items() if outcome == "refusal"}
        assert found == REFUSED

    def test_a_broken_element_is_refused_alone(self, tmp_path: Path) -> None:
        twice = '{"id": 8, "share_license_status": "Copyrighted", "share_license_status": "CC0"}'
        folder(tmp_path, {"data.json": f"[{json.dumps(OPEN)}, {twice}, {json.dumps(changed(id=9))}]".encode()})
        pages = list(CLEVELAND.dumped(open_dump("cleveland", [tmp_path])))
        found = [said(each.verdict) for page in pages for each in judge_page(CLEVELAND, page)]
        assert found == ["CC0-1.0", "unreadable", "CC0-1.0"]
        assert [page.listed for page in pages] == [1, 1, 1]

    def test_another_file_is_refused_with_advice(self, tmp_path: Path) -> None:
        folder(tmp_path, {"report.json": b"{}"})
        with pytest.raises(SourceError, match=r"no data\.json"):
            list(CLEVELAND.dumped(open_dump("cleveland", [tmp_path])))

    def test_a_pointer_of_git_lfs_is_refused_with_advice(self, tmp_path: Path) -> None:
        pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n"
        folder(tmp_path, {"data.json": pointer})
        with pytest.raises(SourceError) as caught:
            open_dump("cleveland", [tmp_path / "data.json"])
        assert "git lfs pull" in caught.value.line()


def test_of_everything_recorded_exactly_the_listed_works_are_accepted(shared: Path) -> None:
    files = sorted((shared / "sources/cleveland").glob("*.json"))
    found = [line for file in files for line in inspect_paths(CLEVELAND, [file], Policy.load())]
    assert found == list(inspect_paths(CLEVELAND, files, Policy.load()))
    accepted = {line["id"] for line in found if line["outcome"] == "accept"}
    rows = json.loads((shared / "sources/cleveland/list_cc_has_image_limit100_skip0_part.json").read_bytes())["data"]
    assert accepted == {"96887", *(str(row["id"]) for row in rows)}
    assert len(accepted) == 72
    refused = {str(line["id"]): line["reason"] for line in found if line["outcome"] != "accept"}
    assert set(refused.values()) == {"unreadable"}
    assert len(refused) == 6, "four fragments, the page behind the end, and the report"
