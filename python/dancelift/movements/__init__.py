"""The 154 types of movement, and which of them take place, by definition or by network."""
