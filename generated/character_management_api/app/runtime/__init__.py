"""What every generated service runs on; copied verbatim into each as ``app/runtime``."""
