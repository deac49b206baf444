"""The scope's texts in English and in Chinese: facts become text here, and nowhere else."""
