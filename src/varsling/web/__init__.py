"""HTTP for endpoints: bodies, answers, problems, limits, pages, and the OpenAPI document."""
