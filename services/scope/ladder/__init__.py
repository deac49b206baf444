"""A conversation as rows: what a ladder shows, whether on a terminal or in a picture."""
