"""Other programs: how one run of them begins and ends, and what they see."""
