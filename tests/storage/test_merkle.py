"""Trees are those of RFC 6962, and a proof shows what it says and nothing else."""

from hashlib import sha256

import pytest

from openroots.storage import merkle
from openroots.storage.merkle import Frontier

# The leaves of the test vectors that certificate transparency logs share, and their roots.
DATA = [
    b"",
    b"\x00",
    b"\x10",
    bytes.fromhex("2021"),
    bytes.fromhex("3031"),
    bytes.fromhex("40414243"),
    bytes.fromhex("5051525354555657"),
    bytes.fromhex("606162636465666768696a6b6c6d6e6f"),
]
LEAVES = [merkle.leaf(data) for data in DATA]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = [  # index, size and the path, of the same vectors
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
]
SIZES = range(1, 34)
MANY = [merkle.leaf(b"%d" % number) for number in range(33)]


def defined(leaves):
    """The root as the RFC defines it, by splitting and not by levels."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else sha256(b"").digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return merkle.node(defined(leaves[:split]), defined(leaves[split:]))


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_vectors(size):
    """The roots of the shared vectors come out, from all leaves at once and one by one."""
    grown = Frontier()
    for each in LEAVES[:size]:
        grown.add(each)
    assert merkle.root(LEAVES[:size]).hex() == ROOTS[size]
    assert grown.root().hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "path"), PATHS)
def test_paths_are_those_of_the_vectors(index, size, path):
    """The paths of the shared vectors come out, and lead to their roots."""
    made = merkle.inclusion(LEAVES[:size], index)
    assert [each.hex() for each in made] == path
    assert merkle.root_from(LEAVES[index], index, size, made) == bytes.fromhex(ROOTS[size])


def test_every_leaf_is_shown_to_be_there_and_nowhere_else():
    """A path leads to the root for its leaf at its place, and not for another leaf or place."""
    for size in SIZES:
        whole = defined(MANY[:size])
        for index in range(size):
            path = merkle.inclusion(MANY[:size], index)
            assert merkle.root_from(MANY[index], index, size, path) == whole
            assert merkle.root_from(merkle.leaf(b"another"), index, size, path) != whole
            for other in {0, size - 1, (index + 1) % size} - {index}:
                assert merkle.root_from(MANY[index], other, size, path) != whole
            assert merkle.root_from(MANY[index], index, size, [*path, whole]) is None
            assert merkle.root_from(MANY[index], index + size, size, path) is None


def test_every_beginning_is_shown_to_go_on():
    """A tree is shown to be the beginning of each larger one, and a forged one is not."""
    for size in SIZES:
        new = defined(MANY[:size])
        for first in range(1, size + 1):
            old, proof = defined(MANY[:first]), merkle.consistency(MANY[:size], first)
            assert merkle.goes_on(first, old, size, new, proof)
            forged = defined([merkle.leaf(b"another"), *MANY[1:first]])
            assert not merkle.goes_on(first, forged, size, new, proof)
            assert not merkle.goes_on(first, old, size, forged, proof)
            assert not merkle.goes_on(first, old, size, new, [*proof, new])
            if proof:
                assert not merkle.goes_on(first, old, size, new, proof[:-1])


def test_nothing_at_all_is_the_beginning_of_anything():
    """An empty tree goes on in each, without proof; a larger one in none that is smaller."""
    assert merkle.goes_on(0, merkle.EMPTY, 3, defined(MANY[:3]), [])
    assert not merkle.goes_on(3, defined(MANY[:3]), 2, defined(MANY[:2]), [])


def test_a_frontier_is_taken_up_where_it_was_left():
    """What a frontier keeps of a log is enough to go on from."""
    grown = Frontier()
    for number, each in enumerate(MANY, 1):
        grown.add(each)
        grown = Frontier(grown.size, grown.peaks)
        assert grown.root() == defined(MANY[:number])
    assert len(grown.peaks) == 2  # 33 = 32 + 1
