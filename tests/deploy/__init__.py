"""Deployments proved with real containers."""
