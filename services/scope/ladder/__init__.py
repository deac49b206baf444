"""A conversation as rows, before anybody draws it."""
