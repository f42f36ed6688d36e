"""The application."""

from app import hooks
from app.api.endpoints import router
from app.clients import clients
from app.contract import CONTRACT
from app.database import database
from app.runtime.application import Service

app = Service(CONTRACT, router, database, authenticate=hooks.authenticate, clients=clients)
