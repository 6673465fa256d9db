"""`mitsua sources`: every source is told, with what it rests on, what it needs, and what the ledger holds."""

from __future__ import annotations

import json

import pytest

from mitsua_data.sources import every
from mitsua_data.sources.base import WebSource
from tests.cli.conftest import Mitsua
from tests.tiny import Tiny

TOLD = {source.spec.id: source for source in every()}


def test_every_source_tells_what_people_ask(mitsua: Mitsua, tmp_path_factory: pytest.TempPathFactory) -> None:
    ran = mitsua("sources", "-w", tmp_path_factory.mktemp("w"), "--format", "json")
    assert ran.code == 0
    rows = {row["id"]: row for row in ran.rows}
    assert list(rows) == sorted(TOLD)
    for name, row in rows.items():
        spec = TOLD[name].spec
        assert row["institution"]
        assert row["basis"], f"{name} does not say what its claims rest on"
        assert row["grade"] == str(spec.grade)
        assert row["may_claim"]
        assert row["access"] in {"files", "web", "web, dump"}
        assert (row["images"], row["claims"], row["crawled_at"]) == (0, 0, None)
        if isinstance(TOLD[name], WebSource) and name not in {"drawn_museum", "iiif", "nft"}:
            assert row["unverified"], f"{name}: nobody here has asked its server; what is not known for sure is said"


def test_a_key_is_asked_for_and_never_shown(mitsua: Mitsua, tmp_path_factory: pytest.TempPathFactory,
                                            monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    place = tmp_path_factory.mktemp("w")
    monkeypatch.delenv("MITSUA_SMITHSONIAN_KEY", raising=False)
    (row,) = mitsua("sources", "smithsonian", "-w", place, "--format", "json").rows
    assert "MITSUA_SMITHSONIAN_KEY is not set" in row["needs"]
    monkeypatch.setenv("MITSUA_SMITHSONIAN_KEY", "a-secret-that-nobody-sees")
    ran = mitsua("sources", "smithsonian", "-w", place, "--format", "json")
    assert "MITSUA_SMITHSONIAN_KEY is set" in ran.rows[0]["needs"]
    assert "a-secret" not in json.dumps(ran.rows) + ran.err


def test_one_source_in_full(mitsua: Mitsua, tiny: Tiny) -> None:
    ran = mitsua("sources", tiny.source.spec.id, "-w", tiny.root)
    assert ran.code == 0
    assert tiny.source.spec.institution in ran.out
    (row,) = mitsua("sources", tiny.source.spec.id, "-w", tiny.root, "--format", "json").rows
    assert row["images"] > row["claims"] > 0
    assert row["crawled_at"].endswith("Z")


def test_each_of_several_values_has_a_line_of_its_own(mitsua: Mitsua, tiny: Tiny) -> None:
    text = mitsua("sources", "nga", "-w", tiny.root).out
    spec = TOLD["nga"].spec
    assert len(spec.unverified) > 1
    assert all(any(line.rstrip().endswith(sentence) for line in text.splitlines()) for sentence in spec.unverified)
    assert "\ufffd" not in text


def test_a_source_nobody_knows_is_a_usage_error(mitsua: Mitsua, tiny: Tiny) -> None:
    ran = mitsua("sources", "louvre", "-w", tiny.root)
    assert ran.code == 2
    assert "no source is called 'louvre'" in ran.err
