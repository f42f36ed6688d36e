"""What ``gateway test`` does: requests for every operation, held against the routes that they reach."""
