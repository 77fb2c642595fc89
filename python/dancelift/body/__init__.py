"""What a human body is, the frame it stands in, and its motion."""
