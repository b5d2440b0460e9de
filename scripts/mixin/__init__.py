"""The mixin: rules of Prometheus, routes of Alertmanager and dashboards of Grafana over many rooms, made from settings.

`python -m scripts.mixin` writes what is checked in; `--settings FILE --output FOLDER` makes them for a site of its own.
"""
