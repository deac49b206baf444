"""Tests of what comes in at the scope."""
