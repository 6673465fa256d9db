"""
The web: everything that leaves this machine, and the only user of httpx and httpcore.

    Access (who may be asked) ─▶ WebClient (redirects, retries, robots) ─▶ Politeness (whose turn) ─▶ Wire ─▶ guard

`CapturingReader` is what a source gets; `fetch_image` gets an original. Both hand back a `sources.base.Body` whose
exchange goes into the capture. A `Lookout` asks their hosts what they say of training. Whatever goes wrong is a
`FetchError` with a `Failure` to count by.
"""

from mitsua_data.web.access import Access, Limits, Secret
from mitsua_data.web.client import WebClient
from mitsua_data.web.errors import Failure, FetchError
from mitsua_data.web.politeness import Politeness
from mitsua_data.web.reader import CapturingReader, fetch_image

__all__ = [
    "Access",
    "CapturingReader",
    "Failure",
    "FetchError",
    "Limits",
    "Politeness",
    "Secret",
    "WebClient",
    "fetch_image",
]
