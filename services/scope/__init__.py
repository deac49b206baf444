"""The scope: joins both ends' socket calls with the packets between them, follows both TCPs, and draws them."""
