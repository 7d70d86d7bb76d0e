"""The machinery that needs no input or output: errors, time, digests of code, configuration, components, graphs."""
