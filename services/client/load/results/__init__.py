"""What the load came to: gathered while it runs, judged and written down at its end."""
