"""Documents of the internet: fetched when asked to, under rules, and pinned, so that later builds need no network."""
