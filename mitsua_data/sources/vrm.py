"""
VRM: what the meta block of an avatar's file says about rights in it, in both versions of the form.

Reference: https://github.com/vrm-c/vrm-specification (0.x: `extensions.VRM.meta`, 1.0: `extensions.VRMC_vrm.meta`)

What an author says, and how we read it:

* 0.x names a licence from a closed list. Only `CC0` is one without conditions. `Other` means whatever a URL says, and a
  URL of permissions is no dedication, however much it permits.
* 1.0 names a licence by its address, nearly always that of the VRM Public License, which is one with conditions. Only
  in `VRMC_vrm.meta` is an address alone a statement; a block of which nobody knows the version must name a licence.
* A file may hold blocks of both versions: each must say CC0. A note of who else has rights needs a person.
* Beside it stand permissions: who may act as the avatar, and for which uses. They belong to other licences, but an
  author who names CC0 and prohibits something says two things, and a person must look. The spelling is the form's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mitsua_data.licences import Licence, from_uri
from mitsua_data.model import Evidence, Json, Reason, Refusal
from mitsua_data.sources.record import Record, RuleRefusal

PLACES: Final = ("/meta", "/extensions/VRM/meta", "/extensions/VRMC_vrm/meta", "/VRM/meta", "/VRMC_vrm/meta", "")
"""Where a meta block stands: in a note that was made of it, in the file's JSON, or alone."""
NAMES: Final[dict[Json, Licence | None]] = {
    "CC0": Licence.CC0_1_0,
    "CC_BY": Licence.CC_BY,
    "CC_BY_NC": Licence.CC_BY_NC,
    "CC_BY_SA": Licence.CC_BY_SA,
    "CC_BY_NC_SA": Licence.CC_BY_NC_SA,
    "CC_BY_ND": Licence.CC_BY_ND,
    "CC_BY_NC_ND": Licence.CC_BY_NC_ND,
    "Redistribution_Prohibited": None,
    "Other": None,
}
"""Every licence that version 0.x can name."""
PERMISSIONS: Final[dict[str, tuple[Json, ...]]] = {
    "allowedUserName": ("Everyone",),
    "violentUssageName": ("Allow",),
    "sexualUssageName": ("Allow",),
    "commercialUssageName": ("Allow",),
    "violentUsageName": ("Allow",),
    "sexualUsageName": ("Allow",),
    "commercialUsageName": ("Allow",),
    "avatarPermission": ("everyone",),
    "allowExcessivelyViolentUsage": (True,),
    "allowExcessivelySexualUsage": (True,),
    "allowPoliticalOrReligiousUsage": (True,),
    "allowAntisocialOrHateUsage": (True,),
    "commercialUsage": ("corporation",),
    "creditNotation": ("unnecessary",),
    "allowRedistribution": (True,),
    "modification": ("allowModification", "allowModificationRedistribution"),
}
"""Of both versions, the values that go with a dedication."""
ADDRESSES: Final = ("otherLicenseUrl", "otherPermissionUrl")
NOTES: Final = ("copyrightInformation", "thirdPartyLicenses", "copyright", "Copyright")
"""Texts on rights: whatever they say, a person must read it."""
_NAMES: Final = ("licenseName", "licenseUrl")
_ADDRESSED: Final = "VRMC_vrm/meta"


def places_of_meta(record: Record, base: str = "") -> list[str]:
    """Where meta blocks stand at `base`; none, where there is none."""
    around = [base, f"{base}/meta"] if base else [base]
    places = dict.fromkeys(f"{here}{place}" for here in around for place in PLACES)
    return [place for place in places if any(record.has(f"{place}/{key}") for key in _NAMES)]


class NotDedicated(RuleRefusal):
    """Something is under another licence than CC0, or under none that is known."""

    def __init__(self, reason: Reason, *evidence: Evidence, licence: Licence | None = None) -> None:
        super().__init__(reason, *evidence)
        self.refusal = Refusal(reason, evidence, licence)


def dedication(record: Record, base: str = "") -> tuple[Evidence, ...]:
    """The quotations by which a model is under CC0, in every block. Raises RuleRefusal with the reason against it."""
    places = places_of_meta(record, base) or [f"{base}/meta"]
    found = tuple(each for place in places for each in _of_block(record, place))
    notes = (record.quote(f"{base}{inner}/asset/copyright", missing_ok=True) for inner in ("", "/meta"))
    if spoken := tuple(each for each in notes if each.value not in (None, "")):
        raise RuleRefusal(Reason.CONFLICT, *found, *spoken)
    return found


def _of_block(record: Record, place: str) -> tuple[Evidence, ...]:
    said = [record.quote(f"{place}/{key}", missing_ok=True) for key in _NAMES]
    spoken = tuple(each for each in said if each.value is not None)
    if not spoken:
        raise RuleRefusal(Reason.UNREADABLE, *said)
    for each in spoken:
        _require_cc0(each)
    around = tuple(_around(record, place))
    against = [each for each, fits in around if not fits]
    if against:
        raise RuleRefusal(Reason.CONFLICT, *spoken, *against)
    needed = said[place.endswith(_ADDRESSED)]
    if needed.value is None:
        raise RuleRefusal(Reason.UNREADABLE, needed, *spoken)
    return (*spoken, *(each for each, _ in around))


def _require_cc0(said: Evidence) -> None:
    """Raise RuleRefusal where a name or an address is not that of CC0."""
    text = said.value if isinstance(said.value, str) else ""
    if said.pointer.endswith("/licenseUrl"):
        licence = from_uri(text)
    elif text not in NAMES:
        raise NotDedicated(Reason.UNKNOWN_VALUE, said)
    elif text == "Redistribution_Prohibited":
        raise NotDedicated(Reason.NOT_OPEN, said)
    else:
        licence = NAMES[text]
    if licence is not Licence.CC0_1_0:
        reason = Reason.UNKNOWN_LICENCE if licence is None else Reason.LICENCE_NOT_CLAIMABLE
        raise NotDedicated(reason, said, licence=licence)


def _around(record: Record, place: str) -> Iterator[tuple[Evidence, bool]]:
    """Whatever else is stated, and whether it goes with a dedication."""
    for key, open_values in PERMISSIONS.items():
        said = record.quote(f"{place}/{key}", missing_ok=True)
        if said.value is not None:
            yield said, any(type(said.value) is type(value) and said.value == value for value in open_values)
    for key in (*ADDRESSES, *NOTES):
        said = record.quote(f"{place}/{key}", missing_ok=True)
        if said.value is not None:
            address = said.value if isinstance(said.value, str) else "?"
            yield said, address == "" or (key in ADDRESSES and from_uri(address) is Licence.CC0_1_0)
