"""A file from its first packet to its last."""
