"""Small loopback requests that never pass a proxy."""

import http.client
import json
import urllib.error
import urllib.request

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy from the environment must not see loopback
UNREACHABLE = (urllib.error.URLError, http.client.HTTPException, OSError, ValueError)


def get_ok(url: str, *, timeout: float = 3.0) -> bool:
    """Return whether a GET answers with a status below 400 within `timeout` seconds."""
    try:
        with OPENER.open(url, timeout=timeout):
            return True
    except UNREACHABLE:
        return False


def get_json(url: str, *, timeout: float = 3.0) -> dict[str, object]:
    """Return the JSON object at an address; an empty one where nothing or something else answers."""
    try:
        with OPENER.open(url, timeout=timeout) as response:
            content = json.load(response)
    except UNREACHABLE:
        return {}
    return content if isinstance(content, dict) else {}
