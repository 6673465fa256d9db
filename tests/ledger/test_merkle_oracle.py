"""The log's tree beside an implementation by others: the same roots, and proofs between them."""

from __future__ import annotations

from typing import Any

import pytest

from mitsua_data.ledger.merkle import Tree, leaf_hash, verify_consistency, verify_inclusion

pymerkle = pytest.importorskip("pymerkle", reason="the other implementation is in the extra `dev`")

POWERS = tuple(2**k + d for k in range(1, 9) for d in (-1, 0, 1))
SIZES = sorted({0, 1, 2, 3, *POWERS})
ENTRIES = [f"entry {number}".encode() for number in range(max(SIZES))]


@pytest.fixture(scope="module")
def theirs() -> Any:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for entry in ENTRIES:
        tree.append_entry(entry)
    return tree


@pytest.fixture(scope="module")
def ours() -> Tree:
    return Tree(leaf_hash(entry) for entry in ENTRIES)


@pytest.mark.parametrize("size", SIZES)
def test_roots_are_the_same(ours: Tree, theirs: Any, size: int) -> None:
    assert ours.root(size) == theirs.get_root(size)


@pytest.mark.parametrize("size", SIZES[1:])
def test_inclusion_is_proven_by_the_same_nodes(ours: Tree, theirs: Any, size: int) -> None:
    for index in {0, size // 2, size - 1}:
        leaf, *path = map(bytes.fromhex, theirs.prove_inclusion(index + 1, size).serialize()["path"])
        assert leaf == leaf_hash(ENTRIES[index])
        assert list(ours.inclusion(index, size)) == path
        assert verify_inclusion(leaf, index, size, path, theirs.get_root(size))


@pytest.mark.parametrize("size", SIZES[1:])
def test_consistency_is_proven_between_their_roots(ours: Tree, theirs: Any, size: int) -> None:
    # Their proofs take the old tree apart further than RFC 9162 does; so it is their roots that ours must join.
    for old in {1, size // 2, size - 1, size} - {0}:
        path = ours.consistency(old, size)
        assert verify_consistency(old, theirs.get_root(old), size, theirs.get_root(size), path)
        other = theirs.get_root(old - 1 or 2)
        assert not verify_consistency(old, other, size, theirs.get_root(size), path)
