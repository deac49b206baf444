"""From packets to conversations, as both ends' TCP sees them."""
