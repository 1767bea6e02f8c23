"""What would find the faults by itself: slow, bounded, and run by `make proof`."""
