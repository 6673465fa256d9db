"""
VRM: what the meta block of an avatar's file says about rights in it, in both versions of the form.

Reference: https://github.com/vrm-c/vrm-specification (0.x: `extensions.VRM.meta`, 1.0: `extensions.VRMC_vrm.meta`)

What an author says, and how we read it:

* 0.x names a licence from a closed list. Only `CC0` is one without conditions. `Other` means whatever a URL says, and a
  URL of permissions is no dedication, however much it permits.
* 1.0 names a licence by its address, nearly always that of the VRM Public License, which is one with conditions.
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


def place_of_meta(record: Record) -> str | None:
    """Where the meta block stands; None where there is none."""
    for place in PLACES:
        if any(record.has(f"{place}/{key}") for key in ("licenseName", "licenseUrl")):
            return place
    return None


class NotDedicated(RuleRefusal):
    """Something is under another licence than CC0, or under none that is known."""

    def __init__(self, reason: Reason, *evidence: Evidence, licence: Licence | None = None) -> None:
        super().__init__(reason, *evidence)
        self.refusal = Refusal(reason, evidence, licence)


def dedication(record: Record, place: str) -> tuple[Evidence, ...]:
    """The quotations by which a model is under CC0. Raises RuleRefusal with the reason why it is not."""
    said = [record.quote(f"{place}/{key}", missing_ok=True) for key in ("licenseName", "licenseUrl")]
    spoken = tuple(each for each in said if each.value is not None)
    if not spoken:
        raise RuleRefusal(Reason.UNREADABLE, *said)
    for each in spoken:
        _require_cc0(each)
    against = tuple(_against(record, place))
    if against:
        raise RuleRefusal(Reason.CONFLICT, *spoken, *against)
    return spoken


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


def _against(record: Record, place: str) -> Iterator[Evidence]:
    """Whatever else is stated and does not go with a dedication."""
    for key, open_values in PERMISSIONS.items():
        said = record.quote(f"{place}/{key}", missing_ok=True)
        fits = any(type(said.value) is type(value) and said.value == value for value in open_values)
        if said.value is not None and not fits:
            yield said
    for key in ADDRESSES:
        said = record.quote(f"{place}/{key}", missing_ok=True)
        address = said.value if isinstance(said.value, str) else ""
        if said.value not in (None, "") and from_uri(address) is not Licence.CC0_1_0:
            yield said
