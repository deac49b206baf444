"""The report as text: for a terminal of any width, and as readable without colours as with them."""
