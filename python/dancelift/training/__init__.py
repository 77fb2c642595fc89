"""Learning from data. What is in here may need torch; what it learns is used without."""
