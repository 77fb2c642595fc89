"""What people look at: pictures and a page."""
