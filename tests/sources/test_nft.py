"""Tokens: the artists' own sentence, the contract's word, and a picture named by its content; or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mitsua_data.audit import audit_release
from mitsua_data.content_address import LAYOUTS, root
from mitsua_data.dumps import open_dump
from mitsua_data.errors import SourceError
from mitsua_data.inspection import inspect_paths
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Grade, MediaType, Outcome, Reason, Refusal
from mitsua_data.policy import Policy
from mitsua_data.sources import get_source
from mitsua_data.sources.base import Body, Judged, Page, judge_page
from mitsua_data.sources.nft import AnyNft, Nft, NftDeclaration
from mitsua_data.sources.tokens import FIRST, LAST
from tests.forgery import ask
from tests.sources.hostile import nft as hostile
from tests.sources.replay import Answer, crawled, serve, verdicts, walk_every_way
from tests.tiny import Tiny, drawing

STATEMENT = "https://artists.example/licence"
SENTENCE = "The art of Discs is CC0."
PAGE = f"<html><h1>Discs</h1><p>{SENTENCE}</p><p>No roadmap.</p></html>"
CONTRACT = "0x1234567890abcdef1234567890abcdef12345678"
BASE = "ipfs://QmWiQE65tmpYzcokCheQmng2DCM33DEhjXcPB6PanwpAZo/"
DECLARED: dict[str, Any] = {
    "kind": "nft",
    "id": "discs",
    "institution": "A. Painter: Discs",
    "homepage": "https://artists.example/",
    "needs": "nothing",
    "creator": "A. Painter",
    "caption_licence": "CC0-1.0",
    "statement": STATEMENT,
    "sentence": SENTENCE,
    "contract": CONTRACT,
    "block": 14_000_000,
    "metadata": BASE,
    "last": 5,
    "gateways": ["one.example", "two.example"],
    "exclude": ["1/1"],
    "tags": ["background", "hat"],
}


def source(**changes: Any) -> Nft:
    return Nft(NftDeclaration.model_validate(DECLARED | changes))


def address_of(number: int) -> str:
    return f"ipfs://{root(drawing(number), LAYOUTS[0], 0)}"


def metadata(number: int, **changes: Any) -> dict[str, Any]:
    traits = [{"trait_type": "background", "value": "red"}, {"trait_type": "hat", "value": "black hat"}]
    found = {"name": f"disc #{number}", "image": address_of(number), "attributes": traits} | changes
    return {key: value for key, value in found.items() if value is not ...}


def export(number: int, **changes: Any) -> dict[str, Any]:
    token = {
        "chain_id": 1,
        "contract": CONTRACT,
        "block": 15_000_000,
        "token_id": number,
        "token_uri": f"{BASE}{number}",
        "metadata": metadata(number),
    } | changes
    return {key: value for key, value in token.items() if value is not ...}


def body(value: Any, name: str = "tokens.json") -> Body:
    return Body(json.dumps(value).encode(), MediaType.JSON, f"discs:{name}")


def found_at(number: int, value: Any) -> Body:
    """Metadata as it was found at the place that is declared."""
    return Body(json.dumps(value).encode(), MediaType.JSON, f"{BASE}{number}")


def page(text: str = PAGE, media_type: MediaType = MediaType.HTML) -> Body:
    return Body(text.encode(), media_type, "discs:page")


def judged(known: Nft | AnyNft, *bodies: Body) -> list[Judged]:
    return [each for saved in known.saved(bodies) for each in judge_page(known, saved)]


def second(known: Nft | AnyNft, *tokens: Any, text: Body | None = None) -> Claim | Refusal:
    """What is said of the second of several tokens in one export."""
    return judged(known, *([page()] if text is None else [text]), body(list(tokens)))[1].verdict


def test_a_token_with_the_artists_word_and_the_contracts_is_claimed() -> None:
    found = judged(source(), page(), body([export(1), export(2)]))
    assert [each.id.record for each in found] == ["1", "2"]
    verdict, image = found[1].verdict, found[1].image
    assert isinstance(verdict, Claim)
    assert image is not None
    assert (verdict.licence, verdict.grade) == (Licence.CC0_1_0, Grade.E2)
    quoted = {each.pointer: each.value for each in verdict.evidence}
    assert quoted[f"text:{SENTENCE}"] == SENTENCE
    assert quoted["/1/block"] == 15_000_000
    assert quoted["/1/metadata/image"] == image.url == address_of(2)
    assert quoted["/0/metadata/image"] == address_of(1)
    assert image.tags == ("red background", "black hat")
    assert (image.title, image.creator) == ("disc #2", "A. Painter")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"contract": "0x" + "ab" * 20}, Reason.OUT_OF_SCOPE, id="a-look-alike"),
        pytest.param({"contract": ...}, Reason.UNREADABLE, id="no-contract"),
        pytest.param({"contract": None}, Reason.UNREADABLE, id="contract-null"),
        pytest.param({"contract": [CONTRACT]}, Reason.OUT_OF_SCOPE, id="contract-list"),
        pytest.param({"chain_id": 137}, Reason.UNKNOWN_VALUE, id="another-chain"),
        pytest.param({"chain_id": "1"}, Reason.UNKNOWN_VALUE, id="chain-as-text"),
        pytest.param({"chain_id": True}, Reason.UNKNOWN_VALUE, id="true-is-not-one"),
        pytest.param({"chain_id": ...}, Reason.UNREADABLE, id="no-chain"),
        pytest.param({"block": ...}, Reason.UNREADABLE, id="no-block"),
        pytest.param({"block": "latest"}, Reason.UNKNOWN_VALUE, id="block-latest"),
        pytest.param({"block": True}, Reason.UNKNOWN_VALUE, id="block-true"),
        pytest.param({"block": 0}, Reason.UNKNOWN_VALUE, id="block-zero"),
        pytest.param({"block": None}, Reason.UNKNOWN_VALUE, id="block-null"),
        pytest.param({"token_id": ...}, Reason.UNREADABLE, id="no-number"),
        pytest.param({"token_id": "two"}, Reason.UNKNOWN_VALUE, id="a-number-in-words"),
        pytest.param({"token_id": 3}, Reason.CONFLICT, id="another-tokens-uri"),
        pytest.param({"token_uri": ...}, Reason.UNREADABLE, id="no-uri"),
        pytest.param({"token_uri": None}, Reason.UNKNOWN_VALUE, id="uri-null"),
        pytest.param({"token_uri": "https://swap.example/2"}, Reason.CONFLICT, id="the-uri-was-exchanged"),
        pytest.param({"metadata": None}, Reason.UNREADABLE, id="no-metadata"),
        pytest.param({"metadata": metadata(2, image=...)}, Reason.UNREADABLE, id="no-image-field"),
        pytest.param({"metadata": metadata(2, image=None)}, Reason.NO_IMAGE, id="not-revealed"),
        pytest.param({"metadata": metadata(2, image="")}, Reason.UNKNOWN_VALUE, id="image-empty"),
        pytest.param({"metadata": metadata(2, image=[address_of(2)])}, Reason.UNKNOWN_VALUE, id="image-list"),
        pytest.param({"metadata": metadata(2, image="https://i.seadn.io/2.png")}, Reason.UNKNOWN_VALUE, id="market"),
        pytest.param({"metadata": metadata(2, image="ipns://discs/2.png")}, Reason.UNKNOWN_VALUE, id="a-mutable-name"),
        pytest.param({"metadata": metadata(2, image="data:image/png;base64,AA")}, Reason.UNKNOWN_VALUE, id="data"),
        pytest.param({"metadata": metadata(2, image=address_of(2)[:-1])}, Reason.UNKNOWN_VALUE, id="a-cut-address"),
        pytest.param({"metadata": metadata(2, image=address_of(1))}, Reason.CONFLICT, id="one-picture-for-all"),
        pytest.param({"metadata": metadata(2, image=address_of(1).replace("//", "//ipfs/"))}, Reason.CONFLICT,
                     id="one-picture-written-otherwise"),
        pytest.param({"metadata": metadata(2, attributes=[{"trait_type": "1/1", "value": "punk disc"}])},
                     Reason.EXCLUDED, id="shows-anothers-character"),
        *(pytest.param({"metadata": metadata(2, attributes=[{"trait_type": kind, "value": "x"}])}, Reason.EXCLUDED,
                       id=f"a-trait-called-{kind!r}") for kind in ("1/1 ", " 1/1", "\uff11/1")),
        *(pytest.param({"metadata": metadata(2, **{key: "x"})}, Reason.CONFLICT, id=f"a-field-called-{key}")
          for key in ("License", "license_info", "copyright_notice", "terms_of_use", "rights_holder")),
        pytest.param({"metadata": metadata(2, attributes=[{"trait_type": "License", "value": "CC BY-NC"}])},
                     Reason.CONFLICT, id="a-licence-among-the-traits"),
        pytest.param({"metadata": metadata(2, attributes=...)}, Reason.UNREADABLE, id="no-traits"),
        pytest.param({"metadata": metadata(2, attributes="1/1")}, Reason.UNREADABLE, id="traits-as-text"),
        pytest.param({"metadata": metadata(2, attributes=[["1/1"]])}, Reason.UNREADABLE, id="traits-as-lists"),
        pytest.param({"metadata": metadata(2, license="CC-BY-NC-4.0")}, Reason.CONFLICT, id="a-licence-of-its-own"),
        pytest.param({"metadata": metadata(2, licence=["CC0-1.0"])}, Reason.CONFLICT, id="a-list-of-licences"),
        pytest.param({"metadata": metadata(2, properties={"rights": "© A. Painter"})}, Reason.CONFLICT, id="rights"),
        pytest.param({"license": "https://creativecommons.org/licenses/by-nc/4.0/"}, Reason.CONFLICT, id="beside-it"),
    ],
)  # fmt: skip
def test_anything_less_is_refused(changes: dict[str, Any], reason: Reason) -> None:
    # One field differs from a token that is claimed, so only that field can be the cause.
    verdict = second(source(), export(1), export(2, **changes))
    assert isinstance(verdict, Refusal)
    assert verdict.reason is reason


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"contract": "0x1234567890ABCDEF1234567890abcdef12345678"}, id="a-checksummed-address"),
        pytest.param({"token_id": "2"}, id="a-number-as-text"),
        pytest.param({"metadata": metadata(2, license="CC0-1.0")}, id="says-the-same-itself"),
        pytest.param({"metadata": metadata(2, license="")}, id="an-empty-licence"),
        pytest.param({"metadata": metadata(2, image=f"{BASE}2.png")}, id="a-path-in-a-directory"),
        pytest.param({"metadata": metadata(2, image=address_of(2).replace("//", "//ipfs/"))}, id="an-old-spelling"),
    ],
)
def test_what_changes_nothing_is_claimed_all_the_same(changes: dict[str, Any]) -> None:
    assert isinstance(second(source(), export(1), export(2, **changes)), Claim)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(page("<p>Discs are art.</p>"), id="does-not-say-it"),
        pytest.param(page(f"<p>Some say: {SENTENCE}</p>"), id="says-it-of-others"),
        pytest.param(page(f"<p>It is not true that</p><p>{SENTENCE} Not.</p>"), id="says-more"),
        pytest.param(page(PAGE.replace("CC0", "CC0-like")), id="the-spirit-of-it"),
        pytest.param(page(f"<!-- <p>{SENTENCE}</p> -->"), id="in-a-comment"),
        pytest.param(page(f"<p><del>{SENTENCE}</del></p>"), id="struck-out"),
        pytest.param(page(f"> {SENTENCE}", MediaType.TEXT), id="quoted-in-a-text"),
        pytest.param(body({"text": SENTENCE}), id="in-json"),
        pytest.param(page(""), id="an-empty-page"),
    ],
)
def test_a_page_that_does_not_say_the_sentence_is_no_statement(text: Body) -> None:
    found = judged(source(), text, body([export(1), export(2)]))
    reasons = {each.verdict.reason for each in found if isinstance(each.verdict, Refusal) and each.image}
    assert reasons == {Reason.NO_STATEMENT}
    assert not any(isinstance(each.verdict, Claim) for each in found)


def test_the_page_may_be_a_text() -> None:
    text = page(f"Licence\n{SENTENCE}\n", MediaType.TEXT)
    assert isinstance(second(source(), export(1), export(2), text=text), Claim)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"sentence": "", "statement": ""}, Reason.NO_STATEMENT, id="nobody-read-it"),
        pytest.param({"sentence": ""}, Reason.NO_STATEMENT, id="a-page-without-a-sentence"),
        pytest.param({"contract": ""}, Reason.NO_STATEMENT, id="no-contract"),
    ],
)
def test_a_declaration_that_lacks_something_claims_nothing(changes: dict[str, Any], reason: Reason) -> None:
    verdict = second(source(**changes), export(1), export(2))
    assert isinstance(verdict, Refusal)
    assert verdict.reason is reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({}, None, id="block-and-place-declared"),
        pytest.param({"block": None}, Reason.UNREADABLE, id="no-block"),
        pytest.param({"metadata": "", "last": None}, Reason.UNREADABLE, id="no-place"),
    ],
)
def test_metadata_alone_needs_a_block_in_the_declaration(changes: dict[str, Any], reason: Reason | None) -> None:
    found = judged(source(**changes), page(), found_at(1, metadata(1)), found_at(2, metadata(2)))
    reasons = [getattr(each.verdict, "reason", None) for each in found]
    assert reasons == [reason, reason]
    assert [each.id.record for each in found] == ["1", "2"]


def test_metadata_from_anywhere_is_of_no_declared_collection() -> None:
    apes = (body(metadata(number, name=f"ape #{number}"), f"{number}.json") for number in (1, 2))
    found = judged(source(), page(), *apes)
    assert [getattr(each.verdict, "reason", None) for each in found] == [Reason.UNREADABLE] * 2


def test_a_token_alone_cannot_show_that_it_is_not_one_picture_for_all() -> None:
    for alone in (body([export(1)]), body(export(1)), body(metadata(1))):
        (found,) = judged(source(), page(), alone)
        assert isinstance(found.verdict, Refusal)
        assert found.verdict.reason is Reason.UNREADABLE


def test_all_tokens_of_the_exchanged_collection_are_refused() -> None:
    swapped = [export(number, metadata=metadata(number, image=address_of(9))) for number in range(5)]
    alone = [found_at(number, metadata(number, image=address_of(9))) for number in range(5)]
    for bodies in ([body(swapped)], alone):
        found = judged(source(), page(), *bodies)
        assert [getattr(each.verdict, "reason", None) for each in found] == [Reason.CONFLICT] * 5


def test_whoever_shares_a_picture_is_refused() -> None:
    known = source()
    tokens = [metadata(number, image=address_of(9 if 0 < number < 5 else number)) for number in range(6)]
    rows = [export(number, metadata=each) for number, each in enumerate(tokens)]
    expected = [None, *[Reason.CONFLICT] * 4, None]
    found = judged(known, page(), body(rows))
    assert [getattr(each.verdict, "reason", None) for each in found] == expected
    bodies = [found_at(number, each) for number, each in enumerate(tokens)]
    beside = {known.declaration.statement: page(), FIRST: bodies[0], LAST: bodies[-1]}
    found = list(judge_page(known, Page(tuple(bodies), context=beside)))
    assert [getattr(each.verdict, "reason", None) for each in found] == expected


def test_a_claim_quotes_the_traits_it_depends_on() -> None:
    verdict = second(source(), export(1), export(2))
    assert isinstance(verdict, Claim)
    assert "/1/metadata/attributes" in {each.pointer for each in verdict.evidence}


def test_any_collection_judges_by_the_contract_that_is_named() -> None:
    other = source(
        id="squares", contract="0x" + "cd" * 20, sentence="Squares are CC0.", statement="https://sq.example/"
    )
    both = AnyNft([other.declaration, source().declaration])
    assert isinstance(second(both, export(1), export(2)), Claim)
    squares = [export(number, contract="0x" + "cd" * 20) for number in (1, 2)]
    verdict = second(both, *squares)
    assert isinstance(verdict, Refusal)
    assert verdict.reason is Reason.NO_STATEMENT  # the page that was brought is that of the other artists
    (bare, _) = judged(both, page(), body(metadata(1), "1.json"), body(metadata(2), "2.json"))
    assert isinstance(bare.verdict, Refusal)
    assert bare.verdict.reason is Reason.UNREADABLE  # a name is no evidence of whose it is
    with pytest.raises(SourceError, match="several collections"):
        list(both.listing(None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"licence": "LicenseRef-CC-BY"}, id="conditions"),
        pytest.param({"statement": ""}, id="a-sentence-on-no-page"),
        pytest.param({"contract": "0x12"}, id="a-short-contract"),
        pytest.param({"contract": CONTRACT.upper()}, id="an-upper-case-contract"),
        pytest.param({"metadata": "https://ipfs.io/ipfs/x/"}, id="a-gateway-for-an-address"),
        pytest.param({"metadata": "ipfs://mutable/"}, id="no-identifier"),
        pytest.param({"gateways": []}, id="no-gateway"),
        pytest.param({"gateways": ["https://ipfs.io"]}, id="a-url-for-a-host"),
        pytest.param({"block": 0}, id="block-zero"),
        pytest.param({"licences": ["CC0-1.0"]}, id="an-unknown-key"),
    ],
)
def test_a_declaration_that_means_nothing_is_an_error(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        NftDeclaration.model_validate(DECLARED | fields)


# --- recordings ----------------------------------------------------------------------------------------------------


def test_nothing_of_the_recordings_is_accepted_and_each_is_read(shared: Path) -> None:
    seen = set()
    for name in ("goblintown", "mfers", "tubby_cats", "timeless"):
        files = sorted((shared / "sources" / name).rglob("*.json"))
        for source_name in (name, "nft"):
            for paths in ([files] if files else []) + [[file] for file in files]:
                for line in inspect_paths(get_source(source_name), paths, Policy.load()):
                    assert line["outcome"] != Outcome.ACCEPT
                    assert line["reason"] in {Reason.NO_STATEMENT, Reason.UNREADABLE}
                    seen.add((source_name, line["id"], line["image_url"]))
    first = "ipfs://QmWmgfYhDWjzVheQyV2TnpVXYnKR25oLWCB2i9JeBxsJbz"
    assert {("mfers", "1", first), ("nft", "1", first), ("mfers", "traits_and_image_cids.json/1", first)} <= seen
    assert ("goblintown", "collection_values.json/736",
            "https://i.seadn.io/gcs/files/aa32413f16df306f32ee778bad17afe4.png?auto=format&w=1000") in seen  # fmt: skip


def test_notes_that_quote_a_sentence_are_no_statement(shared: Path, tmp_path: Path) -> None:
    goblin = get_source("goblintown")
    assert isinstance(goblin, Nft)
    contract = goblin.declaration.contract
    tokens = [export(n, contract=contract, token_uri=f"ipfs://x/{n}") for n in (1, 2)]
    (tmp_path / "tokens.json").write_text(json.dumps(tokens))
    note = shared / "sources/goblintown/API.md"
    assert goblin.declaration.sentence in note.read_text()
    found = list(inspect_paths(goblin, [note, tmp_path / "tokens.json"], Policy.load()))
    assert [line["outcome"] for line in found if line["image_url"]] == ["review", "review"]
    # The same with a page that says it: so it was the page that was missing.
    (tmp_path / "page.html").write_text(f"<h1>goblintown</h1><p>{goblin.declaration.sentence}</p>")
    found = list(inspect_paths(goblin, [tmp_path / "page.html", tmp_path / "tokens.json"], Policy.load()))
    assert [line["outcome"] for line in found] == ["accept", "accept"]


@pytest.mark.parametrize("name", ["mfers", "tubby_cats", "timeless"])
def test_what_nobody_has_read_claims_nothing_whatever_is_brought(name: str) -> None:
    known = get_source(name)
    assert isinstance(known, Nft)
    assert not known.declaration.claimable
    assert known.spec.unverified
    contract = known.declaration.contract
    tokens = [export(n, contract=contract, token_uri=f"{known.declaration.metadata}{n}") for n in (1, 2)]
    for text in ("This project is in the public domain.", "CC0", "All mfers, tubby cats and Timeless are CC0."):
        found = judged(known, page(f"<p>{text}</p>"), body(tokens))
        assert {getattr(each.verdict, "reason", None) for each in found} == {Reason.NO_STATEMENT}


def test_what_hostile_tokens_change_is_claimed_unchanged() -> None:
    known = get_source("nft")
    assert isinstance(known, AnyNft)
    bodies = zip(hostile.case("unchanged", *hostile.both()).bodies, (MediaType.HTML, MediaType.JSON), strict=True)
    found = judged(known, *(Body(data, media_type, f"nft:{media_type}") for data, media_type in bodies))
    assert [type(each.verdict) for each in found] == [Claim, Claim]


# --- the way over the network --------------------------------------------------------------------------------------


def routes(count: int = 6, **changes: Callable[[int], Any]) -> dict[str, Answer]:
    """The artists' page, the metadata, and the pictures, as one server in the place of every host."""
    found = {"/licence": Answer.html(PAGE)}
    for number in range(count):
        changed = {key: change(number) for key, change in changes.items()}
        found[f"/ipfs/{BASE.removeprefix('ipfs://')}{number}"] = Answer.json(metadata(number, **changed))
        picture = f"/ipfs/{address_of(number).removeprefix('ipfs://')}"
        found[picture] = Answer(drawing(number), "image/png")
    return found


def test_a_collection_is_walked_every_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mitsua_data.sources.nft.PAGE", 4)
    found = walk_every_way(source(last=11), routes(12), tmp_path, claims=12, refusals=0)
    assert set(found) == {f"discs:{number}#image" for number in range(12)}


def test_the_last_token_is_never_alone_on_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mitsua_data.sources.nft.PAGE", 4)
    found = walk_every_way(source(last=8), routes(9), tmp_path, claims=9, refusals=0)
    assert len(found) == 9


def test_a_crawl_without_the_artists_page_claims_nothing(tmp_path: Path) -> None:
    without = {target: answer for target, answer in routes().items() if target != "/licence"}
    with serve(without) as site, pytest.raises(SourceError, match="nothing is claimed without it"):
        crawled(source(), site, tmp_path)
    changed = routes() | {"/licence": Answer.html("<p>No roadmap.</p>")}
    with serve(changed) as site:
        tally = crawled(source(), site, tmp_path)
    assert tally.verdicts == {"no_statement": 6}
    with serve(changed) as site:  # a person saved an earlier state of the page
        tally = crawled(source(), site, tmp_path, terms={STATEMENT: PAGE.encode()})
    assert tally.verdicts == {"claim": 6}


def test_the_exchange_of_all_pictures_takes_every_claim_back(tmp_path: Path) -> None:
    with serve(routes()) as site:
        assert crawled(source(), site, tmp_path).verdicts == {"claim": 6}
    with serve(routes(image=lambda _: address_of(9))) as site:
        assert crawled(source(), site, tmp_path).verdicts == {"conflict": 6}
    assert {outcome for outcome, _ in verdicts(tmp_path).values()} == {"refusal"}


def test_a_collection_without_ids_is_read_from_exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mitsua_data.sources.nft.PAGE", 2)
    known = source(last=None, metadata="")
    with serve(routes()) as site:
        with pytest.raises(SourceError, match="not declared"):
            crawled(known, site, tmp_path / "listed")
        (tmp_path / "tokens.jsonl").write_text("".join(json.dumps(export(number)) + "\n" for number in range(5)))
        dump = open_dump("discs", [tmp_path / "tokens.jsonl"])
        tally = crawled(known, site, tmp_path / "dumped", dump=dump)
    assert tally.verdicts == {"claim": 5}  # the last one, alone in its slice, too


def test_the_whole_way_to_an_audited_release(tmp_path: Path) -> None:
    with serve(routes()) as site:
        tiny = Tiny(tmp_path / "workspace", site.url, source=source())
        assert tiny.go().tally.samples == 6
    assert {verdict for (verdict,) in ask(tiny, "SELECT verdict FROM check_result WHERE kind = 'content_address'")} == {
        "match"
    }
    with tiny.open() as (ledger, store):
        result = audit_release(ledger, store, tiny.release, tiny.keys, workers=1, sources=[tiny.source])
    assert result.findings == ()
    assert result.counts["rules_run"] == 6


def test_bytes_that_are_not_what_the_address_names_are_never_kept(tmp_path: Path) -> None:
    wrong = routes()
    forged = f"/ipfs/{address_of(3).removeprefix('ipfs://')}"
    wrong[forged] = Answer(drawing(4), "image/png")
    with serve(wrong) as site:
        tiny = Tiny(tmp_path / "workspace", site.url, source=source())
        assert tiny.go().tally.samples == 5
    assert ask(tiny, "SELECT record, outcome, reason, sha256 FROM attempt WHERE outcome <> 'kept'") == [
        ("3", "failed", "other_bytes", None)
    ]


def test_bytes_behind_a_path_are_said_to_be_unverified(tmp_path: Path) -> None:
    inside = routes(image=lambda number: f"{BASE}{number}.png")
    for number in range(6):
        inside[f"/ipfs/{BASE.removeprefix('ipfs://')}{number}.png"] = Answer(drawing(number), "image/png")
    with serve(inside) as site:
        tiny = Tiny(tmp_path / "workspace", site.url, source=source())
        assert tiny.go().tally.samples == 6
    rows = ask(tiny, "SELECT DISTINCT verdict FROM check_result WHERE kind = 'content_address'")
    assert rows == [("unverified",)]
