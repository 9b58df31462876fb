"""What happens to the platform: each fault begins, lasts for a while, and ends."""
