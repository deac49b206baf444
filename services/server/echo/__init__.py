"""What one worker does: it accepts connections and echoes until each has ended."""
