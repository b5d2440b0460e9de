"""``/api/v1``: what the pages show and do, as JSON for programs, with an OpenAPI document made from this code."""
