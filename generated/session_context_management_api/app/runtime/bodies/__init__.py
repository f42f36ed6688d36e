"""How the body of a request becomes a value: by media type, judged, its defaults filled in."""
