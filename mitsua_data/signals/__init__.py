"""
Opt-out signals: what institutions say to machines about mining and training. Pure readers, one small file a protocol.

    document (robots.txt, tdmrep.json, ai.txt, RSL, an answer's headers, a page) ─▶ read() ─▶ Said ─▶ Look.rows()
    rows of the ledger ─▶ Wishes ─▶ which of them cover an image

Laws, the same for every protocol. Names and values are compared without regard to case. The most restrictive of
several statements wins. A value that is not understood is `unknown`, never `allow`. A document that was looked at and
says nothing is told of, too: as `none`. Nothing here reads a file or asks a server; no reader raises, whatever the
bytes are, and the same bytes are always read the same way.

Whose words count. A wish against training counts wherever it stands and whomever it names. A mere `Disallow` counts
where it is addressed to us or to everybody (`*`): an institution that shuts out another's crawler (GPTBot, CCBot) has
said nothing about ours, and its CC0 stands.
"""

from mitsua_data.signals.answers import answer_facts, missing_facts, signal_headers
from mitsua_data.signals.groups import text_of
from mitsua_data.signals.looks import Look, place_of, read
from mitsua_data.signals.scope import Wish, Wishes, host_of
from mitsua_data.signals.vocabulary import AGENT, PARSER_VERSION, WISHES, Place, Protocol, Said, Word

__all__ = [
    "AGENT",
    "PARSER_VERSION",
    "WISHES",
    "Look",
    "Place",
    "Protocol",
    "Said",
    "Wish",
    "Wishes",
    "Word",
    "answer_facts",
    "host_of",
    "missing_facts",
    "place_of",
    "read",
    "signal_headers",
    "text_of",
]
