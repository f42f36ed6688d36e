"""The pipeline, one module a stage: each a pure function from one frozen value to the next."""
