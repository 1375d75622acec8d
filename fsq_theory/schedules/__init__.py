"""Noise schedules: α(t) and σ(t) by name or by a user's expressions, and everything that follows from them."""

from .record import Schedule as Schedule
from .spec import schedule as schedule
