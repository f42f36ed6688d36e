"""How the parameters of a request become arguments: split by style, typed by shape, judged."""
