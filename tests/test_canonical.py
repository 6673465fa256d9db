"""JSON with one spelling: what two parsers could read differently is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitsua_data.canonical import canonical, digest, parse_canonical, parse_json
from mitsua_data.model import Json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read_back(value: Json) -> None:
    assert parse_canonical(canonical(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b'{"a":1,"a":2}', id="a-key-twice"),
        pytest.param(b'{"a":{"b":1,"b":1}}', id="a-key-twice-deep-down"),
        pytest.param(b"NaN", id="nan"),
        pytest.param(b"[-Infinity]", id="infinity"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="nested-too-deeply"),
        pytest.param(b"\xef\xbb\xbf{}", id="byte-order-mark"),
        pytest.param(b'"\xff"', id="not-utf-8"),
        pytest.param(b"", id="empty"),
        pytest.param(b"{} {}", id="two-values"),
        pytest.param(b"1" * 5000, id="a-number-without-end"),
    ],
)
def test_ambiguous_text_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        parse_json(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b'{"a": 1}', id="a-space"),
        pytest.param(b'{"b":1,"a":1}', id="unsorted"),
        pytest.param(b"[1.0]", id="a-longer-number"),
        pytest.param(b'"\\u0041"', id="an-escape-too-many"),
        pytest.param(b"[1]\n", id="a-line-end"),
        pytest.param(b'"\\ud800"', id="half-a-character"),
    ],
)
def test_a_second_spelling_is_not_canonical(text: bytes) -> None:
    parse_json(text)
    with pytest.raises(ValueError):
        parse_canonical(text)


def test_size_is_capped_before_parsing() -> None:
    with pytest.raises(ValueError, match="got 12 bytes of JSON, expected at most 10"):
        parse_json(b'"0123456789"', limit=10)


def test_what_json_cannot_carry_is_not_written() -> None:
    deep: Json = []
    for _ in range(100_000):
        deep = [deep]
    for value in (2**53, float("nan"), "\ud800", deep):
        with pytest.raises(ValueError):
            canonical(value)


def test_a_digest_is_that_of_the_canonical_text() -> None:
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
