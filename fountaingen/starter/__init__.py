"""What people start from: the contract that ``new`` writes, and the files that ``init`` makes a project of."""
