"""What the scope says of what it knows, in English and in Chinese: the only place where its facts become text."""
