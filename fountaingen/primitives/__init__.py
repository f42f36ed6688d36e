"""The smallest parts: values and pure functions that know nothing of OpenAPI or of this tool.

Text of a contract, a setting or a file name reaches what obeys text through the one encoder of its sink:

===================================  ==============================================================
a string or value in Python          ``code.literal``
a docstring                          ``code.docstring``
a comment of Python, ``.env``        ``code.comment``
a name in Python, an import          ``code.identifier``, of what ``names`` computed
code made of pieces                  ``code.Code.of``, ``code.join``: of ``Code``, never of text
a name that every sink takes         ``code.plain``
YAML, JSON                           ``dumping.as_yaml``, ``dumping.as_json``: whole values
``docker-compose.yml``               ``compose.escaped``, beside ``compose.reference``
a value in ``.env``                  ``environment.text``, ``environment.assignment``
a value in a Dockerfile              ``dockerfile.quoted``
a word of a shell                    ``shell.quoted``
a name in SQL                        ``sql.name``; values are bound or ``code.literal``
a regular expression of Kong         ``regex.text``
prose and code in Markdown           ``markdown.markdown``, ``markdown.code_span``
a name of a file or folder           ``names``, ``paths.is_device``
a host                               ``hosts.ascii_host``
a reference in a JSON Pointer        ``pointer.escape``
a terminal, a line of a log          ``terminal.one_line``, ``terminal.log_line``
===================================  ==============================================================

No text reaches a template's source, an f-string, TOML or a list of requirements. HTML is a service's own:
``runtime/serving/pages.py`` encodes it. Names are computed or refused; every other text comes out whole, with what
cannot be seen written as an escape (``visible``).
"""
