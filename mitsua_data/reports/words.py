"""What the closed vocabularies mean, in words for people who read reports."""

from __future__ import annotations

from typing import Final

from mitsua_data.model import Grade, Outcome, Reason

GRADES: Final[dict[Grade, str]] = {
    Grade.E0: "hearsay",
    Grade.E1: "an aggregator: somebody else's catalogue",
    Grade.E2: "the institution's own API or page",
    Grade.E3: "the institution's own dump, or the work's own statement by its author",
    Grade.E4: "a signed grant or contract",
}

OUTCOMES: Final[dict[Outcome, str]] = {
    Outcome.ACCEPT: "accepted",
    Outcome.REVIEW: "a person should look at it; not used",
    Outcome.REFUSE: "refused",
}

REASONS: Final[dict[Reason, str]] = {
    Reason.NOT_OPEN: "the source says that it is not free",
    Reason.NO_STATEMENT: "the source says nothing about this image; a blanket statement alone is not enough",
    Reason.NO_LICENCE_FILE: "no licence file governs the image's folder",
    Reason.UNKNOWN_LICENCE: "the licence named is not one that we know",
    Reason.UNKNOWN_VALUE: "a field holds a value outside the source's known vocabulary",
    Reason.LICENCE_NOT_CLAIMABLE: "a known licence, but not a free one, or not one that this source may claim",
    Reason.CONFLICT: "two statements disagree",
    Reason.EXCLUDED: "the source's own list of exceptions, or the collection's declaration, names it",
    Reason.OUT_OF_SCOPE: "outside the paths that the collection's licence is declared to cover",
    Reason.UNREADABLE: "a field that the rule needs is missing, or the record cannot be read",
    Reason.NO_IMAGE: "the record has no image",
    Reason.GRADE_TOO_LOW: "claimed, but on weaker evidence than the policy asks for",
    Reason.OTHER_SUBJECT: "claimed, but of something else than the picture itself",
    Reason.LICENCE_NOT_IN_POLICY: "claimed, under a licence that the policy does not accept",
    Reason.OPT_OUT: "a machine-readable wish against mining or training",
    Reason.OPT_OUT_UNCLEAR: "something is said of mining or training that is not understood, or could not be had",
    Reason.AI_GENERATED: "made by a generative model, as its own metadata says",
    Reason.REVOKED: "withdrawn or taken down",
    Reason.NO_PERMISSION: "no permission that is on record covers it",
    Reason.UNSIGNED: "a permission that no key we trust has signed",
    Reason.EXPIRED: "the permission's term is over, or has not begun",
    Reason.BAD_BYTES: "the original cannot be fetched, or does not decode",
}
