"""From a capture's bytes to TCP packets."""
