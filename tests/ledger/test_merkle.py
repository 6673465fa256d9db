"""The Merkle tree against published vectors, against its definition, and against every small lie."""

from __future__ import annotations

import random
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitsua_data.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    Tree,
    event_leaf,
    leaf_hash,
    list_root,
    node_hash,
    root_from_inclusion,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The eight inputs that Certificate Transparency's implementations share as test vectors, and their roots by size.
VECTOR_INPUTS = (
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)
VECTOR_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
EDGE_SIZES = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65)


def leaves(count: int, salt: str = "") -> list[bytes]:
    return [leaf_hash(f"{salt}{number}".encode()) for number in range(count)]


def defined_root(hashes: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, word for word and slow."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node_hash(defined_root(hashes[:k]), defined_root(hashes[k:]))


def test_the_published_roots() -> None:
    hashes = [leaf_hash(bytes.fromhex(text)) for text in VECTOR_INPUTS]
    assert [root_of(hashes[: size + 1]).hex() for size in range(8)] == list(VECTOR_ROOTS)


def test_the_published_proofs() -> None:
    tree = Tree(leaf_hash(bytes.fromhex(text)) for text in VECTOR_INPUTS)
    assert [node.hex() for node in tree.inclusion(0, 8)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [node.hex() for node in tree.consistency(6, 8)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [node.hex() for node in tree.consistency(2, 5)] == [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]


def test_tree_and_frontier_have_the_root_of_the_definition() -> None:
    hashes = leaves(130)
    tree, frontier = Tree(), Frontier()
    for size in range(131):
        assert tree.root() == frontier.root() == defined_root(hashes[:size])
        assert tree.root(size // 2) == defined_root(hashes[: size // 2])
        if size < 130:
            assert tree.append(hashes[size]) == size
            frontier.append(hashes[size])


def test_a_frontier_takes_up_where_another_left_off() -> None:
    first = Frontier()
    for leaf in leaves(37):
        first.append(leaf)
    second = Frontier(first.size, first.nodes)
    for leaf in leaves(60)[37:]:
        second.append(leaf)
    assert second.root() == root_of(leaves(60))
    with pytest.raises(ValueError, match="has 3 nodes, got 2"):
        Frontier(37, first.nodes[:2])


@pytest.mark.parametrize("size", EDGE_SIZES)
def test_every_leaf_is_proven_at_its_own_place_and_nowhere_else(size: int) -> None:
    hashes = leaves(size)
    tree = Tree(hashes)
    for index in range(size):
        path = tree.inclusion(index)
        assert verify_inclusion(hashes[index], index, size, path, tree.root())
        for other in range(-1, size + 1):
            if other != index:
                assert not verify_inclusion(hashes[index], other, size, path, tree.root())


@pytest.mark.parametrize("size", EDGE_SIZES)
def test_a_path_that_is_cut_padded_or_changed_proves_nothing(size: int) -> None:
    hashes = leaves(size)
    tree = Tree(hashes)
    for index in range(size):
        path = tree.inclusion(index)
        for lie in (path[1:], path[:-1], (*path, EMPTY_ROOT), (EMPTY_ROOT, *path), (*path, *([EMPTY_ROOT] * 70))):
            assert lie == path or not verify_inclusion(hashes[index], index, size, lie, tree.root())
        for place in range(len(path)):
            changed = (*path[:place], leaf_hash(path[place]), *path[place + 1 :])
            assert not verify_inclusion(hashes[index], index, size, changed, tree.root())
            assert lie == path or root_from_inclusion(hashes[index], index, size, lie) is None
        assert root_from_inclusion(hashes[index][:31], index, size, path) is None


def test_an_inner_node_cannot_pass_for_a_leaf() -> None:
    tree = Tree(leaves(4))
    inner = node_hash(*leaves(4)[:2])
    # The node is on the path, but a leaf is hashed under another prefix: the tree of size 2 is not this tree.
    assert not verify_inclusion(inner, 0, 4, (node_hash(*leaves(4)[2:]),), tree.root())


@pytest.mark.parametrize("size", EDGE_SIZES)
def test_each_earlier_size_is_proven_consistent(size: int) -> None:
    hashes = leaves(size)
    tree = Tree(hashes)
    for old in range(size + 1):
        path = tree.consistency(old)
        assert verify_consistency(old, root_of(hashes[:old]), size, tree.root(), path)
        for place in range(len(path)):
            changed = (*path[:place], leaf_hash(path[place]), *path[place + 1 :])
            assert not verify_consistency(old, root_of(hashes[:old]), size, tree.root(), changed)
        for lie in (path[:-1], (*path, EMPTY_ROOT), (EMPTY_ROOT, *path)):
            assert lie == path or not verify_consistency(old, root_of(hashes[:old]), size, tree.root(), lie)


def test_size_zero_is_consistent_with_everything_and_only_by_an_empty_path() -> None:
    root = root_of(leaves(5))
    assert verify_consistency(0, EMPTY_ROOT, 5, root, ())
    assert verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, ())
    assert not verify_consistency(0, root, 5, root, ())
    assert not verify_consistency(0, EMPTY_ROOT, 5, root, (root,))


def test_a_log_that_shrinks_is_never_consistent() -> None:
    tree = Tree(leaves(8))
    assert not verify_consistency(8, tree.root(), 5, tree.root(5), tree.consistency(5, 8))
    assert not verify_consistency(-1, EMPTY_ROOT, 5, tree.root(5), ())


def test_honest_growth_is_always_proven_and_a_changed_past_never() -> None:
    chance = random.Random(6962)
    for _ in range(1000):
        new = chance.randrange(2, 200)
        old = chance.randrange(1, new)
        hashes = leaves(new)
        tree = Tree(hashes)
        assert verify_consistency(old, root_of(hashes[:old]), new, tree.root(), tree.consistency(old))
        past = hashes[:old]
        kind = chance.randrange(4)
        place = chance.randrange(old)
        if kind == 0:
            past[place] = leaf_hash(b"edited")
        elif kind == 1:
            del past[place]
        elif kind == 2:
            past.insert(place, leaf_hash(b"inserted"))
        else:
            past = [*past[1:], past[0]] if old > 1 else [leaf_hash(b"edited")]
        forged = Tree(past + hashes[old:])
        assert forged.root() != tree.root()
        assert not verify_consistency(
            old, root_of(hashes[:old]), len(forged), forged.root(), forged.consistency(min(old, len(forged)))
        )


@given(st.integers(1, 300), st.data())
def test_laws_hold_at_any_size(size: int, data: st.DataObject) -> None:
    hashes = leaves(size, "h")
    tree = Tree(hashes)
    at = data.draw(st.integers(1, size))
    index = data.draw(st.integers(0, at - 1))
    assert verify_inclusion(hashes[index], index, at, tree.inclusion(index, at), tree.root(at))
    assert verify_consistency(at, tree.root(at), size, tree.root(), tree.consistency(at))


def test_places_outside_the_tree_are_refused() -> None:
    tree = Tree(leaves(3))
    for call in (
        lambda: tree.inclusion(3),
        lambda: tree.inclusion(-1),
        lambda: tree.inclusion(0, 4),
        lambda: tree.consistency(4),
        lambda: tree.consistency(2, 1),
        lambda: tree.root(4),
        lambda: tree.append(b"short"),
    ):
        with pytest.raises(ValueError):
            call()


def test_events_are_hashed_in_their_canonical_form() -> None:
    assert event_leaf({"b": 1, "a": [True, None]}) == leaf_hash(b'{"a":[true,null],"b":1}')
    with pytest.raises(ValueError):
        event_leaf({"too": 2**53})


def test_a_list_root_knows_no_order_and_no_repetition() -> None:
    assert list_root([{"a": 1}, "b"]) == list_root(["b", {"a": 1}, "b"])
    assert list_root([{"a": 1}]) != list_root([{"a": 2}])
    assert list_root([]) == EMPTY_ROOT
