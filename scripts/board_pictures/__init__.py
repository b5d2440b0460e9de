"""Pictures of the dashboards' data, for who has no Grafana at hand.

A real Prometheus over simulated rooms answers each panel's queries. The answer is drawn in the panel's place, with its
title, colours, limits and units. It is not Grafana's own rendering.
"""
