"""The scope at work: conversations as they happen, from the tap's packets and the services' call records."""
