"""Every kind of source can be audited: its rule runs again on captured bytes, whatever its pages were made of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mitsua_data.audit import AuditResult, Kind, audit_release
from mitsua_data.demo.museum import serve_museum
from mitsua_data.licences import Licence
from mitsua_data.model import ImageRef, Reason, Refusal, Verdict
from mitsua_data.pointers import git_blob
from mitsua_data.sources.base import AnySource, Record
from mitsua_data.sources.drawn_museum import POLICY, DrawnMuseum
from mitsua_data.sources.repository import AnyRepository, Declaration, Repository
from tests.forgery import ask, sql
from tests.tiny import Tiny, drawing

TERMS = b"Everything under img/ is CC0 1.0.\n"
SIDE_CAR = b"SPDX-FileCopyrightText: A. Painter\nSPDX-License-Identifier: CC0-1.0\n"
DECLARED = Repository(
    Declaration(
        id="own_drawings",
        institution="A. Painter",
        homepage="https://example.org/",
        needs="a checkout",
        licence=Licence.CC0_1_0,
        include=("img/**",),
        licence_files={"LICENSE.txt": (git_blob(TERMS),), "img/inner/LICENSE.txt": (git_blob(TERMS),)},
    )
)


def write(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def with_side_cars(folder: Path) -> Path:
    for number in range(1, 7):
        write(folder, f"art/{number % 2}/disc_{number}.png", drawing(number))
        write(folder, f"art/{number % 2}/disc_{number}.png.license", SIDE_CAR)
    return folder


def with_licence_file(folder: Path) -> Path:
    write(folder, "LICENSE.txt", TERMS)
    # The same text deeper down: equal bytes under two names.
    write(folder, "img/inner/LICENSE.txt", TERMS)
    for number in range(1, 7):
        write(folder, f"img/{'inner/' * (number % 2)}disc_{number}.png", drawing(number))
    return folder


def audit(tiny: Tiny) -> AuditResult:
    with tiny.open() as (ledger, store):
        return audit_release(ledger, store, tiny.release, tiny.keys, workers=1, sources=[tiny.source])


@pytest.mark.parametrize(
    ("source", "make"),
    [
        pytest.param(AnyRepository(), with_side_cars, id="side-cars"),
        pytest.param(DECLARED, with_licence_file, id="a-declared-licence-file"),
    ],
)
def test_a_repositorys_rule_runs_again(tmp_path: Path, source: AnySource, make: Callable[[Path], Path]) -> None:
    tiny = Tiny(tmp_path / "workspace", make(tmp_path / "drawings"), source=source)
    tiny.go()
    result = audit(tiny)
    assert result.findings == ()
    assert (result.counts["samples"], result.counts["rules_run"]) == (6, 6)


def test_a_museums_rule_runs_again_on_what_its_server_answered(tmp_path: Path) -> None:
    with serve_museum(40) as base_url:
        tiny = Tiny(tmp_path / "workspace", base_url, source=DrawnMuseum())
        samples = tiny.go().tally.samples
    result = audit(tiny)
    assert result.findings == ()
    assert result.counts["rules_run"] == samples > 20
    assert {each.outcome for each in result.tables.refusals} == {"refuse", "review"}


def test_a_museum_that_never_said_so_is_found_by_its_own_rule(tmp_path: Path) -> None:
    """A quotation taken from the verdict, and the log written anew: the pointers are content, the rule is not."""
    with serve_museum(40) as base_url:
        tiny = Tiny(tmp_path / "workspace", base_url, source=DrawnMuseum())
        tiny.go()
    ((record, evidence),) = ask(tiny, "SELECT record, evidence FROM verdict WHERE outcome = 'claim' LIMIT 1")
    shorter = evidence.strip("[]").rpartition(",")[0]
    sql(tiny, f"UPDATE verdict SET evidence = '[{shorter}]' WHERE record = '{record}'")
    assert Kind.RULE in {finding.kind for finding in audit(tiny).findings}


def test_a_claim_without_the_pages_of_terms_is_found(tmp_path: Path) -> None:
    """A flag is not enough, even where the rule itself never looks at the terms."""
    with serve_museum(40) as base_url:
        tiny = Tiny(tmp_path / "workspace", base_url, source=Flagged())
        tiny.go()
    assert audit(tiny).findings == ()
    ((record, evidence),) = ask(tiny, "SELECT record, evidence FROM verdict WHERE outcome = 'claim' LIMIT 1")
    *kept, terms = evidence.strip("[]").split(",")
    assert ask(tiny, f"SELECT pointer FROM evidence WHERE seq = {terms}") == [("",)]
    sql(tiny, f"UPDATE verdict SET evidence = '[{','.join(kept)}]' WHERE record = '{record}'")
    found = [finding for finding in audit(tiny).findings if finding.kind is Kind.RULE]
    assert [finding.got for finding in found] == [f"no quotation of {POLICY}"]


class Flagged(DrawnMuseum):
    """The museum, as a careless rule would read it: by its flag alone."""

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        flag = record.quote("/rights/openAccess", among=(True, False))
        if flag.value is not True:
            return Refusal(Reason.NOT_OPEN, (flag,))
        return self.claim(Licence.CC0_1_0, flag, record.quote("/image/url", among=(image.url,)))
