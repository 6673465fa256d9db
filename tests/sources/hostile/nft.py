"""Tokens that would be taken for what artists gave away, if names, hearsay or half of the evidence were enough."""

from __future__ import annotations

import json
from typing import Any, Final

from mitsua_data.content_address import LAYOUTS, root
from mitsua_data.model import MediaType
from tests.sources.hostile import Hostile

CONTRACT: Final = "0xbce3781ae7ca1a5e050bd9c4c77369867ebc307e"
"""goblintown's: the one shipped collection of which a sentence is named."""
SENTENCE: Final = "No roadmap. No Discord. No utility. CC0."
STATEMENT: Final = f"<html><h1>goblintown</h1><p>{SENTENCE}</p></html>"


def picture(number: int) -> str:
    return f"ipfs://{root(str(number).encode(), LAYOUTS[0], 0)}"


def token(number: int, metadata: Any = None, **changes: Any) -> dict[str, Any]:
    found = {
        "chain_id": 1,
        "contract": CONTRACT,
        "block": 14_900_000,
        "token_id": number,
        "token_uri": f"ipfs://QmWiQE65tmpYzcokCheQmng2DCM33DEhjXcPB6PanwpAZo/{number}",
        "metadata": {"name": f"goblintown #{number}", "image": picture(number)} | (metadata or {}),
    } | changes
    return {key: value for key, value in found.items() if value is not ...}


def case(trap: str, *tokens: Any, statement: str = STATEMENT) -> Hostile:
    """An export, beside a page that says the sentence, unless another is named."""
    data = json.dumps(tokens, ensure_ascii=False).encode()
    types = (MediaType.HTML, MediaType.JSON)
    return Hostile(trap, (statement.encode(), data), names=("page.html", "tokens.json"), media_types=types)


def both(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two tokens that are claimed beside one another, but for these changes."""
    return token(1, **changes), token(2, **changes)


def two(**metadata: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same with other metadata; of a text, `{}` stands for the token's own picture."""
    found = []
    for number in (1, 2):
        texts = {key: value.replace("{}", picture(number)) for key, value in metadata.items() if isinstance(value, str)}
        found.append(token(number, metadata | texts))
    return found[0], found[1]


OTHERWISE: Final = picture(9).replace("//", "//ipfs/")
METADATA: Final = {"name": "goblintown #1", "image": picture(1)}

CASES: Final = [
    case("no-page", *both(), statement="<p>goblintown</p>"),
    case("page-quotes-the-artists", *both(), statement=f'<p>The site said: "{SENTENCE}"</p>'),
    case("page-says-the-opposite", *both(), statement=f"<p>It is not true: {SENTENCE}</p>"),
    case("page-in-the-spirit-of", *both(), statement="<p>In the spirit of CC0 and public domain.</p>"),
    case("page-has-it-in-a-script", *both(), statement=f"<p>Hi</p><script>{SENTENCE}</script>"),
    case("page-has-it-hidden", *both(), statement=f'<p hidden="">{SENTENCE}</p>'),
    case("another-contract", *both(contract="0x" + "00" * 20)),
    case("contract-remembered-only", *both(contract="0x8c6def540b83471664edc6d5cf75883986932674")),
    case("contract-cut", *both(contract=CONTRACT[:-1])),
    case("contract-with-more-behind", *both(contract=CONTRACT + "00")),
    case("contract-as-list", *both(contract=[CONTRACT])),
    case("contract-only-in-the-metadata", *(token(number, {"contract": CONTRACT}, contract=...) for number in (1, 2))),
    case("another-chain", *both(chain_id=10)),
    case("chain-as-true", *both(chain_id=True)),
    case("chain-as-float", *both(chain_id=1.0)),
    case("no-block", *both(block=...)),
    case("block-latest", *both(block="latest")),
    case("no-uri", *both(token_uri=...)),
    case("uri-as-list", *both(token_uri=["ipfs://x"])),
    case("one-picture-for-all", *(token(number, {"image": picture(9)}) for number in range(20))),
    case("one-picture-spelt-in-two-ways", token(1, {"image": picture(9)}), token(2, {"image": OTHERWISE})),
    case("one-token-alone", token(1)),
    case("a-copy-on-a-marketplace", *two(image="https://i.seadn.io/{}.png")),
    case("a-gateway-for-an-address", *two(image="https://ipfs.io/ipfs/{}")),
    case("an-address-with-a-query", *two(image="{}?x=1")),
    case("a-name-that-can-change", *two(image="ipns://goblintown.wtf/{}")),
    case("an-address-that-climbs", *two(image="{}/../x")),
    case("image-null", *two(image=None)),
    case("image-as-list", *two(image=[picture(1)])),
    case("says-non-commercial-itself", *two(license="CC BY-NC 4.0")),
    case("names-a-look-alike-address", *two(license="https://creativecommons.org/publicdomain/zero/1.0/x")),
    case("says-all-rights-reserved", *two(copyright="© Truth Labs")),
    case("says-so-in-properties", *two(properties={"rights": "all reserved"})),
    case("a-licence-in-upper-case", *two(License="CC BY-NC 4.0")),
    case("a-notice-of-copyright", *two(copyright_notice="© Truth Labs")),
    case("information-on-a-licence", *two(license_info="all rights reserved")),
    case("a-licence-among-the-traits", *two(attributes=[{"trait_type": "License", "value": "CC BY-NC"}])),
    case("pairs-with-one-picture", *(token(number, {"image": picture(number // 2)}) for number in range(6))),
    Hostile.json("metadata-alone-with-the-right-name", METADATA | {"license": "CC0-1.0"}),
    Hostile.json("a-pool-that-says-cc0", {"source": f"CC0, {CONTRACT}", "cats": [{"id": 1} | METADATA]}),
    Hostile.json("a-list-of-identifiers", [{"i": 1, "traits": {}, "image": picture(1).removeprefix("ipfs://")}]),
    Hostile.json("a-marketplace-row", {"address": CONTRACT, "nfts": [{"token_id": 1, "image": picture(1)}]}),
]  # fmt: skip
