import base64
import stat

from components.cli.services.secret_keys import load_or_create


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path):
    path = tmp_path / "secrets.json"
    keys = load_or_create(path)
    assert load_or_create(path) == keys
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(set(keys.values())) == 3
    assert all(len(base64.urlsafe_b64decode(key)) == 32 for key in keys.values())


def test_two_stacks_have_different_keys(tmp_path):
    assert load_or_create(tmp_path / "a.json") != load_or_create(tmp_path / "b.json")
