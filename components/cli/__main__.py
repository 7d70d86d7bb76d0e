"""`python -m components.cli` is `almanac`."""

from components.cli import main

main()
