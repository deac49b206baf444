"""How records reach the scope, wherever it is."""
