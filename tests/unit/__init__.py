"""Unit tests; the tree below mirrors the product's."""
