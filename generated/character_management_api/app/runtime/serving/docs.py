"""The page that shows the contract: Swagger UI, of one version, whose files the browser checks before it runs them."""

import base64
import hashlib
import re
from html import escape
from typing import Any

import pydantic_core

from ..contract import Contract
from ..responses.outcomes import Outcome

_CDN = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5.35.0/"
_SCRIPT = ("swagger-ui-bundle.js", "sha384-gjRm0bEPMeTmMh5jT2cHccIwCUZSTd8YC+j0d0sXw0MdGEfScduGpSyF3ZSSLkX9")
_STYLE = ("swagger-ui.css", "sha384-WlYgdmXYOOBWL5apwjDEZwN+U3HmXSSu5R6V5aGxEcf7z+KuRNwBhoxKVN1i3D5I")
_ORIGIN = re.compile(r"(https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?)(?:/|$)")
_MOST_SERVERS = 16
# No text of the contract stands in it: the page reads that from the address beside it.
_START = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#contract", deepLinking: true, validatorUrl: null});'
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{cdn}{style[0]}" integrity="{style[1]}" crossorigin="anonymous">
</head>
<body>
<div id="contract"></div>
<script src="{cdn}{script[0]}" integrity="{script[1]}" crossorigin="anonymous"></script>
<script>{start}</script>
</body>
</html>
"""


def docs_of(contract: Contract) -> Outcome:
    """Return the page and what keeps it from doing anything else: it runs its two scripts, and asks the servers."""
    page = _PAGE.format(title=escape(contract.title), cdn=_CDN, style=_STYLE, script=_SCRIPT, start=_START)
    digest = base64.b64encode(hashlib.sha256(_START.encode()).digest()).decode()
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src {_CDN}{_SCRIPT[0]} 'sha256-{digest}'",
            f"style-src {_CDN}{_STYLE[0]} 'unsafe-inline'",
            "img-src 'self' data:",
            " ".join(["connect-src 'self'", *_origins(contract)]),
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-security-policy", policy.encode("ascii")),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"no-referrer"),
    ]
    return Outcome(200, headers, page.encode("utf-8", "xmlcharrefreplace"))


def _origins(contract: Contract) -> list[str]:
    """Return the origins of the contract's servers, which the page may try requests on."""
    try:
        document: Any = pydantic_core.from_json(contract.json)
    except ValueError:
        return []
    servers = document.get("servers") if isinstance(document, dict) else None
    urls = [each.get("url") for each in servers if isinstance(each, dict)] if isinstance(servers, list) else []
    found = (_ORIGIN.match(url) for url in urls if isinstance(url, str))
    return list(dict.fromkeys(each[1] for each in found if each))[:_MOST_SERVERS]
