"""Tests of `services.tracer`."""
