"""From the documents that clients printed to one merged result."""
