"""End with status 0 if a server is well: `URL` asks for any answer, `URL scheduler` for Airflow's word on one of its parts."""

import json
import sys
import urllib.request

url, *parts = sys.argv[1:]
with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - the address stands in compose.yaml
    body = answer.read()
sys.exit(any(json.loads(body)[part]["status"] != "healthy" for part in parts))
