"""What every adapter reads and shows in the same way: words, typed text, typos, marks around matches."""
