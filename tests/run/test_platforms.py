"""The platform that a run records, and when bytes may be compared."""

from components.run.platforms import platform_facts, same_platform


def test_a_run_records_architecture_simd_level_python_and_system() -> None:
    assert set(platform_facts()) == {"machine", "simd", "python", "system"}


def test_another_simd_level_or_architecture_is_another_platform() -> None:
    here = dict(platform_facts())
    assert same_platform(here)
    assert not same_platform(here | {"simd": "another"})
    assert not same_platform(here | {"machine": "another"})


def test_python_and_system_do_not_make_another_platform() -> None:
    assert same_platform(dict(platform_facts()) | {"python": "3.99.0", "system": "Plan 9"})
