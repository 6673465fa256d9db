"""A source's declaration: who it is, what it may claim, and how it is to be asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mitsua_data.licences import Licence
from mitsua_data.model import Grade

_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key that a server demands: where it is found, and where it goes. Never in anything that is kept."""

    variable: str
    """The environment variable that holds it, or the path of a file with mode 0600 that does."""
    host: str
    name: str
    """Of the header, or of the query parameter where `in_query`."""
    in_query: bool = False


@dataclass(frozen=True, kw_only=True)
class SourceSpec:
    """A source's declaration: who it is, what it may claim, and how it is to be asked."""

    id: str
    """Lower case, digits and `_`; never changed once something was crawled."""
    institution: str
    homepage: str
    terms: tuple[str, ...] = ()
    """URLs of terms and policy pages. A web source captures them in each crawl; an archive source names them only."""
    may_claim: frozenset[Licence]
    """Licences this source may claim. Any other it finds is `licence_not_claimable`."""
    grade: Grade
    """The strongest grade its claims may bear."""
    metadata_hosts: frozenset[str] = frozenset()
    image_hosts: frozenset[str] = frozenset()
    """Hosts that may be asked for records and for images; both empty for archives."""
    gateways: tuple[str, ...] = ()
    """Hosts that serve `ipfs://CID/path` as `https://HOST/ipfs/CID/path`, in the order in which they are tried."""
    image_redirects: bool = True
    """Whether an image may be answered by a redirect; where it may not, such an answer is another image."""
    requests_per_second: float = 1.0
    robots_apply: bool = True
    """Whether robots.txt and TDM reservations bind a crawl; a documented API or a download says so itself."""
    caption_licence: Licence | None = None
    """Licence of title, creator, date, medium, culture, tags; None: none is stated, and no caption is made of them."""
    description_licence: Licence | None = None
    """Licence of longer descriptions, which is often another one; None: none is stated."""
    attribution: str = ""
    """The credit the source wishes, where it wishes one."""
    basis: str = ""
    """What its claims rest on, in one line for people."""
    unverified: tuple[str, ...] = ()
    """What we believe of it without having seen it: sentences for people, shown by `mitsua sources`."""
    key: Key | None = None
    contact_header: str = ""
    """A header in which the institution wants the contact, beside User-Agent; empty: none."""
    dump: str = ""
    """The files of its bulk dump, as `--from` wants them, in one line; empty: it is read from its server only."""
    increments: bool = False
    """Whether its server can list what changed since a day."""
    needs: str = ""
    """What a person must bring (a key, a file), in one line; empty: nothing."""
    rule_version: int = 1
    """Raised whenever the rule below it would judge some record differently."""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"{self.id!r} is not a source id: lower case letters, digits and _")
        if not self.may_claim:
            raise ValueError(f"{self.id}: a source that may claim nothing is no source")
