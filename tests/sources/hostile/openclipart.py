"""Drawings whose RDF is nearly a dedication, or is contradicted by something else in it."""

from __future__ import annotations

from mitsua_data.model import MediaType
from tests.sources.hostile import Hostile

PD = "http://web.resource.org/cc/PublicDomain"
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"


def svg(trap: str, *work: str, rdf: str = "", body: str = "") -> Hostile:
    text = f"""<svg xmlns="http://www.w3.org/2000/svg"><metadata>
<rdf:RDF xmlns:cc="http://web.resource.org/cc/" xmlns:n="http://creativecommons.org/ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:x="http://x.example/"
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<cc:Work rdf:about="">{"".join(work)}</cc:Work>{rdf}</rdf:RDF></metadata>{body}</svg>"""
    return Hostile.text(trap, text, media_type=MediaType.SVG, names=("svg/a/hat.svg",))


def says(uri: str, prefix: str = "cc") -> str:
    return f'<{prefix}:license rdf:resource="{uri}"/>'


CASES = [
    svg("nothing-said"),
    svg("an-empty-element", says("")),
    svg("words-alone", says("Public Domain")),
    svg("rights-in-words", "<dc:rights>Public Domain, CC0</dc:rights>"),
    svg("gpl", says("http://creativecommons.org/licenses/GPL/2.0/")),
    svg("non-commercial", says("http://creativecommons.org/licenses/by-nc/3.0/")),
    svg("share-alike", says("http://creativecommons.org/licenses/by-sa/3.0/")),
    svg("a-look-alike-host", says("http://web.resource.org.example/cc/PublicDomain")),
    svg("a-look-alike-path", says("http://web.resource.org/cc/PublicDomainNot")),
    svg("a-query", says(f"{PD}?except=all")),
    svg("another-vocabulary", says(PD, "x")),
    svg("in-a-comment", f"<!-- {says(PD)} -->"),
    svg("in-the-picture", body=f"<text>{PD}</text>"),
    svg("in-a-description", f"<dc:description>{CC0}</dc:description>"),
    svg("two-licences", says(PD), says("http://creativecommons.org/licenses/by-nd/4.0/")),
    svg("two-dedications", says(PD), says(CC0)),
    svg("one-in-each-vocabulary", says(PD), says("http://creativecommons.org/licenses/by/3.0/", "n")),
    svg("rights-name-another", says(PD), "<dc:rights>http://creativecommons.org/licenses/by-nc-nd/4.0/</dc:rights>"),
    svg("a-dedication-that-forbids", says(PD), rdf='<cc:License><cc:prohibits rdf:resource="x"/></cc:License>'),
    svg("a-dedication-that-demands", says(CC0), rdf='<n:License><n:requires rdf:resource="x"/></n:License>'),
    svg("another-is-described", says(PD), rdf='<cc:License rdf:about="http://creativecommons.org/licenses/by/4.0/"/>'),
    Hostile.text("cut-short", f"<svg><metadata>{says(PD)}", media_type=MediaType.SVG, names=("svg/a.svg",)),
    Hostile.text(
        "a-prefix-nobody-knows", f"<svg>{says(PD, 'y')}</svg>", media_type=MediaType.SVG, names=("svg/a.svg",)
    ),
    Hostile.json("a-clone-s-answer", {"items": [{"fscid": 1, "license": CC0, "svgurl": "https://clone.example/1"}]}),
]
