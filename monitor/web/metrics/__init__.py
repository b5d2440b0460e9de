"""The /metrics page of one room: what Prometheus reads."""
