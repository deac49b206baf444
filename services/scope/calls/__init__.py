"""Which segments each call caused or waited for."""
