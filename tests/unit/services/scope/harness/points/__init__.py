"""Conversations as several vantage points see them."""
