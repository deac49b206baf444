"""Runs any program under strace, and reports its socket calls as our own services report theirs."""
