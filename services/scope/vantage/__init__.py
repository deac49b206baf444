"""From what several vantage points saw of a conversation to one conversation, with what was lost in between."""
