"""The Metropolitan Museum: its rule on single objects, its list, and its dump, which only spares questions."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mitsua_data.audit.rules import Reproduced
from mitsua_data.dumps import open_dump
from mitsua_data.errors import SourceError
from mitsua_data.inspection import inspect_paths
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Grade, ImageRef, MediaType, Reason, Refusal, Verdict
from mitsua_data.policy import Policy
from mitsua_data.sources import met
from mitsua_data.sources.base import Body, Judged, Page, Record, judge_page
from mitsua_data.sources.met import FLAG, ID, IMAGES, LIST, OBJECT, Met
from mitsua_data.sources.readers import NoAnswer
from tests.making import folder
from tests.sources.auditing import Shelf, replays
from tests.sources.replay import Answer, crawled, serve, verdicts, walk_every_way

MET = Met()
PICTURE, DETAIL = f"{IMAGES}CRDImages/ep/original/DP-1.jpg", f"{IMAGES}CRDImages/ep/original/DP-2.JPG"
OPEN: dict[str, Any] = {
    "objectID": 7,
    "isPublicDomain": True,
    "primaryImage": PICTURE,
    "primaryImageSmall": f"{IMAGES}CRDImages/ep/web-large/DP-1.jpg",
    "additionalImages": [DETAIL],
    "rightsAndReproduction": "",
    "metadataDate": "2026-05-13T04:56:47.627Z",
    "title": "A field",
    "artistPrefix": "Attributed to",
    "artistDisplayName": "Ann Example",
    "artistSuffix": "",
    "objectDate": "1889",
    "medium": "Oil on canvas",
    "culture": "",
    "classification": "",
    "objectName": "Painting",
    "objectURL": "https://wwwstg.metmuseum.org/art/collection/search/7",
    "tags": [{"term": "Fields"}, {"term": "Summer"}, {"term": "Fields"}],
}
"""Made by hand, in the form of the API's answers; the museum has no such object."""
BARE: dict[str, Any] = {"primaryImage": "", "additionalImages": []}


def changed(**changes: Any) -> dict[str, Any]:
    """The open object with fields replaced; `...` takes one out."""
    return {key: value for key, value in (OPEN | changes).items() if value is not ...}


def judged(*objects: Any, media_type: MediaType = MediaType.JSON) -> list[Judged]:
    bodies = [Body(json.dumps(each).encode(), media_type, f"met:{number}.json") for number, each in enumerate(objects)]
    return [each for page in MET.saved(bodies) for each in judge_page(MET, page)]


def said(verdict: Verdict) -> str:
    return str(verdict.reason if isinstance(verdict, Refusal) else verdict.licence)


def test_a_plain_yes_is_claimed_with_everything_it_rests_on() -> None:
    first, second = judged(OPEN)
    assert isinstance(first.verdict, Claim)
    assert (first.verdict.licence, first.verdict.grade) == (Licence.CC0_1_0, Grade.E2)
    quoted = [(each.pointer, each.value) for each in first.verdict.evidence]
    assert quoted == [
        ("/isPublicDomain", True), ("/rightsAndReproduction", ""), ("/primaryImage", PICTURE),
        ("/metadataDate", "2026-05-13T04:56:47.627Z"), ("/objectID", 7),
    ]  # fmt: skip
    assert [(str(each.id), each.image.url) for each in (first, second) if each.image] == [
        ("met:7#ep/original/DP-1.jpg", PICTURE), ("met:7#ep/original/DP-2.JPG", DETAIL),
    ]  # fmt: skip
    assert second.verdict.evidence[2].pointer == "/additionalImages/0"


def test_words_for_captions() -> None:
    assert judged(OPEN)[0].image == ImageRef(
        part="ep/original/DP-1.jpg",
        url=PICTURE,
        title="A field",
        creator="Attributed to Ann Example",
        date="1889",
        tags=("Fields", "Summer"),
        category="Painting",
        landing_url="https://www.metmuseum.org/art/collection/search/7",
        medium="Oil on canvas",
    )
    nobody = judged(changed(artistDisplayName="", tags=None, title=None))[0].image
    assert nobody is not None
    assert (nobody.creator, nobody.tags, nobody.title) == ("", (), "")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"isPublicDomain": False}, Reason.NOT_OPEN, id="museum-says-no"),
        pytest.param({"isPublicDomain": False, "rightsAndReproduction": "© 2022 ARS"}, Reason.NOT_OPEN, id="no-twice"),
        pytest.param({"isPublicDomain": False, "rightsAndReproduction": ...}, Reason.NOT_OPEN, id="no-needs-no-more"),
        pytest.param({"isPublicDomain": None}, Reason.UNKNOWN_VALUE, id="null-is-not-consent"),
        pytest.param({"isPublicDomain": "true"}, Reason.UNKNOWN_VALUE, id="a-string-is-not-consent"),
        pytest.param({"isPublicDomain": 1}, Reason.UNKNOWN_VALUE, id="one-is-not-true"),
        pytest.param({"isPublicDomain": [True]}, Reason.UNKNOWN_VALUE, id="a-list-is-not-consent"),
        pytest.param({"isPublicDomain": ...}, Reason.UNREADABLE, id="silence-is-not-consent"),
        pytest.param({"rightsAndReproduction": "© 2022 ARS"}, Reason.CONFLICT, id="both-speak"),
        pytest.param({"rightsAndReproduction": None}, Reason.UNKNOWN_VALUE, id="no-text-for-rights"),
        pytest.param({"rightsAndReproduction": ["© ARS"]}, Reason.UNKNOWN_VALUE, id="a-list-of-rights"),
        pytest.param({"rightsAndReproduction": "©" * 5000}, Reason.CONFLICT, id="rights-too-long-to-quote"),
        pytest.param({"rightsAndReproduction": ...}, Reason.UNREADABLE, id="no-field-for-rights"),
        pytest.param({"primaryImage": "https://images.metmuseum.org.evil.example/1.jpg"}, Reason.UNKNOWN_VALUE,
                     id="a-host-that-looks-like-it"),
        pytest.param({"primaryImage": "http://images.metmuseum.org/1.jpg"}, Reason.UNKNOWN_VALUE, id="without-tls"),
        pytest.param({"primaryImage": IMAGES}, Reason.UNKNOWN_VALUE, id="the-bare-host"),
        pytest.param({"primaryImage": f"{IMAGES}../1.jpg"}, Reason.UNKNOWN_VALUE, id="a-way-up"),
        pytest.param({"primaryImage": f"{PICTURE}\n"}, Reason.UNKNOWN_VALUE, id="a-new-line"),
        pytest.param({"primaryImage": IMAGES, "isPublicDomain": False}, Reason.NOT_OPEN, id="an-address-of-no-file"),
    ],
)  # fmt: skip
def test_anything_less_than_a_plain_yes_is_refused(changes: dict[str, Any], reason: Reason) -> None:
    # One field differs from a record that is claimed, so only that field can be the cause.
    first = judged(changed(**changes))[0]
    assert first.id.part
    assert isinstance(first.verdict, Refusal)
    assert first.verdict.reason is reason
    assert first.verdict.evidence


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param(BARE, Reason.NO_IMAGE, id="open-without-a-picture"),
        pytest.param(BARE | {"isPublicDomain": False}, Reason.NO_IMAGE, id="closed"),
        pytest.param({"primaryImage": ...}, Reason.UNREADABLE, id="no-field-for-the-picture"),
        pytest.param({"primaryImage": None}, Reason.UNKNOWN_VALUE, id="null-is-no-address"),
        pytest.param({"primaryImage": {"url": PICTURE}}, Reason.UNKNOWN_VALUE, id="an-object-is-no-address"),
        pytest.param({"additionalImages": PICTURE}, Reason.UNKNOWN_VALUE, id="a-text-is-no-list"),
        pytest.param({"additionalImages": [DETAIL, 7]}, Reason.UNKNOWN_VALUE, id="a-number-among-pictures"),
        pytest.param({"objectID": ...}, Reason.UNREADABLE, id="no-id"),
        pytest.param({"objectID": "7"}, Reason.UNKNOWN_VALUE, id="an-id-in-quotes"),
        pytest.param({"objectID": True}, Reason.UNKNOWN_VALUE, id="true-is-no-id"),
    ],
)  # fmt: skip
def test_an_object_without_pictures_has_one_verdict(changes: dict[str, Any], reason: Reason) -> None:
    (only,) = judged(changed(**changes))
    assert (only.id.part, only.image) == ("", None)
    assert isinstance(only.verdict, Refusal)
    assert only.verdict.reason is reason
    if reason is Reason.NO_IMAGE:  # what is said of it is quoted all the same
        assert [each.pointer for each in only.verdict.evidence] == [
            "/primaryImage", "/isPublicDomain", "/rightsAndReproduction",
        ]  # fmt: skip


@pytest.mark.parametrize("more", [[], None, ..., [""], [PICTURE]])
def test_additional_pictures_may_be_absent(more: Any) -> None:
    assert [said(each.verdict) for each in judged(changed(additionalImages=more))] == ["CC0-1.0"]


def test_a_picture_elsewhere_spoils_no_other() -> None:
    found = judged(changed(additionalImages=["https://evil.example/1.jpg", DETAIL]))
    assert [said(each.verdict) for each in found] == ["CC0-1.0", "unknown_value", "CC0-1.0"]


def test_a_picture_that_is_not_in_the_record_is_not_claimed() -> None:
    record = Record("7", Body(json.dumps(OPEN).encode(), MediaType.JSON, f"{OBJECT}7"))
    other = MET.licence(record, ImageRef(part="x", url=f"{IMAGES}CRDImages/ep/original/DP-3.jpg"))
    assert said(other) == "unknown_value"


def test_what_is_gone_is_known_by_its_address() -> None:
    """So that a claim made before is taken back."""
    gone = Body(b'{"message":"ObjectID not found"}', MediaType.JSON, f"{OBJECT}7")
    (each,) = judge_page(MET, Page((gone,)))
    assert (str(each.id), said(each.verdict)) == ("met:7", "unreadable")


def test_an_answer_about_another_object_is_not_understood() -> None:
    other = Body(json.dumps(OPEN).encode(), MediaType.JSON, f"{OBJECT}8")
    (each,) = judge_page(MET, Page((other,)))
    assert (str(each.id), said(each.verdict)) == ("met:8", "unknown_value")


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_saved_answers_the_newest_counts(order: int) -> None:
    """The museum takes the flag back at times."""
    later = changed(isPublicDomain=False, metadataDate="2026-06-01T00:00:00Z")
    assert [said(each.verdict) for each in judged(*[OPEN, later][::order])] == ["not_open", "not_open"]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("date", [..., "zzz", None])
def test_answers_whose_age_cannot_be_compared_must_agree(date: Any, order: int) -> None:
    closed = changed(isPublicDomain=False, metadataDate=date)
    assert {said(each.verdict) for each in judged(*[OPEN, closed][::order])} == {"conflict"}


class TestSavedDump:
    """A CSV on its own has no pictures, so every object in it is told as having none."""

    def judge(self, text: str) -> list[tuple[str, str]]:
        body = Body(text.encode(), MediaType.CSV, "met:MetObjects.csv")
        return [(each.id.record, said(each.verdict)) for each in judge_page(MET, Page((body,)))]

    def test_each_row_is_an_object_without_a_picture(self) -> None:
        assert self.judge(f"{ID},{FLAG}\n1,True\n2,False\n") == [("1", "no_image"), ("2", "not_open")]

    def test_rows_that_cannot_be_read_spoil_no_other(self) -> None:
        assert self.judge(f"{ID},{FLAG}\n1,True\n2\nx,True\n") == [
            ("1", "no_image"), ("met:MetObjects.csv/2", "unreadable"), ("x", "unknown_value"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "text", ["a,a\n1,2\n", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"]
    )
    def test_another_table_is_not_understood(self, text: str) -> None:
        assert {reason for _, reason in self.judge(text)} == {"unreadable"}


def site(
    size: int = 12,
    listing: Answer | None = None,
    terms: Answer | None = Answer.html(),  # noqa: B008
) -> Callable[[str], Answer | None]:
    """A museum of `size` objects; of those that are listed, one is gone and four are refused."""
    odd: dict[int, dict[str, Any]] = {
        2: BARE | {"isPublicDomain": False},
        3: {"isPublicDomain": "yes"},  # a word that the museum never used
        5: {"rightsAndReproduction": "© Somebody"},
        8: {"isPublicDomain": False},
    }
    gone, random = 6, Random(7)
    objects = {
        n: changed(**{"objectID": n, "additionalImages": [], **odd.get(n, {})}) for n in range(1, size + 1) if n != gone
    }

    def answer(target: str) -> Answer | None:
        if target.startswith("/policies/"):
            return terms
        if target.partition("?")[0] == LIST.partition(".org")[2]:
            numbers = [*objects, gone]
            random.shuffle(numbers)  # the order is another one each time
            return listing or Answer.json({"total": len(numbers), "objectIDs": numbers})
        number = target.rpartition("/")[2]
        return Answer.json(objects[int(number)]) if number.isdecimal() and int(number) in objects else None

    return answer


def _body(routes: Callable[[str], Answer | None], url: str) -> bytes | None:
    found = routes("/" + url.split("/", 3)[3])
    return found.body if found else None


class TestOverTheWeb:
    @pytest.fixture(autouse=True)
    def small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(met, "PAGE", 4)

    def test_it_is_walked_every_way(self, tmp_path: Path) -> None:
        found = walk_every_way(MET, site(), tmp_path, claims=7, refusals=5)
        assert {name: reason for name, (outcome, reason) in found.items() if outcome == "refusal"} == {
            "met:2#": "no_image", "met:3#ep/original/DP-1.jpg": "unknown_value", "met:6#": "unreadable",
            "met:5#ep/original/DP-1.jpg": "conflict", "met:8#ep/original/DP-1.jpg": "not_open",
        }  # fmt: skip

    def test_its_claims_stand_up_to_an_audit(self) -> None:
        found = replays(MET, list(MET.pages(Shelf(lambda url: _body(site(), url)))))
        assert [replay for _, replay in found] == [Reproduced()] * 7
        assert {each.pointer for each in found[0][0].verdict.evidence[-2:]} == {""}, "both pages of terms"

    def test_only_what_changed_since_a_day_is_asked_for(self, tmp_path: Path) -> None:
        with serve(site()) as running:
            crawled(MET, running, tmp_path, since=date(2026, 5, 1))
            lists = [target for target in running.asked if target.partition("?")[0].endswith("/objects")]
        assert lists == [f"{LIST.partition('.org')[2]}?metadataDate=2026-05-01"]

    @pytest.mark.parametrize(
        "listing",
        [
            pytest.param(Answer.json({"total": 3}), id="no-list"),
            pytest.param(Answer.json({"total": 3, "objectIDs": None}), id="null-for-three"),
            pytest.param(Answer.json({"total": 1, "objectIDs": ["1"]}), id="texts"),
            pytest.param(Answer.json({"total": 1, "objectIDs": [True]}), id="true"),
            pytest.param(Answer.json({"message": "Not Found"}, 404), id="gone"),
            pytest.param(Answer.html(), id="a-page-for-people"),
        ],
    )
    def test_a_list_that_is_none_ends_the_crawl(self, tmp_path: Path, listing: Answer) -> None:
        with serve(site(listing=listing)) as running, pytest.raises(NoAnswer):
            crawled(MET, running, tmp_path)
        assert verdicts(tmp_path) == {}

    def test_an_empty_list_is_no_fault(self, tmp_path: Path) -> None:
        with serve(site(listing=Answer.json({"total": 0, "objectIDs": None}))) as running:
            assert crawled(MET, running, tmp_path).records == 0

    def test_without_its_terms_nothing_is_claimed(self, tmp_path: Path) -> None:
        with serve(site(terms=None)) as running, pytest.raises(SourceError, match="nothing is claimed without it"):
            crawled(MET, running, tmp_path)


class TestDump:
    """`MetObjects.csv` spares asking for what it calls closed; the API's answer decides on everything else."""

    def test_only_what_is_not_called_closed_is_asked_for(self, tmp_path: Path) -> None:
        flags = dict.fromkeys(range(1, 13), "True") | {1: "False", 2: "", 8: "False"}
        rows = [f"{number},{flag}" for number, flag in flags.items()]
        rows[8] = "nine,True"
        rows[10] = "11"
        folder(tmp_path, {"MetObjects.csv": "\r\n".join([f"{ID},{FLAG}", *rows, ""]).encode()})
        with serve(site()) as running:
            crawled(MET, running, tmp_path / "w", dump=open_dump("met", [tmp_path / "MetObjects.csv"]))
            asked = [target.rpartition("/")[2] for target in running.asked if "/objects/" in target]
        assert asked == ["2", "3", "4", "5", "6", "7", "10", "12"]
        found = verdicts(tmp_path / "w")
        assert found["met:4#ep/original/DP-1.jpg"] == ("claim", "CC0-1.0")
        assert found["met:nine#"] == ("refusal", "unknown_value")
        assert sum(reason == "unreadable" for _, reason in found.values()) == 2, "the broken row, and what is gone"
        assert found["met:8#"] == ("refusal", "not_open")
        assert len(found) == 12

    def test_what_the_dump_calls_closed_is_no_longer_claimed(self, tmp_path: Path) -> None:
        folder(tmp_path, {"MetObjects.csv": f"{ID},{FLAG}\n4,False\n".encode()})
        with serve(site()) as running:
            crawled(MET, running, tmp_path / "w")
            assert verdicts(tmp_path / "w")["met:4#ep/original/DP-1.jpg"] == ("claim", "CC0-1.0")
            crawled(MET, running, tmp_path / "w", dump=open_dump("met", [tmp_path / "MetObjects.csv"]))
        assert verdicts(tmp_path / "w")["met:4#ep/original/DP-1.jpg"] == ("refusal", "not_open")

    @pytest.mark.parametrize(("flags", "outcome"), [(("True", ""), "CC0-1.0"), (("False", "True"), "conflict")])
    def test_an_id_that_the_dump_has_twice(self, tmp_path: Path, flags: tuple[str, str], outcome: str) -> None:
        folder(tmp_path, {"MetObjects.csv": f"{ID},{FLAG}\n4,{flags[0]}\n4,{flags[1]}\n".encode()})
        with serve(site()) as running:
            crawled(MET, running, tmp_path / "w", dump=open_dump("met", [tmp_path / "MetObjects.csv"]))
            assert sum(target.endswith("/objects/4") for target in running.asked) == 1
        assert [said for _, said in verdicts(tmp_path / "w").values()] == [outcome]

    def test_it_goes_on_behind_a_row(self, tmp_path: Path) -> None:
        folder(tmp_path, {"MetObjects.csv": f"{ID},{FLAG}\n1,True\n2,False\n4,True\n".encode()})
        shelf = Shelf(lambda _: None, dump=open_dump("met", [tmp_path]))
        (page,) = MET.listing(shelf, "1")
        assert (page.cursor, page.listed, len(page.bodies)) == ("3", 2, 1), "the rows, and one object that is not had"

    def test_its_claims_stand_up_to_an_audit(self, tmp_path: Path) -> None:
        """They rest on the API's answers alone, so on the weaker grade."""
        folder(tmp_path, {"MetObjects.csv": f"{ID},{FLAG}\n1,True\n2,False\n4,True\n".encode()})
        shelf = Shelf(lambda url: _body(site(), url), dump=open_dump("met", [tmp_path]))
        found = replays(MET, list(MET.pages(shelf)))
        assert [(each.id.record, replay) for each, replay in found] == [("1", Reproduced()), ("4", Reproduced())]
        assert {each.verdict.grade for each, _ in found if isinstance(each.verdict, Claim)} == {Grade.E2}

    def test_a_pointer_of_git_lfs_is_refused_with_advice(self, tmp_path: Path) -> None:
        pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 317000000\n"
        folder(tmp_path, {"MetObjects.csv": pointer})
        with pytest.raises(SourceError) as caught:
            open_dump("met", [tmp_path / "MetObjects.csv"])
        assert "git lfs pull" in caught.value.line()


OPEN_RECORDED = {"309529": 3, "321412": 2, "436535": 5, "452655": 2, "45734": 3, "460863": 2, "47533": 1}
"""Recorded objects that the museum calls public domain, and how many pictures each has."""


def test_of_everything_recorded_exactly_the_open_objects_are_accepted(shared: Path) -> None:
    files = sorted(each for each in (shared / "sources/met").iterdir() if each.suffix in {".json", ".csv"})
    found = [line for file in files for line in inspect_paths(MET, [file], Policy.load())]
    assert found == list(inspect_paths(MET, files, Policy.load()))
    accepted = [str(line["id"]) for line in found if line["outcome"] == "accept"]
    assert {name: accepted.count(name) for name in set(accepted)} == OPEN_RECORDED
    closed = {line["id"]: line["reason"] for line in found if str(line["id"]) in {"485938", "843269"}}
    assert closed == {"485938": "no_image", "843269": "no_image"}


def test_recorded_lists_of_one_department_differ_in_their_order_only(shared: Path) -> None:
    lists = sorted((shared / "sources/met").glob("objects_departmentIds_15_*.json"))
    bodies = [Body(each.read_bytes(), MediaType.JSON, LIST) for each in lists]
    assert bodies[0].data != bodies[1].data
    first, second = (met._numbers(Record(LIST, body)) for body in bodies)
    assert first == second == sorted(set(first))
    assert len(first) == 2586
