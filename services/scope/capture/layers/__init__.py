"""From a frame to the TCP header in it, layer by layer: links, tunnels, IP."""
