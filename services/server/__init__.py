"""The echo server: every byte goes back, in order, until the peer is done."""
