"""Contracts whose texts would be code if anything obeyed them, and a judge of what is generated from them."""
