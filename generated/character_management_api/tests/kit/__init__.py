"""What the tests of every service share: the service run in process, its contract as a judge, its peers replaced."""
