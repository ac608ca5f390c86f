"""For whoever runs the app for others: whether it is ready, and figures of what it does."""
