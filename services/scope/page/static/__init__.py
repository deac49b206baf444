"""The page's static files, sent to a browser as they are."""

from pathlib import Path

STATIC = Path(__file__).parent
