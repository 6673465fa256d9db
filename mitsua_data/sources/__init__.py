"""
Sources: one small file for each collection that images may be taken from, and the explicit list of them.

Many are declared as data, in `manifests/sources/*.toml`; a declaration elsewhere is named by its path.
"""

from __future__ import annotations

import tomllib
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from mitsua_data import shipped
from mitsua_data.errors import UsageError
from mitsua_data.sources.ambientcg import AmbientCG
from mitsua_data.sources.artbench import ArtBench
from mitsua_data.sources.artic import Artic
from mitsua_data.sources.base import AnySource
from mitsua_data.sources.cleveland import Cleveland
from mitsua_data.sources.contract import Contract
from mitsua_data.sources.declaration import Declared
from mitsua_data.sources.drawn_museum import DrawnMuseum
from mitsua_data.sources.flickr import Flickr
from mitsua_data.sources.getty import Getty
from mitsua_data.sources.iiif import AnyIiif, Museum
from mitsua_data.sources.listed import Listed
from mitsua_data.sources.met import Met
from mitsua_data.sources.nft import AnyNft, Nft, NftDeclaration
from mitsua_data.sources.nga import Nga
from mitsua_data.sources.openclipart import OpenClipart
from mitsua_data.sources.openclipart_live import OpenClipartLive
from mitsua_data.sources.repository import AnyRepository, Declaration
from mitsua_data.sources.smithsonian import Smithsonian
from mitsua_data.sources.threedicons import ThreeDIcons
from mitsua_data.sources.vroid import Vroid
from mitsua_data.sources.walters import Walters
from mitsua_data.sources.wikimedia_commons import WikimediaCommons

SOURCES: Final[tuple[AnySource, ...]] = (
    AmbientCG(),
    AnyIiif(),
    AnyRepository(),
    ArtBench(),
    Artic(),
    Cleveland(),
    Contract(),
    DrawnMuseum(),
    Flickr(),
    Getty(),
    Met(),
    Nga(),
    OpenClipart(),
    OpenClipartLive(),
    Smithsonian(),
    ThreeDIcons(),
    Vroid(),
    Walters(),
    WikimediaCommons(),
)
"""Sources written in code."""
DECLARED: Final = ("goblintown", "mfers", "open_duelyst", "osaki_ichibantaro", "timeless", "tubby_cats", "wuffle")
"""Sources declared in `manifests/sources/`."""
KINDS: Final[dict[str, type[Declared]]] = {
    "iiif": Museum,
    "listed": Listed,
    "nft": NftDeclaration,
    "repository": Declaration,
}
"""What a declaration may say as its `kind`, and how it is read then; one that says nothing is a repository's."""


def get_source(name: str) -> AnySource:
    """A source by its id, or by the path of its declaration (`….toml`). Raises UsageError."""
    if name.endswith(".toml"):
        return declared(Path(name))
    if name in DECLARED:
        return _shipped(name)
    if name == "nft":
        return _any_nft()
    for source in SOURCES:
        if source.spec.id == name:
            return source
    known = ", ".join(source.spec.id for source in every())
    raise UsageError(f"no source is called {name!r}", advice=f"name one of {known}, or a declaration (.toml)")


def every() -> tuple[AnySource, ...]:
    """All sources, in the order of their ids."""
    both = (*SOURCES, *map(_shipped, DECLARED), _any_nft())
    return tuple(sorted(both, key=lambda source: source.spec.id))


def declared(path: Path) -> AnySource:
    """The source that a declaration describes. Raises UsageError naming the field that is wrong."""
    try:
        data = path.read_bytes()
        fields = tomllib.loads(data.decode("utf-8"))
        kind = fields.get("kind", "repository")
        if not isinstance(kind, str) or kind not in KINDS:
            raise UsageError(f"{path}: kind: {kind!r} is not known", advice=f"name one of {', '.join(KINDS)}")
        return KINDS[kind].model_validate(fields).source(sha256(data).hexdigest())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read", advice="name a declaration, a .toml file") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: {error}", advice="mend the TOML") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{path}: {where}: {first['msg']}", advice="see manifests/FORMAT.md") from error


@cache
def _shipped(name: str) -> AnySource:
    return declared(shipped.folder("manifests") / "sources" / f"{name}.toml")


@cache
def _any_nft() -> AnySource:
    """All shipped collections of tokens as one."""
    return AnyNft([each.declaration for each in map(_shipped, DECLARED) if isinstance(each, Nft)])
