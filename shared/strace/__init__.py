"""The text that strace writes, as call records."""
