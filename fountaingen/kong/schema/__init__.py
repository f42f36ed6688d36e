"""Kong's language of schemas: kinds of fields, rules about one value, checks across the fields of a record."""
