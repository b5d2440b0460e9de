"""The endpoint for scrapers alone: an address of its own, with TLS and passwords as Prometheus' exporters have them."""
