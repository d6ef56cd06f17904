"""What a user asks for: arrays in, arrays out."""
