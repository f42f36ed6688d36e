"""Questions to Prometheus that rules and the dashboard share; the names are those that services tell at /metrics."""

REAL = 'operation!="(page)"'
"""Requests of the contract, without those that machines ask beside it, such as /ready and /metrics."""


def rate(metric: str, matching: str, window: str, *by: str) -> str:
    """Return how many a second, over ``window``, by labels."""
    return f"sum by ({', '.join(by)}) (rate({metric}{{{matching}}}[{window}]))"


def error_ratio(matching: str, window: str, *by: str) -> str:
    """Return which share of the requests failed."""
    failed = rate("http_server_errors_total", matching, window, *by)
    return f"{failed} / {rate('http_server_requests_total', matching, window, *by)}"


def quantile(share: float, matching: str, window: str, *by: str) -> str:
    """Return the seconds in which ``share`` of the requests are answered."""
    buckets = rate("http_server_request_duration_seconds_bucket", matching, window, *by, "le")
    return f"histogram_quantile({share}, {buckets})"
