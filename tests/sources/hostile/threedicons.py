"""Front matter without the checkout around it claims nothing, whatever it says of itself; nor does anything like it."""

from __future__ import annotations

from mitsua_data.model import MediaType
from mitsua_data.sources.threedicons import HOST
from tests.sources.hostile import Hostile


def front(trap: str, *extra: str, url: str = f"https://{HOST}/v1/dynamic/clay/axe-dynamic-clay.png", top: str = "---",
          category: str = "misc", title: str = "Axe") -> Hostile:  # fmt: skip
    lines = [top, "id: 4", f"title: {title}", "file-slug: axe", f"category: {category}", "angle: dynamic",
             f"clay: {url}", *extra, "---"]  # fmt: skip
    return Hostile.text(trap, "\n".join(lines) + "\n", media_type=MediaType.TEXT, names=("axe.md",))


CASES = [
    front("no-licence-file-around-it"),
    front("a-licence-of-its-own", "license: CC0-1.0"),
    front("an-spdx-tag", "SPDX-License-Identifier: CC0-1.0"),
    front("a-comment-that-says-cc0", "# CC0 1.0 Universal"),
    front("a-firm-s-mark", title="Figma"),
    front("a-firm-s-mark-in-two-words", title="Tik Tok"),
    front("an-address-of-a-mark", url=f"https://{HOST}/v1/dynamic/clay/facebook-dynamic-clay.png"),
    front("a-social-mark", category="social"),
    front("another-server", url="https://elsewhere.example/v1/dynamic/clay/axe-dynamic-clay.png"),
    front("a-server-that-begins-alike", url=f"https://{HOST}.example/v1/dynamic/clay/axe-dynamic-clay.png"),
    front("an-anchor", "gradient: &a https://elsewhere.example/a.png"),
    front("an-object", "gradient: !!python/object/apply:os.system [ls]"),
    front("two-documents", "---", "license: CC0-1.0"),
    front("a-merge-key", "<<: *defaults"),
    front("toml-instead", top="+++"),
    Hostile.text("a-saved-page", "<html><p>3dicons is CC0 1.0.</p></html>", media_type=MediaType.HTML),
    Hostile.json("a-manifest-that-says-cc0", {"title": "Axe", "license": "CC0-1.0", "clay": f"https://{HOST}/a.png"}),
    Hostile(
        "bytes-of-a-licence",
        (b"Creative Commons Legal Code\n\nCC0 1.0 Universal\n",),
        MediaType.TEXT,
        ("content/3dicons-meta/LICENSE.md",),
    ),
]
