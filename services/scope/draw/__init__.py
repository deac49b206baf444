"""A ladder on a terminal, or as a picture."""
