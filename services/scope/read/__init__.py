"""The command `read`: a capture file is read to its end, and its conversations are shown, judged or exported."""
