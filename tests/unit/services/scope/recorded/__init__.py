"""Tests of what reads ladders back from their JSON."""
