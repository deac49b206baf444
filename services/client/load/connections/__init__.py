"""The connections of a load: opened, kept in number, and judged."""
