"""Tests of the load as a whole: its honesty, its faults, its memory."""
