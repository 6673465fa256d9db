"""
The licence table: every licence we can name, what kind of thing it is, and every URI that means it.

An unknown URI is a refusal, and nothing is ever matched by substring: "by" is in "by-nc-nd".
Identifiers are SPDX where SPDX has one, else `LicenseRef-…`.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What sort of statement a licence is. Reports never add these up into one "public domain"."""

    DEDICATION = "dedication"
    """The rights holder gives rights up (CC0)."""
    MARK = "mark"
    """Somebody believes the work to be free (PDM)."""
    STATEMENT = "statement"
    """A rights statement that is not a licence (rightsstatements.org)."""
    COMPUTED = "computed"
    """Follows from dates, by rule."""
    PERMISSION = "permission"
    """A signed grant to us."""
    LICENCE = "licence"
    """Conditions apply."""


class Licence(StrEnum):
    """Every licence the project can name. What is not here is unknown, and unknown is refused."""

    CC0_1_0 = "CC0-1.0"
    PDM_1_0 = "LicenseRef-PDM-1.0"
    NOC_US = "LicenseRef-NoC-US"
    PD_TERM_EXPIRED = "LicenseRef-PD-term-expired"
    PD_DEDICATION_LEGACY = "LicenseRef-PD-dedication-legacy"
    """creativecommons.org/licenses/publicdomain and its RDF term: the deed CC0 replaced, retired in 2010."""
    PERMISSION = "LicenseRef-permission"
    CC_BY = "LicenseRef-CC-BY"
    CC_BY_SA = "LicenseRef-CC-BY-SA"
    CC_BY_ND = "LicenseRef-CC-BY-ND"
    CC_BY_NC = "LicenseRef-CC-BY-NC"
    CC_BY_NC_SA = "LicenseRef-CC-BY-NC-SA"
    CC_BY_NC_ND = "LicenseRef-CC-BY-NC-ND"
    GPL = "LicenseRef-GPL"
    LGPL = "LicenseRef-LGPL"
    MIT = "MIT"
    APACHE_2_0 = "Apache-2.0"
    BSD = "LicenseRef-BSD"
    ISC = "ISC"
    UNLICENSE = "Unlicense"

    @property
    def kind(self) -> Kind:
        """The kind of statement this licence is."""
        return KINDS.get(self, Kind.LICENCE)

    @property
    def uri(self) -> str | None:
        """The address of the licence's own text, where it has one."""
        return CANONICAL_URIS.get(self)


KINDS: Final[dict[Licence, Kind]] = {
    Licence.CC0_1_0: Kind.DEDICATION,
    Licence.PD_DEDICATION_LEGACY: Kind.DEDICATION,
    Licence.UNLICENSE: Kind.DEDICATION,
    Licence.PDM_1_0: Kind.MARK,
    Licence.NOC_US: Kind.STATEMENT,
    Licence.PD_TERM_EXPIRED: Kind.COMPUTED,
    Licence.PERMISSION: Kind.PERMISSION,
}
"""Whatever is not listed is an ordinary licence, with conditions."""

CANONICAL_URIS: Final[dict[Licence, str]] = {
    Licence.CC0_1_0: "https://creativecommons.org/publicdomain/zero/1.0/",
    Licence.PDM_1_0: "https://creativecommons.org/publicdomain/mark/1.0/",
    Licence.NOC_US: "https://rightsstatements.org/vocab/NoC-US/1.0/",
    Licence.PD_DEDICATION_LEGACY: "https://creativecommons.org/licenses/publicdomain/",
}

_EXACT: Final[dict[str, Licence]] = {
    "rightsstatements.org/vocab/NoC-US/1.0": Licence.NOC_US,
    "rightsstatements.org/page/NoC-US/1.0": Licence.NOC_US,
    "creativecommons.org/licenses/publicdomain": Licence.PD_DEDICATION_LEGACY,
    "web.resource.org/cc/PublicDomain": Licence.PD_DEDICATION_LEGACY,
    "creativecommons.org/licenses/GPL/2.0": Licence.GPL,
    "creativecommons.org/licenses/LGPL/2.1": Licence.LGPL,
    "creativecommons.org/publicdomain/zero/1.0": Licence.CC0_1_0,
    "creativecommons.org/publicdomain/mark/1.0": Licence.PDM_1_0,
}
"""Normalised URI (no scheme, no www, no deed, no trailing slash) to licence."""

_CC_FAMILIES: Final[dict[str, Licence]] = {
    "by": Licence.CC_BY,
    "by-sa": Licence.CC_BY_SA,
    "by-nd": Licence.CC_BY_ND,
    "by-nc": Licence.CC_BY_NC,
    "by-nc-sa": Licence.CC_BY_NC_SA,
    "by-nc-nd": Licence.CC_BY_NC_ND,
}
_CC_URI: Final = re.compile(
    r"creativecommons\.org/licenses/(?P<family>[a-z-]+)/(?:1\.0|2\.0|2\.1|2\.5|3\.0|4\.0)(?:/(?:[a-z]{2,3}|scotland))?"
)
_SPDX: Final[dict[str, Licence]] = {
    "CC0-1.0": Licence.CC0_1_0,
    "MIT": Licence.MIT,
    "Apache-2.0": Licence.APACHE_2_0,
    "BSD-2-Clause": Licence.BSD,
    "BSD-3-Clause": Licence.BSD,
    "ISC": Licence.ISC,
    "Unlicense": Licence.UNLICENSE,
    "CC-PDDC": Licence.PD_DEDICATION_LEGACY,
    "CC-PDM-1.0": Licence.PDM_1_0,
    **{
        f"CC-{family.upper()}-{version}": licence
        for family, licence in _CC_FAMILIES.items()
        for version in ("1.0", "2.0", "2.5", "3.0", "4.0")
    },
    **{
        f"GPL-{version}{suffix}": Licence.GPL
        for version in ("1.0", "2.0", "3.0")
        for suffix in ("", "-only", "-or-later", "+")
    },
    **{
        f"LGPL-{version}{suffix}": Licence.LGPL
        for version in ("2.0", "2.1", "3.0")
        for suffix in ("", "-only", "-or-later", "+")
    },
}
_SPDX_LOWER: Final = {identifier.lower(): licence for identifier, licence in _SPDX.items()}
_URI: Final = re.compile(
    r"(?:(?:https?:)?//)?(?:www\.)?(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?P<path>(?:/[^\s/?#]+)*)/*"
    r"(?:\?(?:lang|language)=[a-z_-]+|\?ref=chooser-v1)?",
    re.IGNORECASE | re.ASCII,
)
_DEED: Final = re.compile(r"/(?:deed|legalcode)(?:-plain)?(?:\.[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?)?", re.ASCII)

LICENCE_FILES: Final[dict[str, Licence]] = {
    "0e259d42c996742e9e3cba14c677129b2c1b6311": Licence.CC0_1_0,  # 7,048 bytes, "Creative Commons Legal Code" on top
    "670154e3538863b2d9891fd5483160fbdfc89164": Licence.CC0_1_0,  # 6,555 bytes, without that heading
    "8de98afaaf9a8472781df552e7a10c3d0ae30dd5": Licence.GPL,  # version 1
    "d159169d1050894d3ea3b98e1c965c4058208fe1": Licence.GPL,  # version 2
    "f288702d2fa16d3cdf0035b15a9fcbc552cd88e7": Licence.GPL,  # version 3
    "12735e6c21959f1c5db16aac184480f94697ef7f": Licence.LGPL,  # version 2
    "4362b49151d7b34ef83b3067a8f9c9f877d72a0e": Licence.LGPL,  # version 2.1
    "0a041280bd00a9d068f503b8ee7ce35214bd24a1": Licence.LGPL,  # version 3
    "d645695673349e3947e8e5ae42332d0ac3164cd7": Licence.APACHE_2_0,
}
"""Git blob id (SHA-1) of a whole licence file to licence. CC0: the two texts that public repositories carry; the others
as Debian's base-files ships them, which is how the Free and the Apache Software Foundation publish them. Licences whose
text names a copyright holder (MIT, BSD) have no fixed digest."""


def normalise_uri(uri: str) -> str:
    """
    A licence URI without what does not change its meaning.

    Drops the scheme, one `www.`, a trailing `deed` or `legalcode` with its language, a language or chooser query, and
    trailing slashes; lowers the host. Whatever has another form (a port, a user, another query, a fragment) comes back
    as it is, and so means nothing. Law: `normalise_uri` is idempotent, and never maps two licences to one text.
    """
    text = uri.strip()
    match = _URI.fullmatch(text)
    if match is None:
        return text
    steps = match["path"].split("/")
    if _DEED.fullmatch(f"/{steps[-1]}"):
        steps.pop()
    path = "/".join(steps)
    host = match["host"].lower()
    if host.startswith("www.") or _DEED.fullmatch(f"/{steps[-1]}"):
        return text
    return f"{host}{path}"


def from_uri(uri: str) -> Licence | None:
    """The licence a URI means, or None: an unknown URI is a refusal."""
    text = normalise_uri(uri)
    if (licence := _EXACT.get(text)) is not None:
        return licence
    if (match := _CC_URI.fullmatch(text)) is not None:
        return _CC_FAMILIES.get(match["family"])
    return None


def from_spdx(expression: str) -> Licence | None:
    """
    The licence of a *simple* SPDX expression, or None. Compound expressions (AND, OR, WITH) are unknown to us.

    Identifiers are compared without regard to case, as SPDX 2.3 asks (annex D.2).
    """
    return _SPDX_LOWER.get(expression.strip().lower())
