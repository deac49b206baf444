"""The page's own files: what a browser is given as it is."""

from pathlib import Path

STATIC = Path(__file__).parent
