"""What the page holds for its script: columns that open at once, and chunks that open when they are looked at."""
