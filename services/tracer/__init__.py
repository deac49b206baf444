"""Any program under strace, its socket calls reported as our own services report theirs."""
