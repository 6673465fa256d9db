"""The licence table: what means a licence, and that nothing else does."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitsua_data.licences import (
    CANONICAL_URIS,
    KINDS,
    LICENCE_FILES,
    Kind,
    Licence,
    from_spdx,
    from_uri,
    normalise_uri,
)

CC0 = "creativecommons.org/publicdomain/zero/1.0"
KNOWN = {
    CC0: Licence.CC0_1_0,
    "creativecommons.org/publicdomain/mark/1.0": Licence.PDM_1_0,
    "creativecommons.org/licenses/publicdomain": Licence.PD_DEDICATION_LEGACY,
    "web.resource.org/cc/PublicDomain": Licence.PD_DEDICATION_LEGACY,
    "rightsstatements.org/vocab/NoC-US/1.0": Licence.NOC_US,
    "creativecommons.org/licenses/GPL/2.0": Licence.GPL,
    "creativecommons.org/licenses/by/4.0": Licence.CC_BY,
    "creativecommons.org/licenses/by-sa/3.0/de": Licence.CC_BY_SA,
    "creativecommons.org/licenses/by-nd/2.5": Licence.CC_BY_ND,
    "creativecommons.org/licenses/by-nc/2.1/jp": Licence.CC_BY_NC,
    "creativecommons.org/licenses/by-nc-sa/2.0": Licence.CC_BY_NC_SA,
    "creativecommons.org/licenses/by-nc-nd/1.0": Licence.CC_BY_NC_ND,
    "creativecommons.org/licenses/by/2.5/scotland": Licence.CC_BY,
}
LANGUAGES = ("", ".en", ".de", ".ja", ".zh-hans", ".zh_TW", ".pt-br")


@pytest.mark.parametrize("uri", KNOWN, ids=str)
def test_a_uri_means_its_licence_however_it_is_written(uri: str) -> None:
    schemes = ("http://", "https://", "HTTPS://", "//", "")
    ends = ("", "/", "//", *(f"/deed{language}" for language in LANGUAGES), "/legalcode", "/legalcode.de", "/?lang=de")
    host, _, path = uri.partition("/")
    for scheme in schemes:
        for written in (host, f"www.{host}", host.upper()):
            for end in ends:
                assert from_uri(f" {scheme}{written}/{path}{end}\n") is KNOWN[uri], (scheme, written, end)


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("", id="nothing"),
        pytest.param("Public Domain", id="words-are-no-address"),
        pytest.param("CC0", id="a-name-is-no-address"),
        pytest.param("by", id="a-family-is-no-address"),
        pytest.param("https://creativecommons.org/publicdomain/zero/2.0/", id="a-version-that-is-not"),
        pytest.param("https://creativecommons.org/licenses/by/5.0/", id="a-later-version-is-not-read-yet"),
        pytest.param("https://creativecommons.org/licenses/", id="all-licences"),
        pytest.param("https://creativecommons.org/licenses/by-nc-nd-x/4.0/", id="a-longer-family"),
        pytest.param("https://creativecommons.org/publicdomain/zero/1.0/deed/deed", id="two-deeds"),
        pytest.param(f"https://{CC0}/deed.x/", id="a-language-that-is-not"),
        pytest.param(f"https://evil.example/{CC0}/", id="inside-another-path"),
        pytest.param(f"https://evil.example/?{CC0}/", id="inside-a-query"),
        pytest.param(f"https://evil.example/#{CC0}/", id="inside-a-fragment"),
        pytest.param("https://creativecommons.org.evil.example/publicdomain/zero/1.0/", id="a-longer-host"),
        pytest.param("https://xcreativecommons.org/publicdomain/zero/1.0/", id="a-host-that-ends-alike"),
        pytest.param(f"https://www.www.{CC0}/", id="two-www"),
        pytest.param(f"https://me@{CC0}/", id="a-user"),
        pytest.param("https://creativecommons.org:8080/publicdomain/zero/1.0/", id="a-port"),
        pytest.param(f"http://http://{CC0}/", id="two-schemes"),
        pytest.param(f"ftp://{CC0}/", id="another-scheme"),
        pytest.param(f"httpſ://{CC0}/", id="a-letter-that-folds-to-s"),
        pytest.param(f"https://{CC0}/?by-nc", id="an-unknown-query"),
        pytest.param(f"https://{CC0}/#by-nc", id="a-fragment"),
        pytest.param(f"https://{CC0}/ except logos", id="words-behind"),
        pytest.param(f"not https://{CC0}/", id="words-before"),
        pytest.param(f"https://{CC0}/\nhttps://{CC0}/", id="two-lines"),
        pytest.param("https://creativecommons.org//publicdomain/zero/1.0/", id="an-empty-step"),
        pytest.param("https://creativecommons.org/PublicDomain/Zero/1.0/", id="paths-keep-their-case"),
        pytest.param("https://rightsstatements.org/vocab/InC/1.0/", id="in-copyright"),
    ],
)
def test_what_is_not_in_the_table_is_unknown(uri: str) -> None:
    assert from_uri(uri) is None


@given(st.text())
def test_normalise_is_idempotent_on_any_text(text: str) -> None:
    assert normalise_uri(normalise_uri(text)) == normalise_uri(text)


@given(
    st.lists(
        st.sampled_from(
            [
                "https:",
                "//",
                "/",
                "www.",
                "creativecommons.org",
                "deed",
                ".de",
                "legalcode",
                "by",
                "1.0",
                "?lang=de",
                "#",
                " ",
            ]
        ),
        max_size=12,
    ).map("".join)
)
def test_normalise_is_idempotent_on_pieces_of_addresses(text: str) -> None:
    assert normalise_uri(normalise_uri(text)) == normalise_uri(text)


@given(st.sampled_from(sorted(KNOWN)), st.data())
def test_no_other_text_means_a_licence_by_containing_one(uri: str, data: st.DataObject) -> None:
    """One letter or digit more, anywhere, and the address means nothing, or another licence of its own name."""
    place = data.draw(st.integers(0, len(uri)))
    letter = data.draw(st.sampled_from("abcxyz019"))
    changed = f"{uri[:place]}{letter}{uri[place:]}"
    found = from_uri(f"https://{changed}")
    assert found is None or KNOWN.get(changed) is found or re.fullmatch(r".+/[a-z]{2,3}", changed)


@pytest.mark.parametrize(
    ("expression", "licence"),
    [
        ("CC0-1.0", Licence.CC0_1_0),
        (" cc0-1.0 ", Licence.CC0_1_0),
        ("CC-PDDC", Licence.PD_DEDICATION_LEGACY),
        ("CC-PDM-1.0", Licence.PDM_1_0),
        ("CC-BY-4.0", Licence.CC_BY),
        ("CC-BY-NC-ND-3.0", Licence.CC_BY_NC_ND),
        ("GPL-3.0-or-later", Licence.GPL),
        ("GPL-2.0+", Licence.GPL),
        ("LGPL-2.1-only", Licence.LGPL),
        ("MIT", Licence.MIT),
        ("BSD-3-Clause", Licence.BSD),
    ],
)
def test_a_simple_spdx_expression_means_its_licence(expression: str, licence: Licence) -> None:
    assert from_spdx(expression) is licence


@pytest.mark.parametrize(
    "expression",
    ["", "CC0", "CC0-1.0 OR MIT", "CC0-1.0 AND CC-BY-4.0", "GPL-2.0-only WITH Classpath-exception-2.0", "(CC0-1.0)",
     "LicenseRef-CC0-1.0", "CC-BY-9.0", "NONE", "NOASSERTION", "CC0-1.0\nMIT"],
)  # fmt: skip
def test_any_other_expression_is_unknown(expression: str) -> None:
    assert from_spdx(expression) is None


@pytest.mark.parametrize("licence", Licence)
def test_every_licence_has_a_kind_and_what_its_kind_needs(licence: Licence) -> None:
    assert licence.kind is KINDS.get(licence, Kind.LICENCE)
    if licence.kind in {Kind.DEDICATION, Kind.MARK, Kind.STATEMENT} and licence is not Licence.UNLICENSE:
        assert licence.uri is not None
        assert from_uri(licence.uri) is licence
    assert licence.value.startswith("LicenseRef-") or from_spdx(licence.value) is licence


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_borne_by_some_licence(kind: Kind) -> None:
    assert any(licence.kind is kind for licence in Licence)


def test_the_tables_hold_what_their_form_promises() -> None:
    assert all(re.fullmatch(r"[0-9a-f]{40}", blob) for blob in LICENCE_FILES)
    assert set(CANONICAL_URIS) <= set(Licence)
    conditions = {licence for licence in Licence if licence.kind is Kind.LICENCE}
    assert conditions.isdisjoint(KINDS)
