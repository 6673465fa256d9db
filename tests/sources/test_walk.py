"""The programme of `replay`, on a source whose every part is known."""

from __future__ import annotations

from pathlib import Path

from mitsua_data.demo.museum import POLICY as POLICY_TEXT
from mitsua_data.demo.museum import collection
from mitsua_data.sources.drawn_museum import POLICY, DrawnMuseum
from tests.sources.replay import Answer, walk_every_way

SIZE, PER_PAGE = 14, 5


def routes() -> dict[str, Answer]:
    exhibits = collection(SIZE)
    found = {"/policy": Answer.html(POLICY_TEXT)}
    pages = -(-SIZE // PER_PAGE)
    for number in range(pages):
        ids = [exhibit.id for exhibit in exhibits[number * PER_PAGE : (number + 1) * PER_PAGE]]
        found[f"/api/objects?page={number + 1}"] = Answer.json({"page": number + 1, "pages": pages, "objects": ids})
    return found | {f"/api/objects/{exhibit.id}": Answer.json(exhibit.as_json()) for exhibit in exhibits}


def test_the_drawn_museum_is_walked_every_way(tmp_path: Path) -> None:
    found = walk_every_way(DrawnMuseum(), routes(), tmp_path, claims=SIZE - 3, refusals=3)
    assert {reason for outcome, reason in found.values() if outcome == "refusal"} == {
        "not_open", "conflict", "unknown_value",
    }  # fmt: skip
    assert POLICY in DrawnMuseum.spec.terms
