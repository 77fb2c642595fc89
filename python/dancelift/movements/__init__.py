"""Which of the 154 movements take place, by definition or by network."""
