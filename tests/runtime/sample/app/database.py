"""The database of this service."""

from app.models import Base
from app.runtime.database import Database

database = Database.from_environment(Base.metadata, default="sqlite:///data/studio.db")
