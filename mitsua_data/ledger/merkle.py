"""
The Merkle tree of RFC 9162, section 2.1: roots, inclusion proofs, consistency proofs, and their verifiers.

Pure functions over bytes; every hash is SHA-256, 32 bytes. Leaf = SHA-256(0x00 ‖ data), node = SHA-256(0x01 ‖ left ‖
right), so that no node can pass for a leaf. `MTH(D[lo:hi])` is the RFC's name for the root over a range of leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, TypeAlias

from mitsua_data.canonical import canonical
from mitsua_data.model import Json

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
"""Root of the tree without leaves."""
MAX_PROOF: Final = 64
"""Longest inclusion path, in nodes: that of a tree of 2^64 leaves. A consistency path may have one more."""

Proof: TypeAlias = tuple[bytes, ...]
"""Nodes of 32 bytes, from the leaves upwards."""


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 ‖ data)."""
    return sha256(b"\x00" + data).digest()


def event_leaf(event: Json) -> bytes:
    """The leaf of a ledger event: SHA-256(0x00 ‖ RFC 8785 text). Raises ValueError for what JSON cannot carry."""
    return leaf_hash(canonical(event))


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Root over leaf hashes, in order; `EMPTY_ROOT` for none. O(log n) memory."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def list_root(values: Iterable[Json]) -> bytes:
    """
    Root over a list of JSON values (exclusions, revocations), sorted by leaf hash so that the order does not matter.

    Equal values count once. An empty list has `EMPTY_ROOT`.
    """
    return root_of(sorted({event_leaf(value) for value in values}))


class Frontier:
    """
    What is needed to append and to know the root, in O(log n) memory: the roots of the complete subtrees.

    Law: after appending the same leaves, `Frontier` and `Tree` have the same root. `Frontier(size, nodes)` takes up
    where an earlier one's `size` and `nodes` left off.
    """

    def __init__(self, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        if len(nodes) != size.bit_count():
            raise ValueError(f"a frontier of {size} leaves has {size.bit_count()} nodes, got {len(nodes)}")
        self.size = size
        self._nodes = list(nodes)

    @property
    def nodes(self) -> Proof:
        """Roots of the complete subtrees, largest first: one for each bit set in `size`."""
        return tuple(self._nodes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash. Amortised O(1)."""
        node, size = leaf, self.size
        while size & 1:
            node = node_hash(self._nodes.pop(), node)
            size >>= 1
        self._nodes.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Root over all leaves so far."""
        if not self._nodes:
            return EMPTY_ROOT
        *rest, root = self._nodes
        for node in reversed(rest):
            root = node_hash(node, root)
        return root


class Tree:
    """
    A whole tree in memory: about 64 bytes a leaf. Gives proofs for itself and for each of its earlier sizes.

    Level `k` holds the roots of the complete subtrees of 2^k leaves, end to end.
    """

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        self._edges: dict[tuple[int, int], bytes] = {}
        """Roots of incomplete ranges, (lo, hi) to root: the right edge, which all proofs at one size share."""
        for leaf in leaves:
            self.append(leaf)

    def __len__(self) -> int:
        return len(self._levels[0]) // HASH_BYTES

    def append(self, leaf: bytes) -> int:
        """Add one leaf hash; returns its index. Amortised O(1)."""
        if len(leaf) != HASH_BYTES:
            raise ValueError(f"got a leaf hash of {len(leaf)} bytes, expected {HASH_BYTES}")
        index, node, level = len(self), leaf, 0
        self._levels[0] += node
        while (index + 1) >> level & 1 == 0:
            node = node_hash(self._at(level, -2), self._at(level, -1))
            level += 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level] += node
        return index

    def root(self, size: int | None = None) -> bytes:
        """Root over the first `size` leaves (all, unless told). Raises ValueError beyond the tree."""
        size = self._size(size)
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> Proof:
        """The path from leaf `index` to the root at `size`: PATH(index, D[size]). O(log n)."""
        size = self._size(size)
        if not 0 <= index < size:
            raise ValueError(f"leaf {index} is not among the first {size}")
        path, lo, hi = [], 0, size
        while hi - lo > 1:
            middle = lo + _split(hi - lo)
            if index < middle:
                path.append(self._range(middle, hi))
                hi = middle
            else:
                path.append(self._range(lo, middle))
                lo = middle
        return tuple(reversed(path))

    def consistency(self, old: int, size: int | None = None) -> Proof:
        """The proof that the tree at `size` begins with the tree at `old`. Empty where `old` is 0 or equals `size`."""
        size = self._size(size)
        if not 0 <= old <= size:
            raise ValueError(f"a tree of {size} leaves has no earlier size {old}")
        if old in (0, size):
            return ()
        path, lo, hi = [], 0, size
        while old < hi:
            middle = lo + _split(hi - lo)
            if old <= middle:
                path.append(self._range(middle, hi))
                hi = middle
            else:
                path.append(self._range(lo, middle))
                lo = middle
        if lo:
            path.append(self._range(lo, hi))
        return tuple(reversed(path))

    def _size(self, size: int | None) -> int:
        if size is None:
            return len(self)
        if not 0 <= size <= len(self):
            raise ValueError(f"the tree has {len(self)} leaves, not {size}")
        return size

    def _at(self, level: int, position: int) -> bytes:
        """The node at a position of a level; negative positions count from the end."""
        nodes = self._levels[level]
        start = position * HASH_BYTES if position >= 0 else len(nodes) + position * HASH_BYTES
        return bytes(nodes[start : start + HASH_BYTES])

    def _range(self, lo: int, hi: int) -> bytes:
        """MTH(D[lo:hi]) for a range that a proof can name: `lo` is a multiple of the power of two below its width."""
        width = hi - lo
        if width & (width - 1) == 0:
            level = width.bit_length() - 1
            return self._at(level, lo >> level)
        if (known := self._edges.get((lo, hi))) is not None:
            return known
        middle = lo + _split(width)
        root = self._edges[lo, hi] = node_hash(self._range(lo, middle), self._range(middle, hi))
        return root


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """
    The root that a path leads to (RFC 9162, section 2.1.3.2), or None where the path cannot belong to that place.

    Law: None unless `path` has exactly the length that `index` and `size` ask for.
    """
    if not 0 <= index < size or not _well_formed((leaf, *path)):
        return None
    last, root = size - 1, leaf
    for node in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            root = node_hash(node, root)
            while index & 1 == 0 and index:
                index, last = index >> 1, last >> 1
        else:
            root = node_hash(root, node)
        index, last = index >> 1, last >> 1
    return root if last == 0 else None


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `leaf` stands at `index` of the tree with `size` leaves and that root."""
    return root_from_inclusion(leaf, index, size, path) == root


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """
    Whether the tree (`new`, `new_root`) begins with the tree (`old`, `old_root`): RFC 9162, section 2.1.4.2.

    From size 0 everything grows, and only an empty path with the empty root says so. Sizes that shrink are never
    consistent.
    """
    if not 0 <= old <= new or not _well_formed((old_root, new_root, *path)):
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    if not path:
        return False
    nodes = list(path)
    if old & (old - 1) == 0:
        nodes.insert(0, old_root)
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    left = right = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            left, right = node_hash(node, left), node_hash(node, right)
            while first & 1 == 0 and first:
                first, last = first >> 1, last >> 1
        else:
            right = node_hash(right, node)
        first, last = first >> 1, last >> 1
    return last == 0 and left == old_root and right == new_root


def _split(width: int) -> int:
    """The largest power of two below `width`; `width` is at least 2."""
    return 1 << (width - 1).bit_length() - 1


def _well_formed(nodes: Sequence[bytes]) -> bool:
    """Whether every node is a hash, and the path is not longer than any tree's."""
    # The callers add one or two nodes of their own.
    return len(nodes) <= MAX_PROOF + 3 and all(len(node) == HASH_BYTES for node in nodes)
