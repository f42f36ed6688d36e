"""How answers and errors leave: negotiated, judged, written by media type."""
