"""The echo client: sends, and verifies every byte that comes back."""
