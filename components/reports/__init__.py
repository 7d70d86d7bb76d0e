"""Self-contained pages about runs: data first (`run_view`), page second (`run_page`), one layout and one chart library for all."""
