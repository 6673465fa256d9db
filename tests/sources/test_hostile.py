"""Nothing is accepted wrongly: every hostile record of every source, under every shipped policy."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from mitsua_data.model import Outcome
from mitsua_data.policy import Policy
from mitsua_data.sources import get_source
from mitsua_data.sources.base import Body, judge_page
from tests.sources import hostile
from tests.sources.hostile import Hostile

MODULES = sorted(module.name for module in iter_modules(hostile.__path__))
CASES = [(name, case) for name in MODULES for case in import_module(f"{hostile.__name__}.{name}").CASES]
POLICIES = sorted((Path(__file__).resolve().parents[2] / "manifests/policies").glob("*.toml"))


@pytest.mark.parametrize(("name", "case"), CASES, ids=lambda value: getattr(value, "trap", value))
def test_nothing_is_accepted_wrongly(name: str, case: Hostile) -> None:
    source = get_source(name)
    names = case.names or tuple(map(str, range(len(case.bodies))))
    types = case.media_types or (case.media_type,) * len(case.bodies)
    parts = zip(case.bodies, types, names, strict=True)
    bodies = [Body(data, media_type, f"{name}:{file}") for data, media_type, file in parts]
    # A module may say itself how its bodies lie together, where a folder is read and not saved answers.
    pages = getattr(import_module(f"{hostile.__name__}.{name}"), "pages", source.saved)(bodies)
    judged = [each for page in pages for each in judge_page(source, page)]
    for policy in (Policy.load(str(path)) for path in POLICIES):
        accepted = [str(each.id) for each in judged if policy.outcome(each.verdict)[0] is Outcome.ACCEPT]
        assert accepted == [], f"{policy.name} accepts {accepted}"


def test_every_case_has_a_name_of_its_own() -> None:
    traps = [(name, case.trap) for name, case in CASES]
    assert len(traps) == len(set(traps))
