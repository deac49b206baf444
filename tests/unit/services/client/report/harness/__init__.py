"""What tests use and are not."""
