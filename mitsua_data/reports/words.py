"""What the closed vocabularies mean, in words for people who read reports."""

from __future__ import annotations

from typing import Final

from mitsua_data.audit.findings import Kind
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
    Reason.LICENCE_NOT_IN_POLICY: "claimed, under a licence that the policy does not accept",
    Reason.OPT_OUT: "a machine-readable wish against mining or training",
    Reason.AI_GENERATED: "made by a generative model, as its own metadata says",
    Reason.REVOKED: "withdrawn or taken down",
    Reason.BAD_BYTES: "the original cannot be fetched, or does not decode",
}

FINDINGS: Final[dict[Kind, str]] = {
    Kind.RELEASE_FILE: "a file of the release is not what the manifest, a signature or a proof says",
    Kind.RELEASE_UNKNOWN: "the ledger never published a release with this manifest",
    Kind.CHECKPOINT: "the ledger does not have the tree head that the release rests on",
    Kind.LOG: "a row of the ledger is not the one that was logged",
    Kind.ROOT: "the manifest's root over exclusions or revocations is not the ledger's",
    Kind.POLICY: "the policy's text is missing, changed, or not understood",
    Kind.TRANSFORM: "the manifest's transform is not one that this version can apply",
    Kind.SAMPLE: "the ledger remembers another sample under this key, or none",
    Kind.CAPTURE: "captured bytes are missing or damaged",
    Kind.ORIGINAL: "these bytes were never received as this image",
    Kind.IMAGE: "the original, rendered again, is not the sample's picture",
    Kind.DECISION: "the decision is not to accept",
    Kind.VERDICT: "the verdict is no claim, or another licence or grade than the sample says",
    Kind.NOT_ACCEPTED: "the policy, applied again, does not accept the verdict",
    Kind.EVIDENCE: "the captured bytes do not say what the ledger quotes",
    Kind.QUOTATION: "the sample does not quote what the ledger quotes",
    Kind.RULE: "the source's rule, run again, comes to another verdict or describes another image",
    Kind.DESCRIPTION: "title, creator or address are not those of the record",
    Kind.CAPTION: "the caption is not made of the record's words by the release's recipe",
    Kind.SPLIT: "the sample stands on the wrong side of the train/val line",
    Kind.OBJECTION: "the original's metadata, or a check, speaks against training on it",
    Kind.COPY: "the same bytes are also an image that the policy does not accept",
    Kind.REVOKED: "it was withdrawn",
}
