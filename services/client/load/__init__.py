"""The load: many connections, every byte verified, latency counted from when a message was due."""
