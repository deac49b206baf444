"""What each row means, in two languages."""
