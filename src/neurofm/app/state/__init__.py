"""What is open, what is known of it, what is picked and what was done."""
