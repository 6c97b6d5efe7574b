"""`portal insights`."""

from flask.cli import AppGroup

insights = AppGroup("insights", help="Figures about self-service and peer help.")
