"""``python -m fountaingen``."""

from fountaingen.commands.app import app

if __name__ == "__main__":
    app()
