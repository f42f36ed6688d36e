"""Names that generated modules use themselves, so that nothing of a contract can be called the same beside them."""

_BUILTINS = ("bool", "dict", "float", "int", "len", "list", "str")

_CHANGES = ("patch", "put", "settled", "streamed")

ARGUMENTS = (
    *_BUILTINS,
    "self",
    "ctx",
    "call",
    "unit",
    "body",
    "operations",
    "hooks",
    "schemas",
    "view",
    "wire",
    *_CHANGES,
)
"""What functions that take a contract's parameters use in their bodies."""

FUNCTIONS = (
    *(*_BUILTINS, "operations", "hooks", "schemas", "models", "clients", "router", "view", "wire", "authenticate"),
    *("protocols", "implementation", "check_hooks", "call", "typed", "peer", "aclose"),
    *(*_CHANGES, "member_of", "patch_of", "row_of", "rows_of", "rfc3339", "full_date", "rfc2822", "unix_time"),
)
"""What modules and clients that hold a function an operation define or import."""

PROTOCOLS = (
    "Protocol",
    "Reply",
    "JsonObject",
    "JsonValue",
    "Hook",
    "Event",
    "MayStream",
    "Path",
    "Streaming",
    "Upload",
)
"""What ``app/protocols.py`` imports; a context is named after its operation, and ``HookContext`` is the base of all."""

MODELS = (
    *("Base", "DeclarativeBase", "Mapped", "JsonValue", "ForeignKey", "Index", "UniqueConstraint"),
    *("BigInteger", "Boolean", "ExactInteger", "ExactJSON", "ExactNumber", "Key", "Nullable", "Text"),
)
"""What ``app/models.py`` defines or imports."""

COLUMNS = (*_BUILTINS, "metadata", "registry", "type_annotation_map", "mapped_column", "spelled", "ulid")
"""What a declarative class gives a meaning, and what its annotations and values are written with."""

VIEWS = (
    "BaseModel",
    "RootModel",
    "Field",
    "ConfigDict",
    "Any",
    "Literal",
    "Annotated",
    "JsonValue",
    "View",
    "RuntimeUpload",
)
"""What ``app/schemas.py`` imports."""

OUTGOING = (
    *("Answer", "Callback", "Delivery", "Headers", "JsonObject", "JsonValue", "Outlet", "Webhook", "Webhooks"),
    *("CONTRACT", "OUTLET", "WEBHOOKS"),
)
"""What ``app/outgoing.py`` imports or defines beside a class a request."""

OUTGOING_ARGUMENTS = (*ARGUMENTS, "url", "answer", "headers", "values", "schemas")
"""What the methods of such a class use beside the parameters of the request."""
