"""What is believed of a dancer before anything is seen."""
