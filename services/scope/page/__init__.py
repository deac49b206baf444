"""The page: the conversations of a scope in a browser, and one of them as a file to send."""
