"""The response plan as data: read from config/plan.toml, frozen, asked by the engine. Refuses to send or store."""

from alerting.plan.loading import load_plan
from alerting.plan.model import Plan
from alerting.plan.running import RunningPlan

__all__ = ["Plan", "RunningPlan", "load_plan"]
