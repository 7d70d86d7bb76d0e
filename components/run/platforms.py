"""The platform: what bytes may depend on besides code, configuration and libraries."""

import functools
import platform
from collections.abc import Mapping
from pathlib import Path

SIMD_LEVELS = ("avx512f", "avx2", "asimd", "sse4_2")
"""Instruction sets with which numpy picks other loops for ``log`` and ``exp``, whose last bits differ (numpy's dispatch, best first)."""


@functools.cache
def platform_facts() -> Mapping[str, str]:
    """Return the machine's architecture and SIMD level, the Python version and the operating system."""
    return {"machine": platform.machine(), "simd": _simd(), "python": platform.python_version(), "system": platform.system()}


def same_platform(recorded: Mapping[str, str]) -> bool:
    """Tell whether equal bytes may be expected of a run that was recorded on that platform."""
    here = platform_facts()
    return all(recorded.get(name, here[name]) == here[name] for name in ("machine", "simd"))


def _simd() -> str:
    """Return the best of the levels that the processor names, "" where it names none (another system than Linux)."""
    cpuinfo = Path("/proc/cpuinfo")
    flags = set(cpuinfo.read_text(encoding="utf-8").split()) if cpuinfo.exists() else set()
    return next((level for level in SIMD_LEVELS if level in flags), "")
