"""What comes in: packets over TCP from taps, call records over UDP from server and client."""
