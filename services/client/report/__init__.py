"""`report`: the results of any number of clients, merged exactly, as text, JSON or a page."""
