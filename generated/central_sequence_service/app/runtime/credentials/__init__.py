"""Who a caller is: keys, passwords, tokens, and what a gateway has decided."""
