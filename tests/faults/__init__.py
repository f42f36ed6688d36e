"""Faults at the level of system calls: a command is killed, refused or cut short at every change it makes to a disk.

``PYTHONPATH=tests python -m faults`` sweeps every point and prints how many there were of each kind.
"""
