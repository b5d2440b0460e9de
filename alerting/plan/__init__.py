"""The response plan as data: read from config/plan.toml, frozen, asked by the engine."""
