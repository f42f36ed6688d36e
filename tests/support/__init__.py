"""The support table: what tests show that contracts may say, held against what the standard lets them say."""
