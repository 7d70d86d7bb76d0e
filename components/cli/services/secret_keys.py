"""The keys that Airflow signs and encrypts with: made once for each state folder, readable by its owner alone."""

import base64
import json
import os
from pathlib import Path


def load_or_create(path: Path) -> dict[str, str]:
    """Return the three random keys of a stack, making the file (mode 0600) at the first call.

    `fernet_key` encrypts connections, `jwt_secret` signs tokens, `api_secret_key` signs sessions: 256 random bits each, URL-safe base64,
    which is the form that Fernet asks for. They reach the servers through their environment and appear in no log or other file.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return {str(name): str(key) for name, key in json.loads(path.read_text(encoding="utf-8")).items()}
    keys = {name: base64.urlsafe_b64encode(os.urandom(32)).decode() for name in ("fernet_key", "jwt_secret", "api_secret_key")}
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(keys, file)
    return keys
