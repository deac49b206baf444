"""What two services use: settings, logs, and the record of a socket call."""
