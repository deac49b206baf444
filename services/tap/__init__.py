"""The tap: copies the packets of the echo to the scope, and does nothing else."""
