"""
Sentences for people that say no to training or mining.

A court has held such words not to be machine-readable (OLG Hamburg 5 U 104/24, not final); here they are a no all the
same. A sentence counts where it speaks of training or mining, and forbids or reserves: in English, German, French,
Dutch, Italian, Spanish or Japanese. What only looks like a no ("no restrictions", "not limited to") is taken out first.
It is meant to find too much rather than too little: a person can read the sentence, which is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 2000
"""Longest sentence that is looked at as a whole, in characters; a longer one is looked at in pieces that overlap."""
_OVERLAP: Final = 500


@dataclass(frozen=True, slots=True)
class _Language:
    """How one language speaks of training, and how it forbids."""

    uses: re.Pattern[str]
    noes: re.Pattern[str]

    def says_no(self, sentence: str, without_open_words: str) -> bool:
        return bool(self.uses.search(sentence) and self.noes.search(without_open_words))


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.IGNORECASE)


_AI: Final = r"\b(?:ai|a\.i\.|artificial intelligence|machine[- ]learning|neural networks?|models?|llms?|algorithms?)\b"
_KI: Final = r"\b(?:ki|k\.i\.|künstliche\w*|modelle?n?)\b"

_ENGLISH: Final = _Language(
    uses=_any(
        r"\btext[- ]?(?:(?:and|&|or)[- ]?data[- ]?)?mining\b",
        r"\bdata[- ]?mining\b",
        r"\btdm\b",
        rf"\b(?:train(?:s|ed|ing)?|scrap\w+|harvest\w*|ingest\w*|crawl\w*|mined?|mining|datasets?)\b[^.]{{0,80}}{_AI}",
        rf"{_AI}[^.]{{0,60}}\b(?:train(?:s|ed|ing)?|purposes?|datasets?|scrap\w+|harvest\w*|ingest\w*|crawl\w*|mining)\b",
        r"\b(?:ai|artificial intelligence|generative ai)\b[^.]{0,60}\b(?:develop\w*|systems?|tools?|uses?)\b",
    ),
    noes=_any(
        r"\b(?:not|never|cannot|nor|banned|den(?:y|ies|ied)|unauthori[sz]ed)\b",
        r"\w{1,20}n['’]t\b",
        r"\b(?:prohibit|forbid|forbad|disallow|exclud|oppos|refus|restrict)\w*",
        r"\breserv(?:e|es|ed|ing|ations?)\b",
        r"\bopt(?:s|ed|ing)?[- ]?out",
        r"\bwithout (?:\w+ ){0,4}(?:permission|consent|authori[sz]ation|licen[cs]e|agreement)\b",
        r"\bno (?:\w+ ){0,4}(?:part|use|may|training|mining|scraping|crawling|right)\b",
    ),
)
_GERMAN: Final = _Language(
    uses=_any(
        r"\btext[- ]*(?:und|&)[- ]*data[- ]*mining\b",
        r"§\s*44\s?b\b",
        r"\bki[- ](?:training|modell|system)",
        rf"\btrain\w*\b.{{0,80}}{_KI}",
        rf"{_KI}.{{0,60}}\b(?:train\w*|anlern\w*)",
        r"\b(?:künstliche\w* intelligenz|maschinelle\w* lernen)",
    ),
    noes=_any(
        r"\b(?:nicht|kein\w*|unzulässig|ausgeschlossen|vorbehält)\b",
        r"\b(?:untersag|verbot|verbiet|vorbehalt|widerspr)\w*",
        r"\bohne (?:\w+ ){0,4}(?:zustimmung|genehmigung|einwilligung|erlaubnis)\b",
    ),
)
_FRENCH: Final = _Language(
    uses=_any(
        r"\bfouilles? de textes?\b",
        r"\bentra[iî]n\w+\b.{0,80}\b(?:ia|intelligence|modèles?)\b",
        r"\bintelligences? artificielles?\b",
        r"\bapprentissage automatique\b",
    ),
    noes=_any(
        r"\b(?:interdi|oppos|réserv|exclu|refus)\w+",
        r"\bn(?:e |['’]).{0,60}\bpas\b",
        r"\bsans (?:\w+ ){0,4}(?:autorisation|accord|consentement)\b",
    ),
)
_DUTCH: Final = _Language(
    uses=_any(
        r"\btekst-? ?en ?-?datamining\b", r"\bkunstmatige intelligentie\b", r"\bmachinaal leren\b", r"\bai-training"
    ),
    noes=_any(r"\b(?:niet|geen|verboden|uitgesloten)\b", r"\bvoorbehou\w*", r"\bzonder (?:\w+ ){0,4}toestemming\b"),
)
_ITALIAN: Final = _Language(
    uses=_any(
        r"\bestrazione di testo\b", r"\bintelligenza artificiale\b", r"\baddestra\w+\b.{0,80}\b(?:ia|ai|modelli)\b"
    ),
    noes=_any(
        r"\b(?:vieta|riserva|proibi|esclus)\w*", r"\bnon (?:è|sono|può|possono)\b", r"\bsenza (?:\w+ ){0,4}autorizz"
    ),
)
_SPANISH: Final = _Language(
    uses=_any(
        r"\bminería de (?:textos?|datos)\b", r"\binteligencia artificial\b", r"\bentren\w+\b.{0,80}\b(?:ia|modelos?)\b"
    ),
    noes=_any(
        r"\b(?:prohib|prohíb|reserv|exclui)\w*", r"\bno (?:se|está|están|podrá)\b", r"\bsin (?:\w+ ){0,4}autoriz"
    ),
)
_JAPANESE: Final = _Language(
    uses=_any(
        r"(?:ai|ＡＩ|人工知能|機械学習).{0,30}(?:学習|利用|使用|訓練|データ)", r"テキスト・?(?:データ・?)?マイニング"
    ),
    noes=_any(r"禁止|禁じ|できません|できない|認めません|お断り|不可|許可しま?せん|ご遠慮|しないで"),
)
_LANGUAGES: Final = (_ENGLISH, _GERMAN, _FRENCH, _DUTCH, _ITALIAN, _SPANISH, _JAPANESE)
_OPEN: Final = _any(
    r"\bno (?:\w+ ){0,2}(?:restrictions?|limit(?:s|ations?)?|conditions?|objections?|reservations?)\b",
    r"\bno (?:\w+ ){0,2}(?:permission|licen[cs]e|attribution|consent|credit) (?:is |are )?(?:require|need|necessar)\w*",
    r"(?:\bnot|n['’]t|\bnever) (?:\w+ )?(?:limit|restrict|prohibit|object|forbid|exclud|reserv|oppos|require|need)\w*",
    r"\bnot (?:only|necessar\w*|opt\w* out)\b",
    r"\bwithout (?:\w+ ){0,3}(?:restrictions?|limitations?|needing|asking|having)\b",
    r"\b(?:unrestricted|unreserved(?:ly)?)\b",
    r"\b(?:nicht|keine\w*) (?:\w+ ){0,2}(?:einschränk|beschränk|vorbehalt)\w*",
)
"""What looks like a no, and is a yes."""
_PLAIN: Final = _any(r"\bno[- ]?ai\b", r"\bno[- ]ai[- ]training\b", r"\bnot for (?:ai|machine learning)\b")
_ENDS: Final = re.compile(r"(?<=[.!?])\s+(?=[^a-z])|[。！？]|\n\s*\n|;\s")


def refusal(text: str) -> str | None:
    """The first sentence that says no to training or mining, with runs of white space made one space; None: none."""
    for block in _ENDS.split(text):
        sentence = " ".join(block.split())
        for start in range(0, len(sentence), LONGEST):
            piece = sentence[start : start + LONGEST + _OVERLAP]
            if _says_no(piece):
                return piece
    return None


def _says_no(sentence: str) -> bool:
    if _PLAIN.search(sentence):
        return True
    left = _OPEN.sub(" ", sentence)
    return any(language.says_no(sentence, left) for language in _LANGUAGES)
